// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <stdexcept>

#include "analysis/balance.hpp"
#include "analysis/cost.hpp"
#include "analysis/durability.hpp"
#include "analysis/expected_traffic.hpp"
#include "analysis/sum.hpp"
#include "tests/analysis/case_files.hpp"

namespace brokersim {
namespace {

using test::close;
using test::Column;
using test::Json;

void check_columns(const Column& found, const Json& expected) {
  REQUIRE(found.size() == expected.size());
  for (std::size_t b = 0; b < found.size(); ++b) CHECK(close(found[b], expected.at(b)));
}

TEST_CASE("bytes by broker, leader reads against rack-aware reads: load-balance.json S-LB-BYTES") {
  for (const Json& one : test::load_balance_cases("S-LB-BYTES")) {
    CAPTURE(one.at("id").get<std::string>());
    const Json& params = one.at("params");
    const Json& expected = one.at("expected");
    const Column leaders = params.at("leaders").get<Column>();
    const PartitionTraffic traffic{.write_rate = params.at("write_MBps_per_partition"),
                                   .consumer_groups = params.at("consumer_groups"),
                                   .replication_factor = params.at("rf")};
    const double partitions = sum_of(leaders);
    const Column replicas(leaders.size(), partitions);  // RF = brokers: each hosts all
    const Column reads(leaders.size(), partitions * traffic.write_rate * traffic.consumer_groups / 3);
    check_columns(expected_bytes_in(replicas, traffic.write_rate), expected.at("bytes_in_per_broker"));
    const Column by_leader = expected_bytes_out_leader_reads(leaders, traffic);
    const Column by_rack = expected_bytes_out_rack_aware(leaders, reads, traffic);
    check_columns(by_leader, expected.at("bytes_out_leader_reads"));
    check_columns(by_rack, expected.at("bytes_out_follower_reads"));
    CHECK(close(sum_of(by_leader), sum_of(by_rack)) == expected.at("total_out_equal").get<bool>());
    CHECK(close(peak_to_mean(by_leader), expected.at("skew_out_leader").at("max_over_mean")));
    CHECK(close(coefficient_of_variation(by_leader), expected.at("skew_out_leader").at("cov")));
    CHECK(close(peak_to_mean(by_rack), expected.at("skew_out_follower").at("max_over_mean")));
    CHECK(close(coefficient_of_variation(by_rack), expected.at("skew_out_follower").at("cov")));
  }
}

TEST_CASE("zone crossing and its monthly cost: load-balance.json S-LB-XAZ") {
  for (const Json& one : test::load_balance_cases("S-LB-XAZ")) {
    CAPTURE(one.at("id").get<std::string>());
    const Json& params = one.at("params");
    const Json& expected = one.at("expected");
    const ZoneCrossing crossing = expected_zone_crossing(params.at("A"), {.write_rate = params.at("write_MBps"),
                                                                          .consumer_groups = params.at("fanout"),
                                                                          .replication_factor = params.at("rf")});
    CHECK(close(crossing.producer, expected.at("producer_cross_MBps")));
    CHECK(close(crossing.replication, expected.at("replication_cross_MBps")));
    CHECK(close(crossing.consumer_leader_reads, expected.at("consumer_cross_leader_MBps")));
    CHECK(close(crossing.consumer_rack_aware, expected.at("consumer_cross_follower_MBps")));
    const double price = params.at("usd_per_GB_both_directions");
    CHECK(close(monthly_cost_of_rate(crossing.leader_reads_total() * 1e6, price), expected.at("usd_month_leader")));
    // Bytes of 600 s cost the same a month as their rate.
    CHECK(close(monthly_cost(crossing.rack_aware_total() * 1e6 * 600, 600, price), expected.at("usd_month_follower")));
  }
}

TEST_CASE("loss under simultaneous failures: load-balance.json S-LB-LOSS") {
  for (const Json& one : test::load_balance_cases("S-LB-LOSS")) {
    CAPTURE(one.at("id").get<std::string>());
    const Json& params = one.at("params");
    const Json& expected = one.at("expected");
    const LossExpectation loss = expected_loss({.brokers = params.at("B"),
                                                .replication_factor = params.at("r"),
                                                .partitions = params.at("P"),
                                                .failures = params.at("failures")});
    CHECK(close(loss.one_partition_lost, expected.at("P_one_partition_lost")));
    CHECK(close(loss.any_partition_lost, expected.at("P_any_lost")));
    CHECK(close(loss.partitions_lost, expected.at("expected_partitions_lost")));
    CHECK(close(loss.preferred_leader_lost, expected.at("P_one_partition_leaderless_if_only_replica0_may_lead")));
  }
}

TEST_CASE("fewer failures than replicas lose nothing, and all brokers failing loses everything") {
  const LossExpectation none = expected_loss({.brokers = 6, .replication_factor = 3, .partitions = 9, .failures = 2});
  CHECK(none.any_partition_lost == 0.0);
  const LossExpectation all = expected_loss({.brokers = 6, .replication_factor = 3, .partitions = 9, .failures = 6});
  CHECK(all.any_partition_lost == 1.0);
  CHECK_THROWS_AS(static_cast<void>(expected_loss({.brokers = 2, .replication_factor = 3})), std::invalid_argument);
}

TEST_CASE("availability with brokers down at random: load-balance.json S-LB-AVAIL") {
  for (const Json& one : test::load_balance_cases("S-LB-AVAIL")) {
    CAPTURE(one.at("id").get<std::string>());
    const Json& params = one.at("params");
    const Json& expected = one.at("expected");
    const AvailabilityExpectation found = expected_availability({.down_probability = params.at("p"),
                                                                 .replication_factor = params.at("r"),
                                                                 .min_in_sync_replicas = params.at("min_isr"),
                                                                 .partitions = params.at("P")});
    CHECK(close(found.has_live_replica, expected.at("P_partition_has_a_live_replica")));
    CHECK(close(found.writable_with_acks_all, expected.at("P_partition_writable_acks_all")));
    CHECK(close(found.all_replicas_live, expected.at("P_all_replicas_live")));
    CHECK(close(found.offline_partitions, expected.at("expected_offline_partitions")));
    CHECK(close(found.under_min_isr_partitions, expected.at("expected_under_min_isr_partitions")));
  }
}

TEST_CASE("availability of five replicas with min.insync.replicas 3 is the binomial written out") {
  const AvailabilityExpectation found = expected_availability(
      {.down_probability = 0.1, .replication_factor = 5, .min_in_sync_replicas = 3, .partitions = 100});
  const double too_few = 1e-5 + 5 * 0.9 * 1e-4 + 10 * 0.81 * 1e-3;  // 0, 1 or 2 live
  CHECK(close(found.writable_with_acks_all, 1 - too_few, 1e-12));
  CHECK(close(found.under_min_isr_partitions, 100 * too_few, 1e-12));
}

TEST_CASE("a layout that cannot be is refused") {
  CHECK_THROWS_AS(static_cast<void>(expected_zone_crossing(2, {.replication_factor = 3})), std::invalid_argument);
  CHECK_THROWS_AS(static_cast<void>(crossing_share(0)), std::invalid_argument);
  CHECK_THROWS_AS(static_cast<void>(monthly_cost(1, 0, 0.02)), std::invalid_argument);
  CHECK_THROWS_AS(static_cast<void>(expected_bytes_in(Column{-1}, 2)), std::invalid_argument);
}

}  // namespace
}  // namespace brokersim
