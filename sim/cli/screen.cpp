// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/screen.hpp"

#include <algorithm>
#include <iterator>

#include "sim/cli/fault_text.hpp"
#include "sim/cli/figure_text.hpp"
#include "sim/cli/text_table.hpp"

namespace brokersim {
namespace {

constexpr std::size_t screen_width = 98;

/// Of use to a program that looks for it, not on a screen.
bool nowhere_observed(const ComparisonRow& row) {
  return std::all_of(row.arms.begin(), row.arms.end(),
                     [](const Estimate& arm) { return !arm.mean && arm.note != "unstable"; });
}

std::vector<std::vector<std::string>> table_cells(const Study& study, bool verbose) {
  const bool comparison = study.policies.size() == 2;
  std::vector<std::vector<std::string>> cells;
  std::vector<std::string>& head = cells.emplace_back();
  const std::uint32_t trials = study.scenario().trials;
  head.push_back(trials == 1 ? "one trial" : "mean over " + std::to_string(trials) + " trials ± 95 %");
  for (const Arm& arm : study.policies) head.push_back(arm_title(arm));
  if (comparison) head.push_back("change (95 %)");
  for (const ComparisonRow& row : study.rows) {
    if (row.figure.shown != Shown::always && (!verbose || nowhere_observed(row))) continue;
    const RowUnit unit = row_unit(row);
    std::vector<std::string> line{row_head(row, unit)};
    for (const Estimate& arm : row.arms) line.push_back(estimate_cell(arm, unit));
    if (comparison) line.push_back(change_cell(row, unit));
    cells.push_back(std::move(line));
  }
  return cells;
}

class Page {
 public:
  explicit Page(const ScreenStyle& style) : style_(style) {}

  void strong(const std::string& sentence) {
    if (style_.markdown) {
      text_ += "**" + sentence + "**\n";
    } else {
      const std::string lines = wrapped(sentence, screen_width);
      text_ += style_.color ? "\x1b[1m" + lines.substr(0, lines.size() - 1) + "\x1b[0m\n" : lines;
    }
  }
  void table(const std::vector<std::vector<std::string>>& cells) {
    text_ += "\n" + (style_.markdown ? markdown_table(cells) : aligned_table(cells)) + "\n";
  }
  void heading(const std::string& title) { text_ += style_.markdown ? "\n### " + title + "\n" : title + "\n"; }
  void section(const std::string& title, const std::vector<std::string>& lines) {
    if (lines.empty()) return;
    if (!title.empty()) text_ += style_.markdown ? "\n### " + title + "\n\n" : title + "\n";
    for (const std::string& line : lines) {
      const std::string indent = title.empty() ? "" : "  ";
      text_ += style_.markdown ? "- " + line + "\n" : wrapped(indent + line, screen_width, indent + "  ");
    }
  }
  /// A line that is never broken: someone pastes it.
  void verbatim(const std::string& line) { text_ += style_.markdown ? "\n```\n" + line + "\n```\n" : line + "\n"; }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  ScreenStyle style_;
  std::string text_;
};

}  // namespace

std::string screen(const Study& study, const ScreenStyle& style) {
  Page page(style);
  page.strong(study.headline);
  std::vector<std::vector<std::string>> cells = table_cells(study, style.verbose);
  page.table(cells);
  for (FaultTable& table : fault_tables(study)) {
    page.heading(table.title);
    page.table(table.cells);
    std::move(table.cells.begin(), table.cells.end(), std::back_inserter(cells));
  }
  page.section("", range_lines(cells));
  page.section("Faults", fault_lines(study));
  page.section("What limits each arm", limit_lines(study));
  page.section("What keys make hot", hot_key_lines(study));
  page.section("Quotas", quota_lines(study));
  page.section("Members", member_lines(study));
  page.section("Rebalances", rebalance_lines(study));
  page.section("What turns follower reads on", config_lines(study));
  page.section("", caution_lines(study, style.verbose));
  page.section("", provenance_lines(study));
  page.verbatim(study.fingerprint);
  page.verbatim((style.markdown ? "" : "repeat: ") + study.command);
  return page.text();
}

}  // namespace brokersim
