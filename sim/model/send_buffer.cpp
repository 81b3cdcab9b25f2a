// SPDX-License-Identifier: Apache-2.0
// buffer.memory and max.block.ms (K-3): records that find no memory wait, or are dropped. An instance is one
// application thread: while a record's call waits, the records behind it wait in the application, and their calls begin
// one after the other.
#include <algorithm>

#include "sim/model/cluster.hpp"
#include "sim/model/producers.hpp"
#include "sim/model/protocol.hpp"

namespace brokersim {

/// What a batch takes: batch.size, or more if its first record may need more (K-3, K-8). Taken to be the largest one,
/// as which a smaller one is at most 82 bytes off.
Bytes Producers::buffer_of_batch(const ProducerSpec& spec) {
  return std::max<Bytes>(spec.batch_size,
                         protocol::record_batch_overhead + protocol::record_overhead_bound + spec.record_size.maximum);
}

/// Whether a record needs a new batch for which there is no memory. A partitioner that would move on to an open batch
/// of another partition is not asked: it draws when the record is added.
bool Producers::lacks_memory(const Instance& producer, const SourceRecord& record) const {
  const ProducerSpec& spec = *producer.spec;
  if (producer.memory >= producer.batch_memory) [[likely]]
    return false;
  const std::uint32_t partition =
      producer.first_partition +
      (producer.choice.by_record() ? partition_of(producer, record) : producer.choice.current());
  const std::uint32_t open = open_batch(producer, partition);
  return open == nil || cluster_->batches[open].bytes + protocol::record_overhead + record.size > spec.batch_size;
}

/// The next record finds no memory now, or has found none for max.block.ms.
void Producers::wait_for_memory(Instance& producer) {
  const Instant now = cluster_->simulation.now();
  if (producer.calling_since == Instant::max()) producer.calling_since = now;
  if (now - producer.calling_since < producer.spec->max_block) return;
  end_call(producer, now);
  const SourceRecord& record = producer.source.peek();
  note_generated(producer, record);
  SendBufferUse& use = buffer_use(producer);
  use.waited += cluster_->recorder.observes(record.intended) ? 1 : 0;
  use.dropped += cluster_->recorder.observes(record.intended) ? 1 : 0;
  ++producer.dropped;
  producer.source.advance();
}

/// The call that waits for memory ends at `when`: it has got it, gives up, or the run is over.
void Producers::end_call(Instance& producer, Instant when) {
  const Recorder& recorder = cluster_->recorder;
  const Instant from = std::max(producer.calling_since, recorder.start());
  const Instant to = std::min(when, recorder.end());
  if (to > from) buffer_use(producer).blocked += to - from;
  producer.calling_since = Instant::max();
}

/// The records added last came before now: they have waited.
void Producers::note_late(Instance& producer, Instant now) {
  const Ahead& added = producer.ahead.back();
  const Batch& batch = cluster_->batches[added.batch];
  for (std::uint32_t i = batch.journey.run.count - 1 - added.more; i < batch.journey.run.count; ++i) {
    const Instant intended = batch.intended(i);
    buffer_use(producer).waited += intended < now && cluster_->recorder.observes(intended) ? 1 : 0;
  }
}

/// Some memory is about to be given back: enters the least there has been, without batches that are still to be opened.
void Producers::note_memory(Instance& producer, Instant now) {
  Bytes memory = producer.memory;
  for (auto at = producer.pending.rbegin(); at != producer.pending.rend(); ++at) {
    const Batch& batch = cluster_->batches[at->batch];
    if (batch.journey.run.first <= now) break;
    memory += producer.batch_memory;
  }
  producer.least_memory = std::min(producer.least_memory, memory);
}

/// A record that no batch has taken was meant to be sent.
void Producers::note_generated(const Instance& producer, const SourceRecord& record) {
  BatchJourney alone;
  alone.run.first = record.intended;
  alone.run.count = 1;
  cluster_->recorder.on_generated(alone);
  if (producer.failing) note_failed(producer, alone, producer.first_partition, true);
}

SendBufferUse& Producers::buffer_use(const Instance& producer) {
  const std::size_t entry = producer.entry;
  return cluster_->recorder.result().send_buffers[entry];
}

Producers::Asked Producers::asked_for() {
  Asked asked{sent_to_, 0};
  for (Instance& producer : producers_) {
    if (producer.failing && producer.failing->gone) drop_unsent(producer, cluster_->recorder.end());
    for (const Pending& pending : producer.pending) {  // they have come all the same: generated in their second
      Batch& batch = cluster_->batches[pending.batch];
      if (batch.troubled) continue;  // it was sent before
      batch.settle_times();
      cluster_->recorder.on_generated(batch.journey);
      asked.by_topic[producer.spec->topic.value] += batch.journey.run.count;
      asked.unsent += batch.journey.run.count;
    }
    SendBufferUse& use = buffer_use(producer);
    asked.by_topic[producer.spec->topic.value] += producer.dropped;
    asked.unsent += producer.dropped;
    if (producer.failing) asked.gone += producer.failing->unsent;
    note_memory(producer, cluster_->simulation.now());
    use.peak = std::max(use.peak, producer.spec->buffer_memory - producer.least_memory);
    if (producer.calling_since == Instant::max()) continue;
    end_call(producer, cluster_->recorder.end());
    for (; producer.source.peek().intended < cluster_->recorder.end(); producer.source.advance()) {
      note_generated(producer, producer.source.peek());  // they wait in the application
      use.waited += cluster_->recorder.observes(producer.source.peek().intended) ? 1 : 0;
      ++asked.by_topic[producer.spec->topic.value];
      ++asked.unsent;
      if (producer.failing) ++outcomes_of(producer).open;
    }
  }
  return asked;
}

}  // namespace brokersim
