// SPDX-License-Identifier: Apache-2.0
#include "sim/swarm/shrink.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "sim/swarm/removal.hpp"

namespace brokersim {
namespace {

using namespace std::chrono_literals;

class Shrinker {
 public:
  Shrinker(const Scenario& failing, const StillFails& fails, std::uint32_t most, const std::function<bool()>& expired)
      : fails_(fails), most_(most), expired_(expired) {
    best_.scenario = failing;
  }

  Shrunk run() {
    do {
      changed_ = false;
      drop_faults();
      shorten();
      drop_clients();
      drop_places();
      reset_settings();
      round_faults();
    } while (changed_ && !done());
    return best_;
  }

 private:
  [[nodiscard]] bool done() const { return best_.tried >= most_ || expired_(); }
  [[nodiscard]] const WorldSpec& world() const { return best_.scenario.world; }

  /// Takes the candidate if it fails as well.
  bool take(Scenario candidate) {
    if (done()) return false;
    ++best_.tried;
    if (!fails_(candidate)) return false;
    best_.scenario = std::move(candidate);
    changed_ = true;
    return true;
  }
  template <class Change>
  bool try_to(Change change) {
    Scenario candidate = best_.scenario;
    if (!change(candidate)) return false;
    return take(std::move(candidate));
  }
  /// The last of some things first: what is behind the one that went keeps its place.
  template <class Remove>
  void try_each(std::size_t count, Remove remove) {
    for (std::size_t i = count; i-- > 0;) {
      try_to([&](Scenario& candidate) { return remove(candidate, static_cast<std::uint32_t>(i)); });
    }
  }

  void drop_faults();
  void shorten();
  void drop_clients();
  void drop_places();
  void reset_settings();
  void round_faults();

