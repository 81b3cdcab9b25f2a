// SPDX-License-Identifier: Apache-2.0
#include "sim/policy/quota/sampled_rate.hpp"

#include <algorithm>
#include <cmath>

namespace brokersim {

void SampledRate::record(double amount, std::int64_t now_ms) {
  if (samples_.empty()) samples_.push_back({now_ms, now_ms, 0});
  if (now_ms - samples_[current_].started_ms >= length_ms_) {
    current_ = (current_ + 1) % (std::size_t{limit_} + 1);
    if (current_ == samples_.size()) {
      samples_.push_back({now_ms, now_ms, 0});
    } else {
      samples_[current_] = {now_ms, now_ms, 0};
    }
  }
  samples_[current_].amount += amount;
  samples_[current_].last_ms = now_ms;
}

/// Samples in which nothing was recorded within the window begin anew, empty.
void SampledRate::forget(std::int64_t now_ms) {
  for (Sample& sample : samples_) {
    if (now_ms - sample.last_ms >= limit_ * length_ms_) sample = {now_ms, now_ms, 0};
  }
}

double SampledRate::measure(std::int64_t now_ms) {
  const std::int64_t elapsed = window_ms(now_ms);
  return amount() / (static_cast<double>(elapsed) / 1000);
}

double SampledRate::measure_plainly(std::int64_t now_ms) {
  forget(now_ms);
  return amount() / (static_cast<double>(std::max(since_oldest_ms(now_ms), length_ms_)) / 1000);
}

double SampledRate::amount() const {
  double sum = 0;
  for (const Sample& sample : samples_) sum += sample.amount;
  return sum;
}

std::int64_t SampledRate::since_oldest_ms(std::int64_t now_ms) const {
  std::int64_t oldest = now_ms;
  for (const Sample& sample : samples_) oldest = std::min(oldest, sample.started_ms);
  return now_ms - oldest;
}

std::int64_t SampledRate::window_ms(std::int64_t now_ms) {
  forget(now_ms);
  std::int64_t elapsed = since_oldest_ms(now_ms);
  const std::int64_t missing = std::int64_t{limit_} - 1 - elapsed / length_ms_;
  if (missing > 0) elapsed += missing * length_ms_;
  return std::max<std::int64_t>(elapsed, 1);
}

std::int64_t throttle_ms(double rate, double quota, std::int64_t window_ms) {
  if (rate <= quota) return 0;
  return static_cast<std::int64_t>(std::floor((rate - quota) / quota * static_cast<double>(window_ms) + 0.5));
}

}  // namespace brokersim
