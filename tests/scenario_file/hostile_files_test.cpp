// SPDX-License-Identifier: Apache-2.0
// Rows of C.2 to C.5 that are files: tests/hostile/H-nnn.json, and in H-nnn.txt the exit code and the exact message.
// The first digits name the row; H-2nn to H-4nn hold codes that have no row (E0223, E0322, E0323, E0390, E0456).
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>

#include "tests/scenario_file/scenario_support.hpp"

namespace brokersim::test {

TEST_CASE("Every hostile file gets exactly its answer") {
  const std::filesystem::path folder = std::string(BROKERSIM_SOURCE_DIR) + "/tests/hostile";
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ".json") names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  CHECK(names.size() >= 155);  // so that rows cannot get lost unseen
  for (const std::string& name : names) {
    CAPTURE(name);
    const std::string path = (folder / name).string();
    CHECK(answer(file_text(path + ".json"), name + ".json") == file_text(path + ".txt"));
  }
}

TEST_CASE("Every error of the hostile files has a place inside its file") {
  const std::filesystem::path folder = std::string(BROKERSIM_SOURCE_DIR) + "/tests/hostile";
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".json") continue;
    const std::string text = file_text(entry.path().string());
    const auto lines = static_cast<std::uint32_t>(std::count(text.begin(), text.end(), '\n') +
                                                  std::count(text.begin(), text.end(), '\r') + 1);
    try {
      (void)read_scenario_text(text, "x");
    } catch (const ScenarioError& error) {
      for (const Diagnostic& d : error.diagnostics()) {
        CHECK(d.line >= 1);
        CHECK(d.line <= lines);
        CHECK(d.column >= 1);
      }
    }
  }
}

}  // namespace brokersim::test
