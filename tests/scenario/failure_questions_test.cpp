// SPDX-License-Identifier: Apache-2.0
// The files in scenarios/ that ask what happens when something fails: the number that must hold, the rule it comes from
// and bounds on both sides, with the mitigation and without.
//
// Times that return: a broker's last heartbeat was up to 2 s before it died, its session lasts 9 s more, and the
// controller looks at sessions every eighth of that (L-15 to L-17, 4.x): it is fenced 7 to 10.125 s after its death.
// What the controller writes is committed 25 ms later (L-26) and, 0.5 ms away, applied at once.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "analysis/balance.hpp"
#include "sim/scenario/run.hpp"
#include "sim/scenario_file/scenario_json.hpp"
#include "tests/scenario/shipped_scenario.hpp"
#include "tests/support/tiny_world.hpp"

using namespace brokersim;
using namespace std::chrono_literals;

namespace {

constexpr double fenced_after = 7 - 0.002;               // at least; messages between heartbeats take up to 1 ms
constexpr double fenced_within = 9 + 9.0 / 8;            // at most
constexpr double decided_within = fenced_within + 0.03;  // with linger and way
constexpr double client_back_off = 1.2;  // retry.backoff.max.ms or reconnect.backoff.max.ms, and 20 % (C-14, C-17)
constexpr double round_trips = 0.1;      // a few of 1 ms, linger.ms and service

using test::read;

TrialResult run(const Scenario& scenario, ReadPolicy policy = ReadPolicy::leader, std::uint32_t trial = 0) {
  const Arm arm{Protocol::kafka, policy};
  TrialResult result = run_trial(scenario, place_partitions(scenario), arm, trial, scenario.warm_up.value_or(0s));
  REQUIRE(result.conservation.violations.empty());
  REQUIRE(result.conservation.unfinished == 0);
  return result;
}

double seconds_of(Instant time) {
  return seconds(time.time_since_epoch());
}

/// When notes of a kind say `what`, in seconds; of one broker unless its id is 0.
std::vector<double> times(const TrialResult& result, EventNote::Kind kind, const std::string& what,
                          std::uint32_t broker_id = 0) {
  std::vector<double> found;
  for (const EventNote& note : result.events_log) {
    if (note.kind == kind && note.what == what && (broker_id == 0 || note.broker == broker_id - 1))
      found.push_back(seconds_of(note.time));
  }
  return found;
}
double time_of(const TrialResult& result, EventNote::Kind kind, const std::string& what, std::uint32_t broker_id = 0) {
  const std::vector<double> found = times(result, kind, what, broker_id);
  REQUIRE(found.size() == 1);
  return found[0];
}

/// How many partitions each broker led at a moment, as the controller had it.
std::vector<std::uint32_t> leaders_at(const Scenario& scenario, const TrialResult& result, double when) {
  std::vector<std::uint32_t> leader_of;
  for (const std::vector<BrokerIndex>& replicas : place_partitions(scenario)) leader_of.push_back(replicas[0].value);
  for (const EventNote& note : result.events_log) {
    if (note.kind == EventNote::Kind::leader && seconds_of(note.time) <= when) leader_of[note.partition] = note.broker;
  }
  std::vector<std::uint32_t> leaders(scenario.world.brokers.size());
  for (const std::uint32_t broker : leader_of) {
    if (broker != EventNote::nobody) ++leaders[broker];
  }
  return leaders;
}
using Leaders = std::vector<std::uint32_t>;

/// Peak-to-mean of what producers sent to each broker in [from, to), whole windows.
double producers_peak_to_mean(const TrialResult& result, double from, double to) {
  std::vector<double> bytes(result.loads.brokers());
  for (std::size_t w = 0; w < result.loads.windows(); ++w) {
    const double start = seconds_of(result.loads.window_start(w));
    if (start < from || start >= to) continue;
    for (std::uint32_t b = 0; b < bytes.size(); ++b)
      bytes[b] += static_cast<double>(result.loads.load(w, BrokerIndex{b}).producer_bytes_in);
  }
  return peak_to_mean(bytes);
}

/// How long partitions without a leader at work could not be written, in seconds; those that were at all.
std::vector<double> write_outages(const TrialResult& result) {
  std::vector<double> outages;
  for (const OutageNote& outage : result.faults.outages) {
    if (outage.group != OutageNote::writers) continue;
    REQUIRE(outage.served.has_value());
    outages.push_back(seconds(*outage.served - outage.began));
  }
  return outages;
}
double longest(const std::vector<double>& spans) {
  return spans.empty() ? 0 : *std::max_element(spans.begin(), spans.end());
}

/// The longest time for which a group got no answer, or errors, from whom it asked for a partition, in seconds.
double longest_read_outage(const TrialResult& result) {
  std::vector<double> outages;
  for (const OutageNote& outage : result.faults.outages) {
    if (outage.group != OutageNote::writers) outages.push_back(seconds(outage.served.value() - outage.began));
  }
  return longest(outages);
}

/// Those of write_outages() that last as long as it takes to fence a broker; a leader that is moved costs milliseconds.
std::size_t crashes(const TrialResult& result) {
  const std::vector<double> outages = write_outages(result);
  return static_cast<std::size_t>(
      std::count_if(outages.begin(), outages.end(), [](double s) { return s > fenced_after; }));
}

double longest_gap(const TrialResult& result, std::size_t group = 0) {
  return seconds(result.groups[group].troubles.longest_gap);
}

/// Of records intended in [from, to), whole windows of the run.
SpanSummary acknowledged_within(const TrialResult& result, double from, double to) {
  const double start = seconds(result.faults.start), window = seconds(result.faults.window);
  return summarize(result.faults.spans[static_cast<std::size_t>(SpanMeasure::produce)],
                   static_cast<std::size_t>((from - start) / window), static_cast<std::size_t>((to - start) / window));
}

/// Every record acknowledged, and none of them lost.
void check_safe(const SendOutcomes& outcomes) {
  CHECK(outcomes.acknowledged == outcomes.generated);
  CHECK(outcomes.lost_acks1 + outcomes.lost_acks_all == 0);
}
void check_all_safe(const TrialResult& result) {
  for (const SendOutcomes& outcomes : result.outcomes) check_safe(outcomes);
}

}  // namespace

