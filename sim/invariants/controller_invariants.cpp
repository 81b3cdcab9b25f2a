// SPDX-License-Identifier: Apache-2.0
// What the controller decides: P05, P06, P17 to P22, P32, P36.
#include <algorithm>
#include <bit>

#include "sim/invariants/invariants.hpp"

namespace brokersim {

std::uint64_t Invariants::bits_of(const PartitionState& partition, std::span<const BrokerIndex> brokers) const {
  std::uint64_t bits = 0;
  for (std::uint32_t place = 0; place < partition.replicas; ++place) {
    const BrokerIndex broker = replicas_[partition.first_replica + place].broker;
    if (std::find(brokers.begin(), brokers.end(), broker) != brokers.end()) bits |= bit(place);
  }
  return bits;
}

void Invariants::on_registered(BrokerIndex broker, std::int64_t epoch, std::uint32_t process, bool clean) {
  BrokerState& state = brokers_[broker.value];
  const bool again = state.current && state.process == process && state.epoch >= 0;
  if (again ? epoch != state.epoch : epoch <= state.epoch) {
    fail("INV-P20", "broker epochs grow, one to an incarnation: " + name(broker) + " had epoch " +
                        std::to_string(state.epoch) + " and is given " + std::to_string(epoch));
  }
  state.epoch = epoch;
  state.process = process;
  state.current = true;
  if (again || clean || !cluster_.eligible_leader_replicas) return;
  for (ReplicaState& replica : replicas_) {
    if (replica.broker != broker) continue;
    replica.unclean = true;
    if ((partitions_[replica.partition].elr & bit(replica.place)) != 0) note(RareState::unclean_registration_in_elr);
  }
}

void Invariants::on_broker_record(BrokerIndex broker, bool fenced, bool withdrawn) {
  BrokerState& state = brokers_[broker.value];
  state.fenced = fenced;
  state.withdrawn = withdrawn;
  state.told = true;
}

void Invariants::on_process_ended(BrokerIndex broker) {
  brokers_[broker.value].current = false;
  for (ReplicaState& replica : replicas_) {
    if (replica.broker == broker) replica.role = ReplicaState::Role::stopped;
  }
}

void Invariants::on_isr_accepted(std::uint32_t index, std::uint32_t leader_epoch, std::uint32_t partition_epoch) const {
  const PartitionState& partition = partitions_[index];
  if (leader_epoch == partition.leader_epoch && partition_epoch == partition.partition_epoch) return;
  fail("INV-P19", "only a proposal of the present epochs is accepted: " + partition.name + " is in " +
                      std::to_string(partition.leader_epoch) + ", " + std::to_string(partition.partition_epoch) +
                      ", accepted is one of " + std::to_string(leader_epoch) + ", " + std::to_string(partition_epoch));
}

/// P17: what a record may look like at all.
void Invariants::check_shape(const PartitionState& partition, const ControllerRecord& record) const {
  const std::uint64_t isr = bits_of(partition, record.isr), elr = bits_of(partition, record.elr);
  const auto wrong = [&](const char* what) { fail("INV-P17", std::string(what) + ": " + partition.name); };
  if (static_cast<std::size_t>(std::popcount(isr)) != record.isr.size() ||
      static_cast<std::size_t>(std::popcount(elr)) != record.elr.size())
    wrong("ISR and ELR are among the replicas, each once");
  if (((isr | elr) & ~bits_of(partition, record.replicas)) != 0) wrong("ISR and ELR are among the assigned replicas");
  if ((isr & elr) != 0) wrong("nobody is in the ISR and in the ELR");
  if (record.leader && (isr & bits_of(partition, {&*record.leader, 1})) == 0) wrong("the leader is in the ISR");
  if (record.isr.size() >= record.min_in_sync && elr != 0) wrong("no ELR while the ISR has its minimum");
  if (isr == 0 && !cluster_.eligible_leader_replicas) wrong("without ELR the ISR is never empty");
}

void Invariants::on_partition_record(std::uint32_t index, const ControllerRecord& record) {
  PartitionState& partition = partitions_[index];
  check_shape(partition, record);
  std::optional<std::uint32_t> leader;
  if (record.leader) leader = static_cast<std::uint32_t>(std::countr_zero(bits_of(partition, {&*record.leader, 1})));
  const auto epochs = [&] {
    return partition.name + " goes from leader epoch " + std::to_string(partition.leader_epoch) + ", partition epoch " +
           std::to_string(partition.partition_epoch) + " to " + std::to_string(record.leader_epoch) + ", " +
           std::to_string(record.partition_epoch);
  };
  if (record.partition_epoch != partition.partition_epoch + 1 || record.leader_epoch < partition.leader_epoch)
    fail("INV-P19", "every change raises the partition epoch by one and no epoch falls: " + epochs());
  if (leader != partition.leader && record.leader_epoch == partition.leader_epoch)
    fail("INV-P19", "another leader has another epoch: " + epochs());
  const std::uint64_t isr = bits_of(partition, record.isr), elr = bits_of(partition, record.elr);
  const bool elected = leader && leader != partition.leader;
  // P22: who joins the ISR had everything, as its leader of the epoch until now knew from a fetch of the incarnation
  // that is registered. That one may be gone already, if the controller cannot know.
  for (std::uint32_t place = 0; place < partition.replicas; ++place) {
    const bool joins = (isr & ~(partition.isr | partition.elr) & bit(place)) != 0;
    if (!joins || record.unclean) continue;
    const ReplicaState& replica = replica_at(partition, place);
    if (replica.may_join_in != partition.leader_epoch || replica.may_join_as != brokers_[replica.broker.value].epoch) {
      fail("INV-P22", "who joins the ISR has fetched all of the log in this leader epoch: " +
                          who(partition.first_replica + place) + " in epoch " + std::to_string(partition.leader_epoch));
    }
  }
  if (elr != 0) note(RareState::elr_not_empty);
  if (elected && !record.unclean && (partition.elr & bit(*leader)) != 0) note(RareState::leader_out_of_elr);
  if (!elected && partition.elr != 0 && elr == 0 && std::popcount(isr) > std::popcount(partition.isr))
    note(RareState::elr_emptied_by_growth);
  partition.joined = isr & ~partition.isr;
  // The end of a reassignment takes the leader away in the decision that lets the last new replica in.
  const bool moved_away = partition.leader && (bits_of(partition, record.replicas) & bit(*partition.leader)) == 0;
  partition.leader = leader;
  if (elected) {
    partition.joined |= bit(*leader);
    check_election(partition, record, partition.isr | (moved_away && !record.unclean ? isr : 0), partition.elr);
  }
  partition.leader_epoch = record.leader_epoch;
  partition.partition_epoch = record.partition_epoch;
  partition.isr = isr;
  partition.elr = elr;
  partition.assigned = bits_of(partition, record.replicas);
  if (!partition.told) told_.push_back(index);
  partition.told = true;
}

/// isr, elr  before it; isr with those who join, if the end of a reassignment may elect one of them
void Invariants::check_election(PartitionState& partition, const ControllerRecord& record, std::uint64_t isr,
                                std::uint64_t elr) {
  const std::uint32_t leader = partition.first_replica + *partition.leader;
  if (!record.unclean) {
    if (((isr | elr) & bit(*partition.leader)) == 0)
      fail("INV-P32", "only an unclean election names somebody outside ISR and ELR: " + who(leader));
    if (!brokers_[replicas_[leader].broker.value].current || complete(partition, leader)) return;
    std::uint32_t lost = 0;
    for (std::uint32_t place = 0; place < partition.replicas; ++place)
      lost += replica_at(partition, place).lost_data ? 1U : 0U;
    const bool excused =
        lost >= partition.min_in_sync || (!cluster_.eligible_leader_replicas && replicas_[leader].lost_data);
    if (excused) {
      cut(partition, leader, "lost logs");
      partition.cut_epoch = record.leader_epoch;
      return;
    }
    fail("INV-P05", "leader completeness: " + who(leader) + " is elected with log end " +
                        std::to_string(replicas_[leader].log.end()) + ", committed are " +
                        std::to_string(partition.committed.end()));
  }
  // L-9: the last known leader, once nobody is left in ISR and ELR but who has just said that it stopped uncleanly.
  bool last_known_leader = cluster_.eligible_leader_replicas;
  for (std::uint32_t place = 0; place < partition.replicas; ++place) {
    if (((isr | elr) & bit(place)) != 0) last_known_leader = last_known_leader && replica_at(partition, place).unclean;
  }
  if (!record.unclean_allowed && !last_known_leader)
    fail("INV-P32", "unclean election where it is not enabled: " + who(leader));
  for (std::uint32_t place = 0; place < partition.replicas; ++place) {
    if (((isr | elr) & bit(place)) != 0 && active(replica_at(partition, place).broker))
      fail("INV-P32",
           "unclean election of " + who(leader) + " while " + who(partition.first_replica + place) + " could lead");
  }
  if (!record.unclean_allowed) note(RareState::last_known_leader);
  if (record.isr.size() != 1 || !record.elr.empty())
    fail("INV-P32", "an unclean leader is the whole ISR, and there is no ELR: " + who(leader));
  cut(partition, leader, "unclean election");
  partition.cut_epoch = record.leader_epoch;
}

/// G2: what the new leader has not of it counts as never committed.
void Invariants::cut(PartitionState& partition, std::uint32_t replica, const char* why) {
  const CheckedLog& log = replicas_[replica].log;
  std::uint32_t common = std::min(log.end(), partition.committed.end());
  while (!log.agrees_with(partition.committed, common)) --common;
  partition.committed.truncate(common);
  ++partition.cuts;
  replicas_[replica].unclean = false;  // whatever it has, it is the truth now
  for (std::uint32_t place = 0; place < partition.replicas; ++place) {
    ReplicaState& other = replica_at(partition, place);
    other.before_cut = place != replicas_[replica].place;
    other.lost_data = other.lost_data && !complete(partition, partition.first_replica + place);
  }
  if (std::find(relaxed_.begin(), relaxed_.end(), why) == relaxed_.end()) relaxed_.emplace_back(why);
}

void Invariants::on_records_written() {
  for (std::uint32_t b = 0; b < brokers_.size(); ++b) {
    if (!std::exchange(brokers_[b].told, false)) continue;
    for (const ReplicaState& replica : replicas_) {
      if (replica.broker == BrokerIndex{b}) check_members(partitions_[replica.partition]);
    }
  }
  for (const std::uint32_t p : std::exchange(told_, {})) {
    PartitionState& partition = partitions_[p];
    check_members(partition);
    check_candidates(partition);
    partition.told = false;
    partition.joined = 0;
  }
}

/// P18, P21: who may be in an ISR.
void Invariants::check_members(const PartitionState& partition) const {
  for (std::uint32_t place = 0; place < partition.replicas; ++place) {
    const std::uint32_t index = partition.first_replica + place;
    const BrokerIndex broker = replicas_[index].broker;
    if ((partition.joined & bit(place)) != 0 && !active(broker))
      fail("INV-P18", "who is fenced or shuts down is not elected, nor added to an ISR: " + who(index));
    if (cluster_.eligible_leader_replicas && (partition.isr & bit(place)) != 0 && brokers_[broker.value].fenced)
      fail("INV-P18", "no fenced broker stays in an ISR: " + who(index));
    if (((partition.isr | partition.elr) & bit(place)) != 0 && replicas_[index].unclean)
      fail("INV-P21", "who stopped uncleanly is outside ISR and ELR until it has caught up: " + who(index));
  }
}

/// P06: whoever may be elected cleanly, and runs, has all that is committed.
void Invariants::check_candidates(const PartitionState& partition) const {
  for (std::uint32_t place = 0; place < partition.replicas; ++place) {
    const std::uint32_t index = partition.first_replica + place;
    if (((partition.isr | partition.elr) & bit(place)) == 0 || complete(partition, index)) continue;
    if (!brokers_[replicas_[index].broker.value].current || replicas_[index].before_cut) continue;
    if (replicas_[index].lost_data && !cluster_.eligible_leader_replicas) continue;  // the last replica standing
    fail("INV-P06", "candidate completeness: " + who(index) + " in ISR or ELR has log end " +
                        std::to_string(replicas_[index].log.end()) + ", true high watermark is " +
                        std::to_string(partition.committed.end()));
  }
}

}  // namespace brokersim
