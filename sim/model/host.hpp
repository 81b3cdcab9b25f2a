// SPDX-License-Identifier: Apache-2.0
// What a host's software makes of a cost that is only a mean: it varies, and now and then everything stands still.
#pragma once
#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/model/specification.hpp"
#include "sim/random/stream.hpp"

namespace brokersim {

/// One host: a broker, or the clients of a zone. Draws nothing while nothing varies.
class Host {
 public:
  /// name  for its random streams
  Host(double variation, const PauseSpec& pauses, RandomSource random, const std::string& name) {
    if (variation > 0) {
      law_ = {.law = DelayDistribution::Law::lognormal, .scv = variation};
      variation_.emplace(random, "service time", name);
    }
    if (pauses.per_second > 0 && pauses.mean > Duration::zero()) {
      gap_ = Exponential(Duration{static_cast<std::int64_t>(1e9 / pauses.per_second + 0.5)});
      length_ = Exponential(pauses.mean);
      pause_times_.emplace(random, "pause", name);
    }
    set_flags();
  }

  /// A piece of work of that mean.
  [[nodiscard]] Duration vary(Duration mean) {
    if (steady_) [[likely]]
      return mean;
    return draw(mean);
  }
  /// The first moment from `when` on at which the host is not paused.
  [[nodiscard]] Instant awake(Instant when) {
    if (never_pauses_) [[likely]]
      return when;
    return after_pauses(when);
  }

  /// Everything takes `factor` times as long from now on; 1: as usual (FAULT-06).
  void slow_down(double factor) {
    slowdown_ = factor;
    set_flags();
  }
  /// Stands still until `until`: what comes before waits (FAULT-07). A moment that is over: it goes on.
  void hold(Instant until) {
    held_until_ = until;
    set_flags();
  }

 private:
  void set_flags() {
    steady_ = !variation_ && slowdown_ == 1;
    never_pauses_ = !pause_times_ && held_until_ == simulation_start;
  }

  // The rare cases, apart so that the usual ones are inlined.
  [[nodiscard]] Duration draw(Duration mean) {
    if (slowdown_ > 1) mean = Duration{static_cast<std::int64_t>(static_cast<double>(mean.count()) * slowdown_ + 0.5)};
    if (!variation_) return mean;
    law_.mean = mean;
    return law_.sample(*variation_);
  }
  [[nodiscard]] Instant after_pauses(Instant when) {
    when = std::max(when, held_until_);
    if (!pause_times_) return when;
    while (pauses_.empty() || pauses_.back().start <= when) {
      const Instant from = pauses_.empty() ? simulation_start : pauses_.back().end;
      const Instant start = from + gap_.sample(*pause_times_);
      pauses_.push_back({start, start + length_.sample(*pause_times_)});
    }
    for (auto pause = pauses_.rbegin(); pause != pauses_.rend() && pause->end > when; ++pause) {
      if (pause->start <= when) return pause->end;
    }
    return when;
  }

  struct Pause {
    Instant start, end;  // [start, end)
  };
  bool steady_ = true, never_pauses_ = true;
  double slowdown_ = 1;
  Instant held_until_ = simulation_start;
  DelayDistribution law_;
  std::optional<RandomStream> variation_, pause_times_;
  Exponential gap_{Duration{1}}, length_{Duration{1}};
  std::vector<Pause> pauses_;  // in order of time; the last one is still to come
};

}  // namespace brokersim
