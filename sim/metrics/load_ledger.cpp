// SPDX-License-Identifier: Apache-2.0
#include "sim/metrics/load_ledger.hpp"

#include "sim/core/contract.hpp"

namespace brokersim {

BrokerLoad& BrokerLoad::operator+=(const BrokerLoad& other) {
  producer_bytes_in += other.producer_bytes_in;
  replication_bytes_in += other.replication_bytes_in;
  replication_bytes_out += other.replication_bytes_out;
  consumer_bytes_out_as_leader += other.consumer_bytes_out_as_leader;
  consumer_bytes_out_as_follower += other.consumer_bytes_out_as_follower;
  wire_bytes_in += other.wire_bytes_in;
  wire_bytes_out += other.wire_bytes_out;
  produce_requests += other.produce_requests;
  consumer_fetch_requests += other.consumer_fetch_requests;
  follower_fetch_requests += other.follower_fetch_requests;
  request_queue_time += other.request_queue_time;
  for (std::size_t r = 0; r < broker_resources; ++r) {
    busy[r] += other.busy[r];
    offered[r] += other.offered[r];
  }
  return *this;
}

LoadLedger::LoadLedger(std::size_t brokers, Instant start, Instant end, Duration window)
    : brokers_(brokers), start_(start), end_(end), window_(window) {
  require(window > Duration::zero() && end > start, "a ledger has an interval and windows of positive length");
  windows_ = static_cast<std::size_t>((end - start + window - Duration{1}) / window);
  loads_.resize(windows_ * brokers);
  outside_.resize(brokers);
}

void LoadLedger::turn_to(Instant when) {
  if (when < start_ || when >= end_) {
    row_ = outside_.data();
    row_start_ = when < start_ ? Instant::min() : end_;
    row_end_ = when < start_ ? start_ : Instant::max();
    return;
  }
  const auto row = static_cast<std::size_t>((when - start_) / window_);
  row_ = loads_.data() + row * brokers_;
  row_start_ = window_start(row);
  row_end_ = std::min(row_start_ + window_, end_);
}

void LoadLedger::busy_over_windows(BrokerIndex broker, std::size_t resource, Instant begin, Instant end) {
  for (Instant from = begin; from < end;) {
    BrokerLoad& load = at(broker, from);
    const Instant until = std::min(end, row_end_);
    load.busy[resource] += until - from;
    from = until;
  }
}

BrokerLoad LoadLedger::total(BrokerIndex broker) const {
  BrokerLoad sum;
  for (std::size_t w = 0; w < windows_; ++w) sum += load(w, broker);
  return sum;
}

}  // namespace brokersim
