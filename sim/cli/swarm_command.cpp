// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/swarm_command.hpp"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cctype>
#include <exception>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <thread>

#include "sim/cli/progress_line.hpp"
#include "sim/cli/run_apart.hpp"
#include "sim/cli/version.hpp"
#include "sim/model/fault_kinds.hpp"
#include "sim/model/run_limits.hpp"
#include "sim/result_files/result_output_error.hpp"
#include "sim/result_files/single_file.hpp"
#include "sim/scenario_file/scenario_json.hpp"
#include "sim/scenario_file/scenario_writer.hpp"
#include "sim/swarm/schedule.hpp"
#include "sim/swarm/shrink.hpp"
#include "sim/text/printable.hpp"

namespace brokersim {
namespace {

constexpr int safety_violated = 6, liveness_violated = 7, expectation_missed = 9;
constexpr std::uint32_t most_candidates = 2000;  // of one shrink (E.5)
constexpr std::chrono::seconds longest_shrink{60};
constexpr std::uint32_t most_in_a_process = 32;  // schedules: a process' start is then a small part of what they take

struct Failure {
  std::uint64_t seed = 0;
  Judgement judgement;
};

struct SwarmResult {
  std::vector<Failure> failures;  // in the order of their seeds
  std::uint64_t events = 0;
  std::array<std::uint32_t, most_probes> probes{};  // schedules that reached each
  std::array<std::uint32_t, 64> faults{};           // ... that each kind hit, by FaultKind
  std::chrono::microseconds cpu{};
};

/// The profile, with the kinds of --faults in place of its own.
SwarmProfile profile_of(const SwarmOptions& wanted) {
  SwarmProfile profile = *find_swarm_profile(wanted.profile);
  if (!wanted.kinds.empty()) profile.kinds = wanted.kinds;
  return profile;
}

/// Of this process and of those that it has waited for: what swarm costs, the starts of processes included.
std::chrono::microseconds cpu_time() {
  std::chrono::microseconds sum{};
  for (const int whose : {RUSAGE_SELF, RUSAGE_CHILDREN}) {
    rusage used{};
    ::getrusage(whose, &used);
    for (const timeval& part : {used.ru_utime, used.ru_stime})
      sum += std::chrono::seconds{part.tv_sec} + std::chrono::microseconds{part.tv_usec};
  }
  return sum;
}

SwarmResult run_schedules(const SwarmProfile& profile, const SwarmOptions& wanted, unsigned threads,
                          const std::function<void(std::size_t)>& finished) {
  SwarmResult result;
  const std::chrono::microseconds before = cpu_time();
  std::atomic<std::uint32_t> next{0};
  std::size_t done = 0;
  std::mutex shared;
  std::exception_ptr trouble;
  const std::uint32_t together = std::clamp<std::uint32_t>(wanted.schedules / (threads * 8), 1, most_in_a_process);
  const auto work = [&] {
    try {
      for (std::uint32_t first = next.fetch_add(together); first < wanted.schedules; first = next.fetch_add(together)) {
        const std::uint64_t seed = wanted.seed + first;
        const std::uint32_t count = std::min(together, wanted.schedules - first);
        std::vector<Judgement> judgements =
            judge_apart(count, [&](std::uint32_t i) { return random_schedule(profile, seed + i); });
        const std::lock_guard lock(shared);
        for (std::uint32_t i = 0; i < count; ++i) {
          Judgement& judgement = judgements[i];
          result.events += judgement.events;
          for (std::size_t p = 0; p < result.probes.size(); ++p) result.probes[p] += judgement.probes[p];
          for (std::size_t k = 0; k < result.faults.size(); ++k) result.faults[k] += judgement.faults_applied[k];
          if (!judgement.violated.empty()) result.failures.push_back({seed + i, std::move(judgement)});
          finished(++done);
        }
      }
    } catch (...) {
      const std::lock_guard lock(shared);
      trouble = std::current_exception();
      next = wanted.schedules;
    }
  };
  std::vector<std::jthread> workers;
  for (unsigned t = 0; t < threads; ++t) workers.emplace_back(work);
  workers.clear();
  if (trouble) std::rethrow_exception(trouble);
  result.cpu = cpu_time() - before;
  std::sort(result.failures.begin(), result.failures.end(),
            [](const Failure& a, const Failure& b) { return a.seed < b.seed; });
  return result;
}

/// A file's name from a check's words: "signal 11" is signal-11.
std::string file_stem(const std::string& violated, std::uint64_t seed) {
  std::string stem;
  for (const char letter : violated.substr(0, 40)) {
    const bool plain = std::isalnum(static_cast<unsigned char>(letter)) != 0 || letter == '.';
    if (plain) stem += letter;
    if (!plain && !stem.empty() && stem.back() != '-') stem += '-';
  }
  return stem + (stem.empty() || stem.back() != '-' ? "-" : "") + std::to_string(seed);
}

std::string kinds_option(const SwarmOptions& wanted) {
  std::string text;
  for (const FaultKind kind : wanted.kinds) text += (text.empty() ? " --faults " : ",") + std::string(name_of(kind));
  return text;
}

/// Whether the scenario fails in the same way when it is read from its file.
bool repeats_from_file(const std::string& text, const std::string& violated) {
  try {
    return judge_apart(read_scenario_text(text, "shrunk.json").scenario).violated == violated;
  } catch (const ScenarioError&) {
    return false;  // shrinking knows less of what scenarios may say than their reader
  }
}

/// The lines of E.5 about a failure, and a file with the smallest scenario found.
std::string tell(const SwarmProfile& profile, const Options& options, const Failure& failure, const Talk& talk) {
  const SwarmOptions& wanted = options.swarm;
  const std::string& violated = failure.judgement.violated;
  std::string lines = "VIOLATION " + printable(failure.judgement.text, 400) + "\n";
  lines += fmt::format("seed {} profile {} model {} commit {}\n", failure.seed, profile.name, model_version,
                       version_commit());
  const std::string expected = violated.starts_with("INV-") ? " --expect-violation " + violated : "";
  lines += fmt::format("repro:  brokersim swarm --profile {}{} --seed {} --schedules 1{}\n", profile.name,
                       kinds_option(wanted), failure.seed, expected);
  if (!wanted.shrinks) return lines;
  const auto deadline = std::chrono::steady_clock::now() + longest_shrink;
  TerminalLine line(talk.err_is_terminal ? talk.err : nullptr);
  std::uint32_t tried = 0;
  Shrunk shrunk = shrink(
      random_schedule(profile, failure.seed),
      [&](const Scenario& candidate) {
        line.show(fmt::format("shrinking {}: {} candidates", violated, ++tried));
        return judge_apart(candidate).violated == violated;
      },
      most_candidates, [&] { return std::chrono::steady_clock::now() >= deadline; });
  const Scenario& smallest = shrunk.scenario;
  const std::string text = scenario_text(smallest);
  const std::filesystem::path file =
      std::filesystem::path(options.out.value_or(".")) / (file_stem(violated, failure.seed) + ".min.json");
  if (options.force) std::filesystem::remove(file);
  write_single_file(file, text);
  const auto partitions = partitions_of(smallest.world);
  lines += fmt::format("shrunk: brokersim run {}   ({} brokers, {} partitions, {} faults, {} lines; {} candidates)\n",
                       printable(file.string(), 4096), smallest.world.brokers.size(), partitions,
                       smallest.world.faults.size(), std::count(text.begin(), text.end(), '\n'), shrunk.tried);
  if (!repeats_from_file(text, violated)) lines += "        the file alone does not repeat it; the line before does\n";
  return lines;
}

/// Which rare states were reached, and in how many schedules each kind of fault hit something.
std::string coverage(const SwarmProfile& profile, const SwarmResult& result) {
  std::string text = "schedules that reached a state:\n";
  for (std::size_t p = 0; p < probes().size(); ++p)
    text += fmt::format("  {:>9}  {}\n", result.probes[p], probes()[p].name);
  text += "schedules in which a fault hit something:\n";
  for (const FaultKind kind : profile.kinds)
    text += fmt::format("  {:>9}  {}\n", result.faults[static_cast<std::size_t>(kind)], name_of(kind));
  return text;
}

/// Whether some state, or some kind of the profile's, came up too rarely to say anything (E.2); a kind less than 50
/// times in 100,000 schedules.
bool too_rare(const SwarmProfile& profile, const SwarmResult& result, std::uint32_t schedules) {
  const auto rare = [&](std::uint32_t hits, std::uint64_t least) {
    return hits * std::uint64_t{100'000} < least * schedules;
  };
  for (std::size_t p = 0; p < probes().size(); ++p) {
    if (rare(result.probes[p], probes()[p].least)) return true;
  }
  return std::any_of(profile.kinds.begin(), profile.kinds.end(),
                     [&](FaultKind kind) { return rare(result.faults[static_cast<std::size_t>(kind)], 50); });
}

}  // namespace

Outcome swarm_command(const Options& options, const Talk& talk) {
  const SwarmOptions& wanted = options.swarm;
  const SwarmProfile profile = profile_of(wanted);
  std::error_code ignored;
  if (wanted.shrinks && options.out && !std::filesystem::is_directory(*options.out, ignored)) {
    throw OutputError("E0611", printable(*options.out, 4096) + ": not a directory that exists; create it first");
  }
  std::unique_ptr<ProgressLine> line;
  if (talk.err_is_terminal && !options.quiet) {
    line = std::make_unique<ProgressLine>(talk.err, "schedules", wanted.schedules);
  }
  const SwarmResult result = run_schedules(profile, wanted, options.threads, [&](std::size_t done) {
    if (line) line->show(done);
  });
  line.reset();
  std::map<std::string, std::vector<const Failure*>> by_check;
  for (const Failure& failure : result.failures) by_check[failure.judgement.violated].push_back(&failure);
  std::string text;
  bool only_liveness = true;
  for (const auto& [violated, failures] : by_check) {
    only_liveness = only_liveness && violated.starts_with("INV-L");
    text += tell(profile, options, *failures.front(), talk);
    text += fmt::format("        {} of {} schedules; seeds", failures.size(), wanted.schedules);
    for (std::size_t i = 0; i < std::min<std::size_t>(failures.size(), 10); ++i)
      text += fmt::format(" {}", failures[i]->seed);
    text += failures.size() > 10 ? " ...\n\n" : "\n\n";
  }
  text += fmt::format("{} schedules of profile {}, {} events: {} failed\n", wanted.schedules, profile.name,
                      result.events, result.failures.size());
  if (!options.quiet) {
    *talk.err << fmt::format("{:.2f} ms of CPU time a schedule\n",
                             std::chrono::duration<double, std::milli>(result.cpu).count() / wanted.schedules);
  }
  if (options.verbose || wanted.requires_coverage) text += coverage(profile, result);
  if (!wanted.expected.empty()) return {by_check.contains(wanted.expected) ? 0 : expectation_missed, text};
  const bool passes = result.failures.size() <= wanted.tolerated;
  if (passes && wanted.requires_coverage && too_rare(profile, result, wanted.schedules))
    return {expectation_missed, text + "some of these came up too rarely to say anything\n"};
  return {passes ? 0 : only_liveness ? liveness_violated : safety_violated, text};
}

}  // namespace brokersim
