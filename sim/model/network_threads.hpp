// SPDX-License-Identifier: Apache-2.0
// Network threads as Kafka binds connections to them, and the limit of the request queue that can block them (B-1 to
// B-3, B-10). The default model pools the threads and lets the queue grow.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <unordered_map>
#include <vector>

#include "sim/core/sim_time.hpp"
#include "sim/engine/station.hpp"
#include "sim/metrics/request_times.hpp"

namespace brokersim {

/// Who a request comes from: connections of one kind are numbered by whoever makes them.
struct Caller {
  RequestKind kind = RequestKind::not_kept;
  std::uint32_t connection = 0;
};

/// One server for jobs that are presented out of order of arrival, as threads of their own finish them: a job takes the
/// first time from its arrival on that is free for long enough.
class UnorderedStation {
 public:
  [[nodiscard]] Service serve(Instant arrival, Duration work) {
    if (work == Duration::zero()) return {arrival, arrival};
    while (!busy_.empty() && busy_.front().end + remembered < arrival) busy_.pop_front();
    std::size_t at = busy_.size();
    while (at > 0 && busy_[at - 1].end > arrival) --at;  // the first that is not over by then
    Instant start = arrival;
    for (; at < busy_.size() && busy_[at].start < start + work; ++at) start = busy_[at].end;
    busy_.insert(busy_.begin() + static_cast<std::ptrdiff_t>(at), {start, start + work});
    return {start, start + work};
  }

 private:
  static constexpr Duration remembered = std::chrono::seconds{5};  ///< no job is presented so much too late
  std::deque<Service> busy_;                                       // in order of time
};

class BoundNetworkThreads {
 public:
  /// queue_limit  queued.max.requests, >= 1
  BoundNetworkThreads(std::uint32_t threads, std::uint32_t queue_limit)
      : threads_(threads, FifoStation(1)), taken_up_(queue_limit, Instant::min()) {}

  /// The thread that a connection belongs to: in turn at its first request, and for ever (B-1).
  [[nodiscard]] FifoStation& of(const Caller& caller) {
    const std::uint64_t key = std::uint64_t{static_cast<std::uint8_t>(caller.kind)} << 32 | caller.connection;
    const auto next = static_cast<std::uint32_t>(thread_of_.size() % threads_.size());
    return threads_[thread_of_.try_emplace(key, next).first->second];
  }

  /// When a request that is read at `read` is in the queue: once as many as the limit before it have been taken up, all
  /// but those still waiting (B-3). Until then its thread does nothing else.
  [[nodiscard]] Instant queued(Instant read) const { return std::max(read, taken_up_[next_]); }
  /// An I/O thread takes the request up at `when`.
  void take_up(Instant when) {
    taken_up_[next_] = when;
    next_ = (next_ + 1) % taken_up_.size();
  }

  /// The NIC behind the threads, whose answers come to it out of the order in which they were presented to them.
  [[nodiscard]] UnorderedStation& nic_out() { return nic_out_; }

 private:
  UnorderedStation nic_out_;
  std::vector<FifoStation> threads_;
  std::unordered_map<std::uint64_t, std::uint32_t> thread_of_;  // looked up, never iterated (D-07)
  std::vector<Instant> taken_up_;                               // of the last requests, as many as the queue holds
  std::size_t next_ = 0;                                        // the oldest of them
};

}  // namespace brokersim
