// SPDX-License-Identifier: Apache-2.0
// replication-staleness.json: long polls, linger, and the way of the high watermark, through the model.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sim/scenario/run.hpp"
#include "tests/validate/bare_world.hpp"
#include "tests/validate/trials.hpp"

namespace brokersim::validate {
namespace {

constexpr double record_limit = 2e6;  // a case, over all trials
constexpr double joining_ms = 1000;   // members of a group join within half a second

TrialResult run_once(const BareWorld& world, ReadPolicy policy, std::uint32_t trial) {
  return run_trial(world.scenario(), place_partitions(world.scenario()), policy, trial, *world.scenario().warm_up);
}

void watch(BareWorld& world, double warm_up_ms, double length_ms, std::uint64_t seed) {
  Scenario& scenario = world.scenario();
  scenario.warm_up = from_ms(warm_up_ms);
  scenario.duration = from_ms(warm_up_ms + length_ms);
  scenario.window = scenario.duration;
  scenario.seed = seed;
}

/// One leader, some followers, one partition, and clients near them. Times in ms.
struct ReplicationCase {
  std::uint32_t followers = 1;
  double appends_per_ms = 0;
  double d = 1, dc = 1, wait = 500;
  double jitter = 0;           ///< of the delays between brokers, relative: uniform within +- that
  bool single_record = false;  ///< at a fifth of a wait, instead of Poisson ones
  bool break_credit_order = false;
};

/// A producer this far from the leader makes the moment "exactly two delays" the last one of a histogram bucket, so
/// that its share can be read off exactly.
constexpr Duration to_leader{999};

/// The spans of the records of an interval.
struct Tally {
  LatencyHistogram spans;  ///< each in the middle of its bucket
  double mean_ms = 0;      ///< exact
};

/// Producers stop when observation ends, and what is then under way waits longer than it would have: a follower learns
/// the last high watermark by an expired fetch. So observation goes on for a while after the interval of interest, and
/// what it sees there is taken off.
Tally without_tail(const LatencyHistogram& whole, const LatencyHistogram& tail) {
  std::map<std::uint64_t, std::uint64_t> late;
  for (const LatencyHistogram::Bucket& bucket : tail.buckets()) late[bucket.lowest_us] = bucket.count;
  Tally tally;
  for (const LatencyHistogram::Bucket& bucket : whole.buckets()) {
    const std::uint64_t count = bucket.count - late[bucket.lowest_us];
    if (count > 0)
      tally.spans.record(Duration{static_cast<std::int64_t>(500 * (bucket.lowest_us + bucket.highest_us + 1))}, count);
  }
  tally.mean_ms = (whole.sum_seconds() - tail.sum_seconds()) * 1e3 / static_cast<double>(whole.count() - tail.count());
  return tally;
}

struct Seen {
  Tally commit;                                    ///< append to high watermark, plus to_leader
  Tally consumer_at_leader, consumer_at_follower;  ///< from append, plus to_leader
  Tally penalty;                                   ///< follower's high watermark after the leader's
  double fetches_per_ms = 0;                       ///< of each follower
  double lag_records = 0;
};

BareWorld world_of(const ReplicationCase& one, bool at_follower) {
  BareWorld world;
  world.scenario().world.switches.credit_before_reading_high_watermark = one.break_credit_order;
  const ZoneIndex leader = world.zone("leader");
  std::vector<BrokerIndex> replicas{world.broker(leader, from_ms(one.wait))};
  DelayDistribution between = always(from_ms(one.d));
  if (one.jitter > 0) {
    between.law = DelayDistribution::Law::uniform;
    between.minimum = from_ms(one.d * (1 - one.jitter));
    between.maximum = from_ms(one.d * (1 + one.jitter));
  }
  for (std::uint32_t f = 1; f <= one.followers; ++f) {
    const ZoneIndex zone = world.zone("follower-" + std::to_string(f));
    replicas.push_back(world.broker(zone, from_ms(one.wait)));
    world.link(leader, zone, between);
  }
  const ZoneIndex producers = world.zone("producers"), consumers = world.zone("consumers");
  world.link(producers, leader, always(to_leader));
  world.link(consumers, at_follower ? ZoneIndex{1} : leader, always(from_ms(one.dc)));
  const TopicIndex topic = world.topic(replicas);
  ProducerSpec& producer = world.producer(producers, topic, one.appends_per_ms * 1000);
  if (one.single_record) {
    producer.records_per_second = 1e-6;
    producer.arrivals = ProducerSpec::Arrivals::constant;
    producer.random_phase = false;
    // Followers' polls come round every wait + 2 d; the consumers have joined by then.
    const double cycle = one.wait + 2 * one.d;
    producer.first_record_at = from_ms(cycle * std::ceil(joining_ms / cycle) + one.wait / 5);
  }
  if (at_follower) {
    world.reader(consumers, "follower-1", {topic});
  } else {
    world.reader(leader, "", {topic});  // so near that it is always waiting: it sees the high watermark as it moves
    world.reader(consumers, "", {topic});
  }
  return world;
}

/// Observes the records intended in [warm_up, warm_up + length) ms.
Seen observe(const ReplicationCase& one, std::uint64_t seed, std::uint32_t trial, double warm_up_ms, double length_ms) {
  const double tail_ms = one.wait + 20 * one.d + 4 * one.dc;
  const auto run = [&](bool at_follower, bool tail_only) {
    BareWorld world = world_of(one, at_follower);
    const double from = warm_up_ms + (tail_only ? length_ms : 0);
    watch(world, from, warm_up_ms + length_ms + tail_ms - from, seed);
    TrialResult result = run_once(world, ReadPolicy::rack_aware, trial);
    if (!result.conservation.violations.empty())
      throw std::runtime_error("the run broke " + result.conservation.violations.front());
    return result;
  };
  const TrialResult near = run(false, false), near_tail = run(false, true);
  const TrialResult far = run(true, false), far_tail = run(true, true);
  const auto fetches = [](const TrialResult& result) {
    return static_cast<double>(result.loads.total(BrokerIndex{0}).follower_fetch_requests);
  };
  Seen seen;
  seen.commit = without_tail(near.groups[0].delivery_from_leader, near_tail.groups[0].delivery_from_leader);
  seen.consumer_at_leader = without_tail(near.groups[1].delivery_from_leader, near_tail.groups[1].delivery_from_leader);
  seen.consumer_at_follower =
      without_tail(far.groups[0].delivery_from_follower, far_tail.groups[0].delivery_from_follower);
  seen.penalty = without_tail(far.staleness.visibility_delay, far_tail.staleness.visibility_delay);
  seen.fetches_per_ms = (fetches(near) - fetches(near_tail)) / one.followers / length_ms;
  seen.lag_records = (far.staleness.lag_records_time_average * (length_ms + tail_ms) -
                      far_tail.staleness.lag_records_time_average * tail_ms) /
                     length_ms;
  return seen;
}

constexpr double to_leader_ms = 999e-6;

double warm_up_of(const ReplicationCase& one) {
  return joining_ms + 4 * one.wait + 40 * one.d + 20 / one.appends_per_ms;
}

/// Length of a trial in ms; at least some thousand records, fewer where most of them wait for the whole T and so are
/// alike.
TrialLength length_of(const ReplicationCase& one, double pilot_records) {
  const double unlike = std::clamp(one.appends_per_ms * one.wait, 0.1, 1.0);
  return {pilot_records * unlike / one.appends_per_ms, record_limit / one.appends_per_ms};
}

/// One record on an idle cluster: nothing is drawn, so one run says it to the nanosecond.
void judge_idle(CaseReport& report, const Json& expected, const ReplicationCase& one) {
  const Seen seen = observe(one, 1, 0, 0, joining_ms + 4 * one.wait + 100 * one.d);
  const Estimates got{{"commit_latency_leader_append_to_hw", seen.commit.mean_ms - to_leader_ms},
                      {"follower_hw_after_leader_hw", seen.penalty.mean_ms},
                      {"consumer_at_leader_from_append", seen.consumer_at_leader.mean_ms - to_leader_ms},
                      {"consumer_at_follower_from_append", seen.consumer_at_follower.mean_ms - to_leader_ms}};
  for (const auto& [quantity, value] : expected.items()) {
    if (const auto found = got.find(quantity); found != got.end()) {
      report.close(quantity, value.get<double>(), found->second, 1e-6);
    } else {
      report.unsupported(quantity, "the validator knows no such quantity");
    }
  }
}

/// Poisson appends: means, shares and quantiles over trials.
void judge_propagation(CaseReport& report, const Json& expected, const ReplicationCase& one, const Effort& effort,
                       double floor) {
  Json numbers = expected;
  // "commit_latency_mean + dc" is a sum of two numbers the case gives.
  const char* sum = "consumer_at_leader_mean_if_dc_le_d";
  if (numbers.contains(sum) && numbers[sum].is_string() && numbers.contains("commit_latency_mean")) {
    numbers[sum] = numbers["commit_latency_mean"].get<double>() + one.dc;
  }
  References references = references_of(report, numbers, floor, false);
  mark_rare(references, record_limit, "observations");
  const double warm_up = warm_up_of(one);
  judge_trials(report, references, effort, length_of(one, 1500),
               [&](std::uint64_t seed, std::uint32_t trial, double length, Pool& pool) {
                 const Seen seen = observe(one, seed, trial, warm_up, length);
                 Estimates e;
                 e["commit_latency_mean"] = seen.commit.mean_ms - to_leader_ms;
                 e["fraction_of_records_committed_in_exactly_2d"] =
                     seen.commit.spans.share_up_to(from_ms(2 * one.d) + to_leader);
                 e["follower_hw_penalty_mean"] = seen.penalty.mean_ms;
                 e["follower_fetches_per_unit_time"] = e["follower_fetches_per_unit_time_approx"] = seen.fetches_per_ms;
                 e[sum] = seen.consumer_at_leader.mean_ms - to_leader_ms;
                 // The histogram's buckets are up to 0.1 % wide: what is within one of the cap counts as capped.
                 e["P_penalty_capped_at_T_plus_d"] =
                     1 - seen.penalty.spans.share_up_to(from_ms((one.wait + one.d) * (1 - 0.001)));
                 for (const auto& [quantity, value] : numbers.items()) {
                   const auto percent = number_after(quantity, "penalty_p");
                   if (percent && *percent > 0 && *percent < 100)
                     add_quantile(e, pool, quantity, seen.penalty.spans, *percent / 100, 1e3);
                 }
                 return e;
               });
}

/// So many appends that every follower fetch finds new data.
void judge_busy(CaseReport& report, const Json& expected, ReplicationCase one, const Effort& effort) {
  one.appends_per_ms = 15 / one.d;
  one.wait = 20 * one.d;  // no fetch ever waits
  ReplicationCase three = one;
  three.followers = 2;
  ReplicationCase three_free = three;
  three_free.jitter = 0.05;  // so that the followers' phases are independent
  References references;
  for (const auto& [quantity, value] : expected.items()) {
    if (!value.is_number()) continue;
    references[quantity].value = value.get<double>();
    references[quantity].floor = 0.01;
  }
  const double warm_up = joining_ms + 100 * one.d;
  double commit_least = 1e300, commit_most = 0, penalty_least = 1e300, penalty_most = 0;
  judge_trials(report, references, effort, length_of(one, 1500),
               [&](std::uint64_t seed, std::uint32_t trial, double length, Pool&) {
                 const Seen two = observe(one, seed, trial, warm_up, length);
                 const Seen locked =
                     trial < 5 ? observe(three, seed, trial, warm_up, length) : two;  // it repeats itself exactly
                 const Seen free = observe(three_free, seed, trial, warm_up, length);
                 const auto least = [](const Tally& tally) { return milliseconds(tally.spans.minimum()); };
                 const auto most = [](const Tally& tally) { return milliseconds(tally.spans.maximum()); };
                 commit_least = std::min(commit_least, least(two.commit) - to_leader_ms);
                 commit_most = std::max(commit_most, most(two.commit) - to_leader_ms);
                 penalty_least = std::min({penalty_least, least(two.penalty), least(locked.penalty)});
                 penalty_most = std::max({penalty_most, most(two.penalty), most(locked.penalty)});
                 return Estimates{{"rf2_commit_latency_mean", two.commit.mean_ms - to_leader_ms},
                                  {"rf2_follower_hw_after_leader_hw", two.penalty.mean_ms},
                                  {"rf3_random_phase_commit_latency_mean", free.commit.mean_ms - to_leader_ms},
                                  {"rf3_random_phase_follower_hw_penalty_mean", free.penalty.mean_ms},
                                  {"fetches_per_follower_per_unit_time", two.fetches_per_ms}};
               });
  for (const auto& [quantity, value] : expected.items()) {
    if (value.is_number()) continue;
    if (quantity == "rf2_commit_latency_min_max") {
      report.close(quantity + "[0]", value.at(0).get<double>(), commit_least, 0.01);
      report.close(quantity + "[1]", value.at(1).get<double>(), commit_most, 0.01);
    } else if (quantity == "penalty_bounds_open_closed") {
      // The upper bound is read to the width of a histogram bucket.
      report.same(quantity,
                  penalty_least > value.at(0).get<double>() && penalty_most <= value.at(1).get<double>() * 1.001,
                  value.dump(), fmt::format("{:.9g} to {:.9g}", penalty_least, penalty_most));
    } else {
      report.unsupported(quantity, "the validator knows no such quantity");
    }
  }
}

/// Little's law needs a follower that is late by a given mean: the one-way delay is sought that makes it so late.
void judge_little(CaseReport& report, const Json& params, const Json& expected, const Effort& effort) {
  const double rate = params.at("records_per_s"), age_ms = params.at("mean_age_s").get<double>() * 1000;
  ReplicationCase one;
  one.appends_per_ms = rate / 1000;
  one.d = age_ms / 3;
  one.dc = 0;
  const double length = std::max(20'000 / one.appends_per_ms, 100 * age_ms);
  for (int i = 0; i < 6; ++i) {
    one.d *= age_ms / observe(one, 77, static_cast<std::uint32_t>(i), warm_up_of(one), length).penalty.mean_ms;
  }
  References references = references_of(report, expected, 0.01, false);
  judge_trials(report, references, effort, length_of(one, 6000),
               [&](std::uint64_t seed, std::uint32_t trial, double span, Pool&) {
                 return Estimates{{"offset_lag_mean", observe(one, seed, trial, warm_up_of(one), span).lag_records}};
               });
}

/// A consumer beside its only replica.
void judge_long_poll(CaseReport& report, const Json& params, const Json& expected, const Effort& effort) {
  const double rate = params.at("rate_per_ms"), wait = params.at("T_ms");
  const auto needed = params.at("N").get<std::int32_t>();
  References references = references_of(report, expected, 0.01, false);
  mark_rare(references, record_limit, "observations");
  if (const auto late = references.find("mean_record_delay_to_fetch_completion");
      late != references.end() && late->second.value == 0) {
    late->second.precise = false;
  }
  judge_trials(report, references, effort, {3000 / rate, record_limit / rate},
               [&](std::uint64_t seed, std::uint32_t trial, double length, Pool&) {
                 BareWorld world;
                 const ZoneIndex zone = world.zone("zone");
                 const TopicIndex topic = world.topic({world.broker(zone)});
                 world.producer(zone, topic, 1000 * rate);
                 ConsumerGroupSpec& reader = world.reader(zone, "", {topic});
                 reader.fetch_min_bytes = needed * (stored_overhead + 1);
                 reader.fetch_max_wait = from_ms(wait);
                 watch(world, joining_ms + 4 * wait + 20 / rate, length, seed);
                 const TrialResult result = run_once(world, ReadPolicy::leader, trial);
                 const LatencyHistogram& delay = result.groups[0].delivery_from_leader;
                 const double records = static_cast<double>(delay.count());
                 const double fetches = static_cast<double>(result.loads.total(BrokerIndex{0}).consumer_fetch_requests);
                 return Estimates{{"mean_cycle", length / fetches},
                                  {"fetches_per_unit_time", fetches / length},
                                  {"mean_records_per_fetch", records / fetches},
                                  // The record that makes a fetch full is delivered as it comes; no other one is.
                                  {"P_fetch_full", records * delay.share_up_to(Duration::zero()) / fetches},
                                  {"mean_record_delay_to_fetch_completion", 1e3 * delay.mean_seconds()},
                                  {"P_empty_fetch", static_cast<double>(result.empty_consumer_fetches) / fetches}};
               });
}

/// A producer beside the only replica. Time is stretched until records come every 100 ms, so that "at once" is told
/// from "soon" by histograms of 1 us.
void judge_linger(CaseReport& report, const Json& params, const Json& expected, const Effort& effort) {
  const double rate = params.at("rate_per_ms"), linger = params.at("linger_ms");
  const double stretch = 100 * rate;
  References references = references_of(report, expected, 0.01, false);
  mark_rare(references, record_limit, "observations");
  judge_trials(report, references, effort, {5000 / rate, record_limit / rate},
               [&](std::uint64_t seed, std::uint32_t trial, double length, Pool&) {
                 BareWorld world;
                 const ZoneIndex zone = world.zone("zone");
                 const TopicIndex topic = world.topic({world.broker(zone)});
                 ProducerSpec& producer = world.producer(zone, topic, 1000 * rate / stretch);
                 producer.linger = from_ms(stretch * linger);
                 producer.batch_size = 1'000'000'000;  // no limit, so none of memory either
                 producer.buffer_memory = 1'000'000'000'000;
                 if (!params.at("N").is_null())
                   producer.batch_size = stored_overhead + 1 + (params.at("N").get<std::int32_t>() - 1) * 11;
                 watch(world, stretch * (20 * linger + 20 / rate), stretch * length, seed);
                 const TrialResult result = run_once(world, ReadPolicy::leader, trial);
                 const double records = static_cast<double>(result.produce.count());
                 const double batches = static_cast<double>(result.loads.total(BrokerIndex{0}).produce_requests);
                 return Estimates{
                     {"mean_batch_records", records / batches},
                     // Between two batches none is open for the mean time until a record comes.
                     {"mean_open_time", length / batches - 1 / rate},
                     {"mean_record_delay_until_close", 1000 / stretch * result.produce.mean_seconds()},
                     {"batches_per_unit_time", batches / length},
                     // The record that fills a batch waits for nothing; no other one does.
                     {"P_closed_by_size", records * result.produce.share_up_to(Duration::zero()) / batches}};
               });
}

void judge_closed_form(CaseReport& report, const Json& row, const Effort& effort) {
  const Json& params = row.at("params");
  if (!row.contains("expected")) return;
  const Json& expected = row.at("expected");
  ReplicationCase one;
  one.break_credit_order = effort.break_credit_order;
  if (has_keys(params, {"rate_per_ms", "N", "T_ms"})) return judge_long_poll(report, params, expected, effort);
  if (has_keys(params, {"rate_per_ms", "N", "linger_ms"})) return judge_linger(report, params, expected, effort);
  if (has_keys(params, {"records_per_s", "mean_age_s"})) return judge_little(report, params, expected, effort);
  if (has_keys(params, {"T", "r"}))
    return report.unsupported("all", "no replica of the product is refreshed by the clock");
  if (has_keys(params, {"replica_fetch_wait_max_ms", "d_ms", "dc_ms"})) {
    one.wait = params.at("replica_fetch_wait_max_ms");
    one.d = params.at("d_ms");
    one.dc = params.at("dc_ms");
    one.single_record = true;
    return judge_idle(report, expected, one);
  }
  if (has_keys(params, {"appends_per_ms", "T_ms", "d_ms"})) {
    one.appends_per_ms = params.at("appends_per_ms");
    one.wait = params.at("T_ms");
    one.d = params.at("d_ms");
    one.dc = one.d / 2;
    // A form for 2 d lam << 1 is told by the share that waits the whole T; its error is of that order ("tolerance").
    const bool approximate = expected.contains("P_penalty_capped_at_T_plus_d");
    return judge_propagation(report, expected, one, effort,
                             approximate ? 0.01 + 2 * one.d * one.appends_per_ms : 0.005);
  }
  if (has_keys(params, {"d_ms"})) {
    one.d = params.at("d_ms");
    return judge_busy(report, expected, one, effort);
  }
  report.unsupported("all", "no world of the model has these parameters: " + params.dump());
}

/// A row of the independent event simulation: its means within 1 %.
void judge_reference_row(CaseReport& report, const Json& row, const Effort& effort) {
  if (row.value("arrivals", "poisson") != "poisson") return report.unsupported("all", "arrivals that are not Poisson");
  ReplicationCase one;
  one.break_credit_order = effort.break_credit_order;
  one.followers = row.at("followers");
  one.appends_per_ms = row.at("rate_per_ms");
  one.d = row.at("d_ms");
  one.dc = row.at("dc_ms");
  one.wait = row.at("T_ms");
  References references;
  const auto add = [&](const std::string& quantity, const Json& value) {
    references[quantity].value = value.get<double>();
    references[quantity].floor = 0.01;
  };
  const char* const groups[] = {"commit_latency", "follower1_hw_after_leader_hw", "consumer_at_leader",
                                "consumer_at_follower1"};
  for (const char* group : groups) {
    if (!row.contains(group)) continue;
    for (const auto& [figure, value] : row.at(group).items()) {
      const std::string quantity = std::string(group) + " " + figure;
      if (figure == "max") {
        report.unsupported(quantity, "the largest of one random run is no reference value");
      } else {
        add(quantity, value);
      }
    }
  }
  if (row.contains("fetches_per_ms_per_follower"))
    add("fetches_per_ms_per_follower", row.at("fetches_per_ms_per_follower"));
  judge_trials(report, references, effort, length_of(one, 1500),
               [&](std::uint64_t seed, std::uint32_t trial, double length, Pool& pool) {
                 const Seen seen = observe(one, seed, trial, warm_up_of(one), length);
                 Estimates e{{"fetches_per_ms_per_follower", seen.fetches_per_ms}};
                 const std::pair<const char*, const Tally*> figures[] = {{groups[0], &seen.commit},
                                                                         {groups[1], &seen.penalty},
                                                                         {groups[2], &seen.consumer_at_leader},
                                                                         {groups[3], &seen.consumer_at_follower}};
                 for (const auto& figure : figures) {
                   const double shift = figure.second == &seen.penalty ? 0 : -to_leader_ms;
                   const std::string name = figure.first;
                   e[name + " mean"] = figure.second->mean_ms + shift;
                   add_quantile(e, pool, name + " p50", figure.second->spans, 0.5, 1e3, shift);
                   add_quantile(e, pool, name + " p99", figure.second->spans, 0.99, 1e3, shift);
                 }
                 return e;
               });
}

}  // namespace

std::vector<CaseTask> staleness_cases(const Json& file, const Effort& effort) {
  std::vector<CaseTask> tasks;
  for (const auto& [group, rows] : file.at("cases").items()) {
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const Json row = rows[i];
      const std::string id = row.value("id", place_name(group, i));
      if (has_keys(row, {"params"})) {
        tasks.push_back({id, [row, effort](CaseReport& report) { judge_closed_form(report, row, effort); }});
      } else if (has_keys(row, {"followers", "rate_per_ms"})) {
        tasks.push_back({id, [row, effort](CaseReport& report) { judge_reference_row(report, row, effort); }});
      } else {
        tasks.push_back({id, [](CaseReport& report) { report.unsupported("all", "a row of unknown kind"); }});
      }
    }
  }
  return tasks;
}

}  // namespace brokersim::validate
