// SPDX-License-Identifier: Apache-2.0
// A station of servers with one queue, worked out without events.
//
// When the time a job takes is known on its arrival and jobs are served first come, first served, nothing that happens
// later can change when the job leaves: it starts as soon as a server is free, max(arrival, earliest free server), and
// ends its work later (Lindley 1952 for one server, Kiefer and Wolfowitz 1955 for more). So a station needs no queue of
// waiting jobs, no event for a start of service, and an event for an end only where something follows.
//
// This is exact if jobs are presented in order of arrival. A job presented after one that arrives later is served
// behind it: the queue is first presented, first served. It does not hold where work can be taken back, sped up or
// reordered by priority: after a crash a new station has to begin, and the ends promised by the old one have to be
// ignored.
#pragma once
#include <cstdint>
#include <limits>
#include <vector>

#include "sim/core/contract.hpp"
#include "sim/core/sim_time.hpp"

namespace brokersim {

/// When a job is worked on; it has waited from its arrival to `start`.
struct Service {
  Instant start{};
  Instant end{};
};

/// `servers` servers (the c of M/M/c), one queue without limit, first come, first served.
class FifoStation {
 public:
  /// servers >= 1
  explicit FifoStation(std::uint32_t servers) : servers_(servers) {
    require(servers >= 1, "a station has a server");
    if (servers > 1) free_at_.assign(servers, 0);
  }

  /// Accepts a job that arrives at `arrival` and takes `work` (>= 0) of one server. Cost: O(1) with one server,
  /// O(servers) without a branch up to 16, O(log servers) above.
  Service serve(Instant arrival, Duration work) {
    require(work >= Duration::zero(), "work is not negative");
    const std::int64_t arrived = arrival.time_since_epoch().count();
    const std::int64_t start = arrived > earliest_ ? arrived : earliest_;
    const std::int64_t end = start + work.count();
    if (servers_ == 1) {
      earliest_ = end;
    } else if (servers_ > sorted_max) {
      replace_in_heap(end);
    } else if (arrived >= latest_) {
      latest_ = end;  // all idle: to whoever comes later one idle server is as good as another
    } else {
      free_at_.back() = latest_;
      replace_in_order(end);
      latest_ = free_at_.back();
    }
    ++served_;
    busy_ += work;
    waiting_ += Duration{start - arrived};
    return {Instant{Duration{start}}, Instant{Duration{end}}};
  }

  /// The earliest moment a server is free for the next job.
  [[nodiscard]] Instant free_at() const { return Instant{Duration{earliest_}}; }
  /// True if a job that arrives at `when` would have to wait.
  [[nodiscard]] bool busy_at(Instant when) const { return free_at() > when; }

  [[nodiscard]] std::uint32_t servers() const { return servers_; }
  /// Jobs accepted so far, those still waiting included.
  [[nodiscard]] std::uint64_t served() const { return served_; }
  /// Work accepted so far, work in the future included: utilization = busy / (servers * elapsed) once all is done.
  [[nodiscard]] Duration busy() const { return busy_; }
  /// Sum over the accepted jobs of start - arrival.
  [[nodiscard]] Duration waiting() const { return waiting_; }

 private:
  static constexpr std::uint32_t sorted_max = 16;

  /// Few servers: free_at_ is in ascending order. The earliest is free at `end` from now on. Every place takes the
  /// middle one of what it has, what its right neighbour has, and `end`: no place waits for another, and nothing
  /// branches.
  void replace_in_order(std::int64_t end) {
    std::int64_t* const free = free_at_.data();
    const std::uint32_t last = servers_ - 1;
    free[0] = std::numeric_limits<std::int64_t>::min();
    for (std::uint32_t i = 0; i < last; ++i) {
      const std::int64_t next = free[i + 1];
      const std::int64_t low = next < end ? next : end;
      free[i] = free[i] > low ? free[i] : low;
    }
    free[last] = free[last] > end ? free[last] : end;
    earliest_ = free[0];
  }

  /// Many servers: free_at_ is a heap with the earliest on top.
  void replace_in_heap(std::int64_t end) {
    std::uint32_t place = 0;
    for (std::uint32_t child = 1; child < servers_; child = 2 * place + 1) {
      if (child + 1 < servers_) child += free_at_[child + 1] < free_at_[child] ? 1U : 0U;
      if (free_at_[child] >= end) break;
      free_at_[place] = free_at_[child];
      place = child;
    }
    free_at_[place] = end;
    earliest_ = free_at_[0];
  }

  std::uint32_t servers_;
  std::int64_t earliest_ = 0;  // ns
  std::int64_t latest_ = 0;    // ns; with few servers it stands for the last of free_at_, which is kept up lazily
  std::vector<std::int64_t> free_at_;  // ns, by server; empty if there is one
  std::uint64_t served_ = 0;
  Duration busy_{};
  Duration waiting_{};
};

}  // namespace brokersim
