// SPDX-License-Identifier: Apache-2.0
// How fast the engine is, on the three models whose figures docs and opponents quote. Times are this thread's processor
// time, as the machine may be shared; run the programs to compare in turn and take the median of the ratios.
//
//   engine_race hold N EVENTS     N pending events, each schedules itself again after exp(1 ms)
//   engine_race mm1 CUSTOMERS     M/M/1 at utilization 0.8, sojourn times recorded
//   engine_race cluster BATCHES   3 brokers of 8 servers, 100 Poisson producers, 8,400 batches/s: leader exp(1 ms),
//   then
//                                 two followers exp(0.5 ms), then acknowledged. Mean 1.92-1.93 ms, p50 1.68, p99 5.82
//
// A trailing "reference" runs the same on ReferenceQueue: the same numbers of events and means must come out.
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <deque>
#include <string>
#include <vector>

#include "sim/engine/reference_queue.hpp"
#include "sim/engine/simulation.hpp"
#include "sim/engine/station.hpp"
#include "sim/engine/tournament_queue.hpp"
#include "sim/metrics/latency_histogram.hpp"
#include "sim/random/exponential.hpp"
#include "sim/random/stream.hpp"

namespace {

using namespace brokersim;
using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr RandomSource source{.seed = 1, .trial = 0};

/// What a race ends with.
struct Result {
  std::uint64_t events = 0;
  std::uint64_t served = 0;  // customers or batches
  LatencyHistogram latency;
};

double thread_seconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

struct HoldAgain {};

template <class Queue>
class Hold {
 public:
  Hold(std::uint64_t pending, std::uint64_t events) : wanted_(events) {
    for (std::uint64_t i = 0; i < pending; ++i) simulation_.in(spans_.sample(milliseconds{1}), HoldAgain{});
  }
  Result run() {
    simulation_.run();
    return {simulation_.events_processed(), 0, {}};
  }
  void on(HoldAgain event) {
    if (simulation_.events_processed() == wanted_) simulation_.stop();
    simulation_.in(spans_.sample(milliseconds{1}), event);
  }

 private:
  Simulation<Hold, Queue, HoldAgain> simulation_{*this};
  ExponentialSeries spans_{RandomStream(source, "hold", "all")};
  std::uint64_t wanted_;
};

struct CustomerArrives {};
struct CustomerLeaves {};

template <class Queue>
class MM1 {
 public:
  explicit MM1(std::uint64_t customers) : wanted_(customers) {}
  Result run() {
    simulation_.in(arrivals_.sample(microseconds{1250}), CustomerArrives{});
    simulation_.run();
    result_.events = simulation_.events_processed();
    return result_;
  }
  void on(CustomerArrives event) {
    simulation_.in(arrivals_.sample(microseconds{1250}), event);
    if (present_.empty()) simulation_.in(services_.sample(milliseconds{1}), CustomerLeaves{});
    present_.push_back(simulation_.now());
  }
  void on(CustomerLeaves event) {
    result_.latency.record(simulation_.now() - present_.front());
    present_.pop_front();
    if (++result_.served == wanted_) simulation_.stop();
    if (!present_.empty()) simulation_.in(services_.sample(milliseconds{1}), event);
  }

 private:
  Simulation<MM1, Queue, CustomerArrives, CustomerLeaves> simulation_{*this};
  ExponentialSeries arrivals_{RandomStream(source, "interarrival", "customers")};
  ExponentialSeries services_{RandomStream(source, "service", "server")};
  std::deque<Instant> present_;  // arrivals of the customers present, first come first
  std::uint64_t wanted_;
  Result result_;
};

struct BatchArrives {
  std::uint32_t producer;
};
struct LeaderDone {
  std::uint32_t batch;
};
struct FollowerDone {
  std::uint32_t batch;
};

template <class Queue>
class MiniCluster {
 public:
  explicit MiniCluster(std::uint64_t batches) : wanted_(batches) {
    for (std::uint32_t p = 0; p < producers; ++p) {
      arrivals_.emplace_back(RandomStream(source, "interarrival", "producer/" + std::to_string(p)));
    }
    for (std::uint32_t b = 0; b < brokers; ++b) {
      services_.emplace_back(RandomStream(source, "service", "broker/" + std::to_string(b)));
    }
  }
  Result run() {
    for (std::uint32_t p = 0; p < producers; ++p) simulation_.in(arrivals_[p].sample(interarrival), BatchArrives{p});
    simulation_.run();
    result_.events = simulation_.events_processed();
    return result_;
  }
  void on(BatchArrives event) {
    simulation_.in(arrivals_[event.producer].sample(interarrival), event);
    const std::uint32_t leader = placement_.below(brokers);
    simulation_.at(serve(leader, milliseconds{1}), LeaderDone{new_batch(leader)});
  }
  void on(LeaderDone event) {
    const std::uint32_t leader = batches_[event.batch].leader;
    for (std::uint32_t step = 1; step < brokers; ++step) {
      simulation_.at(serve((leader + step) % brokers, microseconds{500}), FollowerDone{event.batch});
    }
  }
  void on(FollowerDone event) {
    Batch& batch = batches_[event.batch];
    if (--batch.copies_missing > 0) return;
    result_.latency.record(simulation_.now() - batch.arrived);
    free_batches_.push_back(event.batch);
    if (++result_.served == wanted_) simulation_.stop();
  }

