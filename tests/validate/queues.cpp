// SPDX-License-Identifier: Apache-2.0
#include "tests/validate/queues.hpp"

#include <algorithm>
#include <cmath>
#include <deque>

#include "sim/engine/simulation.hpp"
#include "sim/engine/station.hpp"
#include "sim/engine/tournament_queue.hpp"

namespace brokersim::validate {
namespace {

struct Arrival {};
struct Departure {
  std::uint32_t customer;
};

/// When observation starts and ends if customers come every `gap` on average.
struct Interval {
  Instant start, end;
};
Interval interval_of(const DelayDistribution& gap, double per_arrival, double customers, double warm_up) {
  const double ns = static_cast<double>(gap.expected().count()) / per_arrival;
  const auto from = static_cast<std::int64_t>(warm_up * ns);
  return {Instant{Duration{from}}, Instant{Duration{from + static_cast<std::int64_t>(customers * ns)}}};
}

/// The part of a service that lies in the interval.
Duration inside(const Service& service, const Interval& seen) {
  return std::max(std::min(service.end, seen.end) - std::max(service.start, seen.start), Duration::zero());
}

class Queue {
 public:
  Queue(const QueueSpec& spec, RandomSource random, Interval seen, bool logarithms)
      : spec_(spec),
        seen_(seen),
        logarithms_(logarithms),
        gaps_(random, "gap", "queue"),
        services_(random, "service", "queue"),
        batches_(random, "batch", "queue"),
        station_(spec.servers),
        simulation_(*this) {}

  QueueResult run() {
    simulation_.in(spec_.gap.sample(gaps_), Arrival{});
    simulation_.run_until(seen_.start);
    result_.population.observe_from(seen_.start);
    const Duration waiting_before = station_.waiting();
    simulation_.run_until(seen_.end);
    result_.population.change(seen_.end, 0);
    result_.end = seen_.end;
    const double span = seconds(seen_.end - seen_.start);
    result_.utilization = seconds(busy_) / (span * spec_.servers);
    result_.mean_waiting = seconds(station_.waiting() - waiting_before) / span;
    const double n = static_cast<double>(result_.wait.count());
    result_.lost = static_cast<double>(lost_) / (n + static_cast<double>(lost_));
    result_.waited = static_cast<double>(result_.wait_if_any.count()) / n;
    if (logarithms_) {
      result_.log_service_mean = log_sum_ / n;
      result_.log_service_variance = log_squares_ / n - (log_sum_ / n) * (log_sum_ / n);
    }
    return std::move(result_);
  }

  void on(Arrival) {
    for (std::uint32_t left = spec_.batch.sample(batches_); left > 0; --left) enter();
    simulation_.in(spec_.gap.sample(gaps_), Arrival{});
  }
  void on(Departure) {
    --present_;
    result_.population.change(simulation_.now(), -1);
  }

 private:
  void enter() {
    const Instant now = simulation_.now();
    if (spec_.capacity > 0 && present_ == spec_.capacity) {
      if (now >= seen_.start) ++lost_;
      return;
    }
    const Duration work = spec_.service.sample(services_);
    const Service service = station_.serve(now, work);
    ++present_;
    result_.population.change(now, 1);
    simulation_.at(service.end, Departure{0});
    busy_ += inside(service, seen_);
    if (now < seen_.start) return;
    result_.sojourn.add(service.end - now);
    result_.wait.add(service.start - now);
    result_.service.add(work);
    if (service.start > now) result_.wait_if_any.add(service.start - now);
    if (logarithms_) {
      const double logarithm = std::log(std::max(seconds(work), 1e-9));
      log_sum_ += logarithm;
      log_squares_ += logarithm * logarithm;
    }
  }

