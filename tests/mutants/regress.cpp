// SPDX-License-Identifier: Apache-2.0
// brokersim-regress FOLDER: what swarms have found once, shrunk (invariants-and-faults E.5). Each scenario of the
// folder broke the law that its name begins with; now it breaks none, liveness after the drain included. Prints a line
// a scenario; exit 1 if one breaks a law.
#include <algorithm>
#include <filesystem>
#include <iostream>
#include <vector>

#include "sim/scenario_file/scenario_json.hpp"
#include "sim/swarm/judgement.hpp"

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(argv[1])) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  int wrong = files.empty() ? 1 : 0;
  for (const std::filesystem::path& file : files) {
    const brokersim::Judgement judgement = brokersim::judge(brokersim::read_scenario_file(file.string(), {}).scenario);
    std::cout << file.filename().string()
              << (judgement.violated.empty() ? " breaks no law" : " BREAKS " + judgement.text) << std::endl;
    wrong += judgement.violated.empty() ? 0 : 1;
  }
  return wrong == 0 ? 0 : 1;
}