TEST_CASE("broker-crash: a dead broker's leaders pile up on one other, and come back only if somebody elects them") {
  Scenario scenario = read("broker-crash");
  const TrialResult balanced = run(scenario);
  const double fenced = time_of(balanced, EventNote::Kind::broker, "fenced", 3);
  CHECK(fenced > 20 + fenced_after);
  CHECK(fenced < 20 + fenced_within);
  // Every partition that broker 3 leads has broker 1 next in its list (L-5): 4 and 4 of 12. Twice the mean of three.
  CHECK(leaders_at(scenario, balanced, 19) == Leaders{4, 4, 4});
  CHECK(leaders_at(scenario, balanced, 50) == Leaders{8, 4, 0});
  CHECK(producers_peak_to_mean(balanced, 10, 20) == doctest::Approx(1).epsilon(0.02));
  CHECK(producers_peak_to_mean(balanced, 35, 50) == doctest::Approx(2).epsilon(0.02));
  // L-11: the balancer passes every 20 s; broker 3 is in sync within a second of being ready.
  const double ready = time_of(balanced, EventNote::Kind::process, "ready", 3);
  const std::vector<double> back = times(balanced, EventNote::Kind::leader, "preferred", 3);
  REQUIRE(back.size() == 4);
  CHECK(back[0] > ready);
  CHECK(back[3] < ready + 1 + 20 + 0.03);
  CHECK(leaders_at(scenario, balanced, 120) == Leaders{4, 4, 4});
  CHECK(producers_peak_to_mean(balanced, 80, 120) == doctest::Approx(1).epsilon(0.02));
  // Writers of its four partitions wait for fencing, election and their own back-off.
  CHECK(crashes(balanced) == 4);
  CHECK(longest(write_outages(balanced)) < decided_within + client_back_off + round_trips);
  check_all_safe(balanced);

  scenario.world.control_plane.auto_leader_rebalance = false;
  const TrialResult left = run(scenario);
  CHECK(leaders_at(scenario, left, 120) == Leaders{8, 4, 0});
  CHECK(producers_peak_to_mean(left, 80, 120) == doctest::Approx(2).epsilon(0.02));
  FaultSpec by_hand;
  by_hand.kind = FaultKind::elect;
  by_hand.when.at = 75s;
  scenario.world.faults.push_back(by_hand);
  const TrialResult elected = run(scenario);
  CHECK(leaders_at(scenario, elected, 74) == Leaders{8, 4, 0});
  CHECK(leaders_at(scenario, elected, 76) == Leaders{4, 4, 4});
  CHECK(producers_peak_to_mean(elected, 80, 120) == doctest::Approx(1).epsilon(0.02));
}

