// SPDX-License-Identifier: Apache-2.0
// Writes the result files that tests/result_files/check_result_files.py examines with other programs:
// write_result_example DIR.
#include <cstdio>
#include <exception>
#include <filesystem>

#include "sim/result_files/result_directory.hpp"
#include "tests/result_files/result_example.hpp"

namespace {

/// So that every file has rows: a member of the first group comes later, which its group rebalances for.
brokersim::Scenario with_a_rebalance() {
  using namespace std::chrono_literals;
  brokersim::Scenario scenario = brokersim::test::example_scenario();
  scenario.world.groups[0].coordination.emplace();
  scenario.world.groups[0].members[2].join_at = 2s;
  return scenario;
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 2) {
    std::fputs("usage: write_result_example DIR\n", stderr);
    return 2;
  }
  try {
    std::filesystem::remove_all(arguments[1]);
    const brokersim::test::Example example(1, with_a_rebalance());
    const brokersim::ResultReceipt receipt = brokersim::write_result_directory(example.results, arguments[1], false);
    std::puts(receipt.fingerprint.c_str());
    return 0;
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "%s\n", failure.what());
    return 1;
  }
}
