// SPDX-License-Identifier: Apache-2.0
// Rare but legal states of a run in which something fails, which nothing in its result tells of
// (invariants-and-faults.md E.2): a swarm that reaches none of them shows nothing by finding no violation.
#pragma once
#include <array>
#include <bitset>
#include <cstdint>
#include <string_view>

namespace brokersim {

enum class RareState : std::uint8_t {
  // The controller.
  elr_not_empty,
  leader_out_of_elr,
  elr_emptied_by_growth,
  unclean_registration_in_elr,
  last_known_leader,
  late_heartbeat,
  registration_again,
  failover_with_fencing,
  reassigned_while_failing,
  // ISR proposals.
  stale_leader_epoch,
  stale_partition_epoch,
  proposal_answer_lost,
  crash_with_proposal,
  // Leaders.
  crash_with_acks_pending,
  leader_knows_less_than_committed,
  two_leaders,
  superseded_append,
  superseded_timeout,
  high_watermark_by_answer,
  high_watermark_by_metadata,
  // Followers.
  fetch_fenced,
  fetch_of_later_epoch,
  diverged_nothing,
  diverged_one,
  diverged_several,
  diverged_wholly,
  diverged_at_high_watermark,
  high_watermark_fell,
  empty_epoch,
  three_empty_epochs,
  epoch_forgotten,
  // Brokers' disks and links.
  power_loss_of_nothing,
  power_loss_of_some,
  power_loss_of_all,
  disk_full_at_follower,
  one_way_cut,
  // Producers.
  too_few_in_sync,
  duplicate_at_same_leader,
  duplicate_at_other_leader,
  given_up_though_committed,
  given_up_and_cut,
  // Groups.
  coordinator_moved,
  commit_lost,
  taken_away_with_records,
  count
};
inline constexpr std::size_t rare_states = static_cast<std::size_t>(RareState::count);
using RareStates = std::bitset<rare_states>;

inline constexpr std::array<std::string_view, rare_states> rare_state_names{
    "ELR not empty",
    "leader elected out of the ELR",
    "ELR emptied by growth of the ISR",
    "member of the ELR stopped uncleanly",
    "last known leader elected",
    "heartbeat of a broker just fenced",
    "registration sent again",
    "controller failover while a dead broker is not fenced yet",
    "reassignment complete while something is broken",
    "ISR proposal refused: leader epoch",
    "ISR proposal refused: partition epoch",
    "answer to an accepted ISR proposal lost",
    "leader's process ends with an ISR proposal under way",
    "leader's process ends with records to commit",
    "clean election, high watermark behind what is committed",
    "two brokers believe to lead",
    "superseded leader appends",
    "superseded leader's request times out",
    "high watermark raised by the answer to an ISR proposal",
    "high watermark raised by metadata",
    "fetch of an earlier epoch refused",
    "fetch of a later epoch refused",
    "diverged follower has nothing to cut",
    "diverged follower cuts a batch",
    "diverged follower cuts several batches",
    "diverged follower cuts its whole log",
    "follower cuts at its high watermark",
    "follower's high watermark falls",
    "leader epoch without a batch",
    "three leader epochs without a batch",
    "cut of an epoch that has no batch",
    "power loss, nothing lost",
    "power loss, the end of a log lost",
    "power loss, a whole log lost",
    "disk full when a follower copies",
    "one-way cut",
    "produce refused: too few in sync",
    "duplicate dropped by the leader that has the batch",
    "duplicate dropped by another leader",
    "given up though committed",
    "given up after it was cut",
    "coordinator moved",
    "commit lost",
    "partition taken away with records fetched"};

}  // namespace brokersim
