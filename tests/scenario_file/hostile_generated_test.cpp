// SPDX-License-Identifier: Apache-2.0
// Rows of C.2 to C.6 whose input is too large for a file in the tree, or is no file at all.
#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>

#include "sim/text/printable.hpp"
#include "tests/scenario_file/scenario_support.hpp"

namespace brokersim::test {
namespace {

std::string file_answer(const std::string& path, const ReadLimits& limits = {}) {
  try {
    return "exit 0\n" + format_diagnostics(read_scenario_file(path, {}, limits).notes, false);
  } catch (const ScenarioError& error) {
    return "exit " + std::to_string(error.exit_code()) + "\n" + error.what();
  }
}

/// A file that is gone when the test ends.
struct TemporaryFile {
  TemporaryFile(const std::string& name, const std::string& text)
      : path((std::filesystem::temp_directory_path() / ("brokersim-" + std::to_string(::getpid()) + "-" + name))
                 .string()) {
    std::ofstream(path, std::ios::binary) << text;
  }
  ~TemporaryFile() { std::filesystem::remove(path); }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  std::string path;
};

std::string repeated(const std::string& text, std::size_t times) {
  std::string all;
  for (std::size_t i = 0; i < times; ++i) all += text;
  return all;
}

}  // namespace

TEST_CASE("H-001: a file that does not exist is named, with the system's reason") {
  CHECK(file_answer("/nowhere/x.json") ==
        "exit 4\nerror E0101: /nowhere/x.json\n  found   No such file or directory\n  allowed a JSON file that can be "
        "read\n");
}

TEST_CASE("H-002: a directory is no scenario") {
  CHECK(file_answer("/") == "exit 4\nerror E0102: /\n  found   a directory\n  allowed a JSON file\n");
}

TEST_CASE("H-003: a file without read permission") {
  if (::geteuid() == 0) return;  // nothing is forbidden to root
  const TemporaryFile file("forbidden.json", "{}");
  ::chmod(file.path.c_str(), 0);
  CHECK(file_answer(file.path).find("error E0103") != std::string::npos);
}

TEST_CASE("H-006: a file of 1 GiB is refused from its size alone, within 50 ms") {
  const TemporaryFile file("huge.json", "");
  std::filesystem::resize_file(file.path, 1 << 30);  // a hole: takes no room on the disk
  const auto start = std::chrono::steady_clock::now();
  const std::string text = file_answer(file.path);
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::milliseconds{50});
  CHECK(text == "exit 5\nerror E0104: " + file.path +
                    "\n  found   1073741824 bytes\n  allowed at most 16777216 bytes\n  hint    raise the limit with "
                    "--limit file_bytes=N\n");
}

TEST_CASE("H-007: endless input is refused one byte behind the limit") {
  CHECK(file_answer("/dev/zero") ==
        "exit 5\nerror E0104: /dev/zero\n  found   more than 16777216 bytes\n  allowed at most 16777216 bytes\n"
        "  hint    raise the limit with --limit file_bytes=N\n");
}