  QueueSpec spec_;
  Interval seen_;
  bool logarithms_;
  RandomStream gaps_, services_, batches_;
  FifoStation station_;
  Simulation<Queue, TournamentQueue, Arrival, Departure> simulation_;
  QueueResult result_;
  std::uint32_t present_ = 0;
  std::uint64_t lost_ = 0;
  Duration busy_{};
  double log_sum_ = 0, log_squares_ = 0;
};

/// Places in an array that are used again.
template <class T>
class Slots {
 public:
  std::uint32_t take() {
    if (free_.empty()) {
      values_.emplace_back();
      return static_cast<std::uint32_t>(values_.size() - 1);
    }
    const std::uint32_t slot = free_.back();
    free_.pop_back();
    values_[slot] = T{};
    return slot;
  }
  void give_back(std::uint32_t slot) { free_.push_back(slot); }
  T& operator[](std::uint32_t slot) { return values_[slot]; }

 private:
  std::vector<T> values_;
  std::vector<std::uint32_t> free_;
};

class Series {
 public:
  Series(const SeriesSpec& spec, RandomSource random, Interval seen)
      : spec_(spec),
        seen_(seen),
        gaps_(random, "gap", "series"),
        leaves_(random, "leave", "series"),
        simulation_(*this) {
    for (std::size_t s = 0; s < spec_.services.size(); ++s) {
      services_.emplace_back(random, "service", std::to_string(s));
      stations_.emplace_back(1U);
    }
  }

  SeriesResult run() {
    simulation_.in(spec_.gap.sample(gaps_), Arrival{});
    simulation_.run_until(seen_.start);
    result_.population.observe_from(seen_.start);
    simulation_.run_until(seen_.end);
    result_.population.change(seen_.end, 0);
    result_.end = seen_.end;
    result_.utilization = seconds(busy_) / seconds(seen_.end - seen_.start);
    result_.visits = static_cast<double>(rounds_) / static_cast<double>(result_.sojourn.count());
    return std::move(result_);
  }

  void on(Arrival) {
    const std::uint32_t c = customers_.take();
    customers_[c].arrived = simulation_.now();
    result_.population.change(simulation_.now(), 1);
    serve(c);
    simulation_.in(spec_.gap.sample(gaps_), Arrival{});
  }
  void on(Departure e) {
    Customer& customer = customers_[e.customer];
    if (++customer.station < stations_.size()) {
      serve(e.customer);
      return;
    }
    ++customer.rounds;
    if (spec_.leave_probability < 1 && leaves_.uniform() >= spec_.leave_probability) {
      customer.station = 0;
      serve(e.customer);
      return;
    }
    result_.population.change(simulation_.now(), -1);
    if (simulation_.now() >= seen_.start) {
      result_.sojourn.add(simulation_.now() - customer.arrived);
      rounds_ += customer.rounds;
    }
    customers_.give_back(e.customer);
  }

 private:
  struct Customer {
    Instant arrived{};
    std::size_t station = 0;
    std::uint32_t rounds = 0;
  };
  void serve(std::uint32_t c) {
    const std::size_t s = customers_[c].station;
    const Service service = stations_[s].serve(simulation_.now(), spec_.services[s].sample(services_[s]));
    if (s == 0) busy_ += inside(service, seen_);
    simulation_.at(service.end, Departure{c});
  }

  SeriesSpec spec_;
  Interval seen_;
  RandomStream gaps_, leaves_;
  std::vector<RandomStream> services_;
  std::vector<FifoStation> stations_;
  Slots<Customer> customers_;
  Simulation<Series, TournamentQueue, Arrival, Departure> simulation_;
  SeriesResult result_;
  Duration busy_{};
  std::uint64_t rounds_ = 0;
};

class Fork {
 public:
  Fork(const DelayDistribution& gap, const std::vector<DelayDistribution>& services, RandomSource random, Interval seen)
      : gap_(gap), laws_(services), seen_(seen), gaps_(random, "gap", "fork"), simulation_(*this) {
    for (std::size_t s = 0; s < laws_.size(); ++s) {
      services_.emplace_back(random, "service", std::to_string(s));
      stations_.emplace_back(1U);
    }
  }

  ForkResult run() {
    simulation_.in(gap_.sample(gaps_), Arrival{});
    simulation_.run_until(seen_.end);
    result_.utilization = seconds(busy_) / seconds(seen_.end - seen_.start);
    return std::move(result_);
  }

