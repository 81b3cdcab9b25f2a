// SPDX-License-Identifier: Apache-2.0
// What brokers and clients do: P01 to P16, P20, P23 to P33, C01, C04 to C06, C09; and what must have happened once
// everything is healed (A.3).
#include "sim/invariants/invariants.hpp"

#include <algorithm>
#include <bit>
#include <utility>

namespace brokersim {
namespace {

constexpr Instant long_ago{Duration::min() / 4};  // L-30: when who is not in the ISR had everything
std::string text(std::uint64_t number) {
  return std::to_string(number);
}
std::string text(Instant when) {
  return std::to_string(when.time_since_epoch() / std::chrono::milliseconds{1}) + " ms";
}

}  // namespace

Invariants::Invariants(CheckedCluster cluster)
    : cluster_(std::move(cluster)), trunks_(cluster_.partitions.size()), brokers_(cluster_.broker_ids.size()) {
  std::size_t replicas = 0;
  for (const CheckedPartition& checked : cluster_.partitions) replicas += checked.replicas.size();
  partitions_.reserve(cluster_.partitions.size());
  replicas_.reserve(replicas);
  for (const CheckedPartition& checked : cluster_.partitions) {
    CheckedTrunk& trunk = trunks_[partitions_.size()];
    PartitionState partition(trunk);
    partition.name = checked.name;
    partition.first_replica = static_cast<std::uint32_t>(replicas_.size());
    partition.replicas = static_cast<std::uint32_t>(checked.replicas.size());
    partition.min_in_sync = checked.min_in_sync;
    partition.isr = partition.assigned = checked.assigned == 64 ? ~std::uint64_t{0} : bit(checked.assigned) - 1;
    partition.led_by[0] = 0;
    for (std::uint32_t place = 0; place < partition.replicas; ++place) {
      ReplicaState replica(trunk);
      replica.partition = static_cast<std::uint32_t>(partitions_.size());
      replica.place = static_cast<std::uint8_t>(place);
      replica.broker = checked.replicas[place];
      if (place == 0) replica.role = ReplicaState::Role::leader;
      if (place < checked.assigned) {
        replica.fetched_in = 0;  // at its empty log's end
        replica.may_join_in = 0;
      }
      replicas_.push_back(std::move(replica));
    }
    partitions_.push_back(std::move(partition));
  }
  for (std::size_t b = 0; b < brokers_.size(); ++b) brokers_[b].epoch = cluster_.broker_epochs[b];
  for (ReplicaState& replica : replicas_) replica.may_join_as = brokers_[replica.broker.value].epoch;
}

void Invariants::fail(const char* id, const std::string& statement) const {
  throw InvariantViolation(id, statement);
}
std::string Invariants::name(BrokerIndex broker) const {
  return "broker " + std::to_string(cluster_.broker_ids[broker.value]);
}
std::string Invariants::who(std::uint32_t replica) const {
  return name(replicas_[replica].broker) + " of " + partition_of(replica).name;
}

/// Whether a replica has all that is committed.
bool Invariants::complete(const PartitionState& partition, std::uint32_t replica) const {
  return replicas_[replica].log.agrees_with(partition.committed, partition.committed.end());
}

// --- brokers ---

void Invariants::on_leads(std::uint32_t index, std::uint32_t epoch, std::uint32_t log_end, std::uint32_t high_watermark,
                          Instant now) {
  PartitionState& partition = partition_of(index);
  ReplicaState& replica = replicas_[index];
  const auto [leads, first] = partition.led_by.try_emplace(epoch, replica.place);
  if (!first && leads->second != replica.place)
    fail("INV-P04", "one broker leads in an epoch: " + who(index) + " and " +
                        who(partition.first_replica + leads->second) + " in epoch " + text(epoch));
  if (log_end != replica.log.end())
    fail("INV-P01", "a log ends where its appends and cuts have it end: " + who(index) + " at " +
                        text(replica.log.end()) + ", not " + text(log_end));
  if (high_watermark > log_end)
    fail("INV-P01", "no high watermark is beyond the log's end: " + who(index) + " has " + text(high_watermark) +
                        " of " + text(log_end));
  if (epoch == partition.leader_epoch && !complete(partition, index))
    fail("INV-P05", "leader completeness: " + who(index) + " takes over with log end " + text(log_end) +
                        ", committed are " + text(partition.committed.end()));
  for (std::uint32_t place = 0; place < partition.replicas; ++place) {
    if (place != replica.place && replica_at(partition, place).role == ReplicaState::Role::leader)
      note(RareState::two_leaders);
  }
  std::uint32_t without_a_batch = 0;
  for (const auto& led : partition.led_by) {
    if (led.first > replica.log.last_epoch() && led.first < epoch) ++without_a_batch;
  }
  if (without_a_batch >= 1) note(RareState::empty_epoch);
  if (without_a_batch >= 3) note(RareState::three_empty_epochs);
  if (epoch == partition.leader_epoch && high_watermark < partition.committed.end())
    note(RareState::leader_knows_less_than_committed);
  replica.role = ReplicaState::Role::leader;
  replica.epoch = epoch;
  replica.high_watermark = high_watermark;
  if (!first) return;  // it goes on: its log directory was offline, and nobody has noticed
  replica.epoch_start = log_end;
  if (partition.led_by.rbegin()->first != epoch) return;  // superseded already: nobody follows it
  commit_what_is_shown(partition, index);
  follow(partition, index);
  partition.proposal_under_way = false;
  for (std::uint32_t place = 0; place < partition.replicas; ++place) {
    ReplicaState& other = replica_at(partition, place);
    other.fetched_in.reset();
    other.may_join_in.reset();
    other.caught_up = (partition.isr & bit(place)) != 0 ? now : long_ago;
  }
}

/// A new leader's high watermark is where it was when it followed or led before: at most H (P14). But for one that is
/// elected uncleanly after another unclean leader that never served: what it goes on showing, its own log up to there,
/// counts as committed again.
void Invariants::commit_what_is_shown(PartitionState& partition, std::uint32_t leading) {
  const ReplicaState& leader = replicas_[leading];
  if (leader.high_watermark <= partition.committed.end() || leader.epoch < partition.cut_epoch) return;
  if (partition.cuts == 0)
    fail("INV-P14", "no high watermark is beyond what is committed: " + who(leading) + " takes over with " +
                        text(leader.high_watermark) + ", committed are " + text(partition.committed.end()));
  if (leader.log.agrees_with(partition.committed, partition.committed.end()))
    partition.committed.copy(leader.log, leader.high_watermark);
}

void Invariants::on_follows(std::uint32_t index, std::uint32_t epoch) {
  replicas_[index].role = ReplicaState::Role::follower;
  replicas_[index].epoch = epoch;
}

/// P02, P03: epochs never fall along a log, and the cache says of each where it starts.
void Invariants::check_epoch_cache(std::uint32_t index, const std::vector<CheckedLog::Epoch>& cache) const {
  const CheckedLog& log = replicas_[index].log;
  for (std::size_t i = 1; i < cache.size(); ++i) {
    if (cache[i].epoch <= cache[i - 1].epoch || cache[i].start < cache[i - 1].start)
      fail("INV-P02", "epochs of a log's cache grow: " + who(index) + " has epoch " + text(cache[i].epoch) + " from " +
                          text(cache[i].start) + " after " + text(cache[i - 1].epoch) + " from " +
                          text(cache[i - 1].start));
  }
  if (!cache.empty() && cache.back().start > log.end())
    fail("INV-P02", "no epoch starts beyond the log's end: " + who(index));
  for (const CheckedLog::Epoch& epoch : log.epochs()) {
    const auto same = std::find_if(cache.begin(), cache.end(),
                                   [&](const CheckedLog::Epoch& entry) { return entry.epoch == epoch.epoch; });
    if (same == cache.end() || same->start != epoch.start) {
      fail("INV-P03", "the epoch cache agrees with the log: " + who(index) + " has batches of epoch " +
                          text(epoch.epoch) + " from " + text(epoch.start) + " on, and the cache " +
                          (same == cache.end() ? "does not know it" : "says " + text(same->start)));
    }
  }
}

// --- logs ---

void Invariants::on_appended(std::uint32_t index, std::uint32_t position, const AppendedBatch& appended,
                             std::optional<LeadersIsr> isr) {
  ReplicaState& replica = replicas_[index];
  PartitionState& partition = partition_of(index);
  if (position != replica.log.end())
    fail("INV-P01", "a log has no gap: " + who(index) + " ends at " + text(replica.log.end()) + " and appends at " +
                        text(position));
  if (replica.epoch < replica.log.last_epoch())
    fail("INV-P02", "epochs never fall along a log: " + who(index) + " appends in " + text(replica.epoch) + " after " +
                        text(replica.log.last_epoch()));
  if (appended.acks == -1 && isr && !at_least(partition.min_in_sync, isr->confirmed))
    fail("INV-P27", "acks=all is refused while too few are in sync: " + who(index));
  if (!isr) note(RareState::superseded_append);
  Stamp stamp;
  stamp.first_number = appended.first_number;
  stamp.producer = appended.producer;
  stamp.epoch = replica.epoch;
  stamp.partition = replica.partition;
  stamp.replica = index;
  stamp.position = position;
  stamp.idempotent = appended.idempotent;
  stamp.logged = true;
  if (stamps_.size() <= appended.batch) stamps_.resize(std::max<std::size_t>(2 * stamps_.size(), appended.batch + 1));
  stamps_[appended.batch] = stamp;
  replica.log.append(stamp.batch());
  if (stamp.idempotent) last_numbers_.expect(sequence_of(replica.partition, stamp.producer));
}

bool Invariants::on_copied(std::uint32_t index, std::uint32_t leading, std::uint32_t to) {
  ReplicaState& replica = replicas_[index];
  const ReplicaState& leader = replicas_[leading];
  if (replica.role != ReplicaState::Role::follower || leader.role != ReplicaState::Role::leader ||
      leader.epoch != replica.epoch)
    fail("INV-P33", "a follower copies from the leader of its own epoch: " + who(index) + " in epoch " +
                        text(replica.epoch) + " from " + who(leading) + " in " + text(leader.epoch));
  if (to < replica.log.end() || to > leader.log.end() || !replica.log.agrees_with(leader.log, replica.log.end()))
    fail("INV-P09", "after a fetch a follower's log is its leader's: " + who(index) + " ends at " +
                        text(replica.log.end()) + " and copies up to " + text(to) + " from " + who(leading));
  const bool new_epoch = replica.log.copy(leader.log, to);
  replica.before_cut = false;
  if (replica.lost_data) replica.lost_data = !complete(partition_of(index), index);
  return new_epoch;
}

void Invariants::on_truncated(std::uint32_t index, std::uint32_t to) {
  ReplicaState& replica = replicas_[index];
  PartitionState& partition = partition_of(index);
  if (to > replica.log.end()) fail("INV-P01", "a log is cut at or before its end: " + who(index) + " at " + text(to));
  const bool candidate = ((partition.isr | partition.elr) & bit(replica.place)) != 0;
  if (candidate && to < replica.log.end() && to < partition.committed.end() &&
      replica.log.agrees_with(partition.committed, to + 1))
    fail("INV-P07", "no member of ISR or ELR cuts what is committed: " + who(index) + " cuts to " + text(to) +
                        ", committed are " + text(partition.committed.end()));
  const std::uint32_t cut = replica.log.end() - to;
  note(cut == 0 ? RareState::diverged_nothing : cut == 1 ? RareState::diverged_one : RareState::diverged_several);
  if (cut > 0 && to == 0) note(RareState::diverged_wholly);
  replica.log.truncate(to);
}

void Invariants::on_log_lost(std::uint32_t index, std::uint32_t to) {
  ReplicaState& replica = replicas_[index];
  replica.log.truncate(to);  // a host that loses power twice may be told to keep more than the first time has left
  replica.lost_data = replica.lost_data || !complete(partition_of(index), index);
}

// --- replication ---

void Invariants::on_fetch_counted(std::uint32_t index, std::uint32_t leading, std::uint32_t epoch, std::uint32_t end,
                                  std::int64_t broker_epoch, Instant now) {
  ReplicaState& replica = replicas_[index];
  const ReplicaState& leader = replicas_[leading];
  if (leader.role != ReplicaState::Role::leader || leader.epoch != epoch)
    fail("INV-P24", "a leader counts fetches of its own epoch: " + who(leading) + " in epoch " + text(leader.epoch) +
                        ", " + who(index) + " asked in " + text(epoch));
  if (!replica.log.agrees_with(leader.log, end))
    fail("INV-P25",
         "a fetch of a log that has diverged changes nothing at the leader: " + who(index) + " at " + text(end));
  const bool fetched_before = replica.fetched_in == epoch;
  replica.fetched_in = epoch;
  replica.fetched_end = end;
  replica.before_cut = false;
  if (end == leader.log.end()) {
    replica.caught_up = now;
  } else if (fetched_before && end >= replica.leader_end_then) {
    replica.caught_up = std::max(replica.caught_up, replica.last_fetch);
  }
  replica.leader_end_then = leader.log.end();
  replica.last_fetch = now;
  if (end < leader.high_watermark || end < leader.epoch_start) return;
  replica.may_join_in = epoch;
  replica.may_join_as = broker_epoch;
  replica.unclean = false;
}

void Invariants::on_committed(std::uint32_t leading, std::uint32_t position, std::uint32_t batch) {
  Stamp& stamp = stamps_[batch];
  const ReplicaState& leader = replicas_[leading];
  // What a leader has appended in its epoch is in its log. That the log is what is committed is checked next.
  const bool own = stamp.replica == leading && stamp.epoch == leader.epoch && stamp.position == position;
  stamp.committed = own || leader.log.holds(position, stamp.batch());
  const PartitionState& partition = partition_of(leading);
  if (!stamp.idempotent || position < partition.committed.end() || leader.epoch < partition.cut_epoch) return;
  const auto [last, first] = last_numbers_.find_or_add(sequence_of(leader.partition, stamp.producer));
  if (!first && stamp.first_number <= *last)
    fail("INV-P29", "what an idempotent producer has sent is committed once and in order: " + partition.name +
                        " record " + text(stamp.first_number) + " after " + text(*last) + " of producer " +
                        text(stamp.producer));
  *last = stamp.first_number;
}

void Invariants::on_high_watermark(std::uint32_t leading, std::uint32_t from, std::uint32_t to, const LeadersIsr& isr) {
  ReplicaState& leader = replicas_[leading];
  PartitionState& partition = partition_of(leading);
  if (leader.role != ReplicaState::Role::leader)
    fail("INV-P13", "a leader raises the high watermark: " + who(leading) + " does not lead");
  if (to < from || from < leader.high_watermark)
    fail("INV-P12", "a leader's high watermark never falls in its epoch: " + who(leading) + " from " +
                        text(leader.high_watermark) + " to " + text(to));
  if (to > leader.log.end())
    fail("INV-P01", "no high watermark is beyond the log's end: " + who(leading) + " has " + text(to) + " of " +
                        text(leader.log.end()));
  if (!at_least(partition.min_in_sync, isr.confirmed))
    fail("INV-P13", "the high watermark stands while too few are in sync: " + who(leading) + ", " +
                        std::to_string(std::popcount(isr.confirmed)) + " of " + text(partition.min_in_sync));
  for (std::uint32_t place = 0; place < partition.replicas; ++place) {
    const ReplicaState& member = replica_at(partition, place);
    if ((isr.maximal & bit(place)) == 0 || place == leader.place) continue;
    if (member.fetched_in != leader.epoch || member.fetched_end < to)
      fail("INV-P13", "the high watermark waits for every in-sync replica: " + who(partition.first_replica + place) +
                          " is known to have " + (member.fetched_in == leader.epoch ? text(member.fetched_end) : "0") +
                          ", the high watermark becomes " + text(to));
  }
  leader.high_watermark = to;
  if (leader.epoch < partition.cut_epoch) return;  // G3: whoever leads since has not what this one commits
  const std::uint32_t known = std::min(to, partition.committed.end());
  if (!leader.log.agrees_with(partition.committed, known))
    fail("INV-P10", "what is committed never changes: " + who(leading) + " commits up to " + text(to) +
                        " in a log that differs from what was committed");
  if (to > partition.committed.end()) partition.committed.copy(leader.log, to);
  if (leader.epoch != partition.leader_epoch) return;
  if (((partition.isr | partition.elr) & ~isr.maximal) != 0)
    fail("INV-P15", "who commits waits for all that may be elected: " + who(leading) +
                        " does not wait for all of ISR "
                        "and ELR");
  check_candidates(partition);
  forget(partition);
}

/// The trunk of a partition's logs is its newest leader's.
void Invariants::follow(PartitionState& partition, std::uint32_t index) {
  std::vector<CheckedLog*> others{&partition.committed};
  for (std::uint32_t r = partition.first_replica; r < partition.first_replica + partition.replicas; ++r) {
    if (r != index) others.push_back(&replicas_[r].log);
  }
  replicas_[index].log.become_trunk(others);
}

/// What every replica shows is the same everywhere, and stays while no log is lost.
void Invariants::forget(PartitionState& partition) {
  constexpr std::uint32_t worth_it = 8192;
  if (cluster_.logs_may_be_lost || partition.committed.end() < partition.looked_at + worth_it) return;
  partition.looked_at = partition.committed.end();
  std::uint32_t common = partition.committed.shared_end();
  for (std::uint32_t place = 0; place < partition.replicas; ++place)
    common = std::min(common, replica_at(partition, place).log.shared_end());
  trunks_[static_cast<std::size_t>(&partition - partitions_.data())].forget_before(common);
}

void Invariants::on_shown(std::uint32_t index, std::uint32_t to, std::uint32_t told) const {
  const ReplicaState& replica = replicas_[index];
  const PartitionState& partition = partition_of(index);
  if (has_not_heard_of_cut(replica)) return;
  if (to > replica.log.end() || to > told || to > partition.committed.end())
    fail("INV-P14", "a follower's high watermark is what it was told, as far as its log goes: " + who(index) + " has " +
                        text(to) + ", was told " + text(told) + ", its log ends at " + text(replica.log.end()) +
                        ", committed are " + text(partition.committed.end()));
  if (!replica.log.agrees_with(partition.committed, to))
    fail("INV-P08", "logs are the same up to their high watermarks: " + who(index) + " differs before " + text(to));
}

void Invariants::on_isr_proposed(std::uint32_t leading, std::uint64_t leaving, Instant now) {
  PartitionState& partition = partition_of(leading);
  const ReplicaState& leader = replicas_[leading];
  if (partition.proposal_under_way) fail("INV-P16", "one ISR proposal is under way at a time: " + who(leading));
  partition.proposal_under_way = true;
  partition.proposed = now;
  if (leader.epoch != partition.leader_epoch) return;
  const Duration lag_limit = by_timer(cluster_.replica_lag_time_max, brokers_[leader.broker.value].timer_rate);
  for (std::uint32_t place = 0; place < partition.replicas; ++place) {
    const ReplicaState& member = replica_at(partition, place);
    if ((leaving & bit(place)) == 0) continue;
    const bool has_all = member.fetched_in == leader.epoch && member.fetched_end == leader.log.end();
    if (has_all || now - member.caught_up <= lag_limit)
      fail("INV-P23", "who has caught up within replica.lag.time.max.ms stays in the ISR: " +
                          who(partition.first_replica + place));
  }
}

void Invariants::on_isr_answered(std::uint32_t partition) {
  partitions_[partition].proposal_under_way = false;
}

// --- clients ---

void Invariants::on_acknowledged(std::uint32_t index, std::uint32_t position, std::uint32_t batch, bool awaited_all,
                                 bool cut) const {
  if (!cut && surely_committed(batch, index, position)) return;
  const PartitionState& partition = partitions_[index];
  const bool logged = batch < stamps_.size() && stamps_[batch].logged;
  if (!logged) fail("INV-P28", "what is acknowledged was appended: " + partition.name + " at " + text(position));
  if (!awaited_all || partition.cuts > 0) return;
  if (cut || !partition.committed.holds(position, stamps_[batch].batch()))
    fail("INV-P26", "acks=all is answered once the records are committed: " + partition.name + " at " + text(position) +
                        ", committed are " + text(partition.committed.end()));
}

void Invariants::on_read(std::uint32_t of, std::uint32_t index, std::uint32_t position, std::uint32_t batch) const {
  if (surely_committed(batch, of, position)) return;
  const PartitionState& partition = partitions_[of];
  if (has_not_heard_of_cut(replicas_[index])) return;
  if (position >= partition.committed.end())
    fail("INV-C09", "consumers read what is committed: " + who(index) + " gives out " + text(position) +
                        ", committed are " + text(partition.committed.end()));
  if (!partition.committed.holds(position, stamps_[batch].batch()))
    fail("INV-P30", "what a broker gives out is what was committed: " + who(index) + " at " + text(position));
}

void Invariants::on_redirected(std::uint32_t index, std::uint32_t position, bool in_sync) const {
  const ReplicaState& replica = replicas_[index];
  if (!in_sync) fail("INV-P31", "a preferred read replica is in sync: " + who(index));
  if (replica.fetched_in && replica.fetched_end < position)
    fail("INV-P31", "a preferred read replica has the consumer's offset: " + who(index) + " is known to have " +
                        text(replica.fetched_end) + ", asked is " + text(position));
}

void Invariants::on_delivered(std::uint32_t reader, std::uint32_t index, std::uint32_t position, std::uint32_t batch) {
  if (readers_.size() <= reader) readers_.resize(reader + 1);
  ReaderState& state = readers_[reader];
  const LoggedBatch handed = stamps_[batch].batch();
  const bool vouched = surely_committed(batch, index, position);
  if (position == state.next && vouched && state.vouched) {
    state.next = position + 1;
    state.last = handed;
    return;
  }
  const PartitionState& partition = partitions_[index];
  const auto where = [&] { return partition.name + " at " + text(position) + ", next was " + text(state.next); };
  // What was under way when an unclean election took it away is handed over still.
  if (partition.cuts == 0 || partition.committed.holds(position, handed)) {
    if (position > state.next) fail("INV-C05", "a group is handed batch after batch: " + where());
    if (position < state.next) fail("INV-C06", "no group is handed a batch again: " + where());
    if (state.last && !partition.committed.holds(position - 1, *state.last))
      fail("INV-C05", "a group goes on in the log that it has read: " + where() + ", what it had before is gone");
  }
  state = {position + 1, vouched, handed};
}

void Invariants::on_position_set(std::uint32_t reader, std::uint32_t position) {
  if (readers_.size() <= reader) readers_.resize(reader + 1);
  readers_[reader] = {position, true, std::nullopt};
}

// --- the end ---

void Invariants::on_metadata_applied(BrokerIndex broker, std::uint64_t end) {
  if (end > committed_at_.size())
    fail("INV-P19", "a broker applies what is committed: " + name(broker) + " applies up to " + text(end) + " of " +
                        text(committed_at_.size()));
  brokers_[broker.value].applied = end;
}

void Invariants::check_requests(const OpenAtEnd& open, Instant now) const {
  for (const OpenAtEnd::Talk& talk : open.with_controller) {
    if (talk.acts_by + open.request_timeout < now)
      fail("INV-L06", "a broker hears from the controller or asks it again: " + name(talk.broker) + " should have by " +
                          text(talk.acts_by) + " and has not");
  }
}

void Invariants::check_liveness(const OpenAtEnd& open, Instant now) const {
  for (const std::uint32_t index : open.without_fetch)
    fail("INV-L06", "a follower fetches or tries again: " + who(index) + " does neither");
  for (const PartitionState& partition : partitions_) {
    if (partition.proposal_under_way && partition.proposed + open.request_timeout < now)
      fail("INV-L06",
           "an ISR proposal is answered: that of " + partition.name + " is not, from " + text(partition.proposed));
  }
  for (std::uint32_t b = 0; b < brokers_.size(); ++b) {
    const std::uint64_t applied = brokers_[b].applied;
    if (brokers_[b].fenced || applied == committed_at_.size()) continue;
    if (committed_at_[applied] + open.request_timeout < now)
      fail("INV-L07", "every unfenced broker has applied the metadata log: " + name(BrokerIndex{b}) + " has " +
                          text(applied) + " of " + text(committed_at_.size()) + " records");
  }
  for (const PartitionState& partition : partitions_) {
    if (!partition.leader) fail("INV-L01", "every partition with a candidate has a leader: " + partition.name);
    const std::uint32_t leading = partition.first_replica + *partition.leader;
    const ReplicaState& leader = replicas_[leading];
    if (leader.role != ReplicaState::Role::leader || leader.epoch != partition.leader_epoch)
      fail("INV-L01", "who leads knows it: " + who(leading));
    for (std::uint32_t place = 0; place < partition.replicas; ++place) {
      const std::uint32_t index = partition.first_replica + place;
      if ((partition.assigned & bit(place)) == 0) continue;
      if ((partition.isr & bit(place)) == 0)
        fail("INV-L02", "every running replica is in the ISR: " + who(index) + " is not");
      if (!replicas_[index].log.agrees_with(leader.log, leader.log.end()) ||
          replicas_[index].log.end() != leader.log.end())
        fail("INV-L05", "all replicas have the same log: " + who(index) + " has " + text(replicas_[index].log.end()) +
                            " of " + text(leader.log.end()));
    }
    if (partition.committed.end() != leader.log.end())
      fail("INV-L04", "everything is committed: " + partition.name + ", " + text(partition.committed.end()) + " of " +
                          text(leader.log.end()));
  }
}

void Invariants::check_losses(Records lost) const {
  if (lost > 0 && relaxed_.empty())
    fail("INV-C01", "what was acknowledged with acks=all stays: " + std::to_string(lost) + " records are lost");
}

std::vector<std::string> Invariants::relaxed() const {
  return relaxed_;
}

}  // namespace brokersim
