// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/help_text.hpp"

namespace brokersim {

std::string short_usage() {
  return "usage: brokersim run|compare|check-scenario|schema|print-config|faults [SCENARIO] [OPTIONS]\n"
         "       brokersim whatif SCENARIO --kill each-broker|each-zone [OPTIONS]\n"
         "       brokersim calibrate CASE... [OPTIONS]\n"
         "       brokersim swarm [OPTIONS]\n"
         "       brokersim compare scenarios/three-zones.json\n"
         "       brokersim --help, brokersim COMMAND --help\n";
}

std::string program_footer() {
  return "Examples:\n"
         "  brokersim compare scenarios/three-zones.json\n"
         "  brokersim compare scenarios/hot-keys.json --trials 20 --seed 7 --out results\n"
         "  brokersim run scenarios/article-3x3.json --policy rack_aware --format json\n"
         "\n"
         "Data goes to stdout, talk to stderr. Exit codes:\n"
         "  0    done\n"
         "  1    internal error, please report it\n"
         "  2    the command line is wrong\n"
         "  3    the scenario or a measured case is wrong\n"
         "  4    reading or writing failed\n"
         "  5    refused or stopped for a resource limit\n"
         "  6    a safety invariant was violated: no result is shown\n"
         "  7    a liveness invariant was violated\n"
         "  8    the fingerprint differs from the expected one\n"
         "  9    what swarm was to find was not there: --expect-violation, --require-coverage\n"
         "  130  interrupted (SIGINT, Ctrl-C)\n"
         "  143  terminated (SIGTERM)\n"
         "The environment variables NO_COLOR and CLICOLOR_FORCE are read for --color auto; no other one\n"
         "is, and none changes a result.";
}

std::string command_summary(Command command) {
  switch (command) {
    case Command::run:
      return "simulate a scenario under one read policy";
    case Command::compare:
      return "simulate it under every read policy and protocol it names, and show what changes";
    case Command::check_scenario:
      return "read a scenario and tell what is wrong with it";
    case Command::schema:
      return "print the JSON schema (draft-07) of scenario files";
    case Command::print_config:
      return "print the whole scenario with every default written out";
    case Command::calibrate:
      return "fit service costs, client costs and pauses to measured latencies and bytes";
    case Command::faults:
      return "list every kind of fault, its parameters and an example";
    case Command::swarm:
      return "run random schedules of faults and check that what must hold holds";
    case Command::whatif:
      return "kill brokers or zones one at a time, and say which the cluster can lose";
  }
  return {};
}

std::string command_examples(Command command) {
  switch (command) {
    case Command::run:
      return "Examples:\n"
             "  brokersim run scenarios/three-zones.json\n"
             "  brokersim run scenarios/three-zones.json --policy rack_aware -v\n"
             "  brokersim run scenarios/three-zones.json --trials 3 --format csv\n"
             "  brokersim run scenarios/three-zones.json --fault 'kill broker 3 at 30s for 45s'";
    case Command::compare:
      return "Examples:\n"
             "  brokersim compare scenarios/three-zones.json\n"
             "  brokersim compare scenarios/three-zones.json --trials 20 --out results --force\n"
             "  brokersim compare scenarios/three-zones.json --set /brokers/0/nic=1Gbit/s --set /duration=120s\n"
             "  brokersim compare - --format json < scenario.json";
    case Command::check_scenario:
      return "Examples:\n"
             "  brokersim check-scenario scenarios/three-zones.json\n"
             "  brokersim check-scenario mine.json --error-format json";
    case Command::schema:
      return "Examples:\n"
             "  brokersim schema > scenario.schema.json";
    case Command::print_config:
      return "Examples:\n"
             "  brokersim print-config scenarios/three-zones.json\n"
             "  brokersim print-config scenarios/three-zones.json --set /duration=120s > longer.json";
    case Command::faults:
      return "Examples:\n"
             "  brokersim faults\n"
             "  brokersim run mine.json --fault 'kill broker 3 at 30s for 45s' --fault 'elect preferred leaders at "
             "90s'";
    case Command::swarm:
      return "Examples:\n"
             "  brokersim swarm --seed 1 --schedules 2000\n"
             "  brokersim swarm --profile power --faults kill,restart --out failures\n"
             "\n"
             "A schedule depends on its profile and its seed alone. Of the schedules that violate the same check the\n"
             "first is shrunk, for a minute at most, and written as a scenario.";
    case Command::whatif:
      return "Examples:\n"
             "  brokersim whatif scenarios/three-zones.json --kill each-broker --kill each-zone\n"
             "  brokersim whatif scenarios/three-zones.json --kill each-broker --restart 45s --watch 400s\n"
             "  brokersim whatif scenarios/big-cluster.json --kill each-zone,top:3 --trials 1 --out rows.csv\n"
             "  brokersim whatif scenarios/three-zones.json --kill broker:3 --restart 45s \\\n"
             "      --mitigation none,auto,auto:60s,by-hand:30s\n"
             "\n"
             "A zone's brokers stop in one event; its clients go on. Every figure is the worst of the trials.";
    case Command::calibrate:
      return "Examples:\n"
             "  brokersim calibrate --scenario mine.json --omb result.json --out costs.json\n"
             "  brokersim calibrate --scenario mine.json --samples delivery=latencies.csv\n"
             "  brokersim calibrate measured/e1 measured/e2 --hold-out measured/e5 measured/e9\n"
             "\n"
             "A scenario measured by its user is fitted under its first read policy, over all topics and groups,\n"
             "from its stated \"warm_up\" on. docs/VALIDATION.md says what a case.json has.";
  }
  return {};
}

}  // namespace brokersim
