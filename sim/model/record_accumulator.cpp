// SPDX-License-Identifier: Apache-2.0
// The accumulator of a producer: records into batches, ahead of time and back (K-2, K-4, K-20 to K-27).
#include <algorithm>

#include "sim/model/cluster.hpp"
#include "sim/model/producers.hpp"
#include "sim/model/protocol.hpp"

namespace brokersim {

/// Fills batches with the records to come, as far as nothing can happen to them but that they wait: until the first
/// moment at which a batch is full or has lingered. That moment is the producer's next event, however many records it
/// takes.
void Producers::look_ahead(std::uint32_t index) {
  Instance& producer = producers_[index];
  const Instant now = cluster_->simulation.now();
  const bool calling = producer.calling_since != Instant::max();
  Instant deadline = calling ? producer.calling_since + producer.spec->max_block : Instant::max();
  for (const Pending& pending : producer.pending) {
    if (pending.ready <= now || calling) continue;  // while a call waits for memory, all are ready (K-4)
    deadline = pending.ready;  // those behind it linger longer: they are in order of creation, and none is closed yet
    break;
  }
  producer.short_of_memory = calling;
  while (!producer.short_of_memory && producer.source.peek().intended <= deadline &&
         producer.source.peek().intended < cluster_->recorder.end()) {
    const SourceRecord record = producer.source.peek();
    if (lacks_memory(producer, record)) [[unlikely]] {
      producer.short_of_memory = true;
      deadline = std::max(record.intended, now);
      break;
    }
    producer.source.advance();
    add(producer, record, now, deadline);
    add_more(producer, deadline);
    if (record.intended < now) [[unlikely]]
      note_late(producer, now);
  }
  if (deadline == producer.ready_at) return;
  if (producer.ready_scheduled) cluster_->simulation.cancel(producer.ready);
  producer.ready_scheduled = false;
  producer.ready_at = deadline;
  if (deadline != Instant::max()) expect_ready(index);
}

std::uint32_t Producers::open_batch(const Instance& producer, std::uint32_t partition) const {
  if (producer.choice.by_record()) return producer.open_of_partition.find(partition - producer.first_partition);
  for (auto at = producer.pending.rbegin(); at != producer.pending.rend(); ++at) {
    if (at->partition == partition && !cluster_->batches[at->batch].closed) return at->batch;
  }
  return nil;
}

/// The next partition of KIP-794, within the topic: uniform until every partition has had a batch, then by the queues
/// (K-24 to K-26). Kafka's sender counts them after every opened or filled batch, request and answer, so they are those
/// of now. opened: the batch that the present record has opened, which the sender has not seen yet; or nil.
std::uint32_t Producers::next_partition(Instance& producer, Instant when, std::uint32_t opened) {
  const std::uint32_t partitions = cluster_->world.topics[producer.spec->topic.value].partitions;
  if (!producer.adapts || !producer.tried.all()) return producer.partition_draws->below(partitions);
  const std::vector<Instant>& drained = producer.drained;
  queued_.clear();
  for (const Pending& pending : producer.pending) {
    if (pending.batch == opened || pending.leader == no_broker) continue;
    // K-26 looks at brokers that have something ready: others' times stand still.
    const bool available = drained.empty() || pending.ready > when || drained[pending.leader.value] == Instant::min() ||
                           when - drained[pending.leader.value] <= producer.spec->partitioner.availability_timeout;
    queued_.push_back({pending.partition - producer.first_partition, 1, available});
  }
  std::sort(queued_.begin(), queued_.end(),
            [](const QueuedPartition& a, const QueuedPartition& b) { return a.partition < b.partition; });
  std::size_t last = 0;  // one row for each partition
  for (std::size_t i = 1; i < queued_.size(); ++i) {
    if (queued_[i].partition != queued_[last].partition) {
      queued_[++last] = queued_[i];
    } else {
      ++queued_[last].batches;
      queued_[last].available = queued_[last].available && queued_[i].available;
    }
  }
  if (!queued_.empty()) queued_.resize(last + 1);
  return choose_by_queues(*producer.partition_draws, queued_, partitions);
}

/// Adds a record to its partition's last batch, or to a new one (K-2, K-23): when it comes, or now if it has had to
/// wait for memory. deadline: the next moment a batch is ready.
void Producers::add(Instance& producer, const SourceRecord& record, Instant now, Instant& deadline) {
  BatchPool& batches = cluster_->batches;
  const ProducerSpec& spec = *producer.spec;
  const Bytes growth = protocol::record_overhead + record.size;
  const Instant when = std::max(record.intended, now);
  Ahead undo;
  undo.record = record;
  undo.choice_before = producer.choice;

  const bool by_record = producer.choice.by_record();
  std::uint32_t partition =
      producer.first_partition + (by_record ? partition_of(producer, record) : producer.choice.current());
  std::uint32_t at = open_batch(producer, partition);
  const auto close_if_no_room = [&](Ahead::Closed& closed) {
    if (at == nil || batches[at].bytes + growth <= spec.batch_size) return;
    closed = {at, close(producer, at, when, deadline)};
    at = nil;
  };
  close_if_no_room(undo.closed[0]);
  if (at == nil && !by_record) {
    producer.choice.on_no_open_batch([&] { return next_partition(producer, when, nil); });
    const std::uint32_t chosen = producer.first_partition + producer.choice.current();
    if (chosen != partition) {
      partition = chosen;
      at = open_batch(producer, partition);
      close_if_no_room(undo.closed[1]);
    }
  }
  const bool opens = at == nil;
  if (opens) {
    at = batches.take();
    Batch& batch = batches[at];
    batch.partition = partition;
    batch.entry = producer.entry;
    if (spec.compression.codec != CompressionSpec::Codec::none) batch.fill = fill_of(producer);
    batch.journey.run.first = record.intended;
    batch.journey.run.step_ps = producer.source.step_ps();
    batch.first_number = record.number;
    producer.memory -= producer.batch_memory;
    const Instant lingered = when + spec.linger;
    deadline = std::min(deadline, lingered);
    const BrokerIndex leader =
        producer.failing ? known_leader(producer, partition).broker : cluster_->logs[partition].leader;
    producer.pending.push_back({lingered, at, partition, leader});
    if (by_record) producer.open_of_partition.set(partition - producer.first_partition, at);
    if (producer.adapts) producer.tried.add(partition - producer.first_partition);
    undo.opened = true;
  }
  Batch& batch = batches[at];
  RecordRun& run = batch.journey.run;
  const bool evenly = run.step_ps != 0 && record.number == batch.first_number + run.count;
  if (!evenly && run.step_ps != 0) {  // records in between went elsewhere: from here on every time is kept
    for (std::uint32_t i = 0; i < run.count; ++i) batch.offsets.push_back(run.offset(i).count());
    run.step_ps = 0;
  }
  if (run.step_ps == 0) batch.offsets.push_back((record.intended - run.first).count());
  ++run.count;
  batch.journey.record_bytes += growth;
  const Bytes growth_of_batch = batch.estimate(protocol::record_batch_overhead);
  if (record.intended < cluster_->recorder.start()) {
    ++batch.journey.early;
    batch.journey.early_bytes += growth;
  }
  undo.batch = at;
  if (batch.bytes >= spec.batch_size) {
    undo.ready_before = close(producer, at, when, deadline);
  }
  producer.choice.on_appended(growth_of_batch, batch.closed,
                              [&] { return next_partition(producer, when, opens ? at : nil); });
  undo.choice_after_first = producer.choice;
  producer.ahead.push_back(undo);
}

/// By what a batch is taken to grow for each byte of its records: the running estimate, and 5 % to be safe.
float Producers::fill_of(const Instance& producer) {
  constexpr float safety = 1.05F;
  return producer.compression_estimate * safety;
}

/// A batch of that ratio has been closed: the estimate goes up at once, by 0.05 at least, and down by 0.005.
void Producers::observe_compression(Instance& producer, float ratio) {
  constexpr float up = 0.05F, down = 0.005F;
  float& estimate = producer.compression_estimate;
  if (ratio > estimate) {
    estimate = std::max(estimate + up, ratio);
  } else if (ratio < estimate) {
    estimate = std::max(estimate - down, ratio);
  }
}

Producers::Pending& Producers::pending_of(Instance& producer, std::uint32_t batch) {
  auto at = producer.pending.end() - 1;
  while (at->batch != batch) --at;
  return *at;
}

/// A batch takes no more records from `when` on, which makes it ready, unless it was before and waits to be sent.
/// Returns when it would have been ready.
Instant Producers::close(Instance& producer, std::uint32_t batch, Instant when, Instant& deadline) {
  cluster_->batches[batch].closed = true;
  ++producer.closed;
  if (producer.choice.by_record()) {
    producer.open_of_partition.erase(cluster_->batches[batch].partition - producer.first_partition);
  }
  Pending& pending = pending_of(producer, batch);
  const Instant before = pending.ready;
  if (before <= when) return before;
  pending.ready = when;
  deadline = std::min(deadline, when);
  return before;
}

/// The records that follow into the same batch without filling it or ending the sticky partition's turn, all at once.
void Producers::add_more(Instance& producer, Instant deadline) {
  Ahead& undo = producer.ahead.back();
  Batch& batch = cluster_->batches[undo.batch];
  if (batch.closed || producer.choice.by_record()) return;
  if (producer.first_partition + producer.choice.current() != batch.partition) return;
  const Bytes growth = protocol::record_overhead + undo.record.size;
  const Bytes room = std::min(producer.spec->batch_size - 1 - batch.bytes, producer.choice.room_before_switch());
  const Instant start = cluster_->recorder.start();
  const bool early = producer.source.peek().intended < start;
  Instant limit = std::min(deadline, cluster_->recorder.end() - Duration{1});
  if (early) limit = std::min(limit, start - Duration{1});
  RecordRun& run = batch.journey.run;
  if (room < growth) return;
  // A record is let in if it would fit uncompressed, so one may be let in less than is worked out here.
  const Bytes most =
      batch.fill == 1.0F
          ? room / growth
          : static_cast<Bytes>(static_cast<double>(room - growth) / (double{batch.fill} * static_cast<double>(growth)));
  undo.more = producer.source.take_alike(limit, most, run.step_ps == 0 ? &batch.offsets : nullptr, run.first);
  const Bytes bytes = growth * undo.more;
  run.count += undo.more;
  batch.journey.record_bytes += bytes;
  if (early) {
    batch.journey.early += undo.more;
    batch.journey.early_bytes += bytes;
  }
  producer.choice.on_appended_again(batch.estimate(protocol::record_batch_overhead));
}

/// Undoes the last records of a batch, which are of one size and on the same side of the warm-up's end.
void Producers::take_out(Batch& batch, std::uint32_t records, Bytes growth) {
  RecordRun& run = batch.journey.run;
  const bool early = batch.journey.early == run.count;
  run.count -= records;
  batch.journey.record_bytes -= growth * records;
  batch.estimate(protocol::record_batch_overhead);
  if (early) {
    batch.journey.early -= records;
    batch.journey.early_bytes -= growth * records;
  }
  if (run.step_ps == 0) batch.offsets.resize(batch.offsets.size() - records);
}

/// Gives the last records of a batch back to the source, which add_more() has added.
void Producers::give_back_more(Instance& producer, const Batch& batch, const Ahead& undo, std::uint32_t records) {
  if (producer.source.retraces()) {
    producer.source.retrace(records);
    return;
  }
  SourceRecord record = undo.record;
  for (std::uint32_t i = 0; i < records; ++i) {
    record.intended = batch.intended(batch.journey.run.count - 1 - i);
    record.number = undo.record.number + undo.more - i;
    producer.source.give_back(record);
  }
}

/// Takes back the records of the look-ahead that are still to come: something happens earlier than was foreseen.
void Producers::rewind(Instance& producer, Instant now) {
  BatchPool& batches = cluster_->batches;
  while (!producer.ahead.empty()) {
    Ahead& undo = producer.ahead.back();
    Batch& batch = batches[undo.batch];
    const Bytes growth = protocol::record_overhead + undo.record.size;
    std::uint32_t to_come = 0;
    while (to_come < undo.more && batch.intended(batch.journey.run.count - 1 - to_come) > now) ++to_come;
    if (to_come > 0) {
      give_back_more(producer, batch, undo, to_come);
      take_out(batch, to_come, growth);
      undo.more -= to_come;
      producer.choice = undo.choice_after_first;
      // The size with the first of them alone, which stays or goes with the next step.
      const Bytes others = growth * undo.more;
      const Bytes now_bytes = batch.bytes;
      batch.journey.record_bytes -= others;
      batch.estimate(protocol::record_batch_overhead);
      const Bytes grown = now_bytes - batch.bytes;
      batch.journey.record_bytes += others;
      batch.estimate(protocol::record_batch_overhead);
      producer.choice.on_appended_again(grown);
    }
    if (undo.record.intended <= now) break;
    if (batch.closed) {
      batch.closed = false;
      --producer.closed;
      pending_of(producer, undo.batch).ready = undo.ready_before;
    }
    take_out(batch, 1, growth);
    producer.source.give_back(undo.record);
    if (producer.choice.by_record()) producer.open_of_partition.set(partition_of(producer, undo.record), undo.batch);
    if (batch.journey.run.count == 0) {
      producer.pending.erase(producer.pending.begin() + (&pending_of(producer, undo.batch) - producer.pending.data()));
      if (producer.choice.by_record()) producer.open_of_partition.erase(partition_of(producer, undo.record));
      if (producer.adapts && undo.opened) producer.tried.take_back();
      producer.memory += producer.batch_memory;
      batches.give_back(undo.batch);
    }
    for (const Ahead::Closed& closed : undo.closed) {
      if (closed.batch == nil) continue;
      batches[closed.batch].closed = false;
      --producer.closed;
      pending_of(producer, closed.batch).ready = closed.ready_before;
      if (producer.choice.by_record())
        producer.open_of_partition.set(partition_of(producer, undo.record), closed.batch);
    }
    producer.choice = undo.choice_before;
    producer.ahead.pop_back();
  }
  producer.ahead.clear();  // what is left has happened
}

}  // namespace brokersim
