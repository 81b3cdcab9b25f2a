// SPDX-License-Identifier: Apache-2.0
// brokersim-validate: holds the product against a folder of case files.
//
// exit 0  no failure; 1  some; 2  the command line is wrong
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <fstream>
#include <iterator>
#include <set>
#include <thread>

#include "tests/validate/case_files.hpp"

namespace brokersim::validate {
namespace {

/// Everything without a verdict has to be in the list kept in the repository: nothing becomes unsupported unnoticed.
void hold_against_list(std::vector<FamilyReport>& families, const std::string& list_file) {
  std::ifstream file(list_file);
  const std::string listed{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  for (FamilyReport& family : families) {
    for (CaseReport& report : family.cases) {
      const std::vector<Finding> findings = report.findings();
      for (const Finding& finding : findings) {
        if (finding.outcome != Outcome::unsupported) continue;
        if (listed.find(unsupported_key(family.family, report.id(), finding.quantity)) == std::string::npos) {
          report.fail(finding.quantity, "unsupported, and not listed in " + list_file);
        }
      }
    }
  }
}

/// What is known to be off, each with its reason, is no failure.
void excuse_listed(std::vector<FamilyReport>& families, const std::string& list_file) {
  std::ifstream file(list_file);
  const std::string listed{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  for (FamilyReport& family : families) {
    for (CaseReport& report : family.cases) {
      report.excuse([&](const std::string& quantity) {
        return listed.find(unsupported_key(family.family, report.id(), quantity)) != std::string::npos;
      });
    }
  }
}

int run(int argc, char** argv) {
  CLI::App app{"Judges a folder of case files, each through the product's own engine, model or analysis."};
  app.name("brokersim-validate");
  std::string folder, family, listed, disagreements, broken;
  bool verbose = false, markdown = false, csv = false, list_unsupported = false, list_disagreements = false;
  Effort effort;
  unsigned threads = std::max(1U, std::thread::hardware_concurrency());
  app.add_option("DIR", folder, "folder with .json case files")->required()->check(CLI::ExistingDirectory);
  app.add_option("--family", family, "judge one file only: its name without .json");
  app.add_option("--threads", threads, "cases judged at a time")->check(CLI::Range(1, 256));
  app.add_flag("-v,--verbose", verbose, "list what passed, too");
  app.add_flag("--quick", effort.quick, "fewer and shorter trials; intervals may be wide");
  app.add_flag("--markdown", markdown, "print the table of docs/VALIDATION.md");
  app.add_flag("--csv", csv, "print every compared number as CSV; docs/measured.gp draws those of the real cluster");
  app.add_flag("--list-unsupported", list_unsupported, "print the list kept in tests/validate/unsupported.md");
  app.add_flag("--list-disagreements", list_disagreements, "print the quantities of tests/validate/disagreements.md");
  app.add_option("--disagreements", disagreements, "what this file lists, with its reason, is no failure")
      ->check(CLI::ExistingFile);
  app.add_option("--listed", listed, "fail if something is unsupported and not in this file")->check(CLI::ExistingFile);
  app.add_option("--break", broken, "break the model on purpose: credit-order")->check(CLI::IsMember({"credit-order"}));
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  effort.break_credit_order = broken == "credit-order";
  std::vector<FamilyReport> families = judge_folder(folder, family, effort, threads);
  if (families.empty()) {
    fmt::print(stderr, "brokersim-validate: no case file{} in {}\n", family.empty() ? "" : " " + family + ".json",
               folder);
    return 2;
  }
  if (!listed.empty()) hold_against_list(families, listed);
  if (!disagreements.empty()) excuse_listed(families, disagreements);
  if (markdown) {
    fmt::print("{}", as_markdown(families));
  } else if (csv) {
    fmt::print("{}", as_csv(families));
  } else if (list_disagreements) {
    fmt::print("{}", disagreement_list(families));
  } else if (list_unsupported) {
    fmt::print("{}", unsupported_list(families));
  } else {
    fmt::print("{}", as_text(families, verbose));
  }
  for (const FamilyReport& one : families) {
    if (one.count(Outcome::failed) > 0) return 1;
  }
  return 0;
}

}  // namespace
}  // namespace brokersim::validate

int main(int argc, char** argv) {
  try {
    return brokersim::validate::run(argc, argv);
  } catch (const std::exception& error) {
    fmt::print(stderr, "brokersim-validate: {}\n", error.what());
    return 1;
  }
}
