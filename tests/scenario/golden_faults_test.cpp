// SPDX-License-Identifier: Apache-2.0
// Every kind of fault has a golden run (invariants-and-faults B.3, D.4): its example from `brokersim faults`, in one
// small cluster. What it did is one number, the same on every compiler; the fault came, and was over if it has a
// length. A change of the model that changes a number says so in the change log, with the rows that the failing checks
// print.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <string>

#include "sim/core/running_hash.hpp"
#include "sim/model/fault_kinds.hpp"
#include "sim/scenario/run.hpp"
#include "sim/scenario_file/fault_grammar.hpp"
#include "sim/scenario_file/scenario_json.hpp"

namespace brokersim::test {
namespace {

constexpr const char* cluster = R"({
  "version": 1, "name": "golden", "duration": "150s", "warm_up": "5s", "window": "5s", "drain_limit": "60s", "trials": 1,
  "zones": ["a", "b", "c"], "controller": {"zone": "a"},
  "network": {"between_zones": {"latency": {"distribution": "exponential", "minimum": "0.4ms", "mean": "0.1ms"}}},
  "brokers": [{"count": 3, "zones": ["a", "b", "c"], "first_id": 1, "disk": {"bandwidth": "50MB/s", "latency": "5ms", "page_cache": "50MB"}}],
  "topics": [{"id": "orders", "partitions": 3, "replication_factor": 3, "config": {"segment.ms": 2000}}],
  "producers": [{"id": "shop", "zones": ["b"], "topic": "orders", "rate": "20/s",
                 "keys": {"distribution": "uniform", "count": 10}}],
  "groups": [{"id": "billing", "topics": ["orders"], "processing_time_per_record": "1ms", "coordinator": "hash",
              "members": {"count": 2, "zones": ["b", "c"], "client.rack": "zone"}}],
  "read_policies": ["rack_aware"]
})";

struct GoldenRun {
  FaultKind kind;
  std::uint64_t did;  ///< what_it_did()
};
constexpr std::array golden{GoldenRun{FaultKind::kill, 0xfa1691a78aef066a},
                            GoldenRun{FaultKind::controlled_shutdown, 0x347c3d3895ed2dd4},
                            GoldenRun{FaultKind::restart, 0x9bdc4be23b8c1e3b},
                            GoldenRun{FaultKind::rolling_restart, 0xe30e204fb8e7b9de},
                            GoldenRun{FaultKind::rolling_kill, 0xea0eb84fa864d760},
                            GoldenRun{FaultKind::zone_loss, 0x3380adff1a0a6788},
                            GoldenRun{FaultKind::power_loss, 0x946d3f804a07e0c3},
                            GoldenRun{FaultKind::crash_stop, 0x241c44889512122a},
                            GoldenRun{FaultKind::wipe, 0x4d99548e0badbd00},
                            GoldenRun{FaultKind::slow_broker, 0x2e0f4ed9ed85ccb5},
                            GoldenRun{FaultKind::pause, 0x823159f5b2865185},
                            GoldenRun{FaultKind::timer_skew, 0xf082ee8979cdd6b3},
                            GoldenRun{FaultKind::disk_slow, 0x8b110332b4472885},
                            GoldenRun{FaultKind::disk_stall, 0xd1e34f17de3fee8d},
                            GoldenRun{FaultKind::disk_full, 0xc29e59d8cb0847da},
                            GoldenRun{FaultKind::disk_error, 0x6b40db57771b99e7},
                            GoldenRun{FaultKind::link_cut, 0x33d16a6722a6a284},
                            GoldenRun{FaultKind::link_delay, 0x68164e4b80ad0639},
                            GoldenRun{FaultKind::link_loss, 0x0251cfbc55e83bba},
                            GoldenRun{FaultKind::link_bandwidth, 0xc7a18481d73e3185},
                            GoldenRun{FaultKind::isolate, 0xc5a8be855632dce7},
                            GoldenRun{FaultKind::zone_partition, 0xcd9510a6efb32754},
                            GoldenRun{FaultKind::clog, 0x1d42c76b7af90b36},
                            GoldenRun{FaultKind::connection_reset, 0x6d304ecec30b81ca},
                            GoldenRun{FaultKind::message_delay, 0x86d1eac9b5c9abaa},
                            GoldenRun{FaultKind::controller_failover, 0xf4591b685ca90464},
                            GoldenRun{FaultKind::controller_isolated, 0x90b84466f12b51ec},
                            GoldenRun{FaultKind::metadata_lag, 0xcb8ab756e4172820},
                            GoldenRun{FaultKind::producer_burst, 0xc2df3071ff28d538},
                            GoldenRun{FaultKind::producer_crash, 0xba57142743ac867f},
                            GoldenRun{FaultKind::consumer_crash, 0x379bf700da08b857},
                            GoldenRun{FaultKind::consumer_slow, 0xeee087974beb1d8c},
                            GoldenRun{FaultKind::consumer_pause, 0xea49eefb7d43728f},
                            GoldenRun{FaultKind::hot_key, 0x87d02922b36d0f84},
                            GoldenRun{FaultKind::retention_squeeze, 0xea7bc24f6729a61d},
                            GoldenRun{FaultKind::reassign, 0x151c0816c990ee1f},
                            GoldenRun{FaultKind::elect, 0x8906d2e0316d5061},
                            GoldenRun{FaultKind::config_change, 0x1f3079df8eeba99a},
                            GoldenRun{FaultKind::heal, 0x9db531e2ecb0f0fc}};

/// The example alone; what heals has something to heal.
Scenario with_example(FaultKind kind) {
  std::vector<Override> faults;
  if (kind == FaultKind::heal) faults.push_back({std::string(grammar_of(FaultKind::crash_stop).example), 1, true});
  faults.push_back({std::string(grammar_of(kind).example), 1, true});
  return read_scenario_text(cluster, "golden", faults).scenario;
}

bool noted(const TrialResult& result, EventNote::Kind what, FaultKind kind) {
  return std::any_of(result.events_log.begin(), result.events_log.end(),
                     [&](const EventNote& note) { return note.kind == what && note.what == name_of(kind); });
}

std::uint64_t what_it_did(const TrialResult& result) {
  const RunFingerprint& parts = result.fingerprint;
  RunningHash all;
  for (const std::uint64_t part : {parts.events, parts.payload, parts.draws, parts.state}) all.add(part);
  return all.value();
}

std::string hex(std::uint64_t number) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "0x%016llx", static_cast<unsigned long long>(number));
  return text.data();
}

}  // namespace

TEST_CASE("the example of every kind of fault comes, is over when it should be, and does what it did") {
  static_assert(golden.size() == fault_kinds.size());
  for (std::size_t k = 0; k < golden.size(); ++k) {
    const FaultKind kind = fault_kinds[k].kind;
    CAPTURE(fault_kinds[k].name);
    REQUIRE(golden[k].kind == kind);
    const Scenario scenario = with_example(kind);
    const TrialResult result =
        run_trial(scenario, place_partitions(scenario), scenario.read_policies.front(), 0, *scenario.warm_up);
    CHECK(noted(result, EventNote::Kind::fault_applied, kind));
    CHECK(!noted(result, EventNote::Kind::fault_ignored, kind));
    if (scenario.world.faults.back().lasts) CHECK(noted(result, EventNote::Kind::fault_healed, kind));
    CHECK(hex(what_it_did(result)) == hex(golden[k].did));
  }
}

}  // namespace brokersim::test
