// SPDX-License-Identifier: Apache-2.0
#include "tests/validate/failure_timings.hpp"

#include <algorithm>
#include <cmath>

#include "sim/model/failing_producer.hpp"
#include "sim/model/in_sync_replicas.hpp"
#include "tests/validate/failing_world.hpp"

namespace brokersim::validate {
namespace {

using namespace std::chrono_literals;

constexpr BrokerIndex first{0}, second{1}, third{2};

double seconds_of(Duration time) {
  return static_cast<double>(time.count()) * 1e-9;
}

/// When the ISR of the one partition shrank first; none: it never did. The change is written when the leader has looked
/// and takes the linger to be committed.
std::optional<Duration> shrunk_at(FailingWorld& world) {
  const Scenario& played = world.scenario();
  const TrialResult result = run_trial(played, place_partitions(played), ReadPolicy::leader, 0, Duration::zero());
  for (const EventNote& note : result.events_log) {
    if (note.kind == EventNote::Kind::isr && note.what == "shrunk")
      return note.time.time_since_epoch() - played.world.control_plane.append_linger;
  }
  return std::nullopt;
}

/// A follower that hangs after it was caught up at `last`, with a record every millisecond until `last_record`.
std::optional<Duration> removed_at(Duration phase, Duration last, Duration last_record) {
  FailingWorld world(2, Duration::zero());
  const auto records = static_cast<std::uint32_t>((last_record - 1s) / 1ms) + 1;
  world.records(records, phase + 1s, 1ms, 1);
  world.scenario().duration = phase + std::max(last_record + 1s, last + 70s);
  world.cut_off(second, phase + last + 500us, 100s);
  return shrunk_at(world);
}

}  // namespace

void judge_isr_shrink(CaseReport& report, const Json& row) {
  // The leader's looks are a half of the lag limit apart, from a moment of its own: found by a first run.
  constexpr Duration period = 15s;
  const std::optional<Duration> look = removed_at(Duration::zero(), 10s, 60s);
  if (!look) return report.fail("all", "a follower that hangs stays in the ISR");
  const Duration phase = *look % period;
  const Json rows = row.at("rows");
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto last = std::chrono::milliseconds(std::llround(rows[i].at("last_caught_up_s").get<double>() * 1e3));
    const bool idle = rows[i].value("no_new_writes", false);
    const std::optional<Duration> removed = removed_at(phase, last, idle ? last : last + 60s);
    const std::string name = place_name("rows", i) + " removed_at_s";
    if (rows[i].at("removed_at_s").is_null()) {
      report.same(name, !removed, "stays", "removed");
    } else if (removed) {
      report.within(name, rows[i].at("removed_at_s"), seconds_of(*removed - phase), 1e-3);
    } else {
      report.fail(name, "stays in the ISR");
    }
  }
  if (!row.contains("uniform_phase")) return;
  double sum = 0, least = 1e9, most = 0;
  constexpr int phases = 15;
  for (int i = 0; i < phases; ++i) {
    const Duration last = 15s + i * 1s + 500ms;
    const double delay = seconds_of(removed_at(phase, last, last + 60s).value_or(Duration::zero()) - phase - last);
    sum += delay;
    least = std::min(least, delay);
    most = std::max(most, delay);
  }
  report.within("uniform_phase mean_s", row.at("uniform_phase").at("mean_s"), sum / phases, 1e-3);
  report.same("uniform_phase range_s", least > 30 && most <= 45, row.at("uniform_phase").at("range_s").dump(),
              std::to_string(least) + " to " + std::to_string(most));
}

void judge_caught_up(CaseReport& report, const Json& row) {
  const Json rows = row.at("rows");
  for (std::size_t i = 0; i < rows.size(); ++i) {
    FollowerProgress follower;
    Json caught_up = Json::array();
    for (const Json& fetch : rows[i].at("fetches")) {
      follower.on_fetch(fetch.at("offset"), fetch.at("leo"), Instant{std::chrono::seconds{fetch.at("t").get<int>()}});
      caught_up.push_back(
          std::chrono::duration_cast<std::chrono::seconds>(follower.caught_up.time_since_epoch()).count());
    }
    const Json expected = rows[i].at("last_caught_up_after_each");
    report.same(place_name("rows", i), expected == caught_up, expected.dump(), caught_up.dump());
  }
}

