// SPDX-License-Identifier: Apache-2.0
// Spans of time counted window by window, so that any stretch of a run has its percentiles afterwards.
#pragma once
#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "sim/core/sim_time.hpp"
#include "sim/metrics/hdr_counts.hpp"
#include "sim/metrics/latency_histogram.hpp"

namespace brokersim {

/// Observations of one window, as counts by bucket of HdrHistogram's layout with two digits (error at most 1 %).
struct SpanWindow {
  using Layout = HdrLayout<2>;

  std::vector<std::pair<std::uint32_t, std::uint32_t>> counts;  ///< bucket, observations; ascending
  std::uint64_t censored = 0;                                   ///< that never ended: above every finite value
  Duration maximum{};                                           ///< of those that ended

  [[nodiscard]] bool empty() const { return counts.empty() && censored == 0; }
};

/// Several windows together.
struct SpanSummary {
  std::uint64_t count = 0;                                      ///< that ended
  std::uint64_t censored = 0;                                   ///< that never did
  std::optional<double> p50_seconds, p99_seconds, max_seconds;  ///< none: among the censored, or no observation

  [[nodiscard]] std::uint64_t all() const { return count + censored; }
};

/// windows  in [first, last)
[[nodiscard]] SpanSummary summarize(const std::vector<SpanWindow>& windows, std::size_t first, std::size_t last);

/// Takes observations down while the run goes on. What lies outside the observation interval is not counted.
class SpanSeries {
 public:
  /// Windows of `window` from `start`; the last one may be shorter.
  SpanSeries(Instant start, Instant end, Duration window);

  /// An observation of a record, or of `weight` of them, that belongs to the window of `when`.
  void add(Instant when, Duration span, std::uint32_t weight = 1);
  void add_censored(Instant when, std::uint64_t weight = 1);
  /// One observation for each record of `run` from `skip` on, which was finished at `finished`.
  void add_run(const RecordRun& run, std::uint32_t skip, Instant finished);
  void add_run_censored(const RecordRun& run, std::uint32_t skip);

  [[nodiscard]] std::vector<SpanWindow> take() &&;

 private:
  struct Window {
    HdrCounts<SpanWindow::Layout> counts;
    std::uint64_t censored = 0;
    Duration maximum{};
  };
  [[nodiscard]] bool covers(Instant when) const { return when >= start_ && when < end_; }
  /// The window of `when`, which is `near_` afterwards; none outside the observation interval.
  [[nodiscard]] Window* window_of(Instant when) {
    if (when < near_.start || when >= near_.end) {
      if (!covers(when)) return nullptr;
      turn_to(when);
    }
    return &windows_[near_.place];
  }
  void turn_to(Instant when);
  void settle_before(Instant finished);

  Instant start_, end_;
  Duration window_;
  std::vector<Window> windows_;
  struct Near {
    std::size_t place = 0;
    Instant start{}, end{};
  };
  Near near_;                // of the last observation: the next one is nearly always in the same
  std::size_t settled_ = 0;  // the windows before have no runs noted, and get none any more
  Instant settles_at_;       // when the next one is
};

}  // namespace brokersim
