// SPDX-License-Identifier: Apache-2.0
#include "tests/validate/report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "analysis/number_format.hpp"

namespace brokersim::validate {
namespace {

std::string number(double value) {
  if (std::isnan(value)) return "none";
  if (std::isinf(value)) return "unbounded";
  return shortest_text(value);
}

std::string rounded(double value) {
  if (!std::isfinite(value)) return number(value);
  return std::abs(value) > 1e15 || (value != 0 && std::abs(value) < 1e-9) ? shortest_text(value)
                                                                          : significant_text(value, 6);
}

std::string line_of(const FamilyReport& family, const CaseReport& report, const Finding& finding) {
  std::string line = fmt::format("  {} {} {}", family.family, report.id(), finding.quantity);
  if (finding.expected && finding.got) {
    line += fmt::format(": expected {}, got {}, tolerance {}", number(*finding.expected), number(*finding.got),
                        number(finding.tolerance));
  }
  if (!finding.note.empty()) line += ": " + finding.note;
  return line + "\n";
}

/// The lines of all findings with one outcome.
std::string lines_with(const std::vector<FamilyReport>& families, Outcome outcome) {
  std::string text;
  for (const FamilyReport& family : families) {
    for (const CaseReport& report : family.cases) {
      for (const Finding& finding : report.findings()) {
        if (finding.outcome == outcome) text += line_of(family, report, finding);
      }
    }
  }
  return text;
}

std::size_t total(const std::vector<FamilyReport>& families, Outcome outcome) {
  std::size_t count = 0;
  for (const FamilyReport& family : families) count += family.count(outcome);
  return count;
}

std::string cell(std::string text) {
  for (std::size_t at = text.find('|'); at != std::string::npos; at = text.find('|', at + 2))
    text.replace(at, 1, "\\|");
  return text;
}

/// A case's row: its counts, and of its numbers the one that is the farthest off for what is allowed.
std::string markdown_row(const CaseReport& report) {
  const Finding* worst = nullptr;
  const auto strain = [](const Finding& finding) {
    const double off = std::abs(*finding.got - *finding.expected);
    return off == 0 ? 0 : off / finding.tolerance;
  };
  for (const Finding& finding : report.findings()) {
    if (!finding.expected || !finding.got) continue;
    if (worst == nullptr || !(strain(finding) <= strain(*worst))) worst = &finding;
  }
  std::string row = fmt::format("| {} | {} | {} | {} |", report.id(), report.count(Outcome::passed),
                                report.count(Outcome::failed), report.count(Outcome::disagrees));
  if (worst == nullptr) return row + " all exact | | | | |\n";
  return row + fmt::format(" {} | {} | {} | {:.2g} | {:.2g} |\n", cell(worst->quantity), rounded(*worst->expected),
                           rounded(*worst->got), *worst->got - *worst->expected, worst->tolerance);
}

}  // namespace

void CaseReport::close(const std::string& quantity, double expected, double got, double relative) {
  within(quantity, expected, got, expected == 0 ? relative : relative * std::abs(expected));
}

void CaseReport::within(const std::string& quantity, double expected, double got, double tolerance, std::string note) {
  const bool holds = std::abs(got - expected) <= tolerance;  // false for NaN
  findings_.push_back({quantity, holds ? Outcome::passed : Outcome::failed, expected, got, tolerance, std::move(note)});
}

void CaseReport::same(const std::string& quantity, bool holds, const std::string& expected, const std::string& got) {
  Finding finding;
  finding.quantity = quantity;
  finding.outcome = holds ? Outcome::passed : Outcome::failed;
  if (!holds) finding.note = "expected " + expected + ", got " + got + ", tolerance none";
  findings_.push_back(std::move(finding));
}

void CaseReport::fail(const std::string& quantity, std::string reason) {
  findings_.push_back({quantity, Outcome::failed, {}, {}, 0, std::move(reason)});
}

void CaseReport::unsupported(const std::string& quantity, std::string reason) {
  findings_.push_back({quantity, Outcome::unsupported, {}, {}, 0, std::move(reason)});
}

std::size_t CaseReport::count(Outcome outcome) const {
  std::size_t count = 0;
  for (const Finding& finding : findings_) count += finding.outcome == outcome;
  return count;
}

std::size_t FamilyReport::count(Outcome outcome) const {
  std::size_t total = 0;
  for (const CaseReport& report : cases) total += report.count(outcome);
  return total;
}

std::string as_text(const std::vector<FamilyReport>& families, bool verbose) {
  std::string text =
      fmt::format("{:<28}{:>8}{:>8}{:>11}{:>13}\n", "family", "passed", "failed", "disagrees", "unsupported");
  for (const FamilyReport& family : families) {
    text += fmt::format("{:<28}{:>8}{:>8}{:>11}{:>13}\n", family.family, family.count(Outcome::passed),
                        family.count(Outcome::failed), family.count(Outcome::disagrees),
                        family.count(Outcome::unsupported));
  }
  if (const std::string lines = lines_with(families, Outcome::unsupported); !lines.empty()) {
    text += "\n";
    for (const FamilyReport& family : families) {
      for (const CaseReport& report : family.cases) {
        for (const Finding& finding : report.findings()) {
          if (finding.outcome != Outcome::unsupported) continue;
          text +=
              fmt::format("  {} {} {}: unsupported: {}\n", family.family, report.id(), finding.quantity, finding.note);
        }
      }
    }
  }
  if (verbose) text += "\npassed:\n" + lines_with(families, Outcome::passed);
  if (const std::string lines = lines_with(families, Outcome::disagrees); !lines.empty()) {
    text += "\ndisagrees, as listed:\n" + lines;
  }
  if (const std::string lines = lines_with(families, Outcome::failed); !lines.empty()) text += "\nfailed:\n" + lines;
  const std::size_t known = total(families, Outcome::disagrees);
  return text + fmt::format("\n{} passed, {} failed, {}{} skipped\n", total(families, Outcome::passed),
                            total(families, Outcome::failed),
                            known > 0 ? fmt::format("{} disagree as listed, ", known) : "",
                            total(families, Outcome::unsupported));
}

std::string as_markdown(const std::vector<FamilyReport>& families) {
  std::string text = "| family | passed | failed | disagrees | unsupported |\n|---|---:|---:|---:|---:|\n";
  for (const FamilyReport& family : families) {
    text += fmt::format("| {} | {} | {} | {} | {} |\n", family.family, family.count(Outcome::passed),
                        family.count(Outcome::failed), family.count(Outcome::disagrees),
                        family.count(Outcome::unsupported));
  }
  for (const FamilyReport& family : families) {
    const auto has_numbers = [](const CaseReport& report) {
      return std::any_of(report.findings().begin(), report.findings().end(),
                         [](const Finding& finding) { return finding.expected && finding.got; });
    };
    if (std::none_of(family.cases.begin(), family.cases.end(), has_numbers)) continue;
    text += fmt::format(
        "\n### {}\n\n| case | passed | failed | disagree | farthest off | expected | got | residual | allowed "
        "|\n|---|---:|---:|---:|---|---:|---:|---:|---:|\n",
        family.family);
    for (const CaseReport& report : family.cases) {
      if (report.count(Outcome::unsupported) < report.findings().size()) text += markdown_row(report);
    }
  }
  return text;
}

std::string as_csv(const std::vector<FamilyReport>& families) {
  std::string text = "family,case,quantity,expected,got,allowed,verdict\n";
  for (const FamilyReport& family : families) {
    for (const CaseReport& report : family.cases) {
      for (const Finding& finding : report.findings()) {
        if (!finding.expected || !finding.got) continue;
        const char* verdict = finding.outcome == Outcome::passed   ? "passed"
                              : finding.outcome == Outcome::failed ? "failed"
                                                                   : "disagrees";
        text += fmt::format("{},{},\"{}\",{:.10g},{:.10g},{:.10g},{}\n", family.family, report.id(), finding.quantity,
                            *finding.expected, *finding.got, finding.tolerance, verdict);
      }
    }
  }
  return text;
}

std::string unsupported_key(const std::string& family, const std::string& id, const std::string& quantity) {
  return fmt::format("- {} {} {}: ", family, id, quantity);
}

std::string unsupported_list(const std::vector<FamilyReport>& families) {
  std::string text;
  for (const FamilyReport& family : families) {
    for (const CaseReport& report : family.cases) {
      for (const Finding& finding : report.findings()) {
        if (finding.outcome != Outcome::unsupported) continue;
        text += unsupported_key(family.family, report.id(), finding.quantity) + finding.note + "\n";
      }
    }
  }
  return text;
}

std::string disagreement_list(const std::vector<FamilyReport>& families) {
  std::string text;
  for (const FamilyReport& family : families) {
    for (const CaseReport& report : family.cases) {
      for (const Finding& finding : report.findings()) {
        if (finding.outcome != Outcome::failed && finding.outcome != Outcome::disagrees) continue;
        text += unsupported_key(family.family, report.id(), finding.quantity) + "\n";
      }
    }
  }
  return text;
}

void CaseReport::excuse(const std::function<bool(const std::string&)>& is_known) {
  for (Finding& finding : findings_) {
    if (finding.outcome == Outcome::failed && is_known(finding.quantity)) finding.outcome = Outcome::disagrees;
  }
}

}  // namespace brokersim::validate
