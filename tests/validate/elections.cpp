// SPDX-License-Identifier: Apache-2.0
#include "tests/validate/elections.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <set>

#include "sim/control_plane/controller.hpp"
#include "sim/control_plane/partition_change.hpp"

namespace brokersim::validate {
namespace {

BrokerIndex broker_of(const Json& id) {
  return BrokerIndex{id.get<std::uint32_t>()};
}

ReplicaList list_of(const Json& ids) {
  ReplicaList list;
  for (const Json& id : ids) list.push_back(broker_of(id));
  return list;
}

Json ids_of(const ReplicaList& list) {
  Json ids = Json::array();
  for (const BrokerIndex broker : list) ids.push_back(broker.value);
  return ids;
}

Json sorted_ids_of(ReplicaList list) {
  list.sort();
  return ids_of(list);
}

std::optional<BrokerIndex> leader_of(const Json& id) {
  if (id.get<std::int64_t>() < 0) return std::nullopt;
  return broker_of(id);
}

class ListedAsAlive final : public LeaderAcceptor {
 public:
  explicit ListedAsAlive(const Json& ids) : alive_(list_of(ids)) {}
  [[nodiscard]] bool is_active(BrokerIndex broker) const override { return alive_.contains(broker); }

 private:
  ReplicaList alive_;
};

Election election_named(const std::string& name) {
  if (name == "PREFERRED") return Election::preferred;
  return name == "UNCLEAN" ? Election::unclean : Election::online;
}

/// One state change as the controller's own class computed it.
void judge_election(CaseReport& report, const Json& row) {
  const Json in = row.at("in"), out = row.at("out");
  PartitionRegistration before;
  before.replicas = list_of(in.at("replicas"));
  before.isr = list_of(in.at("isr"));
  before.elr = list_of(in.value("elr", Json::array()));
  before.last_known_elr = list_of(in.value("last_known_elr", Json::array()));
  before.leader = leader_of(in.at("leader"));
  PartitionChangeRequest request;
  request.election = election_named(in.at("election"));
  if (in.contains("target_isr")) request.isr = list_of(in.at("target_isr"));
  const Json unclean_shutdown = in.value("unclean_shutdown", Json::array());
  if (unclean_shutdown.size() > 1) return report.unsupported("all", "one broker at a time shuts down uncleanly");
  if (!unclean_shutdown.empty()) request.unclean_shutdown = broker_of(unclean_shutdown.front());
  const PartitionChangeRules rules{in.at("min_isr").get<std::uint32_t>(), in.at("elr_enabled").get<bool>(),
                                   in.value("last_known_leader_recovery", true)};
  const std::optional<PartitionOutcome> outcome =
      change_partition(before, request, rules, ListedAsAlive(in.at("alive")));
  const PartitionRegistration& after = outcome ? outcome->next : before;
  const auto same = [&](const char* key, const Json& got) {
    if (out.contains(key)) report.same(key, out.at(key) == got, out.at(key).dump(), got.dump());
  };
  same("changed", outcome.has_value());
  same("leader", after.leader ? Json(after.leader->value) : Json(-1));
  same("isr", ids_of(after.isr));
  same("elr_sorted", sorted_ids_of(after.elr));
  same("last_known_elr_sorted", sorted_ids_of(after.last_known_elr));
  same("leader_epoch_bump", after.leader_epoch > before.leader_epoch);
  same("became_recovering", after.recovery_state == LeaderRecoveryState::recovering);
}

Instant at_ms(std::int64_t ms) {
  return simulation_start + std::chrono::milliseconds(ms);
}

/// The file is about Kafka of October 2024, which had a timer for each of these; since 4.0 they are on grids.
ControllerSettings of_3_9() {
  ControllerSettings settings;
  settings.clock = ControllerClock::on_demand;
  return settings;
}

/// A controller and brokers that nobody hears from unless the case says so.
struct Brokers {
  explicit Brokers(std::uint32_t count, const ControllerSettings& settings = patient())
      : controller(settings, simulation_start) {
    for (std::uint32_t i = 0; i < count; ++i) controller.add_running_broker({}, simulation_start);
  }
  static ControllerSettings patient() {
    ControllerSettings settings = of_3_9();
    settings.broker_session_timeout = std::chrono::hours(24);
    return settings;
  }
  void say(BrokerIndex broker, Instant now, bool wants_fence = false) {
    HeartbeatRequest request{broker, controller.broker(broker).epoch, controller.end_offset(), wants_fence};
    controller.heartbeat(request, now);
  }
  /// The leader proposes an ISR.
  void propose(const ReplicaList& isr, Instant now) {
    const PartitionRegistration& partition = controller.partition(PartitionIndex{0});
    IsrProposal proposal{PartitionIndex{0}, partition.leader_epoch, partition.partition_epoch, {}};
    for (const BrokerIndex broker : isr) proposal.isr.push_back({broker, {}});
    controller.alter_partition(*partition.leader, controller.broker(*partition.leader).epoch, {&proposal, 1}, now);
  }

