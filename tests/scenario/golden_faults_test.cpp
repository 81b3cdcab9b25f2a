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
constexpr std::array golden{GoldenRun{FaultKind::kill, 0x269b6e82e8e228b5},
                            GoldenRun{FaultKind::controlled_shutdown, 0xfce6a5ac73618788},
                            GoldenRun{FaultKind::restart, 0x374d49d5fc581f48},
                            GoldenRun{FaultKind::rolling_restart, 0x755861d664be7145},
                            GoldenRun{FaultKind::rolling_kill, 0xa326ecc8128c2155},
                            GoldenRun{FaultKind::zone_loss, 0xb2244abec492afc1},
                            GoldenRun{FaultKind::power_loss, 0x6a342e12aa32ff01},
                            GoldenRun{FaultKind::crash_stop, 0x18425c7f08167327},
                            GoldenRun{FaultKind::wipe, 0x489d98926b5d28b6},
                            GoldenRun{FaultKind::slow_broker, 0xf04b04d2cb4bf33b},
                            GoldenRun{FaultKind::pause, 0xb4d056dbce7cc6b3},
                            GoldenRun{FaultKind::timer_skew, 0x79d264de5504aeaf},
                            GoldenRun{FaultKind::disk_slow, 0x346d64f47a920c63},
                            GoldenRun{FaultKind::disk_stall, 0xb3032f06410ae19b},
                            GoldenRun{FaultKind::disk_full, 0x1e37c77482299f86},
                            GoldenRun{FaultKind::disk_error, 0x3660d3f52e093c59},
                            GoldenRun{FaultKind::link_cut, 0xdfdc782d1b2d8f80},
                            GoldenRun{FaultKind::link_delay, 0x4597b346dae83eec},
                            GoldenRun{FaultKind::link_loss, 0xa77c199c4fd44592},
                            GoldenRun{FaultKind::link_bandwidth, 0xf4071a89df05dddc},
                            GoldenRun{FaultKind::isolate, 0x6d98b989d8ff0728},
                            GoldenRun{FaultKind::zone_partition, 0x3af7bc997caf6d9a},
                            GoldenRun{FaultKind::clog, 0xc6dff28ccbbf6b38},
                            GoldenRun{FaultKind::connection_reset, 0xc67f1df20df07069},
                            GoldenRun{FaultKind::message_delay, 0x2d30730c3a8c3eab},
                            GoldenRun{FaultKind::controller_failover, 0xba09b39f9711ea3d},
                            GoldenRun{FaultKind::controller_isolated, 0xa1112b6d89a0a2c1},
                            GoldenRun{FaultKind::metadata_lag, 0x8f99a8754a5109f1},
                            GoldenRun{FaultKind::producer_burst, 0xa4107a3f00b68249},
                            GoldenRun{FaultKind::producer_crash, 0x2931bc93f6934598},
                            GoldenRun{FaultKind::consumer_crash, 0xc3892d33ca9740ed},
                            GoldenRun{FaultKind::consumer_slow, 0x63a72d260533b5b1},
                            GoldenRun{FaultKind::consumer_pause, 0x4fc8e8bba01c8897},
                            GoldenRun{FaultKind::hot_key, 0x8e923016ff5bdeb2},
                            GoldenRun{FaultKind::retention_squeeze, 0x544c764e9c21be5c},
                            GoldenRun{FaultKind::reassign, 0xaed8abc39a42f8b5},
                            GoldenRun{FaultKind::elect, 0x7532b3ee6786f0a7},
                            GoldenRun{FaultKind::config_change, 0xe28eec60179795d3},
                            GoldenRun{FaultKind::heal, 0x7139f2a4062ae210}};

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