  void on(Arrival) {
    const Instant now = simulation_.now();
    const std::uint32_t c = customers_.take();
    customers_[c] = {now, static_cast<std::uint32_t>(stations_.size())};
    for (std::size_t s = 0; s < stations_.size(); ++s) {
      const Service service = stations_[s].serve(now, laws_[s].sample(services_[s]));
      if (s == 0) {
        busy_ += inside(service, seen_);
        if (now >= seen_.start) result_.first_station.add(service.end - now);
      }
      simulation_.at(service.end, Departure{c});
    }
    simulation_.in(gap_.sample(gaps_), Arrival{});
  }
  void on(Departure e) {
    Customer& customer = customers_[e.customer];
    if (--customer.missing > 0) return;
    if (customer.arrived >= seen_.start) result_.response.add(simulation_.now() - customer.arrived);
    customers_.give_back(e.customer);
  }

 private:
  struct Customer {
    Instant arrived{};
    std::uint32_t missing = 0;
  };
  DelayDistribution gap_;
  std::vector<DelayDistribution> laws_;
  Interval seen_;
  RandomStream gaps_;
  std::vector<RandomStream> services_;
  std::vector<FifoStation> stations_;
  Slots<Customer> customers_;
  Simulation<Fork, TournamentQueue, Arrival, Departure> simulation_;
  ForkResult result_;
  Duration busy_{};
};

class Joins {
 public:
  Joins(const std::vector<DelayDistribution>& delays, std::uint32_t needed, RandomSource random, double rounds)
      : laws_(delays), needed_(needed), rounds_left_(static_cast<std::uint64_t>(rounds)), simulation_(*this) {
    for (std::size_t d = 0; d < laws_.size(); ++d) delays_.emplace_back(random, "delay", std::to_string(d));
  }

  Spans run() {
    start_round();
    simulation_.run();
    return std::move(result_);
  }

  void on(Arrival) {}
  void on(Departure e) {
    if (e.customer != round_) return;  // of a round that has ended
    if (++over_ < needed_) return;
    result_.add(simulation_.now() - started_);
    if (--rounds_left_ > 0) {
      start_round();
    } else {
      simulation_.stop();
    }
  }

 private:
  void start_round() {
    ++round_;
    over_ = 0;
    started_ = simulation_.now();
    for (std::size_t d = 0; d < laws_.size(); ++d) simulation_.in(laws_[d].sample(delays_[d]), Departure{round_});
  }

  std::vector<DelayDistribution> laws_;
  std::uint32_t needed_;
  std::uint64_t rounds_left_;
  std::vector<RandomStream> delays_;
  std::uint32_t round_ = 0;
  std::uint32_t over_ = 0;
  Instant started_{};
  Simulation<Joins, TournamentQueue, Arrival, Departure> simulation_;
  Spans result_;
};

class Closed {
 public:
  Closed(std::uint32_t customers, const DelayDistribution& think, const DelayDistribution& service, RandomSource random)
      : think_(think),
        service_(service),
        thoughts_(random, "think", "closed"),
        services_(random, "service", "closed"),
        arrived_(customers),
        station_(1),
        simulation_(*this) {}

  ClosedResult run(std::uint64_t warm_up, std::uint64_t services) {
    for (std::size_t c = 0; c < arrived_.size(); ++c)
      simulation_.in(think_.sample(thoughts_), Returned{static_cast<std::uint32_t>(c)});
    stop_at_ = warm_up;
    simulation_.run();
    const Instant start = simulation_.now();
    at_server_.observe_from(start);
    result_.response = Spans{};
    stop_at_ = warm_up + services;
    busy_ = Duration::zero();
    simulation_.run();
    const double span = seconds(simulation_.now() - start);
    at_server_.change(simulation_.now(), 0);
    result_.throughput = static_cast<double>(services) / span;
    result_.utilization = seconds(busy_) / span;
    result_.at_server = at_server_.mean(simulation_.now());
    return std::move(result_);
  }

