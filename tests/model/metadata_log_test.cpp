// SPDX-License-Identifier: Apache-2.0
#include "sim/model/metadata_log.hpp"

#include <doctest/doctest.h>

namespace brokersim::test {

TEST_CASE("who leads is what the view of that offset says, for whoever knows how much") {
  const auto led_by = [](std::optional<BrokerIndex> leader, std::uint32_t epoch) {
    PartitionView view;
    view.leader = leader;
    view.leader_epoch = epoch;
    return view;
  };
  MetadataLog log({led_by(BrokerIndex{0}, 0), led_by(BrokerIndex{1}, 0)}, 3, {TopicRules{}});
  log.commit(0, led_by(std::nullopt, 1));
  log.commit(BrokerIndex{0}, BrokerView{.fenced = true});
  log.commit(0, led_by(BrokerIndex{2}, 2));
  for (std::uint32_t partition = 0; partition < 2; ++partition) {
    for (std::uint64_t offset = 0; offset <= log.end(); ++offset) {
      CHECK(log.leader(partition, offset).leader == log.view(partition, offset).leader);
      CHECK(log.leader(partition, offset).leader_epoch == log.view(partition, offset).leader_epoch);
    }
  }
  CHECK(log.leader(0, 2).leader == std::nullopt);
  CHECK(log.leader(0, 3).leader == BrokerIndex{2});
  CHECK(log.ever_changed(0));
  CHECK_FALSE(log.ever_changed(1));
}

}  // namespace brokersim::test
