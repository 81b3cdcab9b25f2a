// SPDX-License-Identifier: Apache-2.0
// load-balance.json: random baselines through the analysis and the policies, bytes and zone crossing through the model.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "analysis/balance.hpp"
#include "analysis/baseline.hpp"
#include "analysis/cost.hpp"
#include "analysis/durability.hpp"
#include "analysis/expected_traffic.hpp"
#include "analysis/random_placement.hpp"
#include "sim/policy/partitioner/key_popularity.hpp"
#include "sim/random/zipf.hpp"
#include "tests/validate/byte_accounting.hpp"
#include "tests/validate/choices.hpp"
#include "tests/validate/trials.hpp"

namespace brokersim::validate {
namespace {

constexpr double exact = 1e-9;  // "exact rows: relative 1e-9"

/// Compares what a case expects with figures by name; a name without a figure is unsupported.
void compare(CaseReport& report, const Json& expected, const std::map<std::string, double>& figures, double relative) {
  for (const auto& [quantity, value] : expected.items()) {
    const auto found = figures.find(quantity);
    if (found == figures.end() || !value.is_number()) {
      report.unsupported(quantity, "the validator knows no such quantity");
    } else {
      report.close(quantity, value.get<double>(), found->second, relative);
    }
  }
}

void judge_random_placement(CaseReport& report, const Json& params, const Json& expected) {
  const auto partitions = params.at("P").get<std::uint64_t>(), brokers = params.at("B").get<std::uint64_t>();
  const auto law = random_placement(partitions, brokers);
  if (!law) return report.unsupported("all", "the product refuses a placement so large");
  std::map<std::string, double> figures{{"E_max", law->expected_maximum()},
                                        {"E_max_over_mean", law->expected_peak_to_mean()},
                                        {"E_CoV_squared", random_placement_cov_squared(partitions, brokers)},
                                        {"expected_empty_bins", law->expected_empty_brokers()}};
  Json numbers = expected;
  for (const auto& [quantity, value] : expected.items()) {
    if (const auto percent = number_after(quantity, "max_p")) {
      figures[quantity] = static_cast<double>(law->maximum_quantile(*percent / 100));
    }
    if (quantity != "P_max_le") continue;
    numbers.erase(quantity);
    for (const auto& [most, probability] : value.items()) {
      report.close("P_max_le " + most, probability.get<double>(), law->maximum_at_most(std::stoull(most)), exact);
    }
  }
  compare(report, numbers, figures, exact);
}

/// The exact baselines, and the hash itself: keys get another prefix for every hash seed, and murmur2 spreads them
/// anew.
void judge_zipf(CaseReport& report, const Json& params, const Json& expected, const Effort& effort) {
  const auto keys = params.at("n").get<std::uint32_t>(), partitions = params.at("P").get<std::uint32_t>();
  const ZipfTable table(keys, params.at("s").get<double>());
  const std::span<const double> shares = table.shares();
  const double squares = std::inner_product(shares.begin(), shares.end(), shares.begin(), 0.0);
  const auto top = static_cast<std::ptrdiff_t>(std::min<std::size_t>(10, shares.size()));
  const char* const cov = "E_CoV_squared_of_partition_shares_random_hash";
  const char* const with_top_key = "E_share_of_partition_holding_top_key";
  compare(report, expected,
          {{"H", 1 / shares[0]},
           {"top_key_share", shares[0]},
           {"top10_keys_share", std::accumulate(shares.begin(), shares.begin() + top, 0.0)},
           {"sum_p_squared", squares},
           {"effective_number_of_keys_1_over_sum_p2", 1 / squares},
           {cov, random_hashing_cov_squared(shares, partitions)},
           {with_top_key, expected_share_with_top_key(shares[0], partitions)}},
          exact);
  const std::string over_seeds = ", mean over hash seeds";
  References references;
  for (const char* quantity : {cov, with_top_key}) {
    if (!expected.contains(quantity)) continue;
    Reference& reference = references[quantity + over_seeds];
    reference.value = expected.at(quantity).get<double>();
    reference.precise = false;
  }
  // The rule is of standard errors alone, so one set of trials decides: 40 of them, of 2000 hash seeds or more
  // together.
  const double seeds = effort.quick ? std::clamp(2e5 / keys, 2.0, 50.0) : std::clamp(5e6 / keys, 50.0, 1000.0);
  Effort once = effort;
  once.quick = true;
  judge_trials(report, references, once, {seeds, 0},
               [&](std::uint64_t seed, std::uint32_t trial, double length, Pool&) {
                 const auto count = static_cast<std::uint32_t>(length);
                 double cov_sum = 0, top_sum = 0;
                 for (std::uint32_t i = 0; i < count; ++i) {
                   const KeyNaming naming{fmt::format("{}/{}/{}/", seed, trial, i), 1};
                   const std::vector<std::uint32_t> of_key = partition_of_key(keys, partitions, naming);
                   const std::vector<double> parts = partition_shares(shares, of_key, partitions);
                   const double unevenness = coefficient_of_variation(parts);
                   cov_sum += unevenness * unevenness;
                   top_sum += parts[of_key[0]];
                 }
                 return Estimates{{cov + over_seeds, cov_sum / count}, {with_top_key + over_seeds, top_sum / count}};
               });
}

void judge_loss(CaseReport& report, const Json& params, const Json& expected) {
  const LossExpectation loss = expected_loss({params.at("B"), params.at("r"), params.at("P"), params.at("failures")});
  compare(report, expected,
          {{"P_one_partition_lost", loss.one_partition_lost},
           {"expected_partitions_lost", loss.partitions_lost},
           {"P_any_lost", loss.any_partition_lost},
           {"P_one_partition_leaderless_if_only_replica0_may_lead", loss.preferred_leader_lost}},
          exact);
}

void judge_availability(CaseReport& report, const Json& params, const Json& expected) {
  const AvailabilityExpectation up =
      expected_availability({params.at("p").get<double>(), params.at("r"), params.at("min_isr"), params.at("P")});
  compare(report, expected,
          {{"P_partition_has_a_live_replica", up.has_live_replica},
           {"P_partition_writable_acks_all", up.writable_with_acks_all},
           {"P_all_replicas_live", up.all_replicas_live},
           {"expected_offline_partitions", up.offline_partitions},
           {"expected_under_min_isr_partitions", up.under_min_isr_partitions}},
          exact);
}

void compare_brokers(CaseReport& report, const std::string& quantity, const Json& expected,
                     const std::vector<double>& rates, double unit) {
  if (expected.size() != rates.size())
    return report.fail(quantity, "another number of brokers than the case has leaders for");
  for (std::size_t b = 0; b < rates.size(); ++b) {
    report.close(fmt::format("{}[{}]", quantity, b), expected[b].get<double>(), rates[b] / unit, exact);
  }
}

/// Through the model, and through the expectation that reports print beside it.
void judge_bytes(CaseReport& report, const Json& params, const Json& expected) {
  const auto leaders = params.at("leaders").get<std::vector<int>>();
  if (params.at("rf").get<std::size_t>() != leaders.size()) {
    return report.unsupported(
        "all", "the case says that every broker has every partition, but rf is not the number of brokers");
  }
  constexpr double mega = 1e6;
  const double write_rate = params.at("write_MBps_per_partition").get<double>() * mega;
  const int groups = params.at("consumer_groups");
  const BrokerRates by_leader = broker_rates(leaders, write_rate, groups, ReadPolicy::leader);
  const BrokerRates by_rack = broker_rates(leaders, write_rate, groups, ReadPolicy::rack_aware);
  const std::vector<double> led(leaders.begin(), leaders.end());
  const double partitions = std::accumulate(led.begin(), led.end(), 0.0);
  const PartitionTraffic traffic{write_rate, static_cast<double>(groups), leaders.size()};
  const std::vector<double> replicas(leaders.size(), partitions);
  const std::vector<double> reads(leaders.size(),
                                  partitions * write_rate * groups / static_cast<double>(leaders.size()));
  const auto skew = [&](const std::string& quantity, const Json& figures, const std::vector<double>& out) {
    std::map<std::string, double> got{{"max_over_mean", peak_to_mean(out)}, {"cov", coefficient_of_variation(out)}};
    for (const auto& [figure, value] : figures.items()) {
      if (!got.contains(figure)) {
        report.unsupported(quantity + " " + figure, "the validator knows no such quantity");
      } else {
        report.close(quantity + " " + figure, value.get<double>(), got[figure], exact);
      }
    }
  };
  for (const auto& [quantity, value] : expected.items()) {
    if (quantity == "bytes_in_per_broker") {
      compare_brokers(report, quantity + ", leader reads", value, by_leader.in, mega);
      compare_brokers(report, quantity + ", follower reads", value, by_rack.in, mega);
      compare_brokers(report, quantity + ", closed form", value, expected_bytes_in(replicas, write_rate), mega);
    } else if (quantity == "bytes_out_leader_reads") {
      compare_brokers(report, quantity, value, by_leader.out, mega);
      compare_brokers(report, quantity + ", closed form", value, expected_bytes_out_leader_reads(led, traffic), mega);
    } else if (quantity == "bytes_out_follower_reads") {
      compare_brokers(report, quantity, value, by_rack.out, mega);
      compare_brokers(report, quantity + ", closed form", value, expected_bytes_out_rack_aware(led, reads, traffic),
                      mega);
    } else if (quantity == "skew_out_leader") {
      skew(quantity, value, by_leader.out);
    } else if (quantity == "skew_out_follower") {
      skew(quantity, value, by_rack.out);
    } else if (quantity == "total_out_equal") {
      const double before = std::accumulate(by_leader.out.begin(), by_leader.out.end(), 0.0);
      const double after = std::accumulate(by_rack.out.begin(), by_rack.out.end(), 0.0);
      report.same(quantity, (std::abs(before - after) <= exact * before) == value.get<bool>(), value.dump(),
                  fmt::format("{} and {}", before, after));
    } else {
      report.unsupported(quantity, "the validator knows no such quantity");
    }
  }
}

void judge_crossing(CaseReport& report, const Json& params, const Json& expected) {
  constexpr double mega = 1e6;
  const auto zones = params.at("A").get<std::size_t>(), factor = params.at("rf").get<std::size_t>();
  if (factor > zones)
    return report.unsupported("all", "more replicas than zones: two replicas of a partition share one");
  const double write_rate = params.at("write_MBps").get<double>() * mega,
               price = params.at("usd_per_GB_both_directions");
  const int fan_out = params.at("fanout");
  const CrossingRates leader = crossing_rates(zones, factor, write_rate, fan_out, ReadPolicy::leader);
  const CrossingRates rack = crossing_rates(zones, factor, write_rate, fan_out, ReadPolicy::rack_aware);
  const auto cost = [price](const CrossingRates& rates) {
    return monthly_cost_of_rate(rates.producer + rates.replication + rates.consumer, price);
  };
  compare(report, expected,
          {{"producer_cross_MBps", leader.producer / mega},
           {"replication_cross_MBps", leader.replication / mega},
           {"consumer_cross_leader_MBps", leader.consumer / mega},
           {"consumer_cross_follower_MBps", rack.consumer / mega},
           {"usd_month_leader", cost(leader)},
           {"usd_month_follower", cost(rack)}},
          exact);
  const ZoneCrossing closed = expected_zone_crossing(zones, {write_rate, static_cast<double>(fan_out), factor});
  const std::map<std::string, double> figures{
      {"producer_cross_MBps", closed.producer / mega},
      {"replication_cross_MBps", closed.replication / mega},
      {"consumer_cross_leader_MBps", closed.consumer_leader_reads / mega},
      {"consumer_cross_follower_MBps", closed.consumer_rack_aware / mega},
      {"usd_month_leader", monthly_cost_of_rate(closed.leader_reads_total(), price)},
      {"usd_month_follower", monthly_cost_of_rate(closed.rack_aware_total(), price)}};
  for (const auto& [quantity, figure] : figures) {
    if (expected.contains(quantity))
      report.close(quantity + ", closed form", expected.at(quantity).get<double>(), figure, exact);
  }
}

/// "abs 3/sqrt(n) on each fraction": bins enough that this means something.
void judge_choices(CaseReport& report, const Json& params, const Json& expected) {
  constexpr std::uint32_t bins = 1'000'000;
  const double per_bin = params.at("balls_per_bin");
  const std::vector<double> holding = throw_balls(bins, static_cast<std::uint64_t>(std::llround(per_bin * bins)),
                                                  params.at("d").get<std::uint32_t>(), {1, 0});
  for (const auto& [quantity, value] : expected.items()) {
    if (quantity != "fraction_of_bins_with_at_least") {
      report.unsupported(quantity, "the validator knows no such quantity");
      continue;
    }
    for (const auto& [number, fraction] : value.items()) {
      const std::size_t least = std::stoul(number);
      const double got = least >= 1 && least <= holding.size() ? holding[least - 1] / bins : 0;
      report.within(quantity + " " + number, fraction, got, 3 / std::sqrt(static_cast<double>(bins)));
    }
  }
}

/// "2 % at n = 500" holds for the means; a rare long line is a squared share of somewhat less rare ones, whose
/// fluctuation makes it 10 % more frequent there. The bias falls with 1 / n, so there are more servers.
void judge_supermarket(CaseReport& report, const Json& params, const Json& expected, const Effort& effort) {
  constexpr double limit = 8e6;  // customers, over all trials
  SupermarketSpec spec;
  spec.servers = effort.quick ? 2000 : 5000;
  spec.choices = params.at("d");
  spec.load = params.at("lam");
  if (spec.load >= 1) return report.unsupported("all", "there is no steady state");
  Json numbers = expected;
  numbers.erase("P_queue_ge");
  std::size_t levels = 0;
  const Json by_level = expected.value("P_queue_ge", Json::object());
  for (const auto& [level, probability] : by_level.items()) {
    numbers["P_queue_ge " + level] = probability;
    levels = std::max<std::size_t>(levels, std::stoul(level));
  }
  References references = references_of(report, numbers, 0.02, false);
  mark_rare(references, limit, "customers");
  const double warm_up = 100.0 * spec.servers;
  // The rule is of standard errors and 2 %, so one set of trials decides.
  Effort once = effort;
  once.quick = true;
  judge_trials(report, references, once, {effort.quick ? 2e4 : 2e5, 0},
               [&](std::uint64_t seed, std::uint32_t trial, double length, Pool&) {
                 const SupermarketResult seen = run_supermarket(spec, {seed, trial}, length, warm_up, levels);
                 Estimates e{{"mean_response_mu1", seen.sojourn.mean()}, {"mean_jobs_per_server", seen.present}};
                 for (std::size_t level = 1; level <= levels; ++level)
                   e["P_queue_ge " + std::to_string(level)] = seen.at_least[level];
                 return e;
               });
}

void judge_case(CaseReport& report, const Json& row, const Effort& effort) {
  const Json& params = row.at("params");
  if (!row.contains("expected")) return;
  const Json& expected = row.at("expected");
  if (has_keys(params, {"balls_per_bin", "d"})) return judge_choices(report, params, expected);
  if (has_keys(params, {"lam", "d"})) return judge_supermarket(report, params, expected, effort);
  if (has_keys(params, {"bytes", "throttle_Bps"}))
    return report.unsupported("all", "no partition is reassigned during a run");
  if (has_keys(params, {"leaders", "write_MBps_per_partition", "consumer_groups", "rf"}))
    return judge_bytes(report, params, expected);
  if (has_keys(params, {"A", "rf", "write_MBps", "fanout"})) return judge_crossing(report, params, expected);
  if (has_keys(params, {"B", "r", "P", "failures"})) return judge_loss(report, params, expected);
  if (has_keys(params, {"p", "r", "min_isr", "P"})) return judge_availability(report, params, expected);
  if (has_keys(params, {"n", "s", "P"})) return judge_zipf(report, params, expected, effort);
  if (has_keys(params, {"P", "B"})) return judge_random_placement(report, params, expected);
  report.unsupported("all", "no counterpart with these parameters: " + params.dump());
}

}  // namespace

std::vector<CaseTask> load_balance_cases(const Json& file, const Effort& effort) {
  return tasks_of_list(file, [effort](CaseReport& report, const Json& row) { judge_case(report, row, effort); });
}

}  // namespace brokersim::validate
