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
}

void LoadLedger::busy(BrokerIndex broker, BrokerResource resource, Instant arrived, Instant begin, Instant end) {
  const auto r = static_cast<std::size_t>(resource);
  at(broker, arrived).offered[r] += end - begin;
  if (begin >= cached_start_ && end <= cached_end_ && begin >= start_ && end <= end_) [[likely]] {
    loads_[cached_row_ * brokers_ + broker.value].busy[r] += end - begin;
    return;
  }
  for (Instant from = std::max(begin, start_); from < std::min(end, end_);) {  // split over the windows it touches
    const Instant until = std::min({end, end_, window_start(row(from)) + window_});
    at(broker, from).busy[r] += until - from;
    from = until;
  }
}

BrokerLoad LoadLedger::total(BrokerIndex broker) const {
  BrokerLoad sum;
  for (std::size_t w = 0; w < windows_; ++w) sum += load(w, broker);
  return sum;
}

}  // namespace brokersim