void judge_backoff(CaseReport& report, const Json& row) {
  const Json rows = row.at("rows");
  constexpr double jitter = 0.2;  // of every wait of the product's: retries, metadata, connections
  constexpr int draws = 10'000;   // the least and greatest are within 0.1 % of their bounds
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto ms = [&](const char* key) { return std::chrono::milliseconds{rows[i].at(key).get<std::int64_t>()}; };
    const Backoff backoff{ms("initial"), ms("max")};
    RandomStream random({1, 0}, "backoff", "");
    const auto range = [&](std::uint32_t failures) {
      std::pair<double, double> seen{1e18, 0};
      for (int d = 0; d < draws; ++d) {
        const double wait = milliseconds(backoff.after(failures, random));
        seen = {std::min(seen.first, wait), std::max(seen.second, wait)};
      }
      return seen;
    };
    const std::string name = place_name("rows", i);
    const Json values = rows[i].value("values", Json::array());
    for (std::size_t n = 0; n < values.size(); ++n) {  // without jitter: what all is spread around
      const double value = values[n];
      report.within(name + " values " + std::to_string(n), value,
                    range(static_cast<std::uint32_t>(n)).first / (1 - jitter), 1e-3 * value);
    }
    const Json bounds = rows[i].value("bounds", Json::array());
    for (std::size_t n = 0; n < bounds.size(); ++n) {
      const auto [least, most] = range(static_cast<std::uint32_t>(n));
      const std::string which = name + " bounds " + std::to_string(n);
      report.within(which + " least", bounds[n][0], least, 1e-3 * bounds[n][0].get<double>());
      report.within(which + " most", std::min(bounds[n][1].get<double>(), milliseconds(ms("max"))), most,
                    1e-3 * bounds[n][1].get<double>());
    }
    if (rows[i].contains("cap_bound")) {
      report.same(name + " cap_bound", range(20).second <= rows[i].at("cap_bound").get<double>(),
                  rows[i].at("cap_bound").dump(), std::to_string(range(20).second));
    }
  }
}

void judge_consumer_death(CaseReport& report, const Json& row) {
  const std::chrono::milliseconds session{row.at("params").at("session_ms").get<std::int64_t>()};
  const std::chrono::milliseconds heartbeat{row.at("params").at("heartbeat_ms").get<std::int64_t>()};
  constexpr std::uint32_t trials = 400;
  double sum = 0, squares = 0, least = 1e18, most = 0;
  for (std::uint32_t t = 0; t < trials; ++t) {
    FailingWorld world(1);
    world.topic().partitions = 2;
    world.topic().replicas.push_back({first});
    world.records(1, 1s, 1s, 1);
    world.reader({}, {});
    ConsumerGroupSpec& group = world.scenario().world.groups[0];
    group.members.push_back(group.members[0]);
    group.session_timeout = session;
    group.heartbeat_interval = heartbeat;
    group.coordination.emplace().broker = first;
    group.coordination->auto_commit = false;  // commits are signs of life, too
    FaultSpec& crash = world.scenario().world.faults.emplace_back();
    crash.kind = FaultKind::consumer_crash;
    crash.target.who = FaultTarget::Who::group;
    crash.target.instance = 1;
    RandomStream moments({1, t}, "crash", "");
    crash.when.at = 2 * heartbeat + moments.within(heartbeat);
    world.scenario().duration = 3 * (session + heartbeat);
    const TrialResult result =
        run_trial(world.scenario(), place_partitions(world.scenario()), ReadPolicy::leader, t, Duration::zero());
    const std::vector<RebalanceResult>& rebalances = result.groups.at(0).rebalances;
    if (rebalances.size() != 1) return report.fail("all", "no rebalance after the death of a member");
    const double delay = milliseconds(rebalances[0].ended - crash.when.at);
    sum += delay;
    squares += delay * delay;
    least = std::min(least, delay);
    most = std::max(most, delay);
  }
  // Seen is when the other member has the partition: it hears of the rebalance with its next heartbeat. The answer to
  // JoinGroup has set their timers in step, and the session is a multiple of the interval: that one comes at once.
  const double mean = sum / trials;
  const double error = std::sqrt((squares / trials - mean * mean) / trials);
  report.within("mean", row.at("expected").at("mean"), mean, 4 * error);
  constexpr double rebalance = 100;  // ms: JoinGroup, SyncGroup and their service times
  const double end = milliseconds(session);
  report.same("detect_delay_ms", least > end - milliseconds(heartbeat) && most <= end + rebalance,
              row.at("expected").at("detect_delay_ms").dump(), std::to_string(least) + " to " + std::to_string(most));
}

