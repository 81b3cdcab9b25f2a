// SPDX-License-Identifier: Apache-2.0
// A bare world in which brokers fail at set moments.
#pragma once
#include <memory>
#include <vector>

#include "sim/model/cluster.hpp"
#include "sim/scenario/run.hpp"
#include "tests/validate/bare_world.hpp"

namespace brokersim::validate {

/// A zone a broker, 1 ms between them; one partition with a replica on each, the first leading.
class FailingWorld {
 public:
  explicit FailingWorld(std::uint32_t brokers, Duration one_way = std::chrono::milliseconds{1}) {
    std::vector<BrokerIndex> replicas;
    for (std::uint32_t b = 0; b < brokers; ++b) {
      zones_.push_back(world_.zone("zone-" + std::to_string(b)));
      for (std::uint32_t other = 0; other < b; ++other) world_.link(zones_[other], zones_[b], always(one_way));
      replicas.push_back(world_.broker(zones_[b]));
    }
    world_.topic(replicas);
    world_.scenario().world.controller = zones_[0];
    world_.scenario().world.fails = true;
    world_.scenario().warm_up = Duration::zero();
    world_.scenario().drain_limit = std::chrono::seconds{200};
  }

  [[nodiscard]] Scenario& scenario() { return world_.scenario(); }
  [[nodiscard]] TopicSpec& topic() { return scenario().world.topics[0]; }
  [[nodiscard]] ControlPlaneSpec& control_plane() { return scenario().world.control_plane; }

  /// Single-record batches at set moments: `count` of them, one every `interval`, in the first broker's zone.
  ProducerSpec& records(std::uint32_t count, Duration from, Duration interval, std::int32_t acks) {
    auto trace = std::make_shared<TraceSpec>();
    for (std::uint32_t i = 0; i < count; ++i) trace->times.push_back(from + i * interval);
    ProducerSpec& producer = world_.producer(zones_[0], TopicIndex{0}, 1);
    producer.arrivals = ProducerSpec::Arrivals::trace;
    producer.trace = std::move(trace);
    producer.acks = acks;
    producer.enable_idempotence = acks == -1;
    return producer;
  }
  /// Reads the leader; gets nothing within the span.
  void reader(Duration pause_from, Duration pause_to) {
    ConsumerGroupSpec& group = world_.reader(zones_[0], "", {TopicIndex{0}});
    group.fetch_max_wait = std::chrono::milliseconds{500};
    group.metadata_max_age = std::chrono::minutes{5};
    if (pause_to > pause_from) group.members[0].pauses = {{pause_from, pause_to}};
  }
  FaultSpec& fault(FaultKind kind, BrokerIndex broker, Duration at, Duration lasts) {
    FaultSpec& fault = scenario().world.faults.emplace_back();
    fault.kind = kind;
    fault.target.who = FaultTarget::Who::brokers;
    fault.target.brokers = {broker};
    fault.when.at = at;
    fault.lasts = lasts;
    return fault;
  }
  /// From the other brokers only: it stays registered and fetches nothing.
  void cut_off(BrokerIndex broker, Duration at, Duration lasts) {
    FaultSpec& isolate = fault(FaultKind::isolate, broker, at, lasts);
    isolate.keep.clients = isolate.keep.controllers = true;
  }

  /// To be looked at on the way.
  /// Not checked: cases lead it by hand, past the controller.
  [[nodiscard]] Cluster cluster() {
    const Scenario& played = scenario();
    return {played.world,
            place_partitions(played),
            ReadPolicy::leader,
            {played.seed, 0},
            RunLimits{.duration = played.duration, .drain_limit = played.drain_limit, .checked = false}};
  }

 private:
  BareWorld world_;
  std::vector<ZoneIndex> zones_;
};

}  // namespace brokersim::validate
