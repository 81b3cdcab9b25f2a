// SPDX-License-Identifier: Apache-2.0
// The read policies, baselines included, in a world in which they must differ: one broker is slow.
#include "sim/policy/replica_selector/read_policies.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <map>

#include "tests/support/tiny_world.hpp"

using namespace brokersim;
using namespace std::chrono_literals;

namespace {

/// Three brokers in one zone; nine partitions, three led by each and copied to the other two. A fetch takes broker 3's
/// only I/O thread 4 ms, a hundred times as long as the others'.
Scenario one_slow_broker() {
  Scenario scenario = tiny::brokers_in_zones(3, 250us);
  for (BrokerSpec& broker : scenario.world.brokers) {
    broker.service = ServiceCosts{};
    broker.num_io_threads = 1;
  }
  scenario.world.brokers[2].service.fetch.per_request = 4ms;
  std::vector<TopicIndex> topics;
  for (std::uint32_t i = 0; i < 9; ++i) {
    const std::uint32_t first = i % 3;
    topics.push_back(tiny::add_topic(scenario, {first + 1, (first + 1) % 3 + 1, (first + 2) % 3 + 1}));
    ProducerSpec& producer = tiny::add_producer(scenario, topics.back(), 40, 0s);
    producer.arrivals = ProducerSpec::Arrivals::poisson;
    producer.acks = 1;
  }
  for (int i = 0; i < 3; ++i) tiny::add_group(scenario, topics, 0);
  scenario.warm_up = 5s;
  scenario.duration = 40s;
  return scenario;
}

struct Reads {
  double delivery_ms = 0;      // mean, from sending a record to handing it over
  double share_from_slow = 0;  // of the bytes read, those that broker 3 sent
};

Reads reads_under(const Scenario& scenario, ReadPolicy policy) {
  const TrialResult result = tiny::run(scenario, policy);
  REQUIRE(result.conservation.violations.empty());
  REQUIRE(result.conservation.unfinished == 0);
  Reads reads;
  double records = 0;
  for (const auto& group : result.groups) {
    for (const LatencyHistogram* spans : {&group.delivery_from_leader, &group.delivery_from_follower}) {
      const auto count = static_cast<double>(spans->count());
      if (count > 0) reads.delivery_ms += spans->mean_seconds() * 1e3 * count;
      records += count;
    }
  }
  reads.delivery_ms /= records;
  double all = 0;
  for (std::uint32_t b = 0; b < 3; ++b) {
    const BrokerLoad load = result.loads.total(BrokerIndex{b});
    const auto bytes = static_cast<double>(load.consumer_bytes_out_as_leader + load.consumer_bytes_out_as_follower);
    all += bytes;
    if (b == 2) reads.share_from_slow = bytes;
  }
  reads.share_from_slow /= all;
  return reads;
}

}  // namespace

TEST_CASE("with one slow broker the oracle delivers no later than any other read policy") {
  const Scenario scenario = one_slow_broker();
  std::map<ReadPolicy, Reads> reads;
  for (std::size_t i = 0; i < read_policy_names().size(); ++i) {
    const auto policy = static_cast<ReadPolicy>(i);
    reads[policy] = reads_under(scenario, policy);
    CAPTURE(name_of(policy));
    CHECK(reads[ReadPolicy::oracle].delivery_ms <= reads[policy].delivery_ms);
  }
  // By its definition: a third of the replicas are on the slow broker, for chance and for leaders alike. 9 partitions
  // in 40 one-second leases and 3 groups are 1,080 draws: 4 standard errors are 0.06.
  CHECK(std::abs(reads[ReadPolicy::random_replica].share_from_slow - 1.0 / 3) < 0.06);
  CHECK(std::abs(reads[ReadPolicy::leader].share_from_slow - 1.0 / 3) < 0.06);
  // An empty slow broker is worse than a fast one with less than a hundred fetches waiting, which there never are.
  CHECK(reads[ReadPolicy::oracle].share_from_slow == 0);
  // C3 finds out, and goes on trying at most rarely; those who do not look at load wait a third of the time.
  CHECK(reads[ReadPolicy::c3].share_from_slow < 0.1);
  CHECK(reads[ReadPolicy::c3].delivery_ms < 0.6 * reads[ReadPolicy::random_replica].delivery_ms);
}

TEST_CASE("a read from the leader and one from a follower stay counted when a baseline moves them") {
  // Conservation and every record's delivery are checked by reads_under; a group that is far behind moves while data
  // waits.
  Scenario scenario = one_slow_broker();
  scenario.duration = 10s;
  scenario.warm_up = 1s;
  for (ConsumerGroupSpec& group : scenario.world.groups)
    group.processing_time_per_record = DelayDistribution::constant(2ms);
  for (const ReadPolicy policy : {ReadPolicy::random_replica, ReadPolicy::least_outstanding, ReadPolicy::c3}) {
    CAPTURE(name_of(policy));
    CHECK(reads_under(scenario, policy).delivery_ms > 0);
  }
}
