// SPDX-License-Identifier: Apache-2.0
// The program itself, as a shell runs it: what only a process can show.
#include <doctest/doctest.h>
#include <signal.h>
#include <sys/wait.h>

#include <chrono>
#include <cstdlib>
#include <thread>

#include "small_scenario.hpp"

namespace brokersim::test {
namespace {

/// Beside this test in the build tree.
std::string program() {
  const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe");
  const std::string path = (self.parent_path().parent_path() / "sim" / "cli" / "brokersim").string();
  REQUIRE_MESSAGE(std::filesystem::exists(path), "build the target brokersim first: ", path);
  return path;
}

int shell(const std::string& command) {
  const int status = std::system(command.c_str());
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

std::size_t entries(const std::filesystem::path& directory) {
  const std::filesystem::directory_iterator begin(directory);
  return static_cast<std::size_t>(std::distance(begin, std::filesystem::directory_iterator()));
}

TEST_CASE("a full standard output is an error of writing (H-127)") {
  const ScratchDirectory scratch;
  CHECK(shell(program() + " schema > /dev/full 2> " + (scratch.path() / "err").string()) == 4);
  CHECK(contents(scratch.path() / "err") ==
        "error E0615: standard output\n"
        "  found   No space left on device\n"
        "  allowed room for the answer\n");
}

TEST_CASE("a closed pipe is a quiet stop (H-126)") {
  const ScratchDirectory scratch;
  const std::string err = (scratch.path() / "err").string(), code = (scratch.path() / "code").string();
  CHECK(shell("{ sleep 0.3; " + program() + " schema 2> " + err + "; echo $? > " + code + "; } | true; sleep 0.5") ==
        0);
  CHECK(contents(code) == "4\n");
  CHECK(contents(err).empty());
}

TEST_CASE("environment and locale change nothing (H-133, H-136)") {
  const ScratchDirectory scratch;
  const std::string file = scratch.write(small_scenario());
  const std::string a = (scratch.path() / "a").string(), b = (scratch.path() / "b").string();
  CHECK(shell(program() + " compare " + file + " > " + a) == 0);
  CHECK(shell("LC_ALL=de_DE.UTF-8 LC_NUMERIC=de_DE.UTF-8 TZ=Asia/Tokyo TRIALS=9 SEED=3 NO_COLOR=1 " + program() +
              " compare " + file + " > " + b) == 0);
  CHECK_FALSE(contents(a).empty());
  CHECK(contents(a) == contents(b));
}

TEST_CASE("the scenario may come from standard input") {
  const ScratchDirectory scratch;
  const std::string file = scratch.write(small_scenario());
  CHECK(shell(program() + " check-scenario - < " + file + " > /dev/null") == 0);
}

TEST_CASE("SIGINT ends a run with 130 and SIGTERM with 143 within a second, and leave nothing behind (H-130, H-131)") {
  for (const int signal : {SIGINT, SIGTERM}) {
    const ScratchDirectory scratch;
    nlohmann::json scenario = small_scenario();
    scenario["duration"] = "36000s";  // longer than the test by far
    const std::string file = scratch.write(scenario);
    const std::string path = program(), out = (scratch.path() / "results").string();
    const pid_t child = fork();
    if (child == 0) {
      execl(path.c_str(), "brokersim", "compare", file.c_str(), "--out", out.c_str(), "-q",
            static_cast<char*>(nullptr));
      _exit(99);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds{300});
    const auto sent = std::chrono::steady_clock::now();
    kill(child, signal);
    int status = 0;
    waitpid(child, &status, 0);
    CHECK(std::chrono::steady_clock::now() - sent < std::chrono::seconds{1});
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 128 + signal);
    CHECK(entries(scratch.path()) == 1);  // the scenario
  }
}

}  // namespace
}  // namespace brokersim::test
