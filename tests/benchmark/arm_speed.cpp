// SPDX-License-Identifier: Apache-2.0
// How fast one arm of a scenario runs: a whole trial, set-up, measurement and drain included, in this thread's
// processor time.
//
//   arm_speed SCENARIO.json [leader|rack_aware] [/pointer=value ...]
//
// Prints one line: simulated seconds over processor seconds, events per second, per batch and per produce request
// (exact with /warm_up=0s, as requests are counted from then on), records simulated, peak memory. Compare two programs
// by alternated runs only: the machine's other load moves every absolute figure.
#include <sys/resource.h>

#include <cstdio>
#include <ctime>
#include <exception>
#include <string>
#include <vector>

#include "sim/scenario/run.hpp"
#include "sim/scenario_file/scenario_json.hpp"

namespace {

double thread_seconds() {
  timespec t{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9;
}

int measure(const std::vector<std::string>& arguments) {
  using namespace brokersim;
  ReadPolicy policy = ReadPolicy::leader;
  std::vector<Override> overrides;
  for (std::size_t i = 1; i < arguments.size(); ++i) {
    if (arguments[i] == "rack_aware") policy = ReadPolicy::rack_aware;
    if (arguments[i].front() == '/') overrides.push_back({arguments[i], static_cast<int>(i) + 1});
  }
  const Scenario scenario = read_scenario_file(arguments[0], overrides).scenario;
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

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fputs("usage: arm_speed SCENARIO.json [leader|rack_aware] [/pointer=value ...]\n", stderr);
    return 2;
  }
  try {
    return measure(std::vector<std::string>(argv + 1, argv + argc));
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "%s\n", problem.what());
    return 3;
  }
}
