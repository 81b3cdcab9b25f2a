// SPDX-License-Identifier: Apache-2.0
#include "sim/model/arrival_processes.hpp"

#include <algorithm>

#include "sim/random/fixed_math.hpp"

namespace brokersim {
namespace {

Duration mean_gap(double records_per_second) {
  return Duration{std::max<std::int64_t>(1, static_cast<std::int64_t>(1e9 / records_per_second + 0.5))};
}

/// Rate while on, so that the mean over on and off is the producer's.
double burst_rate(const ProducerSpec& spec) {
  const double on = seconds(spec.bursts.on.expected()), off = seconds(spec.bursts.off.expected());
  return spec.records_per_second * (on + off) / on;
}

}  // namespace

BurstArrivals::BurstArrivals(const ProducerSpec& spec, const std::string& name, const std::string& periods_name,
                             RandomSource random)
    : law_(spec.bursts),
      gap_(mean_gap(burst_rate(spec))),
      gaps_(random, "record arrival", name),
      periods_(random, "burst", periods_name) {
  const double on = seconds(law_.on.expected()), off = seconds(law_.off.expected());
  const bool starts_on = periods_.uniform() * (on + off) < on;
  const Duration first = (starts_on ? law_.on : law_.off).sample(periods_);
  const Duration rest = periods_.within(first);
  if (starts_on) {
    on_until_ = Instant{rest};
  } else {
    clock_ = Instant{rest};
    on_until_ = clock_ + law_.on.sample(periods_);
  }
}

Instant BurstArrivals::next() {
  Duration gap = gap_.sample(gaps_);
  while (gap > on_until_ - clock_) {
    gap -= on_until_ - clock_;
    clock_ = on_until_ + law_.off.sample(periods_);
    on_until_ = clock_ + law_.on.sample(periods_);
  }
  return clock_ += gap;
}

DiurnalArrivals::DiurnalArrivals(const ProducerSpec& spec, const std::string& name, RandomSource random)
    : law_(spec.diurnal), gap_(mean_gap(spec.records_per_second)), gaps_(random, "record arrival", name) {}

Instant DiurnalArrivals::next() {
  constexpr double two_pi = 0x1.921fb54442d18p+2;
  const auto period = static_cast<double>(law_.period.count());
  // Times in ns from the last record on; `used` is the integral of rate / mean rate, also in ns.
  const auto from = static_cast<double>(((clock_.time_since_epoch() + law_.phase) % law_.period).count()) / period;
  const double swing = law_.amplitude * period / two_pi;
  const double cosine = fixed_cosine_of_turns(from);
  const auto used = [&](double t) { return t + swing * (cosine - fixed_cosine_of_turns(from + t / period)); };
  const double wanted = gap_.sample_ns(gaps_);
  double low = 0, high = wanted + 2 * swing;  // used(t) is at most 2 swings off t
  double t = wanted;
  for (int step = 0; high - low > 0.5; ++step) {
    const double over = used(t) - wanted;
    (over > 0 ? high : low) = t;
    const double rate = 1 + law_.amplitude * fixed_cosine_of_turns(from + t / period - 0.25);  // the sine
    const double newton = t - over / rate;
    // A step that ends at the root comes from one side only: half a nanosecond further the bracket closes.
    t = step < 16 && rate > 0.01 && newton > low && newton < high ? newton + (over > 0 ? -0.25 : 0.25)
                                                                  : (low + high) / 2;
    if (t <= low || t >= high) t = (low + high) / 2;
  }
  return clock_ += rounded_span((low + high) / 2);
}

Instant EvenArrivals::next() {
  if (!begun_) {
    begun_ = true;
    return clock_;
  }
  clock_ += Duration{step_ps_ / 1000};
  fraction_ps_ += step_ps_ % 1000;
  if (fraction_ps_ >= 1000) {
    fraction_ps_ -= 1000;
    clock_ += Duration{1};
  }
  return clock_;
}

Instant PacedArrivals::moved(Instant moment, double ratio, Instant now) {
  if (moment <= now || moment == Instant::max()) return moment;
  const double ns = static_cast<double>((moment - now).count()) * ratio + 0.5;
  constexpr double longest = 0x1p62;
  if (ns >= longest - static_cast<double>(now.time_since_epoch().count())) return Instant::max();
  return now + Duration{static_cast<std::int64_t>(ns)};
}

Instant PacedArrivals::next() {
  const Instant usual = usual_->next();
  if (usual == Instant::max()) return usual;
  const Instant at =
      pace_ == 1 ? from_ + (usual - usual_from_) : moved(from_ + (usual - usual_from_), 1 / pace_, from_);
  return last_ = std::max(last_, at);
}

void PacedArrivals::set_pace(double pace, Instant now) {
  last_ = moved(last_, pace_ / pace, now);
  const auto gone = static_cast<double>((now - from_).count()) * pace_;
  usual_from_ += Duration{static_cast<std::int64_t>(gone + 0.5)};
  from_ = now;
  pace_ = pace;
}

std::unique_ptr<ArrivalProcess> arrival_process(const ProducerSpec& spec, std::uint32_t index, const std::string& name,
                                                RandomSource random) {
  switch (spec.arrivals) {
    case ProducerSpec::Arrivals::bursts:
      return std::make_unique<BurstArrivals>(spec, name, spec.bursts.in_step ? spec.id : name, random);
    case ProducerSpec::Arrivals::diurnal:
      return std::make_unique<DiurnalArrivals>(spec, name, random);
    case ProducerSpec::Arrivals::trace:
      return std::make_unique<TraceArrivals>(spec.trace, index, spec.count);
    case ProducerSpec::Arrivals::poisson:
    case ProducerSpec::Arrivals::constant:
      break;
  }
  return nullptr;
}

}  // namespace brokersim
