// SPDX-License-Identifier: Apache-2.0
// What the simulator does most, one by one (Google Benchmark). Good as ratios between rows of one run, not as absolute
// times.
#include <benchmark/benchmark.h>

#include "sim/engine/reference_queue.hpp"
#include "sim/engine/simulation.hpp"
#include "sim/engine/station.hpp"
#include "sim/engine/tournament_queue.hpp"
#include "sim/metrics/latency_histogram.hpp"
#include "sim/metrics/load_ledger.hpp"
#include "sim/random/exponential.hpp"

namespace {

using namespace brokersim;
using namespace std::chrono_literals;

struct Again {};

/// `pending` events, each of which schedules itself anew.
template <class Queue>
struct Hold {
  Simulation<Hold, Queue, Again> simulation{*this};
  RandomStream random{{1, 0}, "hold", "benchmark"};
  Exponential gap{1ms};
  void on(Again e) { simulation.in(gap.sample(random), e); }
};

template <class Queue>
void hold(benchmark::State& state) {
  Hold<Queue> model;
  for (std::int64_t i = 0; i < state.range(0); ++i) model.simulation.in(model.gap.sample(model.random), Again{});
  for (auto _ : state) {
    model.simulation.run_until(model.simulation.now() +
                               Duration{1'000'000'000 / state.range(0)});  // about 1,000 events
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(model.simulation.events_processed()));
}
BENCHMARK(hold<TournamentQueue>)->Arg(100)->Arg(1000)->Arg(10000)->Arg(100000);
BENCHMARK(hold<ReferenceQueue>)->Arg(1000)->Arg(10000);

void station(benchmark::State& state) {
  FifoStation servers(static_cast<std::uint32_t>(state.range(0)));
  Instant now{};
  for (auto _ : state) benchmark::DoNotOptimize(servers.serve(now += 10us, 50us));
}
BENCHMARK(station)->Arg(1)->Arg(3)->Arg(8)->Arg(64);

void histogram_one_record(benchmark::State& state) {
  LatencyHistogram histogram;
  Duration value = 3ms;
  for (auto _ : state) histogram.record(value = Duration{(value.count() * 7 + 12345) % 50'000'000});
}
BENCHMARK(histogram_one_record);

void histogram_batch_of_100(benchmark::State& state) {
  LatencyHistogram histogram;
  const RecordRun run{Instant{1s}, 400'000'000, nullptr, 100};
  Instant finished{1042ms};
  for (auto _ : state) histogram.record_run(run, 0, finished += 13us, Duration::zero());
  state.SetItemsProcessed(state.iterations() * 100);
}
BENCHMARK(histogram_batch_of_100)->Iterations(100'000);

void ledger_busy(benchmark::State& state) {
  LoadLedger ledger(150, Instant{}, Instant{1000s}, 1s);
  Instant now{};
  std::uint32_t broker = 0;
  for (auto _ : state) {
    now += 1us;
    broker = (broker + 37) % 150;
    ledger.busy(BrokerIndex{broker}, BrokerResource::io_threads, now, now, now + 50us);
  }
}
BENCHMARK(ledger_busy)->Iterations(1'000'000);

void random_word(benchmark::State& state) {
  RandomStream random{{1, 0}, "word", "benchmark"};
  for (auto _ : state) benchmark::DoNotOptimize(random.word());
}
BENCHMARK(random_word);

void exponential(benchmark::State& state) {
  RandomStream random{{1, 0}, "exponential", "benchmark"};
  const Exponential gap{1ms};
  for (auto _ : state) benchmark::DoNotOptimize(gap.sample(random));
}
BENCHMARK(exponential);

}  // namespace

BENCHMARK_MAIN();