TEST_CASE("zone-loss: writers find new leaders only when their requests to the silent ones have timed out") {
  Scenario scenario = read("zone-loss");
  const TrialResult leader = run(scenario), follower = run(scenario, ReadPolicy::rack_aware);
  const double request_timeout = 30;
  const Leaders led = leaders_at(scenario, leader, 0);
  const std::size_t led_in_c = led[2] + led[5];
  for (const TrialResult* result : {&leader, &follower}) {
    check_all_safe(*result);
    // They die without a word: the new leader is there within 10 s, but whoever has a request out waits for
    // request.timeout.ms (C-13), and then learns of it.
    CHECK(crashes(*result) == led_in_c);
    CHECK(longest(write_outages(*result)) > request_timeout - round_trips);
    CHECK(longest(write_outages(*result)) < request_timeout + client_back_off + round_trips);
    for (const MissingTime& window : result->faults.missing) CHECK(window.in_sync == 0s);  // two of three are enough
  }
  // So do those that read the dead leaders. Who reads in its own zone waits for the high watermark until the dead
  // replicas are fenced, one after another, and goes on.
  CHECK(longest_read_outage(leader) > request_timeout - 0.5 - round_trips);  // a fetch is out for up to 500 ms
  CHECK(longest_read_outage(leader) < request_timeout + client_back_off + round_trips);
  CHECK(longest_read_outage(follower) < client_back_off + round_trips);

  // A shorter timeout mends what silence costs, down to what the controller needs.
  Scenario impatient = scenario;
  impatient.world.producers[0].retry.request_timeout = 5s;
  const double sooner = longest(write_outages(run(impatient)));
  CHECK(sooner > fenced_after);
  CHECK(sooner < decided_within + 5 + client_back_off + round_trips);

  // With min.insync.replicas 3 a zone is all it takes: nobody writes from fencing until the zone's replicas are in sync
  // again, 40 s of darkness, 5 s of start-up and at most a second of catching up.
  scenario.world.topics[0].min_insync_replicas = 3;
  const TrialResult strict = run(scenario);
  double missing = 0;
  for (const MissingTime& window : strict.faults.missing) missing += seconds(window.in_sync);
  CHECK(missing > 12 * (45 - decided_within));
  CHECK(missing < 12 * (46 - fenced_after));
  check_all_safe(strict);  // they wait for less than delivery.timeout.ms
}

