// SPDX-License-Identifier: Apache-2.0
#include "tests/validate/selection_world.hpp"

#include <algorithm>
#include <string>

#include "sim/engine/simulation.hpp"
#include "sim/engine/station.hpp"
#include "sim/engine/tournament_queue.hpp"
#include "sim/random/delay_distribution.hpp"

namespace brokersim::validate {
namespace {

struct Generated {
  std::uint32_t generator;
};
struct AtServer {
  std::uint32_t request;
  /// A request joins its server's line behind the decisions of the same millisecond, which do not see it: there the
  /// original spends one turn of its event loop more.
  static constexpr EventClass event_class = EventClass::timer;
};
struct Served {
  std::uint32_t request;
};
struct Answered {
  std::uint32_t request;
};

struct Request {
  std::uint32_t client = 0, server = 0;
  Instant sent{};
  Duration service{};
  std::uint32_t queue_after = 0;  // requests waiting when it was done
};

/// A server, its speed over time included: that is drawn interval by interval and depends on no load, so the mean
/// service time of a start that lies ahead is known.
class Server {
 public:
  Server(const SelectionSpec& spec, RandomSource random, const std::string& name)
      : spec_(&spec), station_(spec.slots), speeds_(random, "speed", name), services_(random, "service", name) {}

  Duration mean_service_at(Instant when) {
    if (spec_->interval == Duration::zero()) return spec_->mean_service;
    const auto number = static_cast<std::size_t>(when.time_since_epoch() / spec_->interval);
    while (fast_.size() <= number) fast_.push_back(speeds_.uniform() < 0.5);
    if (!fast_[number]) return spec_->mean_service;
    return rounded_span(static_cast<double>(spec_->mean_service.count()) / (1 + spec_->drift));
  }
  Service serve(Instant now) {
    ++present_;
    const Instant start = std::max(now, station_.free_at());
    const DelayDistribution law{.law = DelayDistribution::Law::exponential, .mean = mean_service_at(start)};
    return station_.serve(now, law.sample(services_));
  }
  /// One leaves; returns how many wait then.
  std::uint32_t leave() {
    --present_;
    return present_ > spec_->slots ? present_ - spec_->slots : 0;
  }
  [[nodiscard]] std::uint32_t present() const { return present_; }

 private:
  const SelectionSpec* spec_;
  FifoStation station_;
  RandomStream speeds_, services_;
  std::vector<bool> fast_;  // by interval
  std::uint32_t present_ = 0;
};

class SelectionWorld {
 public:
  SelectionWorld(const SelectionSpec& spec, RandomSource random)
      : spec_(spec),
        selector_(make_selector(spec.policy, {random, spec.clients})),
        keys_(random, "key", "world"),
        clients_(random, "client", "world"),
        views_(spec.replicas),
        simulation_(*this) {
    if (selector_) needs_ = selector_->needs();
    for (std::uint32_t s = 0; s < spec.servers; ++s) servers_.emplace_back(spec_, random, std::to_string(s));
    const double per_ms = spec.servers * spec.slots * spec.utilization / milliseconds(spec.mean_service);
    mean_gap_ = spec.generators / per_ms;
    for (std::uint32_t g = 0; g < spec.generators; ++g) gaps_.emplace_back(random, "gap", std::to_string(g));
    left_.assign(spec.generators, spec.requests / spec.generators);
    result_.requests.assign(spec.servers, 0);
  }

  SelectionResult run() {
    for (std::uint32_t g = 0; g < spec_.generators; ++g) simulation_.at(simulation_start, Generated{g});
    simulation_.run();
    return std::move(result_);
  }

  void on(Generated event) {
    send(clients_.below(spec_.clients));
    if (--left_[event.generator] > 0) simulation_.in(gap(gaps_[event.generator]), event);
  }
  void on(AtServer event) {
    Request& request = requests_[event.request];
    const Service service = servers_[request.server].serve(simulation_.now());
    request.service = service.end - service.start;
    simulation_.at(service.end, Served{event.request});
  }
  void on(Served event) {
    Request& request = requests_[event.request];
    request.queue_after = servers_[request.server].leave();
    simulation_.in(spec_.one_way, Answered{event.request});
  }
  void on(Answered event) {
    const Request& request = requests_[event.request];
    const Instant now = simulation_.now();
    const auto id = static_cast<std::int32_t>(request.server);
    if (needs_.feedback) {
      selector_->on_read_ended(request.client, id);
      selector_->on_answer({request.client, id, now - request.sent, request.service, request.queue_after});
    }
    if (now - simulation_start > spec_.warm_up) result_.latencies.push_back(milliseconds(now - request.sent));
  }

 private:
  /// A Poisson number: how many exponential spans of mean 1 fit into `mean_gap_`.
  [[nodiscard]] Duration gap(RandomStream& draws) const {
    std::int64_t number = -1;
    for (double sum = 0; sum <= mean_gap_; ++number) sum -= fixed_log(draws.uniform());
    return number * Duration{std::chrono::milliseconds{1}};
  }

  void send(std::uint32_t client) {
    const std::uint32_t first = keys_.below(spec_.servers);
    for (std::uint32_t i = 0; i < spec_.replicas; ++i) {
      const std::uint32_t server = (first + i) % spec_.servers;
      ReplicaView& view = views_[i];
      view.broker_id = static_cast<std::int32_t>(server);
      view.is_leader = i == 0;
      view.in_sync = true;
      if (!needs_.server_state) continue;
      view.service_time = servers_[server].mean_service_at(simulation_.now());
      view.work_ahead = servers_[server].present() * view.service_time;
      view.round_trip = 2 * spec_.one_way;
    }
    const std::size_t place = selector_ ? selector_->select({{}, 0, client}, views_) : 0;
    const auto chosen = static_cast<std::uint32_t>(views_[place].broker_id);
    if (needs_.feedback) selector_->on_read_started(client, views_[place].broker_id);
    ++result_.requests[chosen];
    requests_.push_back({client, chosen, simulation_.now(), {}, 0});
    simulation_.in(spec_.one_way, AtServer{static_cast<std::uint32_t>(requests_.size() - 1)});
  }

  SelectionSpec spec_;
  std::unique_ptr<ReplicaSelector> selector_;
  SelectorNeeds needs_;
  RandomStream keys_, clients_;
  std::vector<RandomStream> gaps_;  // by generator
  double mean_gap_ = 0;             // ms
  std::vector<std::uint64_t> left_;
  std::vector<Server> servers_;
  std::vector<Request> requests_;
  std::vector<ReplicaView> views_;
  SelectionResult result_;
  Simulation<SelectionWorld, TournamentQueue, Generated, AtServer, Served, Answered> simulation_;
};

}  // namespace

SelectionResult run_selection(const SelectionSpec& spec, RandomSource random) {
  return SelectionWorld(spec, random).run();
}

}  // namespace brokersim::validate