  Shrunk best_;
  const StillFails& fails_;
  std::uint32_t most_;
  const std::function<bool()>& expired_;
  bool changed_ = false;
};

/// Halves, quarters, ... of the list, then each for itself (delta debugging).
void Shrinker::drop_faults() {
  for (std::size_t size = world().faults.size(); size > 0; size /= 2) {
    for (std::size_t end = world().faults.size(); end > 0;) {
      const std::size_t first = end > size ? end - size : 0;
      try_to([&](Scenario& candidate) {
        std::vector<FaultSpec>& faults = candidate.world.faults;
        faults.erase(faults.begin() + static_cast<std::ptrdiff_t>(first),
                     faults.begin() + static_cast<std::ptrdiff_t>(end));
        return true;
      });
      end = first;
    }
  }
}

void Shrinker::shorten() {
  for (const int percent : {25, 50, 75, 90}) {
    try_to([&](Scenario& candidate) {
      candidate.duration = candidate.duration * percent / 100 / 100ms * 100ms;
      const auto beyond = [&](const FaultSpec& fault) { return fault.when.at >= candidate.duration; };
      return candidate.duration >= 500ms &&
             std::none_of(candidate.world.faults.begin(), candidate.world.faults.end(), beyond);
    });
  }
  for (const Duration limit : {10s, 60s, 300s}) {
    try_to([&](Scenario& candidate) { return candidate.drain_limit > limit && (candidate.drain_limit = limit, true); });
  }
}

void Shrinker::drop_clients() {
  try_each(world().producers.size(), remove_producer);
  try_each(world().groups.size(), remove_group);
  for (std::uint32_t g = 0; g < world().groups.size(); ++g) {
    try_each(world().groups[g].members.size(), [g](Scenario& candidate, std::uint32_t member) {
      std::vector<MemberSpec>& members = candidate.world.groups[g].members;
      members.erase(members.begin() + member);
      return !members.empty();
    });
  }
}

void Shrinker::drop_places() {
  try_each(world().topics.size(), remove_topic);
  for (std::uint32_t t = 0; t < world().topics.size(); ++t) {
    try_each(world().topics[t].partitions,
             [t](Scenario& candidate, std::uint32_t p) { return remove_partition(candidate, t, p); });
  }
  try_each(world().brokers.size(), remove_broker);
  try_each(world().network.zones.size(), remove_zone);
}

template <class Part, class... Members>
bool reset(Part& part, const Part& standard, Members... members) {
  bool changed = false;
  const auto one = [&](auto member) {
    if (part.*member == standard.*member) return;
    part.*member = standard.*member;
    changed = true;
  };
  (one(members), ...);
  return changed;
}

void Shrinker::reset_settings() {
  const auto each_broker = [this](auto change) {
    try_to([&](Scenario& candidate) {
      bool changed = false;
      for (BrokerSpec& broker : candidate.world.brokers) changed |= change(broker);
      return changed;
    });
  };
  const BrokerSpec broker;
  each_broker([&](BrokerSpec& b) { return reset(b, broker, &BrokerSpec::num_replica_fetchers); });
  each_broker([&](BrokerSpec& b) { return reset(b, broker, &BrokerSpec::replica_fetch_wait_max); });
  each_broker([&](BrokerSpec& b) { return reset(b, broker, &BrokerSpec::replica_fetch_max_bytes); });
  each_broker([&](BrokerSpec& b) { return reset(b, broker, &BrokerSpec::connections_bound); });
  each_broker([&](BrokerSpec& b) { return reset(b, broker, &BrokerSpec::group_initial_rebalance_delay); });
  each_broker([&](BrokerSpec& b) { return b.nic.value != broker.nic.value && (b.nic = broker.nic, true); });
  each_broker([&](BrokerSpec& b) { return b.disk.exists() && (b.disk = {}, true); });
  each_broker([&](BrokerSpec& b) { return b.pauses.per_second > 0 && (b.pauses = {}, true); });
  each_broker([&](BrokerSpec& b) { return reset(b.service, broker.service, &ServiceCosts::variation); });
  each_broker([&](BrokerSpec& b) {
    return b.service.produce.per_request != broker.service.produce.per_request &&
           (b.service.produce = broker.service.produce, true);
  });

  const ControlPlaneSpec control;
  const auto of_control = [&](auto... members) {
    try_to([&](Scenario& candidate) { return reset(candidate.world.control_plane, control, members...); });
  };
  using C = ControlPlaneSpec;
  of_control(&C::eligible_leader_replicas);
  of_control(&C::broker_session_timeout, &C::broker_heartbeat_interval);
  of_control(&C::replica_lag_time_max);
  of_control(&C::replica_fetch_backoff);
  of_control(&C::replica_socket_timeout);
  of_control(&C::start_up_time);
  of_control(&C::first_answer_time);
  of_control(&C::leader_imbalance_check_interval);
  of_control(&C::auto_leader_rebalance);
  of_control(&C::leader_imbalance_percentage);
  of_control(&C::controlled_shutdown);
  try_to([&](Scenario& candidate) {
    ControlPlaneSpec& spec = candidate.world.control_plane;
    const bool set =
        spec.propagation_delay.expected() > Duration::zero() || spec.commit_time.expected() > Duration::zero();
    return set && (spec.propagation_delay = {}, spec.commit_time = {}, true);
  });

  for (std::size_t t = 0; t < world().topics.size(); ++t) {
    for (const auto change : {+[](TopicSpec& topic) { return std::exchange(topic.unclean_leader_election, false); },
                              +[](TopicSpec& topic) { return std::exchange(topic.min_insync_replicas, 1) != 1; }}) {
      try_to([&](Scenario& candidate) { return change(candidate.world.topics[t]); });
    }
  }

  const ProducerSpec producer;
  for (std::size_t p = 0; p < world().producers.size(); ++p) {
    const auto of_producer = [&](auto change) {
      try_to([&](Scenario& candidate) { return change(candidate.world.producers[p]); });
    };
    const auto standard = [&](auto... members) {
      of_producer([&](ProducerSpec& spec) { return reset(spec, producer, members...); });
    };
    using P = ProducerSpec;
    standard(&P::count);
    standard(&P::linger);
    standard(&P::batch_size, &P::buffer_memory, &P::max_block);
    standard(&P::max_block, &P::buffer_memory);
    standard(&P::max_in_flight_requests_per_connection);
    standard(&P::metadata_max_age);
    standard(&P::acks, &P::enable_idempotence, &P::retries);
    standard(&P::retries);
    of_producer([&](ProducerSpec& spec) {
      const bool changed = spec.delivery_timeout != producer.delivery_timeout ||
                           spec.retry.request_timeout != producer.retry.request_timeout;
      spec.delivery_timeout = producer.delivery_timeout;
      spec.retry = {};
      return changed;
    });
    const bool runs_hot = std::any_of(world().faults.begin(), world().faults.end(), [p](const FaultSpec& fault) {
      return fault.kind == FaultKind::hot_key && fault.target.entry == p;  // only keys do
    });
    of_producer([runs_hot](ProducerSpec& spec) {
      return !runs_hot && spec.keys.kind != KeySpec::Kind::none && (spec.keys = {}, true);
    });
    of_producer([](ProducerSpec& spec) {
      return spec.record_size.minimum != spec.record_size.maximum &&
             (spec.record_size.maximum = spec.record_size.minimum, true);
    });
    of_producer([](ProducerSpec& spec) {
      return spec.arrivals == P::Arrivals::poisson &&
             (spec.arrivals = P::Arrivals::constant, spec.random_phase = false, true);
    });
    for (const double rate : {1.0, 2.0, 10.0}) {
      of_producer(
          [&](ProducerSpec& spec) { return spec.records_per_second > rate && (spec.records_per_second = rate, true); });
    }
  }

  const ConsumerGroupSpec group;
  for (std::size_t g = 0; g < world().groups.size(); ++g) {
    const auto of_group = [&](auto change) {
      try_to([&](Scenario& candidate) { return change(candidate.world.groups[g]); });
    };
    const auto standard = [&](auto... members) {
      of_group([&](ConsumerGroupSpec& spec) { return reset(spec, group, members...); });
    };
    using G = ConsumerGroupSpec;
    for (std::size_t m = 0; m < world().groups[g].members.size(); ++m) {
      of_group(
          [&](G& spec) { return reset(spec.members[m], MemberSpec{}, &MemberSpec::join_at, &MemberSpec::leave_at); });
      of_group([&](G& spec) { return reset(spec.members[m], MemberSpec{}, &MemberSpec::leave_at); });
    }
    of_group([](G& spec) {
      const bool come_and_go = std::any_of(spec.members.begin(), spec.members.end(), [](const MemberSpec& member) {
        return member.join_at.has_value() || member.leave_at.has_value();
      });
      return spec.coordination && !come_and_go && (spec.coordination.reset(), true);
    });
    standard(&G::assignor);
    standard(&G::max_poll_records);
    standard(&G::fetch_min_bytes);
    standard(&G::fetch_max_wait);
    standard(&G::metadata_max_age);
    standard(&G::auto_offset_reset);
    standard(&G::session_timeout, &G::heartbeat_interval);
    of_group([](G& spec) {
      return spec.processing_time_per_record.expected() > Duration::zero() &&
             (spec.processing_time_per_record = {}, true);
    });
    of_group(
        [&](G& spec) { return spec.retry.request_timeout != group.retry.request_timeout && (spec.retry = {}, true); });
    if (world().groups[g].topics.size() > 1) {
      of_group([](G& spec) { return spec.topics.size() > 1 && (spec.topics.pop_back(), true); });
      of_group([](G& spec) { return spec.topics.size() > 1 && (spec.topics.erase(spec.topics.begin()), true); });
    }
  }
  try_to([](Scenario& candidate) {
    const bool other = candidate.read_policies.front() != ReadPolicy::leader;
    return other && (candidate.read_policies = {ReadPolicy::leader}, true);
  });
  try_to([](Scenario& candidate) {
    bool changed = false;
    for (LinkSpec& link : candidate.world.network.links) {
      changed |= link.one_way_latency.law != DelayDistribution::Law::constant;
      link.one_way_latency = DelayDistribution::constant(link.one_way_latency.mean);
    }
    return changed;
  });
}

/// Times to whole seconds or tenths, parameters to what they are if nobody states them.
void Shrinker::round_faults() {
  for (std::size_t f = 0; f < world().faults.size(); ++f) {
    const auto of_fault = [&](auto change) {
      try_to([&](Scenario& candidate) { return change(candidate.world.faults[f]); });
    };
    const FaultSpec fault;
    of_fault([&](FaultSpec& spec) { return reset(spec, fault, &FaultSpec::times, &FaultSpec::every); });
    of_fault([&](FaultSpec& spec) { return reset(spec, fault, &FaultSpec::spread); });
    of_fault([&](FaultSpec& spec) { return reset(spec, fault, &FaultSpec::one_way); });
    of_fault([&](FaultSpec& spec) { return reset(spec, fault, &FaultSpec::deadline); });
    of_fault([](FaultSpec& spec) { return spec.target.brokers.size() > 1 && (spec.target.brokers.pop_back(), true); });
    of_fault([](FaultSpec& spec) {
      return spec.target.brokers.size() > 1 && (spec.target.brokers.erase(spec.target.brokers.begin()), true);
    });
    for (const Duration unit : {Duration{1s}, Duration{100ms}}) {
      of_fault([&](FaultSpec& spec) {
        const Duration rounded = spec.when.at / unit * unit;
        return rounded != spec.when.at && rounded > Duration::zero() && (spec.when.at = rounded, true);
      });
      of_fault([&](FaultSpec& spec) {
        if (!spec.lasts) return false;
        const Duration rounded = *spec.lasts / unit * unit;
        return rounded != *spec.lasts && rounded > Duration::zero() && (spec.lasts = rounded, true);
      });
    }
  }
}

}  // namespace

Shrunk shrink(const Scenario& failing, const StillFails& fails, std::uint32_t most,
              const std::function<bool()>& expired) {
  return Shrinker(failing, fails, most, expired).run();
}

}  // namespace brokersim