TEST_CASE("H-026: a number of 10,000 digits") {
  CHECK(answer("{\"version\": " + repeated("7", 10'000) + "}", "x").find("E0215") != std::string::npos);
  CHECK(answer("{\"version\": " + repeated("0.1", 1) + repeated("1", 9'997) + "}", "x") ==
        "exit 3\nerror E0218: x:1:13\n  found   a number of 10000 characters\n  allowed a number of at most 64 "
        "characters\n");
}

TEST_CASE("H-027, H-028: 100,000 levels of nesting end at the 65th") {
  CHECK(answer(repeated("[", 100'000), "x") ==
        "exit 3\nerror E0219: x:1:65\n  found   level 65\n  allowed at most 64 levels of nesting\n");
  CHECK(answer(repeated("{\"a\":", 100'000), "x") ==
        "exit 3\nerror E0219: x:1:321\n  found   level 65\n  allowed at most 64 levels of nesting\n");
}

TEST_CASE("H-031: a string of 5 MiB") {
  CHECK(answer("{\"name\": \"" + repeated("x", 5 << 20) + "\"}", "x") ==
        "exit 3\nerror E0221: x:1:10\n  found   a string of 5242880 bytes\n  allowed a string of at most 4096 bytes\n");
}

TEST_CASE("H-032: an object of a million keys is refused at the 10,001st") {
  std::string text = "{";
  for (int i = 0; i < 1'000'000; ++i) text += "\"" + std::to_string(i) + "\":0,";
  CHECK(answer(text, "x").find("error E0222: x:1:") != std::string::npos);
}

TEST_CASE("H-053: an array of more than 1,000,000 items") {
  CHECK(answer("{\"zones\": [" + repeated("0,", 1'000'001) + "0]}", "x").find("exit 5\nerror E0317: x:1:") == 0);
}

TEST_CASE("Of many errors 20 are shown and the others counted") {
  std::string keys;
  for (int i = 0; i < 25; ++i) keys += "\"unknown-" + std::to_string(i) + "\": 0, ";
  const std::string text = answer(replaced(small_scenario, "\"version\"", keys + "\"version\""), "x");
  CHECK(text.find("at /unknown-19\n") != std::string::npos);
  CHECK(text.find("at /unknown-20\n") == std::string::npos);
  CHECK(text.substr(text.size() - 11) == "and 5 more\n");
}

TEST_CASE("H-105: 10^12 partitions are refused within 50 ms, and the limits can be raised") {
  const std::string text = replaced(small_scenario, "\"partitions\": 6", "\"partitions\": 1000000000000");
  const auto start = std::chrono::steady_clock::now();
  CHECK(answer(text, "x").find("error E0501") != std::string::npos);
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::milliseconds{50});
  ReadLimits limits;
  CHECK(set_limit(limits, "partitions", 5));
  CHECK_FALSE(set_limit(limits, "particles", 5));
  CHECK_THROWS_AS((void)read_scenario_text(small_scenario, "x", {}, {}, limits), ScenarioError);
  CHECK(set_limit(limits, "partitions", 6));
  CHECK_NOTHROW((void)read_scenario_text(small_scenario, "x", {}, {}, limits));
}

TEST_CASE("H-105: a scenario above the memory limit is told what takes the room") {
  ReadLimits limits;
  // 6 partitions x 320 B + 18 replicas x 160 B + 4 clients x 2 KiB + 3 brokers x 64 KiB = 209,600 B.
  limits.memory_bytes = 209'599;
  try {
    (void)read_scenario_text(small_scenario, "x", {}, {}, limits);
    FAIL("not refused");
  } catch (const ScenarioError& error) {
    CHECK(error.exit_code() == 5);
    CHECK(error.diagnostics().front().hint == "lower the count of brokers, or raise the limit with --max-memory");
  }
  limits.memory_bytes = 209'600;
  CHECK_NOTHROW((void)read_scenario_text(small_scenario, "x", {}, {}, limits));
}

TEST_CASE("H-106: zones of a full mesh are limited, as links grow with their square") {
  std::string zones = "\"a\", \"b\", \"c\"";
  for (int i = 0; i < 998; ++i) zones += ", \"z" + std::to_string(i) + "\"";
  const std::string text = answer(replaced(small_scenario, "\"a\", \"b\", \"c\"", zones), "x");
  CHECK(text.find("exit 5\nerror E0502: x:4:12 at /zones\n  found   1001 zones in all\n") == 0);
}

TEST_CASE("H-134, C.1: what cannot be printed is shown escaped, in file names too") {
  CHECK(printable("a\x1b[31m\xff\xe2\x80\xae") == "a\\u{1b}[31m\\xff\\u{202e}");
  CHECK(printable(repeated("x", 81)) == repeated("x", 80) + "...");
  CHECK(file_answer("/nowhere/\x1b.json").find("error E0101: /nowhere/\\u{1b}.json\n") != std::string::npos);
}

TEST_CASE("The same facts are printed as one JSON array") {
  try {
    (void)read_scenario_text("[1]", "x");
    FAIL("not refused");
  } catch (const ScenarioError& error) {
    CHECK(format_diagnostics(error.diagnostics(), true) ==
          "[\n  {\"code\": \"E0301\", \"severity\": \"error\", \"file\": \"x\", \"line\": 1, \"column\": 1, "
          "\"argument\": 0, "
          "\"pointer\": \"\", \"found\": \"an array of 1\", \"allowed\": \"an object\", \"hint\": \"\"}\n]\n");
  }
}

}  // namespace brokersim::test
