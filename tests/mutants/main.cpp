// SPDX-License-Identifier: Apache-2.0
// brokersim-mutants: whether the checks notice (invariants-and-faults E.3). Each mutant breaks one rule of the model; a
// mutant is caught if, within its budget of random schedules, a law is violated that is listed for it. The model
// without mutants must break none in the same schedules.
//
//   brokersim-mutants [--sound N] [ID]    prints a line a mutant; exit 1 if one survives or the sound model is blamed
//                                          in the first N schedules of each kind
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

#include "tests/mutants/schedules.hpp"

namespace brokersim::tiny {
namespace {

struct Mutant {
  const char* id;
  bool ModelMutants::*flag;
  std::vector<std::string> caught_by;
  Kind kind = Kind::common;
  std::uint32_t budget = 40;  ///< schedules; by far more than it took when it was set
};

const std::vector<Mutant>& mutants() {
  using M = ModelMutants;
  static const std::vector<Mutant> table = {
      {"M-01", &M::truncates_to_high_watermark, {"INV-P07", "INV-P06", "INV-P05"}},
      {"M-02",
       &M::epoch_end_without_epoch,
       {"INV-P02", "INV-P08", "INV-P09", "INV-P25", "INV-L02", "INV-L05"},
       Kind::unclean,
       600},
      {"M-03", &M::no_epoch_fence, {"INV-P24", "INV-P33"}, Kind::late},
      {"M-04", &M::join_ignores_epoch_start, {"INV-P06", "INV-P22"}, Kind::common, 300},
      {"M-05", &M::hw_waits_for_confirmed_isr_only, {"INV-P06", "INV-P13", "INV-P15"}},
      {"M-06", &M::hw_rises_below_min_isr, {"INV-P06", "INV-P13"}, Kind::two_out},
      {"M-07", &M::unclean_not_said, {"INV-P05", "INV-P32"}, Kind::unclean, 100},
      {"M-08", &M::no_broker_epoch_check, {"INV-P22", "INV-P21"}, Kind::old_fetch},
      {"M-09", &M::diverging_fetch_counts, {"INV-P25", "INV-P06"}},
      {"M-10", &M::acks_all_at_append, {"INV-P26"}},
      {"M-11", &M::consumers_read_to_log_end, {"INV-P30", "INV-C09"}},
      {"M-12", &M::shrink_before_accepted, {"INV-P15", "INV-P06"}, Kind::two_out},
      {"M-13", &M::partition_epoch_ignored, {"INV-P19", "INV-P16", "INV-P06"}},
      {"M-14", &M::last_replica_standing, {"INV-P05", "INV-P17", "INV-P18", "INV-P21"}, Kind::power},
      {"M-15", &M::anybody_joins_isr, {"INV-P18"}},
      {"M-16", &M::no_hw_check_after_shrink, {"late"}, Kind::quiet},
      {"M-20", &M::follower_state_kept, {"INV-P13", "INV-P22", "INV-P06"}},
      {"M-21", &M::hw_is_greatest_end, {"INV-P13", "INV-P06"}},
      {"M-23", &M::no_duplicate_check, {"INV-P29", "INV-C04"}},
      {"M-24", &M::follower_hw_uncapped, {"INV-P01", "INV-P14"}},
      {"M-26", &M::leader_without_new_epoch, {"INV-P19", "INV-P04"}},
      {"M-27", &M::parked_produce_kept, {"late"}, Kind::handover},
      {"M-28", &M::preferred_outside_isr, {"INV-P31"}, Kind::followers},
      {"M-29", &M::no_epoch_start, {"INV-P03"}},
      {"M-30", &M::registers_anew, {"INV-P20", "INV-L01", "INV-L02"}, Kind::unheard},
      {"M-31", &M::two_proposals, {"INV-P16"}},
      {"M-33", &M::cache_not_cut, {"INV-P02", "INV-P03", "INV-L02"}},
      {"S-32", &M::hw_waits_for_ineligible, {"late"}, Kind::stopping},
      {"S-06", &M::consumer_truncation_unseen, {"INV-C05", "INV-C06"}, Kind::unclean, 400},
      {"M-60", &M::acks_all_below_min_isr, {"INV-P27"}, Kind::two_out},
      {"M-61", &M::divergence_unseen, {"INV-P09", "INV-P25"}},
      {"M-62", &M::always_clean, {"INV-P05", "INV-P06", "INV-P21", "INV-P22"}, Kind::power},
      {"M-63", &M::counted_when_sent, {"INV-P13"}},
      {"M-64", &M::new_leader_commits_all, {"INV-C09", "INV-P12", "INV-P13", "INV-P14", "INV-P26"}},
      {"M-65", &M::retry_forgotten, {"INV-C12", "INV-P26"}},
      {"M-66", &M::truncates_too_much, {"INV-P07", "INV-P09"}},
      {"M-67", &M::consumer_skips, {"INV-C05"}},
      {"M-68", &M::request_not_repeated, {"INV-L06"}, Kind::unheard},
      {"M-69", &M::proposal_not_repeated, {"INV-L06"}, Kind::common, 1000},
      {"M-70", &M::fetch_not_repeated, {"INV-L06"}},
      {"M-71", &M::metadata_not_asked_again, {"INV-L07"}, Kind::common, 300},
  };
  return table;
}

/// The number of schedules until one of the expected laws was violated; none: it survives.
std::optional<std::uint32_t> caught(const Mutant& mutant, std::string& by) {
  for (std::uint32_t i = 0; i < mutant.budget; ++i) {
    Scenario scenario = schedule(i + 1, mutant.kind);
    scenario.world.mutants.*mutant.flag = true;
    const std::optional<std::string> law = violation(scenario, hurries(mutant.kind));
    if (!law) continue;
    if (by.empty() || by.starts_with("(")) by = "(" + *law + ")";
    for (const std::string& expected : mutant.caught_by) {
      if (!law->starts_with(expected)) continue;
      by = *law;
      return i + 1;
    }
  }
  return std::nullopt;
}

int test_mutants(std::uint32_t budget, const std::string& only) {
  int wrong = 0;
  if (only.empty() || only == "sound") {
    for (const Kind kind : {Kind::common, Kind::unclean, Kind::power, Kind::followers, Kind::two_out, Kind::late,
                            Kind::quiet, Kind::handover, Kind::old_fetch, Kind::unheard, Kind::stopping, Kind::alone}) {
      for (std::uint32_t i = 0; i < budget; ++i) {
        const std::optional<std::string> law = violation(schedule(i + 1, kind), hurries(kind));
        if (!law) continue;
        std::cout << "sound model, kind " << static_cast<int>(kind) << ", schedule " << i + 1 << ": " << *law
                  << std::endl;
        ++wrong;
      }
    }
  }
  for (const Mutant& mutant : mutants()) {
    if (!only.empty() && only != mutant.id) continue;
    std::string by;
    const std::optional<std::uint32_t> schedules = caught(mutant, by);
    if (!schedules) ++wrong;
    std::cout << mutant.id << (schedules ? " caught in schedule " + std::to_string(*schedules) + ": " : " SURVIVES ")
              << by << std::endl;
  }
  return wrong == 0 ? 0 : 1;
}

}  // namespace
}  // namespace brokersim::tiny

int main(int argc, char** argv) {
  std::uint32_t budget = 40;
  std::string only;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--sound") == 0 && i + 1 < argc) {
      budget = static_cast<std::uint32_t>(std::strtoul(argv[++i], nullptr, 10));
    } else {
      only = argv[i];
    }
  }
  return brokersim::tiny::test_mutants(budget, only);
}
