// SPDX-License-Identifier: Apache-2.0
// brokersim-known: bugs that Kafka had (invariants-and-faults F). Each has a scenario that is healthy as the
// model is, and breaks one of the laws listed for it with the bug's switch on: FOLDER/S-xx.json. They are found at
// random and shrunk, or directed schedules (schedules.hpp), not the step lists of part F.
//
//   brokersim-known FOLDER           prints a line a bug; exit 1 if one is not as it should be
//   brokersim-known --write FOLDER   makes those that are not there
#include <algorithm>
#include <cstring>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

#include "sim/scenario_file/scenario_json.hpp"
#include "sim/scenario_file/scenario_writer.hpp"
#include "sim/swarm/shrink.hpp"
#include "tests/mutants/schedules.hpp"

namespace brokersim::tiny {
namespace {

struct KnownBug {
  const char* id;
  const char* issue;
  bool ModelMutants::*flag;
  std::vector<std::string> breaks;
  Kind kind = Kind::common;
};

const std::vector<KnownBug>& known_bugs() {
  using M = ModelMutants;
  static const std::vector<KnownBug> table = {
      {"S-01", "KAFKA-1211, KIP-101", &M::truncates_to_high_watermark, {"INV-P07", "INV-P05", "INV-P06"}},
      {"S-02", "KIP-101", &M::truncates_to_high_watermark, {"INV-P07", "INV-P08", "INV-P09"}, Kind::power},
      {"S-03", "KAFKA-6361, KIP-279", &M::epoch_end_without_epoch, {"INV-P02", "INV-P09", "INV-L02"}, Kind::unclean},
      {"S-05", "KAFKA-6880, KIP-320", &M::no_epoch_fence, {"INV-P24"}, Kind::late},
      {"S-06", "KIP-320, consumers", &M::consumer_truncation_unseen, {"INV-C05"}, Kind::unclean},
      {"S-07", "KIP-966", &M::last_replica_standing, {"INV-P05", "INV-P18", "INV-P21"}, Kind::power},
      {"S-08", "KAFKA-7128", &M::join_ignores_epoch_start, {"INV-P22", "INV-P06"}},
      {"S-09", "KIP-497", &M::hw_waits_for_confirmed_isr_only, {"INV-P13", "INV-P06"}},
      {"S-10", "KAFKA-14139, KIP-903", &M::no_broker_epoch_check, {"INV-P22"}, Kind::old_fetch},
      {"S-12", "KAFKA-13141", &M::diverging_fetch_counts, {"INV-P25"}},
      {"S-13", "KAFKA-13091", &M::no_hw_check_after_shrink, {"late"}, Kind::quiet},
      {"S-15", "KAFKA-14372", &M::preferred_outside_isr, {"INV-P31"}, Kind::followers},
      {"S-16", "KAFKA-8733, KIP-501, without KIP-966", &M::last_replica_standing, {"INV-P18", "late"}, Kind::alone},
      {"S-17", "KAFKA-13916, KIP-841", &M::anybody_joins_isr, {"INV-P18"}},
      {"S-22", "epoch cache keeps conflicts", &M::cache_not_cut, {"INV-P02", "INV-P03", "INV-L02"}},
      {"S-23", "two ISR proposals", &M::two_proposals, {"INV-P16"}},
      {"S-24", "registration retry", &M::registers_anew, {"INV-P20"}, Kind::unheard},
      {"S-27", "parked produce", &M::parked_produce_kept, {"late"}, Kind::handover},
      {"S-31", "offsets kept over an epoch", &M::follower_state_kept, {"INV-P13"}},
      {"S-32", "KAFKA-15021", &M::hw_waits_for_ineligible, {"late"}, Kind::stopping},
  };
  return table;
}

bool breaks_a_law(const KnownBug& bug, Scenario scenario) {
  scenario.world.mutants.*bug.flag = true;
  const std::optional<std::string> law = violation(scenario, hurries(bug.kind));
  return law && std::any_of(bug.breaks.begin(), bug.breaks.end(),
                            [&](const std::string& expected) { return law->starts_with(expected); });
}

/// Of the scenario as its file says it: what the reader does not take shows nothing.
bool shows(const KnownBug& bug, const Scenario& scenario) {
  try {
    const Scenario read = read_scenario_text(scenario_text(scenario), bug.id).scenario;
    return breaks_a_law(bug, read) && !violation(read, hurries(bug.kind));
  } catch (const ScenarioError&) {
    return false;
  }
}

/// What the reader asks of the small worlds of tests: batches that hold a record, still one each, and a policy for the
/// groups that there are.
Scenario readable(Scenario scenario) {
  for (ProducerSpec& producer : scenario.world.producers)
    producer.batch_size = std::max(producer.batch_size, producer.record_size.maximum);
  if (scenario.world.groups.empty()) scenario.read_policies = {ReadPolicy::leader};
  return scenario;
}

int check(const std::string& folder) {
  int wrong = 0;
  for (const KnownBug& bug : known_bugs()) {
    const Scenario scenario = read_scenario_file(folder + "/" + bug.id + ".json", {}).scenario;
    const bool broken = breaks_a_law(bug, scenario);
    const std::optional<std::string> blamed = violation(scenario, hurries(bug.kind));
    wrong += broken && !blamed ? 0 : 1;
    std::cout << bug.id << " (" << bug.issue << ") "
              << (broken ? "broken under its switch" : "NOT BROKEN under its switch")
              << (blamed ? ", NOT HEALTHY without it: " + *blamed : ", healthy without it") << std::endl;
  }
  return wrong == 0 ? 0 : 1;
}

/// Of the first schedule that shows the bug.
void write(const KnownBug& bug, const std::string& file) {
  constexpr std::uint64_t seeds = 1000;
  const auto fits = [&bug](const Scenario& scenario) { return shows(bug, scenario); };
  for (std::uint64_t seed = 1; seed < seeds; ++seed) {
    Scenario smallest = readable(schedule(seed, bug.kind));
    if (!fits(smallest)) continue;
    const bool timed = hurries(bug.kind);  // worked out by hand as it is
    if (!timed) smallest = shrink(smallest, fits, 250, [] { return false; }).scenario;
    smallest.name = bug.id;
    std::ofstream(file) << scenario_text(smallest);
    std::cout << bug.id << ": " << smallest.world.faults.size() << " faults" << std::endl;
    return;
  }
  std::cout << bug.id << ": no schedule shows it" << std::endl;
}

}  // namespace
}  // namespace brokersim::tiny

int main(int argc, char** argv) {
  if (argc == 3 && std::strcmp(argv[1], "--write") == 0) {
    for (const auto& bug : brokersim::tiny::known_bugs()) {
      const std::string file = std::string(argv[2]) + "/" + bug.id + ".json";
      if (!std::ifstream(file)) brokersim::tiny::write(bug, file);
    }
    return 0;
  }
  return argc == 2 ? brokersim::tiny::check(argv[1]) : 2;
}
