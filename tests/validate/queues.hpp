// SPDX-License-Identifier: Apache-2.0
// Small worlds on the engine, made of its stations and the random room's laws alone, and what an observer sees of them.
#pragma once
#include <cstdint>
#include <vector>

#include "sim/metrics/latency_histogram.hpp"
#include "sim/metrics/step_integral.hpp"
#include "sim/random/delay_distribution.hpp"
#include "sim/random/stream.hpp"

namespace brokersim::validate {

/// A column of spans: quantiles from the product's histogram, moments exact to double precision.
class Spans {
 public:
  void add(Duration span) {
    histogram_.record(span);
    const double s = seconds(span);
    squares_ += s * s;
  }
  [[nodiscard]] double mean() const { return histogram_.mean_seconds(); }
  [[nodiscard]] double second_moment() const { return squares_ / static_cast<double>(histogram_.count()); }
  [[nodiscard]] double variance() const { return second_moment() - mean() * mean(); }
  [[nodiscard]] const LatencyHistogram& histogram() const { return histogram_; }
  [[nodiscard]] std::uint64_t count() const { return histogram_.count(); }

 private:
  LatencyHistogram histogram_;
  double squares_ = 0;  // s^2
};

/// How many are in a system: the time each number lasted, within an observation interval.
class Population {
 public:
  /// Whatever came before `start` is forgotten, the number itself is not.
  void observe_from(Instant start) {
    start_ = start;
    area_at_start_ = number_.area(start);
    lasted_.assign(lasted_.size(), Duration::zero());
    since_ = start;
  }
  void change(Instant now, std::int64_t by) {
    const auto level = static_cast<std::size_t>(number_.level());
    if (level >= lasted_.size()) lasted_.resize(level + 1);
    lasted_[level] += now - since_;
    since_ = now;
    number_.add(now, by);
  }
  [[nodiscard]] double mean(Instant end) const {
    return static_cast<double>(number_.area(end) - area_at_start_) / static_cast<double>((end - start_).count());
  }
  /// Share of the time with at least `level`.
  [[nodiscard]] double at_least(std::size_t level) const {
    Duration above{}, all{};
    for (std::size_t n = 0; n < lasted_.size(); ++n) {
      all += lasted_[n];
      if (n >= level) above += lasted_[n];
    }
    return static_cast<double>(above.count()) / static_cast<double>(all.count());
  }
  [[nodiscard]] double variance() const {
    double time = 0, sum = 0, squares = 0;
    for (std::size_t n = 0; n < lasted_.size(); ++n) {
      const double t = seconds(lasted_[n]), level = static_cast<double>(n);
      time += t;
      sum += t * level;
      squares += t * level * level;
    }
    return squares / time - (sum / time) * (sum / time);
  }

 private:
  StepIntegral number_;
  StepIntegral::Area area_at_start_ = 0;
  std::vector<Duration> lasted_;  // by number
  Instant start_{}, since_{};
};

/// How many customers arrive at once.
struct BatchLaw {
  enum class Kind { single, fixed, geometric };
  Kind kind = Kind::single;
  double mean = 1;
  [[nodiscard]] std::uint32_t sample(RandomStream& random) const;
};

/// Customers come, wait in one line for one of some servers, and go.
struct QueueSpec {
  DelayDistribution gap;  ///< between arrivals
  DelayDistribution service;
  std::uint32_t servers = 1;
  BatchLaw batch;
  std::uint32_t capacity =
      0;  ///< most customers at once, those served included: who finds so many is lost; 0: no limit
};
struct QueueResult {
  Spans sojourn, wait, wait_if_any;
  Spans service;
  double log_service_mean = 0, log_service_variance = 0;  ///< of ln(service / s)
  double waited = 0;                                      ///< share of the customers
  double utilization = 0;
  double mean_waiting = 0;  ///< customers in line
  double lost = 0;          ///< share of those who came
  Population population;
  Instant end{};
};
/// customers  observed, about; as many arrive before them as make the start forgotten: `warm_up` customers
[[nodiscard]] QueueResult run_queue(const QueueSpec& spec, RandomSource random, double customers, double warm_up,
                                    bool logarithms);

/// Customers pass stations of one server one after another; after the last they leave, or start again.
struct SeriesSpec {
  DelayDistribution gap;
  std::vector<DelayDistribution> services;
  double leave_probability = 1;
};
struct SeriesResult {
  Spans sojourn;
  double visits = 0;       ///< services per customer, over stations: 1 without feedback
  double utilization = 0;  ///< of the first station
  Population population;
  Instant end{};
};
[[nodiscard]] SeriesResult run_series(const SeriesSpec& spec, RandomSource random, double customers, double warm_up);

/// Every customer is at several stations of one server at once, and done when all are done with it.
struct ForkResult {
  Spans response, first_station;
  double utilization = 0;
};
[[nodiscard]] ForkResult run_fork(const DelayDistribution& gap, const std::vector<DelayDistribution>& services,
                                  RandomSource random, double customers, double warm_up);

/// Each round starts some delays together and ends when `needed` of them are over.
[[nodiscard]] Spans run_joins(const std::vector<DelayDistribution>& delays, std::uint32_t needed, RandomSource random,
                              double rounds);

/// A fixed number of customers think, and are served by one server.
struct ClosedResult {
  Spans response;
  double throughput = 0;  ///< 1/s
  double utilization = 0;
  double at_server = 0;  ///< mean number
};
[[nodiscard]] ClosedResult run_closed(std::uint32_t customers, const DelayDistribution& think,
                                      const DelayDistribution& service, RandomSource random, double services,
                                      double warm_up);

/// Customers stay for a delay that does not depend on the others.
struct DelayLineResult {
  Population population;
  Instant end{};
};
[[nodiscard]] DelayLineResult run_delay_line(const DelayDistribution& gap, const DelayDistribution& stay,
                                             RandomSource random, double customers, double warm_up);

}  // namespace brokersim::validate
