// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/run_apart.hpp"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <string>
#include <system_error>

namespace brokersim {
namespace {

constexpr rlim_t longest_seconds = 20;  // of CPU time: a thousand times what a schedule takes

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

/// What the child says: numbers, the violated check, a line feed, the check's words.
struct Numbers {
  std::uint64_t events = 0, probes = 0, faults_applied = 0;
};

std::string report(const Judgement& judgement) {
  const Numbers numbers{judgement.events, judgement.probes.to_ullong(), judgement.faults_applied.to_ullong()};
  std::string text(sizeof numbers, '\0');
  std::memcpy(text.data(), &numbers, sizeof numbers);
  return text + judgement.violated + "\n" + judgement.text;
}

Judgement read_report(const std::string& text) {
  Numbers numbers;
  std::memcpy(&numbers, text.data(), sizeof numbers);
  Judgement judgement;
  judgement.events = numbers.events;
  judgement.probes = ProbeHits(numbers.probes);
  judgement.faults_applied = numbers.faults_applied;
  const std::string words = text.substr(sizeof numbers);
  const std::size_t end = words.find('\n');
  judgement.violated = words.substr(0, end);
  judgement.text = words.substr(end + 1);
  return judgement;
}

[[noreturn]] void run_child(const Scenario& scenario, int out) {
  const rlimit limit{longest_seconds, longest_seconds};
  ::setrlimit(RLIMIT_CPU, &limit);
  const rlimit no_core{0, 0};
  ::setrlimit(RLIMIT_CORE, &no_core);
  const std::string text = report(judge(scenario));
  std::size_t written = 0;
  while (written < text.size()) {
    const ssize_t count = ::write(out, text.data() + written, text.size() - written);
    if (count <= 0) break;
    written += static_cast<std::size_t>(count);
  }
  ::_exit(written == text.size() ? 0 : 1);
}

std::string read_all(int in) {
  std::string text;
  std::array<char, 4096> buffer{};
  while (true) {
    const ssize_t count = ::read(in, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return text;
    text.append(buffer.data(), static_cast<std::size_t>(count));
  }
}

/// How a process ended that said nothing.
Judgement died(int status) {
  Judgement judgement;
  if (WIFSIGNALED(status)) {
    const int signal = WTERMSIG(status);
    judgement.violated = "signal " + std::to_string(signal);
    judgement.text = signal == SIGXCPU || signal == SIGKILL
                         ? "no end after " + std::to_string(longest_seconds) + " s of CPU time"
                         : std::string("the run crashed: ") + ::strsignal(signal);
  } else {
    judgement.violated = "exit " + std::to_string(WEXITSTATUS(status));
    judgement.text = "the run ended without an answer";
  }
  return judgement;
}

}  // namespace

ApartRun judge_apart(const Scenario& scenario) {
  std::array<int, 2> ends{};
  if (::pipe(ends.data()) != 0) fail("pipe");
  const pid_t child = ::fork();
  if (child < 0) fail("fork");
  if (child == 0) {
    ::close(ends[0]);
    run_child(scenario, ends[1]);
  }
  ::close(ends[1]);
  const std::string text = read_all(ends[0]);
  ::close(ends[0]);
  int status = 0;
  rusage used{};
  while (::wait4(child, &status, 0, &used) < 0 && errno == EINTR) {
  }
  ApartRun run;
  const auto time = [](const timeval& value) {
    return std::chrono::seconds{value.tv_sec} + std::chrono::microseconds{value.tv_usec};
  };
  run.cpu = time(used.ru_utime) + time(used.ru_stime);
  const bool answered = WIFEXITED(status) && WEXITSTATUS(status) == 0 && text.size() > sizeof(Numbers);
  run.judgement = answered ? read_report(text) : died(status);
  return run;
}

}  // namespace brokersim