TEST_CASE(
    "rolling-restart: moved beforehand, leaders cost nobody a second; the first broker ends up with most of them") {
  Scenario scenario = read("rolling-restart");
  const TrialResult leader = run(scenario), follower = run(scenario, ReadPolicy::rack_aware);
  for (const TrialResult* result : {&leader, &follower}) {
    check_all_safe(*result);
    CHECK(times(*result, EventNote::Kind::process, "shut down").size() == 3);
    // L-21: the successor is named while the broker still answers; who is refused asks anew after retry.backoff.ms.
    CHECK(longest(write_outages(*result)) < 1);
    // L-5, three times: broker 1's go to 2 and 3; of what 2 then leads [1,2,3] and [2,1,3] go to 1 and [2,3,1] to 3; of
    // what 3 leads then [1,3,2] and [3,1,2] go to 1, [2,3,1] and [3,2,1] to 2. Two of each are in the topic.
    CHECK(leaders_at(scenario, *result, 120) == Leaders{8, 4, 0});
  }
  // A follower that has been taken out of the ISR stops, and so do its readers, until its broker is let go: at its
  // second look, 2 s later, or the third (L-21). At the leader nobody waits.
  CHECK(longest_gap(leader) < 1);
  CHECK(longest_gap(follower) > 2);
  CHECK(longest_gap(follower) < 4.05 + client_back_off + round_trips);

  // Killed instead, each costs what a crash costs.
  FaultSpec& rolling = scenario.world.faults[0];
  rolling.kind = FaultKind::rolling_kill;
  rolling.step = 30s;
  const TrialResult killed = run(scenario);
  const std::vector<double> outages = write_outages(killed);
  CHECK(longest(outages) > fenced_after);
  CHECK(longest(outages) < decided_within + client_back_off + round_trips);
  CHECK(longest_gap(killed) > fenced_after);
  check_all_safe(killed);
}

TEST_CASE("flapping-broker: a second of death is ten seconds without a leader, each time it has got its leaders back") {
  Scenario scenario = read("flapping-broker");
  const TrialResult eager = run(scenario);
  // The new process may not register before the old one's session is over (L-20), and nobody else leads before that
  // (L-16): its two partitions are without a leader for the fencing time, three times.
  CHECK(times(eager, EventNote::Kind::broker, "registration refused", 3).size() >= 3);
  CHECK(crashes(eager) == 3 * 2);
  CHECK(longest(write_outages(eager)) < decided_within + client_back_off + round_trips);
  CHECK(times(eager, EventNote::Kind::leader, "clean").size() == 3 * 2);
  CHECK(times(eager, EventNote::Kind::leader, "preferred", 3).size() == 3 * 2);
  // Left where the first crash has put them, leaders do not flap: only the first costs anything.
  scenario.world.control_plane.auto_leader_rebalance = false;
  const TrialResult calm = run(scenario);
  CHECK(times(calm, EventNote::Kind::broker, "fenced", 3).size() == 3);
  CHECK(crashes(calm) == 2);
  CHECK(times(calm, EventNote::Kind::leader, "clean").size() == 2);
  CHECK(times(calm, EventNote::Kind::leader, "preferred").empty());
}

TEST_CASE(
    "dead-preferred-follower: who is behind gets nothing from a healthy leader that names a dead replica (F-31)") {
  const Scenario scenario = read("dead-preferred-follower");
  const std::size_t billing = 0, audit = 1;
  for (std::uint32_t trial = 0; trial < scenario.trials; ++trial) {
    CAPTURE(trial);
    const TrialResult leader = run(scenario, ReadPolicy::leader, trial);
    const TrialResult follower = run(scenario, ReadPolicy::rack_aware, trial);
    // The audit has 45 s of backlog: it is sent nothing until the replica has left the ISR, and hands over what it has
    // fetched before, at most 100 kB, two of them, of 4 ms a record.
    CHECK(longest_gap(leader, audit) < 0.5);
    CHECK(longest_gap(follower, audit) > fenced_after - 2 * 0.4);
    CHECK(longest_gap(follower, audit) < decided_within + client_back_off + round_trips);
    CHECK(follower.groups[audit].troubles.redirects_to_dead > 0);
    CHECK(leader.groups[audit].troubles.redirects_to_dead == 0);
    // At the end of the log nobody is better off: the dead replica is in the ISR and holds the high watermark.
    CHECK(longest_gap(leader, billing) > fenced_after);
    CHECK(longest_gap(leader, billing) < decided_within + round_trips);
    CHECK(longest_gap(follower, billing) > fenced_after);
    CHECK(longest_gap(follower, billing) < decided_within + client_back_off + round_trips);
  }
}

