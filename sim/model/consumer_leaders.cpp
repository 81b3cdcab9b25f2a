// SPDX-License-Identifier: Apache-2.0
// Consumers when leaders change: errors of fetches, refreshing the metadata, validating and resetting positions
// (C-8, C-15 to C-17, F-10, F-12, F-35, KIP-320, KIP-951).
#include <algorithm>

#include "sim/core/prefetch.hpp"
#include "sim/model/cluster.hpp"

namespace brokersim {

/// What the broker of its session makes of a fetch of the partition (C-8, C-16, F-5). If nothing is wrong with it, the
/// reader reads that broker's replica from now on.
FetchError Consumers::judge(std::uint32_t index) {
  Reader& reader = readers_[index];
  Replication& replication = cluster_->replication;
  const std::uint32_t entry = replication.replica_on(sessions_[reader.session].broker, reader.partition);
  if (entry == nil || !replication[entry].works() || replication.is_fresh(entry))
    return FetchError::not_leader_or_follower;
  const std::uint32_t epoch = failing_->readers[index].leader_epoch;
  if (replication[entry].leader_epoch > epoch) return FetchError::fenced_leader_epoch;
  if (replication[entry].leader_epoch < epoch) return FetchError::unknown_leader_epoch;
  if (reader.position > cluster_->branches->log_end(entry)) return FetchError::offset_out_of_range;
  const bool is_newest_leader = cluster_->logs[reader.partition].leading_replica() == entry;
  // One that does not know yet that it leads no more has not been told what the newest leader deletes.
  const bool is_superseded = !is_newest_leader && replication[entry].role == Replica::Role::leader;
  if (cluster_->retention && !is_superseded && reader.position < cluster_->retention->log_start(reader.partition))
    return FetchError::offset_out_of_range;
  const std::uint32_t replica = is_newest_leader ? nil : entry;
  if (reader.replica != replica) read_from(index, replica);
  // What it knew to be next may be of a log that has been cut since.
  reader.unread = reader.position < cluster_->branches->base(entry)
                      ? cluster_->branches->batch_at(reader.partition, reader.position)
                      : nil;
  return FetchError::none;
}

/// A fetch that adds the partition has been worked on. False: it is answered with an error.
bool Consumers::admit(std::uint32_t index) {
  const FetchError error = judge(index);
  if (error == FetchError::none) return true;
  tell(index, error);
  return false;
}

/// The next answer tells of an error. If it says nothing by which the consumer could go on, every fetch is answered so,
/// at once, until the broker or the consumer learns more (C-16: a plain retry). One that has asked its preferred
/// replica goes on at the leader (F-12).
void Consumers::tell(std::uint32_t index, FetchError error) {
  Reader& reader = readers_[index];
  FailingReader& failing = failing_->readers[index];
  const std::uint32_t s = reader.session;
  note_read(index, false);
  if (reader.ahead) clear_ahead(index);
  if (reader.listed && !reader.redirected) unlist(index);
  reader.at_broker = false;
  failing.error = error;
  if (error != FetchError::offset_out_of_range) ++troubles(reader).leader_errors;
  const MetadataLog& metadata = cluster_->failures->metadata();
  const PartitionView& view = metadata.view(reader.partition, metadata.applied(sessions_[s].broker));
  failing.stuck = error == FetchError::unknown_leader_epoch ||
                  (error == FetchError::not_leader_or_follower && failing.preferred == nil &&
                   view.leader_epoch <= failing.leader_epoch);
  sessions_[s].must_answer = true;
  if (!failing.stuck) {
    reader.redirected = true;
    list(index);
    return;
  }
  this->failing(reader).unsettled = true;
  if (error == FetchError::not_leader_or_follower) want_refresh(reader.member);
  wake(s, true);
  set_ahead(index);
}

void Consumers::on_replica_changed(std::uint32_t p, BrokerIndex broker) {
  if (!failing_) return;
  const Partition& partition = cluster_->logs[p];
  for (std::uint32_t r = partition.first_reader; r < partition.first_reader + partition.readers; ++r) {
    Reader& reader = readers_[r];
    FailingReader& failing = failing_->readers[r];
    if (reader.member == nil || failing.state != FailingReader::State::fetching) continue;
    const std::uint32_t s = reader.session;
    if (sessions_[s].broken || sessions_[s].broker != broker) continue;
    if (!reader.at_broker && !failing.stuck) continue;  // it is judged when its fetch is worked on
    const FetchError error = judge(r);
    if (failing.stuck) {
      clear_ahead(r);
      failing.stuck = false;
    }
    failing.error = FetchError::none;
    if (error == FetchError::none) note_read(r, true);
    if (error != FetchError::none) {
      tell(r, error);
      wake(s, true);
    } else if (!reader.at_broker) {
      reader.at_broker = true;
      if (reader.position < end_of(reader)) offer(r, reader.unread, end_of(reader), true);
      if (reader.position > end_of(reader)) set_ahead(r);
    }
  }
}

/// The consumer has the error.
void Consumers::take_error(std::uint32_t index) {
  Reader& reader = readers_[index];
  FailingReader& failing = failing_->readers[index];
  const FetchError error = std::exchange(failing.error, FetchError::none);
  const BrokerIndex broker = sessions_[reader.session].broker;
  leave(index);
  reader.redirected = false;
  if (error == FetchError::offset_out_of_range) {
    if (failing.preferred != nil) {  // a follower that is behind: back to the leader, nothing is reset (F-12, F-35)
      ++troubles(reader).out_of_range_at_follower;
    } else {
      failing.out_of_range = true;
    }
  }
  failing.preferred = nil;
  wait_for_member(index);
  if (error != FetchError::offset_out_of_range) {
    want_refresh(reader.member);
    const MetadataLog& metadata = cluster_->failures->metadata();
    learn(index, metadata.leader(reader.partition, metadata.applied(broker)));
  }
  place(index);
}

/// A member learns of a partition's leader, from metadata or from an answer that tells of it (KIP-951). With a new
/// epoch the preferred replica is forgotten (F-12), and a position is validated before it is fetched from (C-16).
void Consumers::learn(std::uint32_t index, const LeaderView& view) {
  FailingReader& failing = failing_->readers[index];
  if (view.leader_epoch <= failing.leader_epoch) return;
  note_read(index, false);
  if (failing.state == FailingReader::State::fetching) withdraw(index);
  failing.leader_epoch = view.leader_epoch;
  set_leader(index, view.leader.value_or(unknown_leader));
  failing.preferred = nil;
  failing.validated = Instant::max();
  failing.must_validate = readers_[index].position > 0;
  if (!failing.must_validate) failing.cut_at = nil;
  wait_for_member(index);
  if (failing.leader == unknown_leader) want_refresh(readers_[index].member);
}

/// As the reader's member knows. A member with a partition without a leader looks at all of them when metadata comes.
void Consumers::set_leader(std::uint32_t index, BrokerIndex leader) {
  failing_->readers[index].leader = leader;
  if (leader == unknown_leader) failing(readers_[index]).unsettled = true;
}

void Consumers::want_refresh(std::uint32_t m) {
  FailingMember& member = failing_->members[m];
  member.refresh_wanted = true;
  if (member.refresh == FailingMember::Refresh::idle)
    wake_by(m, std::max(cluster_->simulation.now(), member.may_refresh));
}

/// Asks some broker for the metadata it has applied, and takes the answer (C-17).
void Consumers::refresh(std::uint32_t m) {
  FailingMember& member = failing_->members[m];
  const Instant now = cluster_->simulation.now();
  const ClientRetrySpec& retry = retry_of(m);
  const auto end = [&](bool fruitful) {
    member.refresh = FailingMember::Refresh::idle;
    member.fruitless = fruitful ? 0 : member.fruitless + 1;
    member.refreshed = now;
    member.may_refresh = now + back_off(m, retry.retry_backoff, retry.retry_backoff_max, member.fruitless);
  };
  if (member.refresh == FailingMember::Refresh::asked && member.refresh_at <= now) {
    if (reach(m, member.asked) == Reach::yes) {
      member.refresh = FailingMember::Refresh::answered;
      member.arriving = cluster_->failures->metadata().applied(member.asked);
      member.refresh_at = now + latency(m, member.asked);
    } else {
      member.refresh_wanted = true;
      end(false);
    }
  } else if (member.refresh == FailingMember::Refresh::answered && member.refresh_at <= now) {
    const std::uint64_t known = std::exchange(member.metadata, std::max(member.metadata, member.arriving));
    end(take_metadata(m, known));
  }
  const bool periodic =
      member.joined && now >= member.refreshed + cluster_->world.groups[members_[m].group.value].metadata_max_age;
  if (member.refresh != FailingMember::Refresh::idle || !(member.refresh_wanted || periodic)) return;
  if (now < member.may_refresh) return;
  const auto brokers = static_cast<std::uint32_t>(cluster_->brokers.size());
  const std::uint32_t first = member.jitter.below(brokers);
  for (std::uint32_t i = 0; i < brokers; ++i) {
    const BrokerIndex broker{(first + i) % brokers};
    const bool known_lost = std::any_of(member.connections.begin(), member.connections.end(),
                                        [broker](const FailingConnection& c) { return c.broker == broker; });
    if (known_lost || reach(m, broker) != Reach::yes) continue;
    member.refresh_wanted = false;
    member.refresh = FailingMember::Refresh::asked;
    member.asked = broker;
    member.refresh_at = now + round_trip(m, broker) - latency(m, broker);
    return;
  }
  // Nobody is left to ask: it connects to whom that is allowed, and asks in vain where it does not know of the loss.
  for (FailingConnection& connection : member.connections) {
    if (connection.state == FailingConnection::State::backing_off && connection.at <= now) connect(m, connection);
    if (connection.state == FailingConnection::State::lost) expect_loss(m, connection);
  }
  member.refresh_wanted = true;
  end(false);
}

/// The member knows more than up to offset `known`. Whether that is anything new of its partitions; metadata is asked
/// for again while some have no leader. Nothing is new of those that have not changed, if all was well with all of
/// them.
bool Consumers::take_metadata(std::uint32_t m, std::uint64_t known) {
  FailingMember& member = failing_->members[m];
  const MetadataLog& metadata = cluster_->failures->metadata();
  const bool looks_at_all =
      std::exchange(member.unsettled, false) || (selector_ && metadata.any_fenced(member.metadata));
  const std::vector<bool> changed = metadata.which_changed(known, member.metadata);
  bool news = false;
  const std::vector<std::uint32_t> all = member.readers;
  for (const std::uint32_t r : all) {
    const std::uint32_t partition = failing_->partitions[r];
    if (!looks_at_all && !changed[partition]) continue;
    FailingReader& failing = failing_->readers[r];
    const LeaderView view = metadata.leader(partition, member.metadata);
    news = news || view.leader_epoch > failing.leader_epoch;
    learn(r, view);
    const bool gone = failing.preferred != nil &&
                      metadata.broker(cluster_->replication[failing.preferred].broker, member.metadata).fenced;
    if (gone) {  // an offline replica (F-10)
      news = true;
      if (failing.state == FailingReader::State::fetching) withdraw(r);
      failing.preferred = nil;
      wait_for_member(r);
    }
    if (failing.leader == unknown_leader || (failing.stuck && failing.error == FetchError::not_leader_or_follower))
      member.refresh_wanted = member.unsettled = true;
  }
  return news;
}

/// Those of the newest leader's log in [from, end).
template <class F>
void Consumers::for_each_batch(std::uint32_t p, std::uint32_t from, std::uint32_t end, F&& f) const {
  for (const std::uint32_t b : cluster_->branches->batches_from(p, from)) {
    if (cluster_->batches[b].sequence >= end) return;
    f(cluster_->batches[b].journey);
  }
}

/// Committed batches from `position` on are about to be in no log: nobody hides them from readers any more, and no
/// group lags by what it had not begun to fetch of them. What is on its way to a reader is handed over or forgotten
/// later, but for what hangs together with batches that stay.
void Consumers::on_log_will_be_cut(std::uint32_t p, std::uint32_t position) {
  const Partition& partition = cluster_->logs[p];
  const std::uint32_t end = cluster_->branches->committed_end(p);
  const Instant now = cluster_->simulation.now();
  for (std::uint32_t r = partition.first_replica; r < partition.first_replica + partition.replicas; ++r) {
    const Replica& replica = cluster_->replication[r];
    if (replica.groups == 0) continue;
    for_each_batch(p, std::max(cluster_->replication.never_shown_from(r), position), end,
                   [&](const BatchJourney& batch) {
                     cluster_->recorder.on_readers_moved(batch, now, -std::int64_t{replica.groups});
                   });
  }
  for (std::uint32_t r = partition.first_reader; r < partition.first_reader + partition.readers; ++r) {
    // What had been cut may have come back since.
    const std::uint32_t position_read = readers_[r].position;
    const std::uint32_t given = has_diverged(r) ? std::min(position_read, failing_->readers[r].cut_at) : position_read;
    for_each_batch(p, std::max(given, position), end,
                   [&](const BatchJourney& batch) { cluster_->recorder.on_lag_ended(batch, readers_[r].group); });
    cut_fetched(r, position);
  }
}

/// Of batches from both sides of a cut that are on their way to a reader, or in its member's buffer, those that stay in
/// the log are handed over.
void Consumers::cut_fetched(std::uint32_t index, std::uint32_t position) {
  Reader& reader = readers_[index];
  const BatchPool& batches = cluster_->batches;
  const auto cut = [&](std::uint32_t first, std::uint32_t& count) {
    const std::uint32_t start = batches[first].sequence;
    if (start >= position || start + count <= position) return;
    if (cluster_->branches->batch_at(reader.partition, start) != first) return;  // of a log that was cut before
    std::uint32_t batch = first;
    for (std::uint32_t at = start; at < start + count; ++at, batch = batches[batch].next) {
      if (at >= position) cluster_->recorder.on_lag_ended(batches[batch].journey, reader.group);
    }
    count = position - start;
  };
  if (reader.carried > 0) cut(reader.first_carried, reader.carried);
  if (reader.member == nil || members_[reader.member].application == nil) return;
  for (BufferedPartition& part : applications_[members_[reader.member].application].buffer) {
    if (part.reader == index) cut(part.next_batch, part.batches);
  }
}

/// What a reader was given of a log that has been cut since will not be handed over.
void Consumers::forget_cut(std::uint32_t index, std::uint32_t first, std::uint32_t count) {
  const Reader& reader = readers_[index];
  for (std::uint32_t b = first; count > 0 && b != nil; --count, b = cluster_->batches[b].next) {
    const Batch& batch = cluster_->batches[b];
    if (cluster_->branches->batch_at(reader.partition, batch.sequence) == b) continue;
    if (batch.sequence < failing_->readers[index].cut_at) continue;  // nobody needs it any more
    cluster_->recorder.on_lag_ended(batch.journey, reader.group);
  }
}

/// Replicas that have more than that show none of it any more: a superseded leader that goes on serving for a moment
/// shows what it has in common with its successor.
void Consumers::on_log_cut(std::uint32_t p, std::uint32_t position) {
  if (!failing_) return;
  const Partition& partition = cluster_->logs[p];
  const std::uint32_t end = partition.first_reader + partition.readers;
  std::vector<std::uint32_t> listed;
  for (std::uint32_t r = partition.first_reader; r < end; ++r) {
    Reader& reader = readers_[r];
    failing_->readers[r].cut_at = std::min(failing_->readers[r].cut_at, position);
    if (reader.replica == nil) continue;
    if (reader.listed && !reader.redirected) {
      unlist(r);
      listed.push_back(r);
    }
    if (reader.position >= position) reader.unread = nil;
  }
  partition.for_each_follower([&](std::uint32_t r) {
    Replica& replica = cluster_->replication[r];
    replica.high_watermark = std::min(replica.high_watermark, position);
  });
  for (const std::uint32_t r : listed) {
    if (readers_[r].position < end_of(readers_[r])) offer(r, readers_[r].unread, end_of(readers_[r]), false);
  }
}

/// The leader has answered about the partition: where the epoch of the consumer's position ends, or an offset to go on
/// from.
void Consumers::finish_validating(std::uint32_t index) {
  const Reader& reader = readers_[index];
  FailingReader& failing = failing_->readers[index];
  const std::uint32_t m = reader.member;
  const bool answers = reach(m, failing.leader) == Reach::yes;
  const bool leads = answers && cluster_->replication.acts_as_leader(failing.leader, reader.partition) &&
                     cluster_->replication.epoch_at(failing.leader, reader.partition) == failing.leader_epoch;
  if (!leads) {
    failing.validated = cluster_->simulation.now() + retry_of(m).retry_backoff + round_trip(m, failing.leader);
    want_refresh(m);
    return;
  }
  failing.validated = Instant::max();
  failing.state = FailingReader::State::waiting;
  if (failing.must_validate && has_diverged(index) && !cluster_->world.mutants.consumer_truncation_unseen)
    go_back(index);
  if (cluster_->world.mutants.consumer_skips) skip_for_mutant(index);
  if (failing.out_of_range) reset(index);
  failing.must_validate = false;
  failing.cut_at = nil;
}

/// Whether the leader's log is not the one that was read up to the position. A log that was cut and led again is.
bool Consumers::has_diverged(std::uint32_t index) const {
  const Reader& reader = readers_[index];
  const FailingReader& failing = failing_->readers[index];
  if (failing.cut_at >= reader.position) return false;
  if (reader.position > cluster_->logs[reader.partition].log_end) return true;
  return cluster_->branches->batch_at(reader.partition, reader.position - 1) != failing.last_batch;
}

/// Test only (M-67): a batch is never handed over.
void Consumers::skip_for_mutant(std::uint32_t index) {
  Reader& reader = readers_[index];
  const std::uint32_t skipped = cluster_->branches->batch_at(reader.partition, reader.position);
  if (skipped == nil) return;
  ++reader.position;
  reader.unread = cluster_->batches[skipped].next;
}

/// The log was truncated: the consumer goes on where it first differs from what it has read (KIP-320).
void Consumers::go_back(std::uint32_t index) {
  Reader& reader = readers_[index];
  FailingReader& failing = failing_->readers[index];
  const Partition& partition = cluster_->logs[reader.partition];
  reader.position = failing.cut_at;
  if (cluster_->checks) cluster_->checks->on_position_set(index, reader.position);
  reader.unread = cluster_->branches->batch_at(reader.partition, reader.position);
  const std::int64_t offset =
      reader.unread == nil ? partition.log_end_offset : cluster_->batches[reader.unread].base_offset;
  ++troubles(reader).truncations;
  troubles(reader).lost_after_delivery += std::max<std::int64_t>(failing.next_offset - offset, 0);
  failing.next_offset = offset;
}

/// auto.offset.reset after records that have been deleted: the group will never be handed those up to the log's start,
/// or up to its end.
void Consumers::skip_deleted(std::uint32_t index, bool to_latest) {
  Reader& reader = readers_[index];
  FailingReader& failing = failing_->readers[index];
  const std::uint32_t p = reader.partition;
  const std::uint32_t start = cluster_->retention->log_start(p);
  const std::uint32_t to = to_latest ? std::max(start, cluster_->logs[p].high_watermark) : start;
  const std::uint32_t committed = std::min(to, cluster_->branches->committed_end(p));
  for_each_batch(p, reader.position, committed,
                 [&](const BatchJourney& batch) { cluster_->recorder.on_lag_ended(batch, reader.group); });
  const std::int64_t offset = cluster_->retention->offset_of(p, to);
  troubles(reader).skipped += std::max<std::int64_t>(offset - cluster_->retention->offset_of(p, reader.position), 0);
  reader.position = to;
  if (cluster_->checks) cluster_->checks->on_position_set(index, to);
  reader.unread = cluster_->branches->batch_at(p, to);
  failing.last_batch = to == 0 ? nil : cluster_->branches->batch_at(p, to - 1);
  failing.next_offset = offset;
}

/// auto.offset.reset after an offset that the leader does not have: it has lost the end of its log. The group has been
/// handed everything before that end; what it would be handed again from the reset's offset on is only counted.
void Consumers::reset(std::uint32_t index) {
  Reader& reader = readers_[index];
  FailingReader& failing = failing_->readers[index];
  const Partition& partition = cluster_->logs[reader.partition];
  using OffsetReset = ConsumerGroupSpec::OffsetReset;
  const OffsetReset policy = cluster_->world.groups[reader.group.value].auto_offset_reset;
  if (policy == OffsetReset::none) {  // the application gets an exception: it reads this partition no more
    set_leader(index, unknown_leader);
    return;
  }
  failing.out_of_range = false;
  ++troubles(reader).resets;
  if (cluster_->retention && reader.position < cluster_->retention->log_start(reader.partition)) {
    skip_deleted(index, policy == OffsetReset::latest);
    return;
  }
  const std::int64_t from = policy == OffsetReset::earliest ? 0 : partition.high_watermark_offset;
  troubles(reader).read_again += partition.log_end_offset - from;
  troubles(reader).lost_after_delivery += std::max<std::int64_t>(failing.next_offset - partition.log_end_offset, 0);
  reader.position = partition.log_end;
  if (cluster_->checks) cluster_->checks->on_position_set(index, reader.position);
  reader.unread = nil;
  failing.next_offset = partition.log_end_offset;
}

}  // namespace brokersim
