// SPDX-License-Identifier: Apache-2.0
// When the records of a producer instance are meant to be sent, where that is neither Poisson nor evenly spaced.
#pragma once
#include <cstddef>
#include <memory>
#include <string>
#include <utility>

#include "sim/model/specification.hpp"
#include "sim/random/exponential.hpp"
#include "sim/random/stream.hpp"

namespace brokersim {

/// Moments in ascending order, one a call.
class ArrivalProcess {
 public:
  ArrivalProcess() = default;
  ArrivalProcess(const ArrivalProcess&) = delete;
  ArrivalProcess& operator=(const ArrivalProcess&) = delete;
  virtual ~ArrivalProcess() = default;
  /// The next moment; Instant::max() if none is left.
  [[nodiscard]] virtual Instant next() = 0;
};

/// An interrupted Poisson process: a clock that only runs while the source is on, and ticks as Poisson's does.
///
/// The rate while on is such that the mean over on and off is the producer's. It starts on with probability
/// E[on] / (E[on] + E[off]), somewhere in that period: exact for exponential periods, soon forgotten for others.
/// draws  one word a record, and one a period (as the law draws), from streams of their own
class BurstArrivals final : public ArrivalProcess {
 public:
  /// name  of the instance; periods_name  the entry's, if all of its instances are to be in step
  BurstArrivals(const ProducerSpec& spec, const std::string& name, const std::string& periods_name,
                RandomSource random);
  [[nodiscard]] Instant next() override;

 private:
  BurstSpec law_;
  Exponential gap_;
  RandomStream gaps_, periods_;
  Instant clock_{};
  Instant on_until_{};
};

/// Poisson's process with time bent: e units of rate are used up by each exponential gap e.
///
/// method  the time at which the integral of the rate has grown by e, found to the nanosecond by Newton's steps inside
/// a
///         bracket that each step narrows
class DiurnalArrivals final : public ArrivalProcess {
 public:
  DiurnalArrivals(const ProducerSpec& spec, const std::string& name, RandomSource random);
  [[nodiscard]] Instant next() override;

 private:
  DiurnalSpec law_;
  Exponential gap_;  // of the mean rate
  RandomStream gaps_;
  Instant clock_{};
};

/// Every count-th row of a trace.
class TraceArrivals final : public ArrivalProcess {
 public:
  TraceArrivals(std::shared_ptr<const TraceSpec> trace, std::size_t first_row, std::size_t step)
      : trace_(std::move(trace)), row_(first_row), step_(step) {}
  [[nodiscard]] Instant next() override {
    if (row_ >= trace_->times.size()) return Instant::max();
    const Instant when{trace_->times[row_]};
    row_ += step_;
    return when;
  }

 private:
  std::shared_ptr<const TraceSpec> trace_;
  std::size_t row_;
  std::size_t step_;
};

/// Poisson's process: one word a record.
class PoissonArrivals final : public ArrivalProcess {
 public:
  PoissonArrivals(Exponential gap, RandomStream gaps) : gap_(gap), gaps_(gaps) {}
  [[nodiscard]] Instant next() override { return clock_ += gap_.sample(gaps_); }

 private:
  Exponential gap_;
  RandomStream gaps_;
  Instant clock_{};
};

/// At constant intervals, from a first moment on.
class EvenArrivals final : public ArrivalProcess {
 public:
  EvenArrivals(Instant first, std::int64_t step_ps) : clock_(first), step_ps_(step_ps) {}
  [[nodiscard]] Instant next() override;

 private:
  Instant clock_;
  std::int64_t step_ps_;
  std::int64_t fraction_ps_ = 0;
  bool begun_ = false;
};

/// Another process at a pace that changes while it runs (FAULT-29): at pace f it goes through its own time f times as
/// fast, so that its records come f times as often and no other draw is made.
class PacedArrivals final : public ArrivalProcess {
 public:
  explicit PacedArrivals(std::unique_ptr<ArrivalProcess> usual) : usual_(std::move(usual)) {}
  [[nodiscard]] Instant next() override;
  /// From `now` on. Moments that it gave and that are still to come move with moved(). pace > 0
  void set_pace(double pace, Instant now);
  /// Where a moment after `now` goes that was given at a pace `ratio` times the one from now on.
  [[nodiscard]] static Instant moved(Instant moment, double ratio, Instant now);
  [[nodiscard]] double pace() const { return pace_; }

 private:
  std::unique_ptr<ArrivalProcess> usual_;
  double pace_ = 1;
  Instant from_{}, usual_from_{};  // since when at this pace, and where in its own time it was then
  Instant last_{};
};

/// The process of instance `index` of an entry, called `name`; null if it is Poisson or evenly spaced.
[[nodiscard]] std::unique_ptr<ArrivalProcess> arrival_process(const ProducerSpec& spec, std::uint32_t index,
                                                              const std::string& name, RandomSource random);

}  // namespace brokersim
