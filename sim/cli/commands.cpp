// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/commands.hpp"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <new>

#include "sim/cli/calibrate_command.hpp"
#include "sim/cli/fingerprint.hpp"
#include "sim/cli/interruption.hpp"
#include "sim/cli/progress_line.hpp"
#include "sim/cli/repeat_command.hpp"
#include "sim/cli/result_export.hpp"
#include "sim/cli/screen.hpp"
#include "sim/cli/swarm_command.hpp"
#include "sim/cli/whatif_command.hpp"
#include "sim/result_files/result_directory.hpp"
#include "sim/scenario_file/fault_grammar.hpp"
#include "sim/text/printable.hpp"

namespace brokersim {
namespace {

constexpr int internal_error = 1, usage_error = 2, resource_limit = 5, safety_violated = 6, liveness_violated = 7,
              fingerprint_differs = 8;

/// An error that is about no place in the scenario.
Diagnostic general_error(std::string code, std::string found, std::string allowed, std::string hint = {}) {
  Diagnostic diagnostic;
  diagnostic.code = std::move(code);
  diagnostic.file = "brokersim";
  diagnostic.found = std::move(found);
  diagnostic.allowed = std::move(allowed);
  diagnostic.hint = std::move(hint);
  return diagnostic;
}

/// E0616: results in the place of the scenario they come from would replace it.
void refuse_output_over_scenario(const Options& options) {
  std::error_code ignored;
  if (!std::filesystem::equivalent(options.scenario, *options.out, ignored)) return;
  throw OutputError("E0616", "the scenario and the output are the same file");
}

/// "1 of 2 notes" are talk: shown unless it is to be quiet.
void tell_notes(const ScenarioDocument& document, const Options& options, const Talk& talk) {
  if (options.quiet || document.notes.empty()) return;
  *talk.err << format_diagnostics(document.notes, options.json_errors);
}

std::vector<Arm> chosen_arms(const Options& options, const Scenario& scenario) {
  if (options.command == Command::run) {
    return {{scenario.protocols.front(), options.policy.value_or(scenario.read_policies.front())}};
  }
  if (scenario.arms().size() >= 2) return scenario.arms();
  Diagnostic diagnostic = general_error("E0605", "compare, and one read policy in the scenario",
                                        "at least two of \"read_policies\" or of \"protocols\" to compare",
                                        "brokersim run, or --set '/read_policies=[\"leader\",\"rack_aware\"]'");
  diagnostic.file.clear();
  diagnostic.argument = 1;
  throw UsageError(std::move(diagnostic));
}

std::string rendered(const Study& study, const ResultSet& results, const Options& options, const Talk& talk) {
  switch (options.format) {
    case OutputFormat::json:
      return summary_document(results);
    case OutputFormat::csv:
      return summary_csv(results.summary);
    case OutputFormat::table:
    case OutputFormat::markdown:
      break;
  }
  ScreenStyle style;
  style.markdown = options.format == OutputFormat::markdown;
  style.verbose = options.verbose;
  style.color = options.color == ColorMode::always || (options.color == ColorMode::automatic && !talk.color_unwanted &&
                                                       (talk.out_is_terminal || talk.color_forced));
  return screen(study, style);
}

void write_results(const ResultSet& results, const Options& options, const Talk& talk) {
  const WritingSection section;
  const ResultReceipt receipt = write_result_directory(results, *options.out, options.force);
  if (!receipt.left_over.empty() && !options.quiet) {
    *talk.err << "the replaced result could not be deleted: " << printable(receipt.left_over, 4096) << "\n";
  }
}

Outcome simulate(const Options& options, const Talk& talk) {
  ScenarioDocument document = read_scenario_file(options.scenario, options.overrides);
  tell_notes(document, options, talk);
  const std::vector<Arm> arms = chosen_arms(options, document.scenario);
  if (options.out) {
    refuse_output_over_scenario(options);
    check_result_directory(*options.out, options.force);
    for (const std::filesystem::path& sibling : abandoned_siblings(*options.out)) {
      if (!options.quiet) *talk.err << "left by a run that was killed: " << printable(sibling.string(), 4096) << "\n";
    }
  }
  std::unique_ptr<ProgressLine> line;
  StudyProgress progress;
  if (talk.err_is_terminal && !options.quiet) {
    progress = [&](const std::string& phase, std::size_t done, std::size_t total) {
      if (done == 0) {
        line.reset();
        line = std::make_unique<ProgressLine>(talk.err, phase, total);
      }
      line->show(done);
    };
  }
  Study result = study(std::move(document), arms, options.threads, progress);
  line.reset();
  result.command = repeat_command(options, result.scenario(), false);
  if (result.warm_up.too_short && !options.quiet) {
    *talk.err << (result.warm_up.first_fault
                      ? "the first fault comes too soon for a warm-up to be found before it: let it come later"
                      : "the run is too short for its warm-up to be found: lengthen \"duration\"")
              << ", or state \"warm_up\"\n";
  }
  ResultSet results = result_set(result, repeat_command(options, result.scenario(), true));
  results.cost.threads = options.threads;
  results.stop_requested = interrupted;
  results.run_fingerprint = fingerprint(result.arms, summary_csv(results.summary));
  if (!options.expect_fingerprint.empty() && options.expect_fingerprint != results.run_fingerprint)
    throw FingerprintDiffers{options.expect_fingerprint, results.run_fingerprint};
  if (options.out) write_results(results, options, talk);
  result.fingerprint = results.run_fingerprint;
  return {0, rendered(result, results, options, talk)};
}

Outcome carry_out(const Options& options, const Talk& talk) {
  switch (options.command) {
    case Command::run:
    case Command::compare:
      return simulate(options, talk);
    case Command::calibrate:
      return calibrate_command(options, talk);
    case Command::whatif:
      return whatif_command(options, talk);
    case Command::schema:
      return {0, std::string(scenario_schema())};
    case Command::faults:
      return {0, fault_overview()};
    case Command::swarm:
      return swarm_command(options, talk);
    case Command::print_config:
      return {0, read_scenario_file(options.scenario, options.overrides).effective_json};
    case Command::check_scenario:
      break;
  }
  const ScenarioDocument document = read_scenario_file(options.scenario, options.overrides);
  tell_notes(document, options, talk);
  return {0, "scenario " + printable(document.scenario.name) + " is fit to run, hash " + document.hash + "\n"};
}

}  // namespace

Outcome execute(const std::vector<std::string>& arguments, const Talk& talk) {
  try {
    const CommandLine line = parse_command_line(arguments);
    if (line.text) return {0, *line.text};
    return carry_out(line.options, talk);
  } catch (...) {
    return {report_failure(arguments, talk), {}};
  }
}

int report_failure(const std::vector<std::string>& arguments, const Talk& talk) {
  const bool as_json = wants_json_errors(arguments);
  const auto tell = [&](Diagnostic diagnostic) { *talk.err << format_diagnostics({std::move(diagnostic)}, as_json); };
  try {
    throw;
  } catch (const UsageError& error) {
    *talk.err << error.text(as_json);
    return usage_error;
  } catch (const ScenarioError& error) {
    *talk.err << format_diagnostics(error.diagnostics(), as_json);
    return error.exit_code();
  } catch (const OutputError& error) {
    tell(general_error(error.code, error.what(), ""));
    return error.exit_code;
  } catch (const OutputInterrupted&) {
    return interruption_exit_code();
  } catch (const InvariantViolated& error) {
    std::string command = "brokersim";
    for (const std::string& argument : arguments) command += " " + shell_word(argument);
    for (const std::string& line : error.lines) *talk.err << line << "\n";
    *talk.err << "repro:  " << command << "\nno result is shown or written\n";
    return error.of_liveness ? liveness_violated : safety_violated;
  } catch (const FingerprintDiffers& error) {
    Diagnostic diagnostic = general_error("E0705", "fingerprint " + error.found, error.expected);
    diagnostic.hint = "the first part that differs is \"" + *first_difference(error.expected, error.found) + "\"";
    tell(std::move(diagnostic));
    return fingerprint_differs;
  } catch (const std::bad_alloc&) {
    tell(general_error("E0502", "memory ran out", "", "fewer partitions, a shorter duration, or fewer --threads"));
    return resource_limit;
  } catch (const std::exception& error) {
    *talk.err << "internal error: " << printable(error.what(), 400)
              << "\nThis is a bug of brokersim. Please report it with the scenario and the command line.\n";
    return internal_error;
  }
}

}  // namespace brokersim