/// Three brokers without delays; the first leads. Records of acks=all and of acks=1 at set moments.
void judge_failover(CaseReport& report, const Json& row) {
  constexpr Duration killed = 20s, again = 60s;
  const auto world_without = [&](BrokerIndex one, BrokerIndex two) {
    FailingWorld world(3, Duration::zero());
    world.topic().min_insync_replicas = 2;
    world.scenario().duration = 120s;
    world.fault(FaultKind::kill, one, killed, 1000s);
    world.fault(FaultKind::kill, two, again, 1000s);
    world.records(1, 5s, 1s, -1);  // acks=all: before, while nobody has noticed, after the fencing, with one left
    world.records(1, 21s, 1s, -1);
    world.records(1, 40s, 1s, -1);
    world.records(1, 80s, 1s, -1).delivery_timeout = 40s;
    world.records(1, 80s, 1s, 1);
    return world;
  };
  for (const auto& [quantity, value] : row.at("expected").items()) {
    const bool led = quantity == "partitions_led_by_dead_broker";
    if (!led && quantity != "partitions_followed_by_dead_broker" && quantity != "after_fencing" &&
        quantity != "second_broker_killed") {
      report.unsupported(quantity, "the validator knows no such quantity");
      continue;
    }
    FailingWorld world = world_without(led ? first : third, led ? third : second);
    Cluster cluster = world.cluster();
    cluster.start();
    cluster.advance(Instant{killed + 6s});  // nobody can have noticed: the session is 9 s, the last heartbeat 2 s old
    const auto registration = [&] {
      return cluster.failures->control_plane().controller().partition(PartitionIndex{0});
    };
    const PartitionRegistration dead = registration();
    const std::uint32_t committed_dead = cluster.logs[0].high_watermark;
    cluster.advance(Instant{killed + 12s});
    const PartitionRegistration fenced = registration();
    cluster.advance(Instant{again - 1s});
    const std::uint32_t committed_fenced = cluster.logs[0].high_watermark;
    cluster.advance(Instant{again + 15s});
    const PartitionRegistration last = registration();
    cluster.advance(Instant{119s});
    const std::uint32_t committed_last = cluster.logs[0].high_watermark;
    const TrialResult result = cluster.finish();
    const auto holds = [&](const std::string& what, bool does) {
      report.same(quantity + ": " + what, does, "so", "not so");
    };
    if (led) {
      holds("the dead broker leads until it is fenced", dead.leader == first && dead.isr.size() == 3);
      holds("then the first live in-sync replica", fenced.leader == second && fenced.isr.size() == 2);
      report.unsupported(
          quantity + ": uniform(7,9] s",
          "of 3.9: since 4.0 sessions are looked at every eighth of their timeout (S-PT-FENCE has the old)");
    } else if (quantity == "partitions_followed_by_dead_broker") {
      holds("the leader stays", dead.leader == first && fenced.leader == first);
      holds("the high watermark stalls until the fencing", committed_dead == 1 && committed_fenced == 3);
    } else if (quantity == "after_fencing") {
      holds("ISR of 2, writable", fenced.isr.size() == 2 && result.outcomes.at(2).acknowledged == 1);
    } else {
      holds("ISR of 1: acks=all is refused", last.isr.size() == 1 && result.outcomes.at(3).refused == 1);
      holds("acks=1 is accepted", result.outcomes.at(4).acknowledged == 1);
      holds("and stays hidden", committed_last == committed_fenced);
    }
  }
}

}  // namespace brokersim::validate