  Controller controller;
};

std::optional<std::uint32_t> fence_one(Controller& controller, Instant now) {
  const MetadataBatch records = controller.on_time(now);
  if (records.brokers.empty()) return std::nullopt;
  return records.brokers.front().broker.value;
}

/// When the preferred leader is back, in seconds; none within ten intervals after it could.
Json leader_back_s(const Json& row) {
  Brokers world(2);
  Controller& controller = world.controller;
  const ReplicaList replicas{BrokerIndex{0}, BrokerIndex{1}};
  controller.create_topic({}, {&replicas, 1}, simulation_start);
  const auto run_until = [&](Instant end) {
    while (controller.next_call_time() && *controller.next_call_time() < end)
      controller.on_time(*controller.next_call_time());
  };
  world.say(BrokerIndex{0}, at_ms(row.at("imbalance_starts_s").get<std::int64_t>() * 1000), true);
  const Instant in_sync = at_ms(row.at("preferred_in_isr_s").get<std::int64_t>() * 1000);
  run_until(in_sync);
  world.say(BrokerIndex{0}, in_sync);
  world.propose({BrokerIndex{1}, BrokerIndex{0}}, in_sync);
  const Instant end = in_sync + 10 * ControllerSettings{}.leader_imbalance_check_interval;
  while (!controller.partition(PartitionIndex{0}).has_preferred_leader()) {
    const std::optional<Instant> next = controller.next_call_time();
    if (!next || *next > end) return nullptr;
    controller.on_time(*next);
    if (controller.partition(PartitionIndex{0}).has_preferred_leader())
      return std::chrono::duration_cast<std::chrono::seconds>(*next - simulation_start).count();
  }
  return nullptr;
}

void judge_reassignment(CaseReport& report, const std::string& name, const Json& row) {
  const ReplicaList current = list_of(row.at("current")), target = list_of(row.at("target"));
  std::uint32_t brokers = 0;
  for (const BrokerIndex broker : current) brokers = std::max(brokers, broker.value + 1);
  for (const BrokerIndex broker : target) brokers = std::max(brokers, broker.value + 1);
  Brokers world(brokers);
  Controller& controller = world.controller;
  controller.create_topic({}, {&current, 1}, simulation_start);
  // With the leader alone in sync nothing completes before it was seen.
  world.propose({current.front()}, simulation_start);
  const ReassignmentTarget reassignment{PartitionIndex{0}, target};
  controller.alter_partition_reassignments({&reassignment, 1}, simulation_start);
  const PartitionRegistration& partition = controller.partition(PartitionIndex{0});
  const auto same = [&](const char* key, const Json& got) {
    if (row.contains(key)) report.same(name + " " + key, row.at(key) == got, row.at(key).dump(), got.dump());
  };
  same("merged", ids_of(partition.replicas));
  same("adding_sorted", sorted_ids_of(partition.adding));
  same("removing_sorted", sorted_ids_of(partition.removing));
  if (!row.contains("isr")) return;
  world.propose(list_of(row.at("isr")), simulation_start);
  same("completes", !partition.is_reassigning());
  same("final_replicas", ids_of(partition.replicas));
  same("final_isr", ids_of(partition.isr));
}

}  // namespace

void judge_detection_delay(CaseReport& report, const Json& row) {
  const std::int64_t heartbeat = row.at("params").at("heartbeat_ms");
  ControllerSettings settings = of_3_9();
  settings.broker_session_timeout = std::chrono::milliseconds(row.at("params").at("session_ms").get<std::int64_t>());
  // Every phase of a millisecond's grid, each in the middle of its millisecond.
  std::vector<double> delays;
  for (std::int64_t phase = 0; phase < heartbeat; ++phase) {
    Brokers world(1, settings);
    const Instant crash = at_ms(phase) + std::chrono::microseconds(500);
    delays.push_back(milliseconds(*world.controller.next_fencing_time() - crash));
  }
  std::sort(delays.begin(), delays.end());
  double sum = 0;
  for (const double delay : delays) sum += delay;
  const Json expected = row.at("expected");
  constexpr double grid = 0.6;  // half a millisecond, and what the rank of a quantile may be off
  report.within("mean", expected.at("mean"), sum / static_cast<double>(delays.size()), grid);
  report.within("min", expected.at("min"), delays.front(), grid);
  report.within("max", expected.at("max"), delays.back(), grid);
  report.within("p99", expected.at("p99"), delays[delays.size() * 99 / 100], grid);
  report.unsupported("detect_delay", "words; its bounds, mean and p99 are judged");
}

void judge_session_trace(CaseReport& report, const Json& row) {
  ControllerSettings settings = of_3_9();
  settings.broker_session_timeout = std::chrono::milliseconds(row.at("params").at("session_ms").get<std::int64_t>());
  Brokers world(0, settings);
  Controller& controller = world.controller;
  Json events = row.at("events");
  std::size_t next_event = 0;
  for (std::size_t i = 0; i < row.at("expected").size(); ++i) {
    const Json& expected = row.at("expected").at(i);
    const std::int64_t at = expected.at("at");
    for (; next_event < events.size() && events[next_event][0].get<std::int64_t>() <= at; ++next_event) {
      const Instant now = at_ms(events[next_event][0].get<std::int64_t>());
      const BrokerIndex broker = broker_of(events[next_event][2]);
      if (broker.value < controller.brokers()) {
        world.say(broker, now);
      } else {
        controller.add_running_broker({}, now);
      }
    }
    for (const auto& [key, value] : expected.items()) {
      const std::string quantity = place_name("expected", i) + " " + key;
      if (key == "stale") {
        const std::optional<std::uint32_t> got = fence_one(controller, at_ms(at));
        const Json found = got ? Json(*got) : Json();
        report.same(quantity, found == value, value.dump(), found.dump());
      } else if (key == "stale_in_order") {
        Json found = Json::array();
        while (const std::optional<std::uint32_t> got = fence_one(controller, at_ms(at))) found.push_back(*got);
        report.same(quantity, found == value, value.dump(), found.dump());
      }
    }
    for (const auto& [key, value] : expected.items()) {
      // The controller looks a nanosecond after the deadline, when it is past.
      if (key.starts_with("next_check"))
        report.within(place_name("expected", i) + " " + key, value,
                      milliseconds(*controller.next_fencing_time() - simulation_start), 1e-6);
    }
  }
}

void judge_preferred_leaders(CaseReport& report, const Json& row) {
  for (std::size_t i = 0; i < row.at("rows").size(); ++i) {
    const Json& one = row.at("rows").at(i);
    const Json got = leader_back_s(one);
    report.same(place_name("rows", i) + " leader_back_s", one.at("leader_back_s") == got,
                one.at("leader_back_s").dump(), got.dump());
  }
}

void judge_reassignments(CaseReport& report, const Json& row) {
  for (std::size_t i = 0; i < row.at("rows").size(); ++i)
    judge_reassignment(report, place_name("rows", i), row.at("rows").at(i));
}

std::vector<CaseTask> leader_election_cases(const Json& file, const Effort&) {
  return tasks_of_list(file, judge_election);
}

}  // namespace brokersim::validate
