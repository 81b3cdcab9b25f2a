// SPDX-License-Identifier: Apache-2.0
// Faults of producers themselves: processes that end and begin again, records that come more often, keys that run hot
// (FAULT-29, FAULT-30, FAULT-34).
#include <string>
#include <utility>

#include "sim/model/cluster.hpp"
#include "sim/model/producers.hpp"

namespace brokersim {

/// Its connections are closed. Whether what was sent on them has come to a log nobody will ever tell.
void Producers::lose_under_way(std::uint32_t index) {
  const Instance& producer = producers_[index];
  const Instant now = cluster_->simulation.now();
  for (const std::uint32_t r : std::exchange(producer.failing->in_flight, {})) {
    if (!requests_[r].broken) break_request(r);
    if (producer.spec->acks == 0) continue;
    cluster_->recorder.on_request_answered(requests_[r].sent, now);
    for (std::uint32_t b = requests_[r].first_batch; b != nil;) {
      const std::uint32_t following = cluster_->batches[b].sibling;
      trouble_[b].doubtful = true;
      if (!trouble_[b].given_up) give_up(index, b);
      leave(index, b);
      b = following;
    }
  }
  for (std::uint32_t broker = 0; broker < cluster_->brokers.size(); ++broker) {
    const std::uint32_t place = producer.first_place + broker;
    if (connection_of_[place] < idle_since) connections_[connection_of_[place]].closed = true;  // never used again
    connection_of_[place] = nil;
    if (nodes_[place].sound()) ++producer.failing->unsound;
    nodes_[place] = ProducerNode{};
    nodes_[place].state = ProducerNode::State::disconnected;
  }
}

/// Records meant to be sent by `until` that no batch has taken: nobody is there to send them.
void Producers::drop_unsent(Instance& producer, Instant until) {
  for (; producer.source.peek().intended <= until; producer.source.advance()) {
    if (producer.source.peek().intended >= cluster_->recorder.end()) return;
    note_generated(producer, producer.source.peek());
    ++producer.dropped;
    ++producer.failing->unsent;
  }
}

void Producers::restart(std::uint32_t index) {
  Instance& producer = producers_[index];
  FailingProducer& failing = *producer.failing;
  if (!failing.gone) return;
  drop_unsent(producer, cluster_->simulation.now());
  failing.gone = false;
  failing.ignorant = true;
  failing.metadata = 0;
  failing.newer.clear();
  failing.refreshed = cluster_->simulation.now();
  failing.fruitless = 0;
  producer.compression_estimate = 1;
  request_metadata(index);
  attend(index);
}

void Producers::set_pace(std::uint32_t index, double pace) {
  Instance& producer = producers_[index];
  const Instant now = cluster_->simulation.now();
  if (!producer.failing->gone) rewind(producer, now);
  producer.source.set_pace(pace, now);
  if (!producer.failing->gone) attend(index);
}

void Producers::add_records(std::uint32_t index, Records records) {
  Instance& producer = producers_[index];
  const Instant now = cluster_->simulation.now();
  const std::string name = std::to_string(index) + "/burst " + std::to_string(producer.failing->bursts++);
  if (!producer.failing->gone) rewind(producer, now);
  producer.source.add_records(records, now, *producer.spec, name, cluster_->random);
  if (!producer.failing->gone) attend(index);
}

void Producers::set_hot_share(std::uint32_t index, double share) {
  Instance& producer = producers_[index];
  if (!producer.failing->gone) rewind(producer, cluster_->simulation.now());
  producer.failing->hot_share = share;
  if (!producer.failing->gone) attend(index);
}

/// A record is hot or not by its number alone, so that it does not matter how often it is looked at.
std::uint32_t Producers::hot_partition(const Instance& producer, const SourceRecord& record) const {
  const FailingProducer& failing = *producer.failing;
  return failing.hot.uniform_at(record.number) < failing.hot_share ? producer.source.partition_of_first_key()
                                                                   : record.partition;
}

}  // namespace brokersim
