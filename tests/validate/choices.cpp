// SPDX-License-Identifier: Apache-2.0
#include "tests/validate/choices.hpp"

#include <algorithm>
#include <memory>

#include "sim/engine/simulation.hpp"
#include "sim/engine/station.hpp"
#include "sim/engine/tournament_queue.hpp"
#include "sim/policy/replica_selector/read_policies.hpp"

namespace brokersim::validate {
namespace {

constexpr Duration service_mean = std::chrono::seconds{1};

/// The oracle before `choices` random places, no two the same.
class Chooser {
 public:
  Chooser(std::uint32_t choices, RandomSource random)
      : oracle_(make_selector(ReadPolicy::oracle, {random, 1})), draws_(random, "choice", "oracle"), views_(choices) {
    views_.front().is_leader = true;
  }
  /// load_of  (place) -> how many are there
  template <class LoadOf>
  std::uint32_t choose(std::uint32_t places, const LoadOf& load_of) {
    for (auto view = views_.begin(); view != views_.end(); ++view) {
      const auto taken = [&](std::int32_t id) {
        return std::any_of(views_.begin(), view, [id](const ReplicaView& other) { return other.broker_id == id; });
      };
      do view->broker_id = static_cast<std::int32_t>(draws_.below(places));
      while (taken(view->broker_id));
      view->service_time = service_mean;
      view->work_ahead = load_of(static_cast<std::uint32_t>(view->broker_id)) * service_mean;
    }
    return static_cast<std::uint32_t>(views_[oracle_->select({}, views_)].broker_id);
  }

 private:
  std::unique_ptr<ReplicaSelector> oracle_;
  RandomStream draws_;
  std::vector<ReplicaView> views_;
};

struct Arrives {};
struct Leaves {
  std::uint32_t server;
};

class Supermarket {
 public:
  Supermarket(const SupermarketSpec& spec, RandomSource random)
      : spec_(spec),
        chooser_(spec.choices, random),
        gaps_(random, "gap", "supermarket"),
        services_(random, "service", "supermarket"),
        stations_(spec.servers, FifoStation(1)),
        present_(spec.servers),
        simulation_(*this) {}

  SupermarketResult run(Instant start, Instant end, std::size_t levels) {
    simulation_.at(simulation_start, Arrives{});
    simulation_.run_until(start);
    observed_from_ = start;
    for (Line& line : present_) line.population.observe_from(start);
    simulation_.run_until(end);
    result_.at_least.assign(levels + 1, 0);
    for (Line& line : present_) {
      line.population.change(end, 0);
      result_.present += line.population.mean(end) / spec_.servers;
      for (std::size_t level = 0; level <= levels; ++level)
        result_.at_least[level] += line.population.at_least(level) / spec_.servers;
    }
    return std::move(result_);
  }

  void on(Arrives event) {
    const Instant now = simulation_.now();
    const std::uint32_t server = chooser_.choose(spec_.servers, [this](std::uint32_t s) { return present_[s].count; });
    const Service service = stations_[server].serve(now, law_.sample(services_));
    ++present_[server].count;
    present_[server].population.change(now, 1);
    if (now >= observed_from_) result_.sojourn.add(service.end - now);
    simulation_.at(service.end, Leaves{server});
    simulation_.in(Duration{static_cast<std::int64_t>(gap_ns_ * -fixed_log(gaps_.uniform()) + 0.5)}, event);
  }
  void on(Leaves event) {
    --present_[event.server].count;
    present_[event.server].population.change(simulation_.now(), -1);
  }

 private:
  struct Line {
    std::int64_t count = 0;
    Population population;
  };
  SupermarketSpec spec_;
  Chooser chooser_;
  RandomStream gaps_, services_;
  const DelayDistribution law_{.law = DelayDistribution::Law::exponential, .mean = service_mean};
  double gap_ns_ = 1e9 / (spec_.load * spec_.servers);
  std::vector<FifoStation> stations_;
  std::vector<Line> present_;  // by server
  SupermarketResult result_;
  Instant observed_from_ = Instant::max();
  Simulation<Supermarket, TournamentQueue, Arrives, Leaves> simulation_;
};

}  // namespace

std::vector<double> throw_balls(std::uint32_t bins, std::uint64_t balls, std::uint32_t choices, RandomSource random) {
  Chooser chooser(choices, random);
  std::vector<std::uint32_t> loads(bins);
  std::vector<double> holding;  // by number of balls less 1: bins
  for (std::uint64_t ball = 0; ball < balls; ++ball) {
    const std::uint32_t load = loads[chooser.choose(bins, [&](std::uint32_t bin) { return loads[bin]; })]++;
    if (load >= holding.size()) holding.resize(load + 1);
    ++holding[load];
  }
  return holding;
}

SupermarketResult run_supermarket(const SupermarketSpec& spec, RandomSource random, double customers, double warm_up,
                                  std::size_t levels) {
  const double rate = spec.load * spec.servers;
  const Instant start{Duration{static_cast<std::int64_t>(warm_up / rate * 1e9)}};
  const Instant end = start + Duration{static_cast<std::int64_t>(customers / rate * 1e9)};
  return Supermarket(spec, random).run(start, end, levels);
}

}  // namespace brokersim::validate