TEST_CASE("frozen-follower: its readers see nothing new until their lease ends, though the leader goes on (F-34)") {
  Scenario scenario = read("frozen-follower");
  const TrialResult leader = run(scenario), follower = run(scenario, ReadPolicy::rack_aware);
  // At the leader: until it drops the follower, replica.lag.time.max.ms = 10 s after it was last caught up, looked at
  // twice in that time.
  CHECK(longest_gap(leader) > 10);
  CHECK(longest_gap(leader) < 10 + 5 + round_trips);
  // At the follower: leases of 60 s that began with the first records, in the first half second and a fetch later.
  CHECK(longest_gap(follower) > 40);
  CHECK(longest_gap(follower) < 40 + 1 + 0.5 + round_trips);
  CHECK_FALSE(follower.groups[0].troubles.any());  // nobody has told it anything
  check_all_safe(follower);
  // With the default of 5 min they stay for as long as the link is cut, 80 s; then the follower connects again, after a
  // time out of replica.socket.timeout.ms and a back-off at the latest.
  scenario.world.groups[0].metadata_max_age = 5min;
  const TrialResult loyal = run(scenario, ReadPolicy::rack_aware);
  CHECK(longest_gap(loyal) > 80);
  CHECK(longest_gap(loyal) < 80 + 30 + 1 + round_trips);
}

TEST_CASE("slow-broker: two hundred times slower, it is still alive to everybody, and everybody waits for it") {
  Scenario scenario = read("slow-broker");
  const TrialResult slow = run(scenario);
  CHECK(times(slow, EventNote::Kind::broker, "fenced").empty());
  CHECK(times(slow, EventNote::Kind::leader, "clean").empty());
  CHECK(times(slow, EventNote::Kind::isr, "shrunk").empty());
  check_all_safe(slow);
  const SpanSummary before = acknowledged_within(slow, 10, 20), during = acknowledged_within(slow, 25, 60);
  // Followed by it, a partition waits for its append of 200 x 50 us = 10 ms, and what comes meanwhile for the next one:
  // at most two, with 1 ms of way each. That is two thirds of the records, so the median is one of them.
  CHECK(*during.p50_seconds > *before.p50_seconds + 0.010);
  CHECK(*during.p50_seconds < *before.p50_seconds + 2 * (0.010 + 0.001) + 0.003);
  // Led by it, a third: 200 x (15 + 60) us to append, 200 x (15 + 40) us for the fetch that copies it and the one that
  // tells; and they queue for three network threads.
  CHECK(*during.p99_seconds > 0.015 + 2 * 0.011);
  CHECK(*during.p99_seconds > 5 * *before.p99_seconds);
  CHECK(*during.p99_seconds < 1);
  // Who takes it out, cures it: two replicas are in sync, and all is as before.
  scenario.world.faults.push_back(tiny::fault_of_broker(FaultKind::controlled_shutdown, 3, 35s));
  const TrialResult cured = run(scenario);
  const SpanSummary after = acknowledged_within(cured, 45, 60);
  CHECK(*after.p50_seconds < *before.p50_seconds + 0.001);
  CHECK(*after.p99_seconds < *before.p99_seconds + 0.003);
}

