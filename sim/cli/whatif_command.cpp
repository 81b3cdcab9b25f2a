// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/whatif_command.hpp"

#include <memory>

#include "sim/cli/progress_line.hpp"
#include "sim/cli/whatif_text.hpp"
#include "sim/result_files/single_file.hpp"
#include "sim/scenario_file/source_file.hpp"

namespace brokersim {

Outcome whatif_command(const Options& options, const Talk& talk) {
  if (options.out) check_single_file(*options.out);
  const std::string text = read_source_file(options.scenario, ReadLimits{}.file_bytes);
  const auto read = [&](const std::vector<Override>& more) {
    std::vector<Override> overrides = options.overrides;
    overrides.insert(overrides.end(), more.begin(), more.end());
    return read_scenario_text(text, options.scenario, overrides, directory_of(options.scenario));
  };
  const bool shows_progress = talk.err_is_terminal && !options.quiet;
  std::unique_ptr<ProgressLine> line;
  const auto progress = [&](const std::string& phase, std::size_t done, std::size_t total) {
    if (!shows_progress) return;
    if (done == 0) {
      line.reset();
      line = std::make_unique<ProgressLine>(talk.err, phase, total);
    }
    line->show(done);
  };
  const WhatIfStudy study = whatif_study(read, options.whatif, options.threads, progress);
  line.reset();
  if (!options.quiet && !study.document.notes.empty())
    *talk.err << format_diagnostics(study.document.notes, options.json_errors);
  if (options.out) write_single_file(*options.out, whatif_csv(study));
  if (options.format == OutputFormat::csv) return {0, whatif_csv(study)};
  return {0, whatif_screen(study, options.scenario, options.format == OutputFormat::markdown)};
}

}  // namespace brokersim
