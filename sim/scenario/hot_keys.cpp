// SPDX-License-Identifier: Apache-2.0
#include "sim/scenario/hot_keys.hpp"

#include <algorithm>

#include "sim/policy/partitioner/key_popularity.hpp"
#include "sim/random/zipf.hpp"

namespace brokersim {
namespace {

std::vector<double> shares_of(const KeySpec& keys) {
  if (keys.kind == KeySpec::Kind::hot) return hot_key_shares(keys.count, keys.hot_share);
  if (keys.kind == KeySpec::Kind::uniform) return uniform_key_shares(keys.count);
  const ZipfTable table(keys.count, keys.exponent);
  return {table.shares().begin(), table.shares().end()};
}

}  // namespace

std::vector<HotKey> hot_keys(const Scenario& scenario, const std::vector<std::vector<BrokerIndex>>& placement) {
  const WorldSpec& world = scenario.world;
  std::vector<HotKey> found;
  for (std::uint32_t p = 0; p < world.producers.size(); ++p) {
    const ProducerSpec& producer = world.producers[p];
    if (producer.keys.kind == KeySpec::Kind::none) continue;
    std::size_t first = 0;
    for (std::uint32_t t = 0; t < producer.topic.value; ++t) first += world.topics[t].partitions;
    const std::uint32_t partitions = world.topics[producer.topic.value].partitions;
    const std::vector<double> of_key = shares_of(producer.keys);
    const std::vector<std::uint32_t> goes_to = partition_of_key(producer.keys.count, partitions);
    const std::vector<double> of_partition = partition_shares(of_key, goes_to, partitions);
    HotKey hot;
    hot.producer = p;
    hot.key = static_cast<std::uint32_t>(std::max_element(of_key.begin(), of_key.end()) - of_key.begin());
    hot.key_share = of_key[hot.key];
    hot.key_partition = goes_to[hot.key];
    hot.key_leader = placement[first + hot.key_partition].front();
    hot.partition =
        static_cast<std::uint32_t>(std::max_element(of_partition.begin(), of_partition.end()) - of_partition.begin());
    hot.partition_share = of_partition[hot.partition];
    hot.leader = placement[first + hot.partition].front();
    found.push_back(hot);
  }
  return found;
}

}  // namespace brokersim