TEST_CASE(
    "acks-1-loss: a dying leader takes along what it had acknowledged and nobody had copied; with acks=all nothing") {
  Scenario scenario = read("acks-1-loss");
  // The follower that takes over is d = 20 ms away and fetches again and again, every 2 d. On average d of records have
  // come since the last answer left, and another d if that is lost on its way; at most 3 d. 1,000 records/s.
  const double d = 20;
  const double most = 3 * d + 4 * std::sqrt(3 * d);
  // Uniform over 2 d, and Poisson: 3 standard errors of ten trials.
  const double error = 3 * std::sqrt((4 * d * d / 12 + 2 * d) / scenario.trials);
  const auto mean_lost = [&scenario](double at_most) {
    double lost = 0;
    for (std::uint32_t trial = 0; trial < scenario.trials; ++trial) {
      CAPTURE(trial);
      const TrialResult result = run(scenario, ReadPolicy::leader, trial);
      const SendOutcomes &clicks = result.outcomes[0], &orders = result.outcomes[1];
      CHECK(clicks.acknowledged == clicks.generated);  // so its producer believes
      CHECK(static_cast<double>(clicks.lost_acks1) < at_most);
      check_safe(orders);
      lost += static_cast<double>(clicks.lost_acks1);
    }
    return lost / scenario.trials;
  };
  const double of_crash = mean_lost(most);
  CHECK(of_crash > d - error);
  CHECK(of_crash < 2 * d + error);
  // A leader that lives and is relieved loses as much: the preferred leader, as far away, is in sync, but it does not
  // have what has not been committed (L-5), and acks=1 did not wait for that.
  FaultSpec elect;
  elect.kind = FaultKind::elect;
  elect.when.at = 52s;
  scenario.world.faults.push_back(elect);
  const double of_both = mean_lost(2 * most);
  CHECK(of_both - of_crash > d - error);
  CHECK(of_both - of_crash < 2 * d + error);
}

TEST_CASE("min-isr: with two of three replicas dead acks=all is refused, acks=1 is taken and not shown (R-20, R-30)") {
  Scenario scenario = read("min-isr");
  const TrialResult two = run(scenario);
  const SendOutcomes &orders = two.outcomes[0], &clicks = two.outcomes[1];
  // From the fencing of broker 3 until one of both is in sync again, after 5 s of start-up, at 75 to 76 s.
  const double from = time_of(two, EventNote::Kind::broker, "fenced", 3) + 0.025, until = 75.5;
  CHECK(from < 40 + decided_within);
  // Orders: what waits for longer than delivery.timeout.ms = 15 s is given up, 100/s of them; the rest makes it. A
  // second for when that is looked at, and Poisson.
  const double given_up = static_cast<double>(orders.generated - orders.acknowledged);
  CHECK(given_up > 100 * (until - from - 15 - 1.5) - 3 * 50);
  CHECK(given_up < 100 * (until - from) + 3 * 60);
  CHECK(orders.lost_acks_all == 0);
  // Clicks: all of them are taken; but nobody reads them.
  CHECK(clicks.acknowledged == clicks.generated);
  CHECK(clicks.lost_acks1 == 0);
  CHECK(longest_gap(two, 1) > 75 - 40);
  CHECK(longest_gap(two, 1) < 76 - 40);
  // Who reads at the leader, which lives, always gets an answer; who reads at the first of the dead is sent there again
  // until it is fenced (F-31), asks the leader after a back-off (C-14), and gets no more than the others there.
  const TrialResult near = run(scenario, ReadPolicy::rack_aware);
  CHECK(longest_read_outage(two) == 0);
  CHECK(longest_read_outage(near) > fenced_after);
  CHECK(longest_read_outage(near) < decided_within + client_back_off + round_trips);
  CHECK(longest_gap(near, 1) > 75 - 40);
  CHECK(longest_gap(near, 1) < 76 - 40 + round_trips);

  // With min.insync.replicas 1 one replica is enough: all is written, and read once the dead are fenced.
  for (TopicSpec& topic : scenario.world.topics) topic.min_insync_replicas = 1;
  const TrialResult one = run(scenario);
  check_all_safe(one);
  for (const std::size_t group : {0u, 1u}) CHECK(longest_gap(one, group) < decided_within + client_back_off);
  // One dead is nobody's loss in any case.
  for (TopicSpec& topic : scenario.world.topics) topic.min_insync_replicas = 2;
  scenario.world.faults.pop_back();
  const TrialResult alive = run(scenario);
  check_all_safe(alive);
  for (const std::size_t group : {0u, 1u}) CHECK(longest_gap(alive, group) < decided_within + client_back_off);
}

