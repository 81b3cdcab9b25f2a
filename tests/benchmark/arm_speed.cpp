// SPDX-License-Identifier: Apache-2.0
// How fast one arm of a scenario runs: a whole trial, set-up, measurement and drain included, in this thread's
// processor time.
//
//   arm_speed SCENARIO.json [leader|rack_aware] [/pointer=value ...]
//   arm_speed SCENARIO.json [leader|rack_aware] [/pointer=value ...] --fault TEXT ... [--rounds N]
//
// The second form says what faults cost, and of that the checks (docs/INVARIANTS.md): in each of N rounds (3) one trial
// without the faults, one with them, and one with them and without checks, each in a process of its own; medians of
// their user CPU time, and of the quotients of each round.
//
// The first prints one line: simulated seconds over processor seconds, events per second, per batch and per produce
// request (exact with /warm_up=0s, as requests are counted from then on), records simulated, peak memory. Compare two
// programs by alternated runs only: the machine's other load moves every absolute figure.
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <ctime>
#include <exception>
#include <stdexcept>
#include <string>
#include <vector>

#include "sim/model/cluster.hpp"
#include "sim/scenario/run.hpp"
#include "sim/scenario_file/scenario_json.hpp"

namespace {

double thread_seconds() {
  timespec t{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9;
}

struct Arguments {
  std::string scenario;
  brokersim::ReadPolicy policy = brokersim::ReadPolicy::leader;
  std::vector<brokersim::Override> settings, faults;
  int rounds = 3;
};

Arguments read_arguments(const std::vector<std::string>& words) {
  Arguments all;
  all.scenario = words[0];
  for (std::size_t i = 1; i < words.size(); ++i) {
    const int number = static_cast<int>(i) + 1;
    if (words[i] == "rack_aware") all.policy = brokersim::ReadPolicy::rack_aware;
    if (words[i].front() == '/') all.settings.push_back({words[i], number});
    if (words[i] == "--fault" && i + 1 < words.size()) all.faults.push_back({words[++i], number + 1, true});
    if (words[i] == "--rounds" && i + 1 < words.size()) all.rounds = std::stoi(words[++i]);
  }
  return all;
}

int measure(const Arguments& arguments) {
  using namespace brokersim;
  const ReadPolicy policy = arguments.policy;
  const Scenario scenario = read_scenario_file(arguments.scenario, arguments.settings).scenario;
  const double started = thread_seconds();
  const TrialResult result =
      run_trial(scenario, place_partitions(scenario), policy, 0, scenario.warm_up.value_or(Duration::zero()));
  const double spent = thread_seconds() - started;
  double requests = 0;
  for (std::uint32_t b = 0; b < result.loads.brokers(); ++b) {
    requests += static_cast<double>(result.loads.total(BrokerIndex{b}).produce_requests);
  }
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  std::printf(
      "%s,%s,simulated_s,%.3f,processor_s,%.3f,x_realtime,%.2f,Mev_per_s,%.2f,events_per_batch,%.2f,events_per_request,"
      "%.2f,records,%ld,peak_"
      "mb,%.1f\n",
      scenario.name.c_str(), policy == ReadPolicy::leader ? "leader" : "rack_aware", seconds(scenario.duration), spent,
      seconds(scenario.duration) / spent, static_cast<double>(result.events) / spent / 1e6,
      static_cast<double>(result.events) / static_cast<double>(result.batches),
      static_cast<double>(result.events) / requests, result.conservation.generated,
      static_cast<double>(usage.ru_maxrss) / 1024);
  return result.conservation.violations.empty() ? 0 : 6;
}

/// User CPU time of a trial in a process of its own, s.
double seconds_apart(const brokersim::Scenario& scenario, brokersim::ReadPolicy policy, bool checked) {
  using namespace brokersim;
  const pid_t child = ::fork();
  if (child < 0) throw std::runtime_error("no further process");
  if (child == 0) {
    RunLimits limits = limits_of(scenario, scenario.warm_up.value_or(Duration::zero()));
    limits.checked = checked;
    Cluster cluster(scenario.world, place_partitions(scenario), policy, {scenario.seed, 0}, limits);
    const TrialResult result = cluster.run();
    ::_exit(result.conservation.violations.empty() ? 0 : 6);
  }
  int status = 0;
  rusage used{};
  while (::wait4(child, &status, 0, &used) < 0 && errno == EINTR) {
  }
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) throw std::runtime_error("a trial failed");
  return static_cast<double>(used.ru_utime.tv_sec) + static_cast<double>(used.ru_utime.tv_usec) * 1e-6;
}

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

int compare(const Arguments& arguments) {
  using namespace brokersim;
  std::vector<Override> with_faults = arguments.settings;
  with_faults.insert(with_faults.end(), arguments.faults.begin(), arguments.faults.end());
  const Scenario sound = read_scenario_file(arguments.scenario, arguments.settings).scenario;
  const Scenario failing = read_scenario_file(arguments.scenario, with_faults).scenario;
  std::vector<double> without, with, unchecked, faults_cost, checks_cost;
  for (int round = 0; round < arguments.rounds; ++round) {
    without.push_back(seconds_apart(sound, arguments.policy, true));
    with.push_back(seconds_apart(failing, arguments.policy, true));
    unchecked.push_back(seconds_apart(failing, arguments.policy, false));
    faults_cost.push_back(with.back() / without.back());
    checks_cost.push_back(with.back() / unchecked.back());
  }
  std::printf(
      "%s,%s,rounds,%d,without_faults_s,%.3f,with_faults_s,%.3f,unchecked_s,%.3f,with/without,%.3f,"
      "checked/unchecked,%.3f\n",
      sound.name.c_str(), arguments.policy == ReadPolicy::leader ? "leader" : "rack_aware", arguments.rounds,
      median(without), median(with), median(unchecked), median(faults_cost), median(checks_cost));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fputs(
        "usage: arm_speed SCENARIO.json [leader|rack_aware] [/pointer=value ...] [--fault TEXT ... [--rounds N]]\n",
        stderr);
    return 2;
  }
  try {
    const Arguments arguments = read_arguments(std::vector<std::string>(argv + 1, argv + argc));
    return arguments.faults.empty() ? measure(arguments) : compare(arguments);
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "%s\n", problem.what());
    return 3;
  }
}
