// SPDX-License-Identifier: Apache-2.0
// How Kafka measures a client against its quota, and how long it holds it back (B-20, B-21).
#pragma once
#include <cstdint>
#include <vector>

namespace brokersim {

/// A rate over the last few samples, on a clock of whole milliseconds: what was recorded, divided by the time since the
/// oldest sample began. Time before the first sample counts as empty, so a new client is not judged by its first
/// moment.
class SampledRate {
 public:
  /// samples >= 1, window_ms >= 1: quota.window.num and quota.window.size.seconds
  SampledRate(std::uint32_t samples, std::int64_t window_ms) : limit_(samples), length_ms_(window_ms) {}

  /// Enters an amount, negative to take one back.
  void record(double amount, std::int64_t now_ms);
  /// Per second; what is out of the window is forgotten first.
  [[nodiscard]] double measure(std::int64_t now_ms);
  /// The same, but time before the first sample does not count, beyond one sample's length: as replication quotas are
  /// measured.
  [[nodiscard]] double measure_plainly(std::int64_t now_ms);
  /// The time that measure() divides by.
  [[nodiscard]] std::int64_t window_ms(std::int64_t now_ms);

 private:
  struct Sample {
    std::int64_t started_ms;
    std::int64_t last_ms;
    double amount;
  };
  void forget(std::int64_t now_ms);
  [[nodiscard]] double amount() const;
  [[nodiscard]] std::int64_t since_oldest_ms(std::int64_t now_ms) const;

  std::uint32_t limit_;
  std::int64_t length_ms_;
  std::vector<Sample> samples_;  // a ring of up to limit_ + 1: the oldest may reach into the window
  std::size_t current_ = 0;
};

/// How long a client has to pause, ms, for its rate to come down to the quota: (rate - quota) / quota of the window,
/// rounded half up; 0 within the quota.
[[nodiscard]] std::int64_t throttle_ms(double rate, double quota, std::int64_t window_ms);

}  // namespace brokersim