TEST_CASE("unclean-election: twenty seconds of records, or half a minute of waiting") {
  const Scenario scenario = read("unclean-election");
  for (std::uint32_t trial = 0; trial < scenario.trials; ++trial) {
    CAPTURE(trial);
    // Where it is read makes no difference to what is written: every second trial with follower reads.
    const TrialResult result = run(scenario, trial % 2 == 0 ? ReadPolicy::leader : ReadPolicy::rack_aware, trial);
    const SendOutcomes &orders = result.outcomes[0], &clicks = result.outcomes[1];
    // Clicks: the follower has what came before 20 s; the leader acknowledged what came until 40 s, 50/s of it. A
    // record may be under way at either end.
    CHECK(clicks.acknowledged == clicks.generated);
    CHECK(clicks.lost_acks_all >= 50 * 20 - 1);
    CHECK(clicks.lost_acks_all <= 50 * 20 + 1);
    // Orders: nothing is lost (L-8, L-9).
    check_safe(orders);
    // The follower runs again at 45 s and is there at 50 s, the leader at 85 s: that is how long each topic waits.
    for (const OutageNote& outage : result.faults.outages) {
      if (outage.group != OutageNote::writers || outage.began.time_since_epoch() != 40s) continue;
      REQUIRE(outage.leads.has_value());
      const double leads = seconds_of(*outage.leads);
      const double there = outage.partition == 0 ? 85 : 50;
      CHECK(leads > there);
      CHECK(leads < there + 1);
    }
    const std::vector<double> outages = write_outages(result);
    CHECK(longest(outages) > 45);
    CHECK(longest(outages) < 46 + client_back_off);
  }
}

TEST_CASE("controller-failover: records flow on; a broker that dies meanwhile has a whole session more (L-23)") {
  Scenario scenario = read("controller-failover");
  for (std::uint32_t trial = 0; trial < scenario.trials; ++trial) {
    CAPTURE(trial);
    const TrialResult result = run(scenario, ReadPolicy::leader, trial);
    // The next controller works from 30 s on, and takes everybody for just heard of.
    const double fenced = time_of(result, EventNote::Kind::broker, "fenced", 3);
    CHECK(fenced >= 30 + 9);
    CHECK(fenced < 30 + fenced_within + 0.001);
    CHECK(longest(write_outages(result)) > 39 - 22);
    CHECK(longest(write_outages(result)) < 30 + decided_within - 22 + client_back_off + round_trips);
    // Until the broker dies nobody notices anything.
    CHECK(*acknowledged_within(result, 10, 20).max_seconds < 0.05);
  }
  // With a controller at work all the time the same death costs half.
  Scenario calm = scenario;
  calm.world.faults.erase(calm.world.faults.begin());
  const TrialResult result = run(calm);
  CHECK(time_of(result, EventNote::Kind::broker, "fenced", 3) < 22 + fenced_within);
  CHECK(longest(write_outages(result)) < decided_within + client_back_off + round_trips);
  // And without the death the controller's absence costs nothing.
  scenario.world.faults.pop_back();
  const TrialResult alone = run(scenario);
  CHECK(time_of(alone, EventNote::Kind::controller, "works") == doctest::Approx(30));
  CHECK(write_outages(alone).empty());
  CHECK(longest_gap(alone) < 0.05);
  CHECK(*acknowledged_within(alone, 20, 30).max_seconds < 0.05);
  check_all_safe(alone);
}
