// SPDX-License-Identifier: Apache-2.0
#include "sim/metrics/copy_ledger.hpp"

#include <doctest/doctest.h>

namespace brokersim {
namespace {

using namespace std::chrono_literals;

constexpr Instant moment(Duration since_start) {
  return Instant{since_start};
}

constexpr BrokerIndex first_broker{0}, second_broker{1}, third_broker{2};

TEST_CASE("what new replicas are sent counts until their reassignment is complete, by broker and window") {
  CopyLedger ledger(moment(10s), moment(20s), 1s, 3);
  ledger.on_copied(4, first_broker, third_broker, 7, moment(11s));  // nothing is reassigned yet
  ledger.on_reassignment(4, 2, {third_broker}, moment(12s));
  ledger.on_copied(4, first_broker, third_broker, 100, moment(12s + 500ms));
  ledger.on_copied(4, first_broker, second_broker, 100, moment(12s + 500ms));  // no new replica
  ledger.on_copied(5, first_broker, third_broker, 100, moment(12s + 500ms));   // another partition
  ledger.on_copied(4, first_broker, third_broker, 50, moment(13s));
  ledger.on_complete(4, moment(14s));
  ledger.on_copied(4, first_broker, third_broker, 7, moment(15s));
  const CopyAccount account = ledger.finish();
  REQUIRE(account.partitions.size() == 1);
  CHECK(account.partitions[0].partition == 4);
  CHECK(account.partitions[0].fault == 2);
  CHECK(account.partitions[0].began == moment(12s));
  CHECK(account.partitions[0].ended == moment(14s));
  CHECK(account.partitions[0].copied == 150);
  std::vector<Bytes> into(10 * 3), out_of(10 * 3);
  into[2 * 3 + 2] = out_of[2 * 3] = 100;
  into[3 * 3 + 2] = out_of[3 * 3] = 50;
  CHECK(account.into == into);
  CHECK(account.out_of == out_of);
}

TEST_CASE("a reassignment may begin before the observation, be replaced, and outlive the end") {
  CopyLedger ledger(moment(10s), moment(20s), 1s, 3);
  ledger.on_reassignment(0, 0, {second_broker}, moment(5s));
  ledger.on_copied(0, first_broker, second_broker, 100, moment(6s));
  ledger.on_reassignment(0, 1, {third_broker}, moment(12s));
  ledger.on_copied(0, first_broker, third_broker, 10, moment(19s));
  ledger.on_copied(0, first_broker, third_broker, 10, moment(20s));  // while the run drains
  ledger.on_complete(0, moment(21s));
  const CopyAccount account = ledger.finish();
  REQUIRE(account.partitions.size() == 2);
  CHECK(account.partitions[0].copied == 100);
  CHECK(account.partitions[0].ended == moment(12s));
  CHECK(account.partitions[1].copied == 10);
  CHECK_FALSE(account.partitions[1].ended.has_value());
  Bytes sum = 0;
  for (const Bytes bytes : account.into) sum += bytes;
  CHECK(sum == 10);
}

}  // namespace
}  // namespace brokersim
