// SPDX-License-Identifier: Apache-2.0
#include "sim/policy/partitioner/sticky_partitioner.hpp"

#include <doctest/doctest.h>

#include <vector>

#include "tests/policy/scripted_random.hpp"

namespace brokersim {
namespace {

using Scripted = BasicStickyPartitioner<test::ListedRandom>;

TEST_CASE("the first partition is drawn, and stays while less than batch.size was produced to it") {
  // K-23: batch.size 100; 99 bytes are one short, whatever the batch.
  test::ListedRandom draws({4, 2});
  Scripted sticky(draws, 6, 100);
  CHECK(sticky.current() == 4);
  sticky.on_appended(99, true);
  sticky.on_no_open_batch();
  CHECK(sticky.current() == 4);
  CHECK(draws.draws() == 1);
  sticky.on_appended(1, true);
  CHECK(sticky.current() == 2);
}

TEST_CASE("at batch.size it switches if no batch is left half full, at twice that in any case") {
  // K-23, second half: 199 bytes with an open batch stay, the 200th byte goes.
  test::ListedRandom draws({0, 1});
  Scripted sticky(draws, 2, 100);
  sticky.on_appended(100, false);
  sticky.on_appended(99, false);
  CHECK(sticky.current() == 0);
  sticky.on_appended(1, false);
  CHECK(sticky.current() == 1);
}

TEST_CASE("a switch that an open batch held up is made good when the next record finds none") {
  test::ListedRandom draws({0, 1});
  Scripted sticky(draws, 2, 100);
  sticky.on_appended(120, false);
  CHECK(sticky.current() == 0);
  sticky.on_no_open_batch();  // the batch was sent in the meantime
  CHECK(sticky.current() == 1);
  sticky.on_no_open_batch();  // asked again for the same record on its new partition: nothing produced there yet
  CHECK(draws.draws() == 2);
}

TEST_CASE("the count starts anew after a switch, also when the same partition is drawn") {
  // K-25: the current partition may be chosen again.
  test::ListedRandom draws({3, 3, 5});
  Scripted sticky(draws, 6, 100);
  sticky.on_appended(100, true);
  CHECK(sticky.current() == 3);
  CHECK(draws.draws() == 2);
  sticky.on_appended(99, true);
  CHECK(draws.draws() == 2);
  sticky.on_appended(1, true);
  CHECK(sticky.current() == 5);
}

TEST_CASE("growth may pass twice a batch.size of 2^31 - 1") {
  test::ListedRandom draws({0, 1});
  Scripted sticky(draws, 2, 2'147'483'647);
  sticky.on_appended(Bytes{2} * 2'147'483'647 - 1, false);
  CHECK(sticky.current() == 0);
  sticky.on_appended(1, false);
  CHECK(sticky.current() == 1);
}

TEST_CASE("records of 1 KiB fill two batches of 16 KiB before they move on") {
  // A batch has a header of 61 bytes and takes 15 records of 1024 bytes: 61 + 15 * 1024 = 15421; a 16th makes 16445,
  // above 16384. Its 15 records are short of batch.size, so a second batch follows; then 30842 is enough, and the 31st
  // record finds no batch that it fits in. So each partition gets lumps of 30 records, K-28's "lumps of >= batch.size".
  test::ListedRandom draws({0, 1, 2, 3});
  Scripted sticky(draws, 4, 16'384);
  Bytes batch = 0;  // of the current partition; each partition is visited once, and full batches stay full
  std::vector<std::uint32_t> went_to;
  for (int record = 0; record < 91; ++record) {
    if (batch == 0 || batch + 1024 > 16'384) {
      sticky.on_no_open_batch();
      batch = 0;
    }
    went_to.push_back(sticky.current());
    const Bytes growth = batch == 0 ? 61 + 1024 : 1024;
    batch += growth;
    sticky.on_appended(growth, batch >= 16'384);
  }
  std::vector<std::uint32_t> lumps_of_30;
  for (std::uint32_t record = 0; record < 91; ++record) lumps_of_30.push_back(record / 30);
  CHECK(went_to == lumps_of_30);
}

TEST_CASE("in the long run every partition gets the same number of bytes") {
  // 100 000 switches over 5 partitions, each a lump of the same size: the visits of one are binomial(100 000, 1/5), of
  // standard deviation 126. Five of those in 20 000 is 3.2 %: a right uniform draw fails once in a million, seed fixed.
  test::JavaLikeRandom random(99);
  BasicStickyPartitioner<test::JavaLikeRandom> sticky(random, 5, 1000);
  std::vector<Bytes> bytes(5, 0);
  for (int visit = 0; visit < 100'000; ++visit) {
    bytes.at(sticky.current()) += 1000;
    sticky.on_appended(1000, true);
  }
  for (const Bytes of_one : bytes) CHECK(static_cast<double>(of_one) == doctest::Approx(20e6).epsilon(0.032));
}

TEST_CASE("a producer keeps 32 bytes for it") {
  CHECK(sizeof(StickyPartitioner) <= 32);
}

TEST_CASE("no partition and no batch.size are a caller's mistake") {
  test::ListedRandom draws({0, 0});
  CHECK_THROWS_AS(Scripted(draws, 0, 100), ContractViolation);
  CHECK_THROWS_AS(Scripted(draws, 1, 0), ContractViolation);
}

}  // namespace
}  // namespace brokersim
