// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "sim/policy/partitioner/key_popularity.hpp"
#include "sim/policy/partitioner/murmur2.hpp"
#include "sim/random/zipf.hpp"
#include "tests/policy/case_files.hpp"

namespace brokersim {
namespace {

std::int32_t as_kafka_prints(std::uint32_t hash) {
  return static_cast<std::int32_t>(hash);
}

/// "key-%d" and "user%06d" as the case file writes them.
KeyNaming naming_of(const std::string& format) {
  const std::size_t percent = format.find('%');
  KeyNaming naming{format.substr(0, percent), 1};
  if (format.substr(percent) == "%06d") naming.digits = 6;
  return naming;
}

TEST_CASE("every key of partitioner.json has its murmur2 and its partition of 3, 12 and 50") {
  const auto keys = test::read_case_file("partitioner.json").at("cases").at("murmur2_keys");
  REQUIRE(keys.size() == 14);
  for (const auto& row : keys) {
    const auto key = row.at("key_utf8").get<std::string>();
    CAPTURE(key);
    CHECK(as_kafka_prints(murmur2(key)) == row.at("murmur2").get<std::int32_t>());
    CHECK((murmur2(key) & 0x7fffffff) == row.at("to_positive").get<std::uint32_t>());
    REQUIRE(row.at("partition_for_count").size() == 3);
    for (const auto& [partitions, partition] : row.at("partition_for_count").items()) {
      CHECK(partition_for_key(key, static_cast<std::uint32_t>(std::stoul(partitions))) ==
            partition.get<std::uint32_t>());
    }
  }
}

TEST_CASE("the keys of Kafka's own unit test have its murmur2") {
  const auto keys = test::read_case_file("partitioner.json").at("cases").at("kafka_unit_test_murmur2");
  REQUIRE(keys.size() == 6);
  for (const auto& row : keys) {
    CAPTURE(row.dump());
    CHECK(as_kafka_prints(murmur2(row.at(0).get<std::string>())) == row.at(1).get<std::int32_t>());
  }
}

TEST_CASE("V-7: five keys go to partitions 0, 6, 8, 11 and 3 of 12") {
  CHECK(partition_for_key("21", 12) == 0);
  CHECK(partition_for_key("foobar", 12) == 6);
  CHECK(partition_for_key("a-little-bit-long-string", 12) == 8);
  CHECK(partition_for_key("a-little-bit-longer-string", 12) == 11);
  CHECK(partition_for_key("abc", 12) == 3);
}

TEST_CASE("a hash is known while compiling, and no partition at all is a caller's mistake") {
  static_assert(murmur2("abc") == 479470107);  // V-7
  CHECK_THROWS_AS((void)partition_for_key("abc", 0), ContractViolation);
}

TEST_CASE("uniform key families put as many keys on each partition as Kafka does") {
  const auto families = test::read_case_file("partitioner.json").at("cases").at("uniform_key_families");
  REQUIRE(families.size() == 3);
  for (const auto& row : families) {
    CAPTURE(row.at("format").get<std::string>());
    REQUIRE(row.at("i_from").get<int>() == 0);
    const auto partitions = row.at("partitions").get<std::uint32_t>();
    std::vector<std::uint32_t> keys_per_partition(partitions, 0);
    for (const std::uint32_t partition : partition_of_key(row.at("num_keys").get<std::uint32_t>(), partitions,
                                                          naming_of(row.at("format").get<std::string>()))) {
      ++keys_per_partition.at(partition);
    }
    CHECK(keys_per_partition == row.at("keys_per_partition").get<std::vector<std::uint32_t>>());
  }
}

TEST_CASE("Zipf key families give each partition the share that Kafka's hash gives it") {
  const auto families = test::read_case_file("partitioner.json").at("cases").at("zipf_key_families");
  REQUIRE(families.size() == 3);
  for (const auto& row : families) {
    CAPTURE(row.dump().substr(0, 80));
    const auto keys = row.at("num_keys").get<std::uint32_t>();
    const auto partitions = row.at("partitions").get<std::uint32_t>();
    const ZipfTable law(keys, row.at("zipf_s").get<double>());
    const std::vector<double> shares = partition_shares(
        law.shares(), partition_of_key(keys, partitions, naming_of(row.at("format").get<std::string>())), partitions);
    const auto expected = row.at("share_per_partition").get<std::vector<double>>();
    REQUIRE(shares.size() == expected.size());
    // The file prints 12 digits: half a unit of the last is at most 5e-12 of the value.
    for (std::size_t partition = 0; partition < shares.size(); ++partition) {
      CHECK(std::abs(shares[partition] / expected[partition] - 1) < 5.1e-12);
    }
    const double most = *std::max_element(shares.begin(), shares.end());
    CHECK(std::abs(most / row.at("max_share").get<double>() - 1) < 5.1e-12);
    CHECK(std::abs(most * partitions / row.at("max_over_mean").get<double>() - 1) < 5.1e-12);
  }
}

TEST_CASE("a hot key has its share, the others split the rest, and its partition carries it") {
  const std::vector<double> shares = hot_key_shares(11, 0.4);
  REQUIRE(shares.size() == 11);
  CHECK(shares[0] == 0.4);
  for (std::size_t key = 1; key < shares.size(); ++key) CHECK(shares[key] == doctest::Approx(0.06));
  CHECK(std::accumulate(shares.begin(), shares.end(), 0.0) == doctest::Approx(1.0));

  const auto keys = partition_of_key(11, 3);
  CHECK(keys[0] == 1);  // partitioner.json: key-0 is on partition 1 of 3
  const std::vector<double> of_partition = partition_shares(shares, keys, 3);
  const auto others = std::count(keys.begin() + 1, keys.end(), 1U);
  CHECK(of_partition[1] == doctest::Approx(0.4 + 0.06 * static_cast<double>(others)));
}

TEST_CASE("a single key has everything, hot or not") {
  CHECK(hot_key_shares(1, 0.4) == std::vector<double>{1.0});
  CHECK(uniform_key_shares(1) == std::vector<double>{1.0});
  CHECK(uniform_key_shares(4) == std::vector<double>{0.25, 0.25, 0.25, 0.25});
}

TEST_CASE("shares that cannot be are a caller's mistake") {
  CHECK_THROWS_AS((void)uniform_key_shares(0), ContractViolation);
  CHECK_THROWS_AS((void)hot_key_shares(2, 1.1), ContractViolation);
  CHECK_THROWS_AS((void)hot_key_shares(2, std::nan("")), ContractViolation);
  CHECK_THROWS_AS((void)partition_shares(std::vector<double>{1.0}, std::vector<std::uint32_t>{3}, 3),
                  ContractViolation);
  CHECK_THROWS_AS((void)partition_shares(std::vector<double>{1.0}, std::vector<std::uint32_t>{}, 3), ContractViolation);
}

}  // namespace
}  // namespace brokersim