  struct Returned {
    std::uint32_t customer;
  };
  void on(Returned e) {
    const Instant now = simulation_.now();
    arrived_[e.customer] = now;
    at_server_.change(now, 1);
    simulation_.at(station_.serve(now, service_.sample(services_)).end, Departure{e.customer});
  }
  void on(Departure e) {
    const Instant now = simulation_.now();
    at_server_.change(now, -1);
    result_.response.add(now - arrived_[e.customer]);
    busy_ += std::min(now - last_departure_, now - arrived_[e.customer]);  // it was served since then
    last_departure_ = now;
    simulation_.in(think_.sample(thoughts_), Returned{e.customer});
    if (++served_ == stop_at_) simulation_.stop();
  }

 private:
  DelayDistribution think_, service_;
  RandomStream thoughts_, services_;
  std::vector<Instant> arrived_;
  FifoStation station_;
  Simulation<Closed, TournamentQueue, Returned, Departure> simulation_;
  Population at_server_;
  ClosedResult result_;
  Instant last_departure_{};
  Duration busy_{};
  std::uint64_t served_ = 0, stop_at_ = 0;
};

class DelayLine {
 public:
  DelayLine(const DelayDistribution& gap, const DelayDistribution& stay, RandomSource random)
      : gap_(gap), stay_(stay), gaps_(random, "gap", "line"), stays_(random, "stay", "line"), simulation_(*this) {}

  DelayLineResult run(Interval seen) {
    simulation_.in(gap_.sample(gaps_), Arrival{});
    simulation_.run_until(seen.start);
    result_.population.observe_from(seen.start);
    simulation_.run_until(seen.end);
    result_.population.change(seen.end, 0);
    result_.end = seen.end;
    return std::move(result_);
  }
  void on(Arrival) {
    result_.population.change(simulation_.now(), 1);
    simulation_.in(stay_.sample(stays_), Departure{0});
    simulation_.in(gap_.sample(gaps_), Arrival{});
  }
  void on(Departure) { result_.population.change(simulation_.now(), -1); }

 private:
  DelayDistribution gap_, stay_;
  RandomStream gaps_, stays_;
  Simulation<DelayLine, TournamentQueue, Arrival, Departure> simulation_;
  DelayLineResult result_;
};

}  // namespace

std::uint32_t BatchLaw::sample(RandomStream& random) const {
  if (kind == Kind::single) return 1;
  if (kind == Kind::fixed) return static_cast<std::uint32_t>(mean + 0.5);
  std::uint32_t size = 1;
  while (random.uniform() * mean >= 1) ++size;
  return size;
}

QueueResult run_queue(const QueueSpec& spec, RandomSource random, double customers, double warm_up, bool logarithms) {
  return Queue(spec, random, interval_of(spec.gap, spec.batch.mean, customers, warm_up), logarithms).run();
}
SeriesResult run_series(const SeriesSpec& spec, RandomSource random, double customers, double warm_up) {
  return Series(spec, random, interval_of(spec.gap, 1, customers, warm_up)).run();
}
ForkResult run_fork(const DelayDistribution& gap, const std::vector<DelayDistribution>& services, RandomSource random,
                    double customers, double warm_up) {
  return Fork(gap, services, random, interval_of(gap, 1, customers, warm_up)).run();
}
Spans run_joins(const std::vector<DelayDistribution>& delays, std::uint32_t needed, RandomSource random,
                double rounds) {
  return Joins(delays, needed, random, rounds).run();
}
ClosedResult run_closed(std::uint32_t customers, const DelayDistribution& think, const DelayDistribution& service,
                        RandomSource random, double services, double warm_up) {
  return Closed(customers, think, service, random)
      .run(static_cast<std::uint64_t>(warm_up), static_cast<std::uint64_t>(services));
}
DelayLineResult run_delay_line(const DelayDistribution& gap, const DelayDistribution& stay, RandomSource random,
                               double customers, double warm_up) {
  return DelayLine(gap, stay, random).run(interval_of(gap, 1, customers, warm_up));
}

}  // namespace brokersim::validate
