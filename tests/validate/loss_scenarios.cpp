// SPDX-License-Identifier: Apache-2.0
// loss-scenarios.json: what is lost, cut off and unavailable when brokers fail, by playing each scenario in the whole
// model: its brokers stop, are cut off and come back at moments that lead to the case's states. What the cases state
// in words is played as it stands there; numbers that a case names (records, offsets) are read from it.
#include <algorithm>
#include <cmath>

#include "sim/model/cluster.hpp"
#include "sim/random/stream.hpp"
#include "sim/scenario/run.hpp"
#include "tests/validate/case_files.hpp"
#include "tests/validate/failing_world.hpp"

namespace brokersim::validate {
namespace {

using namespace std::chrono_literals;

constexpr BrokerIndex broker_a{0}, broker_b{1}, broker_c{2};

const PartitionRegistration& registration_of(Cluster& cluster) {
  return cluster.failures->control_plane().controller().partition(PartitionIndex{0});
}

std::string brokers_of(ReplicaList list) {
  list.sort();
  std::string text;
  for (const BrokerIndex broker : list) text += (text.empty() ? "" : ",") + std::to_string(broker.value + 1);
  return "[" + text + "]";
}

std::uint32_t log_end(const Cluster& cluster, BrokerIndex broker) {
  return cluster.branches->log_end(cluster.replication.replica_on(broker, 0));
}

/// A follower that restarts before it has learned of the high watermark keeps its log, and leads with it.
void judge_committed_record(CaseReport& report, const Json& row) {
  FailingWorld world(2);
  world.records(2, 1s, 10ms, -1);
  world.scenario().duration = 60s;
  Cluster cluster = world.cluster();
  cluster.start();
  cluster.advance(Instant{1100ms});
  const std::uint32_t hidden = cluster.replication.replica_on(broker_b, 0);
  same(report, "setup", Json({2, 2, 1}),
       Json({log_end(cluster, broker_b), cluster.logs[0].high_watermark, cluster.replication[hidden].high_watermark}));
  cluster.roles.stop(broker_b);
  cluster.replication.on_broker_lost(broker_b, Loss::reset);
  cluster.roles.start(broker_b);
  cluster.roles.stop(broker_a);
  cluster.replication.on_broker_lost(broker_a, Loss::reset);
  cluster.roles.apply(broker_b, 0, {broker_b, 1, 1, {broker_b}, {broker_a, broker_b}});
  const std::uint32_t end = log_end(cluster, broker_b);
  for (const auto& [variant, expected] : row.at("expected").items()) {
    if (variant.find("epoch-based") == std::string::npos) {
      report.unsupported(variant, "behaviour before KIP-101: no such switch");
      continue;
    }
    same(report, variant + " new_leader_leo", expected.at("new_leader_leo"), end);
    same(report, variant + " records_lost", expected.at("records_lost"), 2 - end);
    same(report, variant + " committed_lost", expected.at("committed_lost"), 2 - cluster.logs[0].high_watermark);
  }
}

/// Who comes back with a record that was written anew elsewhere cuts it and copies the other.
void judge_two_power_losses(CaseReport& report, const Json& row) {
  FailingWorld world(2);
  world.records(3, 1s, 1s, 1);  // offsets 0 and 1 of epoch 0, then m
  world.scenario().duration = 60s;
  Cluster cluster = world.cluster();
  cluster.start();
  cluster.advance(Instant{2500ms});
  for (const BrokerIndex broker : {broker_a, broker_b}) {
    cluster.roles.stop(broker);
    cluster.replication.on_broker_lost(broker, Loss::reset);
  }
  const std::uint32_t before = log_end(cluster, broker_b);
  cluster.roles.lose_log(cluster.replication.replica_on(broker_b, 0), 1);
  cluster.roles.start(broker_b);
  cluster.roles.apply(broker_b, 0, {broker_b, 1, 1, {broker_b}, {broker_a, broker_b}});
  cluster.producers.on_leader_named(0, 0, broker_b, 1);
  cluster.advance(Instant{3500ms});  // m is appended at 3 s
  cluster.roles.start(broker_a);
  cluster.roles.apply(broker_a, 0, {broker_b, 1, 1, {broker_b}, {broker_a, broker_b}});
  cluster.advance(Instant{4500ms});
  const std::uint32_t returned = cluster.replication.replica_on(broker_a, 0);
  for (const auto& [variant, expected] : row.at("expected").items()) {
    if (variant.find("epoch-based") == std::string::npos) {
      report.unsupported(variant, "behaviour before KIP-101: no such switch");
      continue;
    }
    const bool alike = cluster.branches->base(returned) == log_end(cluster, broker_a);
    Json diverged = Json::array();
    for (std::uint32_t p = cluster.branches->base(returned); p < log_end(cluster, broker_a); ++p) diverged.push_back(p);
    same(report, variant + " diverged_offsets", expected.at("diverged_offsets"), diverged);
    const auto log_of = [&](std::uint32_t replica) {
      Json log = Json::array();
      for (std::uint32_t p = 0; p < cluster.branches->log_end(replica); ++p) {
        if (p == 0) {
          log.push_back(0);
        } else {
          log.push_back(std::to_string(p) + "@e" + std::to_string(cluster.branches->last_epoch(replica)));
        }
      }
      return log;
    };
    same(report, variant + " A", expected.at("A"), alike ? log_of(returned) : Json("a log of its own"));
    same(report, variant + " B", expected.at("B"), log_of(cluster.replication.replica_on(broker_b, 0)));
    same(report, variant + " records_lost", expected.at("records_lost"), before - 1);
  }
}

/// Records that were acknowledged by the leader alone and lost with it, when it dies at a random moment.
Records lost_with_leader(Duration one_way, double records_per_second, bool even, std::uint32_t trial) {
  FailingWorld world(2, one_way);
  RandomStream moments({1, trial}, "crash", "");
  ProducerSpec& producer = world.records(0, {}, {}, 1);
  producer.trace = nullptr;
  producer.arrivals = even ? ProducerSpec::Arrivals::constant : ProducerSpec::Arrivals::poisson;
  producer.records_per_second = records_per_second;
  producer.retries = 0;
  world.scenario().duration = 3s;
  world.fault(FaultKind::kill, broker_a, 2s + moments.within(1s), 100s);
  const TrialResult result =
      run_trial(world.scenario(), place_partitions(world.scenario()), ReadPolicy::leader, trial, Duration::zero());
  return result.outcomes.at(0).lost_acks1;
}

void judge_acks_1(CaseReport& report, const Json& row, const Effort& effort, bool busy) {
  const std::uint32_t trials = busy ? 400 : (effort.quick ? 2'000 : 20'000);
  double sum = 0, squares = 0, any = 0, most = 0;
  for (std::uint32_t t = 0; t < trials; ++t) {
    const auto lost = static_cast<double>(lost_with_leader(5ms, busy ? 1000 : 2, busy, t));
    sum += lost;
    squares += lost * lost;
    any += lost > 0 ? 1 : 0;
    most = std::max(most, lost);
  }
  const double mean = sum / trials;
  const double error = std::sqrt(std::max(squares / trials - mean * mean, 0.0) / trials);
  const double share = any / trials;
  for (const auto& [quantity, value] : row.at("expected").items()) {
    if (quantity == "mean_records_lost") {
      const double expected = value.is_number() ? value.get<double>() : 0.01;  // "lambda*d = 0.01"
      report.within(quantity, expected, mean, 4 * error);
    } else if (quantity == "P_any_lost") {
      report.within(quantity, value, share, 4 * std::sqrt(share * (1 - share) / trials));
    } else if (quantity == "max_records_lost") {
      report.within(quantity, value, most, 0);
    } else {
      report.unsupported(quantity, "words; mean and maximum are judged");
    }
  }
}

/// The case's setup, moment by moment: a record every 200 ms from 1 s on is offset 5 (t - 1 s).
void judge_unclean_election(CaseReport& report, const Json& expected, bool unclean, const std::string& name) {
  FailingWorld world(3);
  world.topic().unclean_leader_election = unclean;
  world.records(1000, 1s, 200ms, 1);
  world.reader(188'700ms, 270s);  // X has had 939 of them, and its fetch under way brings one more
  world.reader(130'700ms, 270s);  // Y: 649
  world.scenario().duration = 330s;
  world.cut_off(broker_c, 140'900ms, 95s);                 // C has 700
  world.cut_off(broker_b, 192'900ms, 20s);                 // B has 960
  world.fault(FaultKind::kill, broker_a, 200'950ms, 50s);  // A has 1000
  world.fault(FaultKind::kill, broker_b, 200'950ms, 50s);
  Cluster cluster = world.cluster();
  cluster.start();
  cluster.advance(Instant{200'900ms});
  same(report, name + " setup: LEO of A, B, C, HW, ISR", Json({1000, 960, 700, 960, "[1,2]"}),
       Json({log_end(cluster, broker_a), log_end(cluster, broker_b), log_end(cluster, broker_c),
             cluster.logs[0].high_watermark, brokers_of(registration_of(cluster).isr)}));
  const std::uint32_t committed = cluster.branches->committed_end(0);
  cluster.advance(Instant{220s});  // both are fenced, nobody is back
  const PartitionRegistration then = registration_of(cluster);
  const auto leader = [](const PartitionRegistration& of) {
    return of.leader ? Json(std::string(1, static_cast<char>('A' + of.leader->value))) : Json();
  };
  const std::uint32_t end_then = cluster.logs[0].log_end, committed_then = cluster.branches->committed_end(0);
  cluster.advance(Instant{330s});
  const TrialResult result = [&] { return cluster.finish(); }();
  for (const auto& [quantity, value] : expected.items()) {
    const std::string told = name + " " + quantity;
    if (quantity == "leader") {
      same(report, told, value, leader(then));
    } else if (quantity == "new_isr") {
      same(report, told, value.size() == 1 ? "[3]" : "", brokers_of(then.isr));
    } else if (quantity == "records_lost") {
      same(report, told, value, result.outcomes.at(0).lost_acks1);
    } else if (quantity == "records_lost_from_log") {
      same(report, told, value, 1000 - end_then);
    } else if (quantity == "committed_records_lost") {
      same(report, told, value, committed - committed_then);
    } else if (quantity == "A_and_B_truncate_to") {
      same(report, told, Json({value, value}), Json({log_end(cluster, broker_a), log_end(cluster, broker_b)}));
    } else if (quantity == "leader_recovery_state") {
      bool recovering = false;
      for (const EventNote& note : result.events_log)
        recovering |= note.kind == EventNote::Kind::leader && note.what == "unclean";
      same(report, told, value == "RECOVERING", recovering);
    } else if (quantity == "consumer_X") {  // 240 records that it had are gone, and it has noticed
      const ConsumerTroubles& troubles = result.groups.at(0).troubles;
      same(report, told, Json({1, 240}), Json({troubles.truncations + troubles.resets, troubles.lost_after_delivery}));
    } else if (quantity == "consumer_Y") {
      const ConsumerTroubles& troubles = result.groups.at(1).troubles;
      same(report, told, Json({0, 0}), Json({troubles.truncations + troubles.resets, troubles.lost_after_delivery}));
    } else if (quantity == "unavailable_until") {
      same(report, told, true, !then.leader && registration_of(cluster).leader.has_value());
    } else {
      report.unsupported(told, "the validator knows no such quantity");
    }
  }
}

/// KIP-966's last replica standing: 5000 records of acks=all, 300 of acks=1, and a leader that loses 1200.
void judge_last_replica(CaseReport& report, const Json& expected, bool elr, const std::string& name) {
  FailingWorld world(3);
  world.topic().min_insync_replicas = 2;
  world.control_plane().eligible_leader_replicas = elr;
  world.control_plane().replica_lag_time_max = 5s;  // what is older than 30 s is on disk: it has to go fast
  world.records(5000, 1s, 10ms, -1);
  world.records(300, 55'500ms, 50ms, 1);
  world.scenario().duration = 200s;
  world.cut_off(broker_b, 51'200ms, elr ? 140s : 40s);
  world.cut_off(broker_c, 55'200ms, 30s);
  FaultSpec& power = world.fault(FaultKind::power_loss, broker_a, 71s, 25s);
  power.keep_offset = 4100;
  Cluster cluster = world.cluster();
  cluster.start();
  struct State {
    std::string leader, isr, elr;
    bool operator==(const State&) const = default;
  };
  std::vector<State> states;
  for (Instant at{1s}; at < Instant{200s}; at += 5ms) {
    cluster.advance(at);
    const PartitionRegistration& now = registration_of(cluster);
    const State state{now.leader ? std::to_string(now.leader->value + 1) : "none", brokers_of(now.isr),
                      brokers_of(now.elr)};
    if (states.empty() || !(states.back() == state)) states.push_back(state);
  }
  const auto list_text = [](Json list) {
    std::sort(list.begin(), list.end());  // sets
    std::string text;
    for (const Json& id : list) text += (text.empty() ? "" : ",") + id.dump();
    return "[" + text + "]";
  };
  const std::uint32_t follower_end = log_end(cluster, broker_c);
  const std::uint32_t end = cluster.logs[0].log_end;
  const std::string elected =
      registration_of(cluster).leader ? std::to_string(registration_of(cluster).leader->value + 1) : "none";
  const TrialResult result = cluster.finish();
  for (const auto& [quantity, value] : expected.items()) {
    const std::string told = name + " " + quantity;
    if (quantity == "elected") {
      same(report, told, value.get<std::string>().substr(0, 2), "r" + elected);
    } else if (quantity == "log_end_after") {
      same(report, told, value, end);
    } else if (quantity == "followers_truncate_to") {
      same(report, told, value, follower_end);
    } else if (quantity == "acked_all_records_lost") {
      same(report, told, value, result.outcomes.at(0).lost_acks_all);
    } else if (quantity == "acks1_records_lost") {
      same(report, told, value, result.outcomes.at(1).lost_acks1);
    } else if (quantity == "states") {
      for (std::size_t i = 0; i < value.size(); ++i) {
        const std::string wanted =
            value[i].at("leader").dump() + " " + list_text(value[i].at("isr")) + " " + list_text(value[i].at("elr"));
        std::string got = "none";
        if (i < states.size()) got = states[i].leader + " " + states[i].isr + " " + states[i].elr;
        report.same(told + " " + std::to_string(i), wanted == got, wanted, got);
        if (value[i].contains("last_known_elr"))
          report.unsupported(told + " " + std::to_string(i) + " last_known_elr",
                             "Kafka keeps it only without recovery by the last known leader, as the case notes");
      }
    } else {
      report.unsupported(told, "the validator knows no such quantity");
    }
  }
}

/// Which brokers live, and what one who sends and one who reads notices then (min.insync.replicas 2 of 3).
void judge_availability(CaseReport& report, const std::string& name, const Json& row) {
  const auto alive = [&](char broker) {
    return std::any_of(row.at("alive").begin(), row.at("alive").end(),
                       [&](const Json& one) { return one.get<std::string>().front() == broker; });
  };
  const bool returns = !row.at("alive").empty() && row.at("alive").front().get<std::string>().size() > 1;
  FailingWorld world(3);
  world.topic().min_insync_replicas = 2;
  world.scenario().duration = 150s;
  // C goes first and A last, so that A is the last member; "C returns" then brings C back alone.
  if (!alive('C') || returns) world.fault(FaultKind::kill, broker_c, 10s, returns ? 50s : 130s);
  if (!alive('B') || returns) world.fault(FaultKind::kill, broker_b, 25s, 120s);
  if (!alive('A') || returns) world.fault(FaultKind::kill, broker_a, 40s, 100s);
  if (row.at("alive").empty() || returns) world.control_plane().eligible_leader_replicas = false;
  world.records(5, 1s, 100ms, 1);
  for (const std::int32_t acks : {-1, 1}) {
    ProducerSpec& producer = world.records(1, 90s, 100ms, acks);
    producer.delivery_timeout = 20s;
    producer.retry.request_timeout = 5s;
  }
  world.reader({}, {});
  Cluster cluster = world.cluster();
  cluster.start();
  cluster.advance(Instant{89s});
  const PartitionRegistration then = registration_of(cluster);
  cluster.advance(Instant{115s});
  const std::uint32_t shown = cluster.logs[0].high_watermark;
  const TrialResult result = cluster.finish();
  const auto told = [&](std::size_t entry) -> std::string {
    const SendOutcomes& outcomes = result.outcomes.at(entry);
    if (!then.leader) return "no leader";
    if (outcomes.acknowledged == 1) return "ok";
    return outcomes.refused == 1 ? "NOT_ENOUGH_REPLICAS" : "not acknowledged";
  };
  for (const auto& [quantity, value] : row.items()) {
    const std::string full = name + " " + quantity;
    if (quantity == "alive") continue;
    if (quantity == "isr") {
      if (value.is_number()) {
        same(report, full, value, then.isr.size());
      } else {
        same(report, full, 1, then.isr.size());  // "last ISR kept"
      }
    } else if (quantity == "acks_all" || quantity == "acks_1") {
      const std::string wanted = value.get<std::string>().substr(0, value.get<std::string>().find(" until"));
      same(report, full, wanted, told(quantity == "acks_all" ? 1 : 2));
    } else if (quantity == "new_data_visible") {
      const bool wanted = value.is_boolean() ? value.get<bool>() : value.get<std::string>().rfind("yes", 0) == 0;
      same(report, full, wanted, shown > 5);
    } else {
      report.unsupported(full, "the validator knows no such quantity");
    }
  }
}

void judge(CaseReport& report, const Json& row, const Effort& effort) {
  const Json expected = row.value("expected", Json::object());
  if (row.contains("rows")) {
    for (std::size_t i = 0; i < row.at("rows").size(); ++i)
      judge_availability(report, place_name("rows", i), row.at("rows").at(i));
  } else if (expected.contains("P_any_lost")) {
    judge_acks_1(report, row, effort, false);
  } else if (expected.contains("loss_window_ms")) {
    judge_acks_1(report, row, effort, true);
  } else if (expected.contains("with ELR")) {
    judge_last_replica(report, expected.at("without ELR"), false, "without ELR");
    judge_last_replica(report, expected.at("with ELR"), true, "with ELR");
  } else if (expected.contains("true") && expected.contains("unclean.leader.election.enable=false")) {
    judge_unclean_election(report, expected.at("unclean.leader.election.enable=false"), false, "false");
    judge_unclean_election(report, expected.at("true"), true, "true");
  } else if (expected.contains("epoch-based") && has_keys(expected.at("epoch-based"), {"diverged_offsets"})) {
    judge_two_power_losses(report, row);
  } else if (std::any_of(expected.begin(), expected.end(),
                         [](const Json& one) { return has_keys(one, {"new_leader_leo"}); })) {
    judge_committed_record(report, row);
  } else {
    report.unsupported("all", "the validator knows no such case");
  }
}

}  // namespace

std::vector<CaseTask> loss_scenario_cases(const Json& file, const Effort& effort) {
  return tasks_of_list(file, [effort](CaseReport& report, const Json& row) { judge(report, row, effort); });
}

}  // namespace brokersim::validate
