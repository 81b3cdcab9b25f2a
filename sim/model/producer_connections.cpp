// SPDX-License-Identifier: Apache-2.0
// What a producer knows of leaders, and its connections, when something fails (C-13, C-14, C-17, K-12).
//
// Not told apart: what a dying broker had sent already is lost with it, where a real connection would deliver it first;
// and a connection over a link that was cut is reset when the link is mended. The metadata protocol costs no bytes.
#include <algorithm>
#include <utility>

#include "sim/model/cluster.hpp"
#include "sim/model/producers.hpp"
#include "sim/model/retransmission.hpp"

namespace brokersim {

// --- Leaders (C-17, K-12).

/// Whom the producer takes for a partition's leader, and since which epoch.
Producers::KnownLeader Producers::known_leader(const Instance& producer, std::uint32_t partition) const {
  const FailingProducer& failing = *producer.failing;
  if (failing.ignorant) return {no_broker, 0};
  const MetadataLog& metadata = cluster_->failures->metadata();
  if (!metadata.ever_changed(partition)) {  // it is led as when the run began; the log's line is needed soon
    const Partition& log = cluster_->logs[partition];
    return {log.leader, log.leader_epoch};
  }
  const LeaderView view = metadata.leader(partition, failing.metadata);
  KnownLeader known{view.leader.value_or(no_broker), view.leader_epoch};
  for (const FailingProducer::NewerLeader& newer : failing.newer) {
    if (newer.partition == partition && newer.epoch > known.epoch) known = {newer.leader, newer.epoch};
  }
  return known;
}

void Producers::refresh_at(std::uint32_t index, Instant when) {
  producers_[index].failing->refreshes = when;
  later(when, ProducerTask::What::metadata, index);
}

void Producers::request_metadata(std::uint32_t index) {
  FailingProducer& failing = *producers_[index].failing;
  failing.refresh_wanted = true;
  schedule_refresh(index);
}

/// At once, unless the last answers brought nothing new: then after a backoff.
void Producers::schedule_refresh(std::uint32_t index) {
  const Instance& producer = producers_[index];
  FailingProducer& failing = *producer.failing;
  if (!failing.refresh_wanted || failing.refresh != FailingProducer::Refresh::idle) return;
  const ClientRetrySpec& retry = producer.spec->retry;
  Instant allowed = cluster_->simulation.now();
  if (failing.fruitless > 0) {
    const Backoff backoff{retry.retry_backoff, retry.retry_backoff_max};
    allowed = std::max(allowed, failing.refreshed + backoff.after(failing.fruitless - 1, failing.jitter));
  }
  failing.refresh = FailingProducer::Refresh::due;
  refresh_at(index, allowed);
}

/// Asks a broker it is connected to, at random, one with nothing under way if there is any.
void Producers::ask_for_metadata(std::uint32_t index) {
  const Instance& producer = producers_[index];
  FailingProducer& failing = *producer.failing;
  const auto brokers = static_cast<std::uint32_t>(cluster_->brokers.size());
  const std::uint32_t offset = failing.jitter.below(brokers);
  failing.asked = no_broker;
  for (std::uint32_t i = 0; i < brokers; ++i) {
    const BrokerIndex broker{(offset + i) % brokers};
    const std::uint32_t place = place_of(index, broker);
    if (nodes_[place].state != ProducerNode::State::connected) continue;
    if (failing.asked == no_broker) failing.asked = broker;
    if (connection_of_[place] >= idle_since || connections_[connection_of_[place]].under_way == 0) {
      failing.asked = broker;
      break;
    }
  }
  if (failing.asked == no_broker) {  // asked again once it is connected to somebody
    failing.refresh = FailingProducer::Refresh::idle;
    for (std::uint32_t i = 0; i < brokers; ++i) (void)node_ready(index, BrokerIndex{(offset + i) % brokers});
    return;
  }
  failing.refresh_wanted = false;
  failing.refresh = FailingProducer::Refresh::asked;
  const Duration there = std::min<Duration>(latency_to(producer, failing.asked), producer.spec->retry.request_timeout);
  refresh_at(index, cluster_->simulation.now() + there);
}

void Producers::on_metadata(std::uint32_t index) {
  using Refresh = FailingProducer::Refresh;
  const Instance& producer = producers_[index];
  FailingProducer& failing = *producer.failing;
  const Instant now = cluster_->simulation.now();
  if (failing.refreshes != now) return;  // of an earlier process
  switch (failing.refresh) {
    case Refresh::idle:
      break;
    case Refresh::due:
      ask_for_metadata(index);
      break;
    case Refresh::asked: {  // it arrives at the broker
      const ProducerNode& node = nodes_[place_of(index, failing.asked)];
      const Duration patience = producer.spec->retry.request_timeout;
      const Duration latency = std::min(latency_to(producer, failing.asked), patience);
      const Duration stands_still = cluster_->failures->awake(failing.asked, now) - now;
      const bool answered = node.state == ProducerNode::State::connected && !node.lost && stands_still < patience &&
                            2 * latency < patience;
      failing.refresh = answered ? Refresh::answered : Refresh::failed;
      if (answered) failing.arriving = cluster_->failures->metadata().applied(failing.asked);
      const bool noticed = answered || node.state != ProducerNode::State::connected || node.notices != Instant::max() ||
                           path_is_back(producer, failing.asked);
      const Duration timeout = patience - latency;
      refresh_at(index, now + (noticed ? latency + stands_still : timeout));
      break;
    }
    case Refresh::answered:
      failing.refresh = Refresh::idle;
      learn_metadata(index);
      attend(index);
      break;
    case Refresh::failed:
      failing.refresh = Refresh::idle;
      failing.refreshed = now;
      ++failing.fruitless;
      if (nodes_[place_of(index, failing.asked)].lost) disconnect(index, failing.asked);
      request_metadata(index);
      attend(index);
      break;
  }
}

/// An answer has come. Older news than it has is no news (metadata of a broker that lags).
void Producers::learn_metadata(std::uint32_t index) {
  Instance& producer = producers_[index];
  FailingProducer& failing = *producer.failing;
  ++outcomes_of(producer).metadata_refreshes;
  failing.refreshed = cluster_->simulation.now();
  failing.ignorant = false;
  if (failing.arriving > failing.metadata) {
    failing.metadata = failing.arriving;
    failing.fruitless = 0;
    const auto& metadata = cluster_->failures->metadata();
    std::erase_if(failing.newer, [&](const FailingProducer::NewerLeader& newer) {
      return metadata.leader(newer.partition, failing.metadata).leader_epoch >= newer.epoch;
    });
  } else {
    ++failing.fruitless;
  }
  const bool complete = address_batches(producer);
  if (!complete) failing.refresh_wanted = true;
  schedule_refresh(index);
}

/// Batches in its queue go to whom it takes for their leaders now. False if some have none.
bool Producers::address_batches(Instance& producer) {
  bool complete = true;
  for (Pending& pending : producer.pending) {
    pending.leader = known_leader(producer, pending.partition).broker;
    complete = complete && pending.leader != no_broker;
  }
  return complete;
}

// --- Connections (C-13, C-14).

/// Whether the producer has no connection to a broker and can do nothing about it now. It will be woken when it can.
bool Producers::connects_later(std::uint32_t index, BrokerIndex broker) {
  if (producers_[index].failing->unsound == 0) return false;
  const ProducerNode& node = nodes_[place_of(index, broker)];
  if (node.state == ProducerNode::State::connecting) return true;
  if (node.state == ProducerNode::State::connected || node.try_after <= cluster_->simulation.now()) return false;
  wake_by(index, node.try_after);
  return true;
}

/// Whether the producer takes a broker for one that it can send to; else it sees to that.
bool Producers::node_ready(std::uint32_t index, BrokerIndex broker) {
  const Instance& producer = producers_[index];
  if (producer.failing->unsound == 0) return true;
  ProducerNode& node = nodes_[place_of(index, broker)];
  if (node.state == ProducerNode::State::connected) return true;
  if (connects_later(index, broker)) return false;
  const Instant now = cluster_->simulation.now();
  // TCP's handshake takes a round trip, and the question which versions the broker speaks another.
  const Duration round_trip = 2 * latency_to(producer, broker);
  Duration takes = 2 * round_trip;
  Reach reach = cluster_->failures->connects(cluster_->host_of_clients(producer.zone), broker.value);
  if (round_trip >= connection_setup_timeout) reach = Reach::silent;  // faults have made it that long
  if (reach == Reach::refused) takes = round_trip;
  if (reach == Reach::silent) {
    constexpr Backoff set_up{connection_setup_timeout, connection_setup_timeout_max};
    takes = set_up.after(node.failed_attempts, producer.failing->jitter);
  }
  node.state = ProducerNode::State::connecting;
  node.reachable = reach == Reach::yes;
  node.tried = std::max(now + takes, cluster_->failures->awake(broker, now));
  if (node.reachable) node.tried = cluster_->failures->answers(broker, node.tried - round_trip / 2) + round_trip / 2;
  later(node.tried, ProducerTask::What::connection_tried, place_of(index, broker));
  return false;
}

void Producers::on_connection_tried(std::uint32_t place) {
  const auto brokers = static_cast<std::uint32_t>(cluster_->brokers.size());
  const std::uint32_t index = place / brokers;
  const BrokerIndex broker{place % brokers};
  const Instance& producer = producers_[index];
  ProducerNode& node = nodes_[place];
  if (node.tried != cluster_->simulation.now()) return;  // of an earlier process
  node.tried = Instant::max();
  const Reach reach = cluster_->failures->connects(cluster_->host_of_clients(producer.zone), broker.value);
  if (node.reachable && reach == Reach::yes) {
    node = ProducerNode{};
    --producer.failing->unsound;
    schedule_refresh(index);
  } else {
    node.failed_attempts = static_cast<std::uint8_t>(std::min(node.failed_attempts + 1, 8));
    disconnect(index, broker);
  }
  attend(index);
}

void Producers::on_broker_lost(BrokerIndex broker, Loss loss) {
  for (std::uint32_t p = 0; p < producers_.size(); ++p) lose_connection(p, broker, loss);
}

void Producers::on_link_lost(BrokerIndex broker, ZoneIndex clients, Loss loss) {
  for (std::uint32_t p = 0; p < producers_.size(); ++p) {
    if (producers_[p].zone == clients) lose_connection(p, broker, loss);
  }
}

void Producers::on_message_lost(std::uint32_t r) {
  const ProduceRequest& request = requests_[r];
  if (!request.broken) lose_connection(request.producer, request.broker, Loss::silent);
}

/// Everything under way on a connection is lost. The producer finds out after the network's latency, or by a timeout.
void Producers::lose_connection(std::uint32_t index, BrokerIndex broker, Loss loss) {
  const Instance& producer = producers_[index];
  FailingProducer& failing = *producer.failing;
  ProducerNode& node = nodes_[place_of(index, broker)];
  if (node.state != ProducerNode::State::connected) return;  // an attempt under way is judged when it ends
  if (!std::exchange(node.lost, true)) ++failing.unsound;
  for (const std::uint32_t r : failing.in_flight) {
    if (requests_[r].broker == broker && !requests_[r].broken) break_request(r);
  }
  std::erase_if(failing.in_flight, [&](std::uint32_t r) { return requests_[r].broken && producer.spec->acks == 0; });
  if (loss == Loss::silent || node.notices != Instant::max()) return;
  node.notices = cluster_->simulation.now() + latency_to(producer, broker);
  later(node.notices, ProducerTask::What::connection_dropped, place_of(index, broker));
}

/// Whether a host answers again, if only to reset what it knows nothing of.
bool Producers::path_is_back(const Instance& producer, BrokerIndex broker) const {
  return cluster_->failures->connects(cluster_->host_of_clients(producer.zone), broker.value) != Reach::silent;
}

/// A broker's host is reached again from a zone: connections that have something under way notice with TCP's next
/// retransmission, others when they are used.
void Producers::on_path_back(BrokerIndex broker, std::optional<ZoneIndex> clients) {
  for (std::uint32_t p = 0; p < producers_.size(); ++p) {
    const Instance& producer = producers_[p];
    if ((clients && producer.zone != *clients) || !path_is_back(producer, broker)) continue;
    const ProducerNode& node = nodes_[place_of(p, broker)];
    if (node.state != ProducerNode::State::connected || !node.lost) continue;
    for (const std::uint32_t r : producer.failing->in_flight) {
      if (requests_[r].broker != broker) continue;
      notice_loss(p, broker, next_retransmission(requests_[r].sent, cluster_->simulation.now()));
      break;
    }
  }
}

/// The producer finds out that a connection is broken when the answer to what it sends at `sent` comes, a reset.
void Producers::notice_loss(std::uint32_t index, BrokerIndex broker, Instant sent) {
  ProducerNode& node = nodes_[place_of(index, broker)];
  const Instant notices = sent + 2 * latency_to(producers_[index], broker);
  if (node.notices <= notices) return;
  node.notices = notices;
  later(notices, ProducerTask::What::connection_dropped, place_of(index, broker));
}

/// A request will not be answered: nothing that was to happen to it on the way or at the broker happens any more. Its
/// place is not used again, as events may still name it.
void Producers::break_request(std::uint32_t r) {
  ProduceRequest& request = requests_[r];
  const Instance& producer = producers_[request.producer];
  request.broken = true;
  std::erase_if(stranded_, [&](const Stranded& stranded) { return stranded.request == r; });
  for (std::uint32_t b = request.first_batch; b != nil;) {
    const std::uint32_t following = cluster_->batches[b].sibling;
    if (producer.spec->acks == 0) {
      lose_unacknowledged(producer, b);
    } else {
      unlink(b);
      mark_trouble(r, b).stranded = false;
    }
    b = following;
  }
}

/// No commit of a batch, or of the copy that it repeats, is reported to its request any more.
void Producers::unlink(std::uint32_t b) {
  Batch& batch = cluster_->batches[b];
  batch.request = nil;
  if (batch.troubled && trouble_[b].duplicate_of != nil) cluster_->batches[trouble_[b].duplicate_of].request = nil;
}

/// acks=0: nobody will ever know.
void Producers::lose_unacknowledged(const Instance& producer, std::uint32_t b) {
  const std::uint32_t records = cluster_->batches[b].journey.run.count;
  Conservation& flow = cluster_->recorder.result().conservation;
  flow.unacknowledged_by_design += records;
  flow.never_appended += records;
  SendOutcomes& outcomes = outcomes_of(producer);
  outcomes.unacknowledged += records;
  outcomes.lost_acks0 += records;
  note_failed(producer, cluster_->batches[b].journey, cluster_->batches[b].partition, true);
  cluster_->logs.release(b);
}

/// The producer finds a connection broken, or closes it: what was under way on it has failed.
void Producers::disconnect(std::uint32_t index, BrokerIndex broker) {
  Instance& producer = producers_[index];
  FailingProducer& failing = *producer.failing;
  const std::uint32_t place = place_of(index, broker);
  ProducerNode& node = nodes_[place];
  const Instant now = cluster_->simulation.now();
  const Backoff backoff{producer.spec->retry.reconnect_backoff, producer.spec->retry.reconnect_backoff_max};
  if (node.sound()) ++failing.unsound;
  node.state = ProducerNode::State::disconnected;
  node.lost = false;
  node.notices = Instant::max();
  node.try_after = now + backoff.after(node.failures, failing.jitter);
  node.failures = static_cast<std::uint8_t>(std::min(node.failures + 1, 32));
  ++outcomes_of(producer).disconnects;
  if (connection_of_[place] < idle_since) connections_[connection_of_[place]].closed = true;  // never used again
  connection_of_[place] = nil;
  std::vector<std::uint32_t> failed;
  std::erase_if(failing.in_flight, [&](std::uint32_t r) {
    if (requests_[r].broker != broker) return false;
    failed.push_back(r);
    return true;
  });
  for (const std::uint32_t r : failed) {
    if (!requests_[r].broken) break_request(r);
    if (producer.spec->acks == 0) continue;
    cluster_->recorder.on_request_answered(requests_[r].sent, now);
    for (std::uint32_t b = requests_[r].first_batch; b != nil;) {
      const std::uint32_t following = cluster_->batches[b].sibling;
      fail(index, b, ProduceError::disconnected);
      b = following;
    }
  }
  request_metadata(index);
}

}  // namespace brokersim
