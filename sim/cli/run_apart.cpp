// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/run_apart.hpp"

#include <malloc.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <mutex>
#include <string>
#include <system_error>
#include <utility>

namespace brokersim {
namespace {

constexpr rlim_t longest_seconds = 20;  // of CPU time: a thousand times what a schedule takes

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

/// What the child says: numbers, the violated check, a line feed, the check's words.
struct Numbers {
  std::uint64_t events = 0, faults_applied = 0;
  ProbeHits probes;
};

std::string report(const Judgement& judgement) {
  const Numbers numbers{judgement.events, judgement.faults_applied.to_ullong(), judgement.probes};
  std::string text(sizeof numbers, '\0');
  std::memcpy(text.data(), &numbers, sizeof numbers);
  return text + judgement.violated + "\n" + judgement.text;
}

Judgement read_report(const std::string& text) {
  Numbers numbers;
  std::memcpy(&numbers, text.data(), sizeof numbers);
  Judgement judgement;
  judgement.events = numbers.events;
  judgement.probes = numbers.probes;
  judgement.faults_applied = numbers.faults_applied;
  const std::string words = text.substr(sizeof numbers);
  const std::size_t end = words.find('\n');
  judgement.violated = words.substr(0, end);
  judgement.text = words.substr(end + 1);
  return judgement;
}

/// The run that comes may take longest_seconds more than this process has taken.
void allow_one_run() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  rlimit limit{};
  ::getrlimit(RLIMIT_CPU, &limit);
  const auto so_far = static_cast<rlim_t>(used.ru_utime.tv_sec + used.ru_stime.tv_sec);
  limit.rlim_cur = std::min(limit.rlim_max, so_far + longest_seconds);
  ::setrlimit(RLIMIT_CPU, &limit);
}

/// Sends a text with its length before it.
[[nodiscard]] bool send(int out, const std::string& text) {
  const std::size_t length = text.size();
  const std::string message = std::string(reinterpret_cast<const char*>(&length), sizeof length) + text;
  for (std::size_t written = 0; written < message.size();) {
    const ssize_t count = ::write(out, message.data() + written, message.size() - written);
    if (count <= 0) return false;
    written += static_cast<std::size_t>(count);
  }
  return true;
}

[[noreturn]] void run_child(std::uint32_t count, const std::function<Scenario(std::uint32_t)>& scenario_of, int out) {
  const rlimit no_core{0, 0};
  ::setrlimit(RLIMIT_CORE, &no_core);
  // What a run has given back the next one takes: to return it to the system in between costs more than the run.
  ::mallopt(M_TRIM_THRESHOLD, 256 << 20);
  ::mallopt(M_MMAP_THRESHOLD, 32 << 20);
  try {
    for (std::uint32_t i = 0; i < count; ++i) {
      allow_one_run();
      if (!send(out, report(judge(scenario_of(i))))) ::_exit(1);
    }
  } catch (...) {
    ::_exit(1);
  }
  ::_exit(0);
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

/// Takes the next text off what send() has sent; empty if there is none that is whole.
std::string take_message(const std::string& sent, std::size_t& at) {
  std::size_t length = 0;
  if (sent.size() - at < sizeof length) return {};
  std::memcpy(&length, sent.data() + at, sizeof length);
  if (sent.size() - at - sizeof length < length) return {};
  const std::string text = sent.substr(at + sizeof length, length);
  at += sizeof length + length;
  return text;
}

struct ChildEnd {
  std::vector<Judgement> judgements;  ///< as far as it got
  int status = 0;                     ///< as wait() says it
};

ChildEnd judge_in_child(std::uint32_t count, const std::function<Scenario(std::uint32_t)>& scenario_of) {
  static std::mutex forking;  // else another child would keep this pipe's end open, and with it the reader below
  std::array<int, 2> ends{};
  pid_t child = 0;
  {
    const std::lock_guard lock(forking);
    if (::pipe(ends.data()) != 0) fail("pipe");
    child = ::fork();
    if (child < 0) fail("fork");
    if (child == 0) {
      ::close(ends[0]);
      run_child(count, scenario_of, ends[1]);
    }
    ::close(ends[1]);
  }
  const std::string sent = read_all(ends[0]);
  ::close(ends[0]);
  ChildEnd end;
  while (::waitpid(child, &end.status, 0) < 0 && errno == EINTR) {
  }
  std::size_t at = 0;
  for (std::string text = take_message(sent, at); !text.empty(); text = take_message(sent, at))
    end.judgements.push_back(read_report(text));
  return end;
}

}  // namespace

Judgement judge_apart(const Scenario& scenario) {
  ChildEnd end = judge_in_child(1, [&](std::uint32_t) { return scenario; });
  return end.judgements.empty() ? died(end.status) : std::move(end.judgements.front());
}

std::vector<Judgement> judge_apart(std::uint32_t count, const std::function<Scenario(std::uint32_t)>& scenario_of) {
  std::vector<Judgement> judgements = judge_in_child(count, scenario_of).judgements;
  if (judgements.size() == count) return judgements;
  judgements.clear();
  for (std::uint32_t i = 0; i < count; ++i) judgements.push_back(judge_apart(scenario_of(i)));
  return judgements;
}

}  // namespace brokersim