 private:
  static constexpr std::uint32_t brokers = 3, servers = 8, producers = 100;
  static constexpr Duration interarrival{1'000'000'000 / 84};
  struct Batch {
    Instant arrived;
    std::uint32_t leader;
    std::uint32_t copies_missing;
  };

  Instant serve(std::uint32_t broker, Duration mean) {
    return stations_[broker].serve(simulation_.now(), services_[broker].sample(mean)).end;
  }
  std::uint32_t new_batch(std::uint32_t leader) {
    if (free_batches_.empty()) {
      free_batches_.push_back(static_cast<std::uint32_t>(batches_.size()));
      batches_.push_back({});
    }
    const std::uint32_t batch = free_batches_.back();
    free_batches_.pop_back();
    batches_[batch] = {simulation_.now(), leader, brokers - 1};
    return batch;
  }

  Simulation<MiniCluster, Queue, BatchArrives, LeaderDone, FollowerDone> simulation_{*this};
  std::vector<ExponentialSeries> arrivals_;  // by producer
  std::vector<ExponentialSeries> services_;  // by broker
  RandomStream placement_{source, "placement", "batches"};
  std::vector<FifoStation> stations_ = std::vector<FifoStation>(brokers, FifoStation{servers});
  std::vector<Batch> batches_;
  std::vector<std::uint32_t> free_batches_;
  std::uint64_t wanted_;
  Result result_;
};

void report(const std::string& name, double seconds, const Result& result) {
  const LatencyHistogram& latency = result.latency;
  std::printf("%s,%.3f,s,%.2f,Mev/s,%.2f,M served/s,events,%lu,served,%lu,p50_ms,%.3f,p99_ms,%.3f,mean_ms,%.4f\n",
              name.c_str(), seconds, static_cast<double>(result.events) / seconds / 1e6,
              static_cast<double>(result.served) / seconds / 1e6, static_cast<unsigned long>(result.events),
              static_cast<unsigned long>(result.served), latency.quantile_seconds(0.5).value_or(0) * 1e3,
              latency.quantile_seconds(0.99).value_or(0) * 1e3, latency.mean_seconds() * 1e3);
}

/// Times a race that is set up already.
template <class Race>
void time_race(const std::string& name, Race& race) {
  const double begin = thread_seconds();
  const Result result = race.run();
  report(name, thread_seconds() - begin, result);
}

template <class Queue>
bool run(const std::vector<std::string>& words) {
  const auto number = [&](std::size_t i) { return std::strtoull(words.at(i).c_str(), nullptr, 10); };
  if (words.size() == 3 && words[0] == "hold") {
    Hold<Queue> hold(number(1), number(2));
    time_race("hold-" + words[1], hold);
  } else if (words.size() == 2 && words[0] == "mm1") {
    MM1<Queue> mm1(number(1));
    time_race("mm1", mm1);
  } else if (words.size() == 2 && words[0] == "cluster") {
    MiniCluster<Queue> cluster(number(1));
    time_race("cluster", cluster);
  } else {
    return false;
  }
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string> words(argv + 1, argv + argc);
  const bool reference = !words.empty() && words.back() == "reference";
  if (reference) words.pop_back();
  if (reference ? run<ReferenceQueue>(words) : run<TournamentQueue>(words)) return 0;
  std::fprintf(stderr, "usage: engine_race hold N EVENTS | mm1 CUSTOMERS | cluster BATCHES [reference]\n");
  return 2;
}
