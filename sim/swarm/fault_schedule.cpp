// SPDX-License-Identifier: Apache-2.0
#include "sim/swarm/fault_schedule.hpp"

#include <algorithm>

namespace brokersim {
namespace {

using namespace std::chrono_literals;
using K = FaultKind;
using Who = FaultTarget::Who;

/// Of the kinds that hit single brokers, those of which each may be broken for itself, again and again.
bool is_broken_by_rate(FaultKind kind) {
  return kind == K::kill || kind == K::pause || kind == K::slow_broker || kind == K::disk_slow || kind == K::disk_stall;
}

class FaultDraw {
 public:
  FaultDraw(Scenario& scenario, FaultPhase phase, std::uint64_t seed)
      : world_(scenario.world), phase_(phase), draw_(seed, "faults"), triggers_(seed, "fault triggers") {}
  void draw(const std::vector<FaultKind>& kinds);

 private:
  struct Weighted {
    FaultKind kind;
    std::uint32_t weight;
  };
  [[nodiscard]] std::vector<Weighted> chosen(const std::vector<FaultKind>& kinds);
  [[nodiscard]] FaultKind one_of(const std::vector<Weighted>& kinds);
  void draw_fault(FaultKind kind);
  void draw_time(FaultSpec& fault);
  void draw_trigger(FaultSpec& fault);
  void draw_condition(FaultSpec& fault);
  void draw_span(FaultSpec& fault);
  void draw_target(FaultSpec& fault);
  void draw_broker(FaultTarget& target);
  void draw_brokers(FaultTarget& target);
  void draw_ends(FaultSpec& fault);
  void draw_end(FaultTarget& target);
  void draw_zones(FaultSpec& fault);
  void draw_parameters(FaultSpec& fault);
  void draw_replicas(FaultSpec& fault);
  void draw_setting(FaultSpec& fault);
  [[nodiscard]] std::vector<std::uint32_t> keyed_producers() const;
  [[nodiscard]] std::uint32_t brokers() const { return static_cast<std::uint32_t>(world_.brokers.size()); }
  [[nodiscard]] std::uint32_t zones() const { return static_cast<std::uint32_t>(world_.network.zones.size()); }

  WorldSpec& world_;
  FaultPhase phase_;
  Draw draw_, triggers_;
};

std::vector<FaultDraw::Weighted> FaultDraw::chosen(const std::vector<FaultKind>& kinds) {
  std::vector<Weighted> some;
  for (const FaultKind kind : kinds) {
    const auto weight = static_cast<std::uint32_t>(draw_.rung(1, 100));
    if (draw_.chance(0.5)) some.push_back({kind, weight});
  }
  if (some.empty() && !kinds.empty()) some.push_back({draw_.one_of(kinds), 1});
  return some;
}

FaultKind FaultDraw::one_of(const std::vector<Weighted>& kinds) {
  std::uint32_t total = 0;
  for (const Weighted& entry : kinds) total += entry.weight;
  std::uint32_t place = draw_.between(0, total - 1);
  for (const Weighted& entry : kinds) {
    if (place < entry.weight) return entry.kind;
    place -= entry.weight;
  }
  return kinds.back().kind;
}

/// Any moment of the phase, or one at which a timer of an earlier fault's is about to run out (E.1, directed extras).
void FaultDraw::draw_time(FaultSpec& fault) {
  fault.when.at = phase_.from + draw_.moment(phase_.until - phase_.from);
  if (world_.faults.empty() || !draw_.chance(0.25)) return;
  const FaultSpec& earlier = draw_.one_of(world_.faults);
  const ControlPlaneSpec& control = world_.control_plane;
  const Duration timer = draw_.one_of({Duration{0ms}, control.broker_session_timeout, control.replica_lag_time_max,
                                       earlier.lasts.value_or(Duration{0ms}),
                                       earlier.lasts.value_or(Duration{0ms}) + control.start_up_time});
  const Duration at = earlier.when.at + timer + draw_.rung(1ms, 500ms) - 200ms;
  if (at >= phase_.from && at < phase_.until) fault.when.at = at;
}

/// It is over by the end of the phase.
void FaultDraw::draw_span(FaultSpec& fault) {
  const Duration left = std::max<Duration>(phase_.until - fault.when.at, 1ms);
  fault.lasts = std::min(draw_.rung(50ms, 20s), left);
}

/// Some of those that end by themselves wait for a state of the run, or come to every broker by rate (B.2).
void FaultDraw::draw_trigger(FaultSpec& fault) {
  if (!fault.lasts || fault.times > 1 || !triggers_.chance(0.2)) return;
  if (triggers_.chance(0.5)) {
    draw_condition(fault);
    return;
  }
  if (fault.target.who != Who::brokers || fault.target.brokers.size() != 1 || fault.other.who != Who::none) return;
  if (!is_broken_by_rate(fault.kind)) return;
  fault.target = {};
  fault.target.who = Who::all_brokers;
  fault.lasts.reset();
  fault.when = {};
  fault.when.how = FaultTime::How::rate;
  fault.when.between.law = fault.when.repair.law = DelayDistribution::Law::exponential;
  fault.when.between.mean = triggers_.rung(2s, 50s);
  fault.when.repair.mean = triggers_.rung(100ms, 5s);
  fault.when.from = phase_.from;
  fault.when.until = phase_.until;
}

void FaultDraw::draw_condition(FaultSpec& fault) {
  using What = FaultCondition::What;
  FaultTime& when = fault.when;
  when = {};
  when.how = FaultTime::How::condition;
  when.delay = triggers_.one_of({Duration{0ms}, Duration{0ms}, triggers_.rung(1ms, 1s)});
  FaultCondition& condition = when.condition;
  condition.what =
      static_cast<What>(triggers_.between(0, static_cast<std::uint32_t>(FaultCondition::names.size()) - 1));
  condition.at_least = triggers_.rung(1, 500);
  const std::size_t clients = condition.what == What::acknowledged ? world_.producers.size() : world_.groups.size();
  if (condition.what == What::acknowledged || condition.what == What::delivered) {
    condition.entry = triggers_.between(0, static_cast<std::uint32_t>(clients) - 1);
    return;
  }
  condition.topic = TopicIndex{triggers_.between(0, static_cast<std::uint32_t>(world_.topics.size()) - 1)};
  condition.partition = triggers_.between(0, world_.topics[condition.topic.value].partitions - 1);
  condition.at_most = triggers_.between(1, 2);
}

void FaultDraw::draw_broker(FaultTarget& target) {
  const std::uint32_t topic = draw_.between(0, static_cast<std::uint32_t>(world_.topics.size()) - 1);
  if (draw_.chance(0.25)) {
    target.who = draw_.chance(0.6) ? Who::leader : Who::follower;
    target.topic = TopicIndex{topic};
    target.partition = draw_.between(0, world_.topics[topic].partitions - 1);
    return;
  }
  target.who = Who::brokers;
  target.brokers = {BrokerIndex{draw_.between(0, brokers() - 1)}};
}

/// Some brokers, each once, in any order.
void FaultDraw::draw_brokers(FaultTarget& target) {
  target.who = Who::brokers;
  for (std::uint32_t b = 0; b < brokers(); ++b) {
    if (!draw_.chance(0.6)) continue;
    const std::uint32_t place = draw_.between(0, static_cast<std::uint32_t>(target.brokers.size()));
    target.brokers.insert(target.brokers.begin() + place, BrokerIndex{b});
  }
  if (target.brokers.empty()) target.brokers = {BrokerIndex{draw_.between(0, brokers() - 1)}};
}

void FaultDraw::draw_end(FaultTarget& target) {
  switch (draw_.between(0, 4)) {
    case 0:
      target.who = Who::clients;
      break;
    case 1:
      target.who = Who::controllers;
      break;
    case 2:
      target.who = Who::zone;
      target.zone = ZoneIndex{draw_.between(0, zones() - 1)};
      break;
    default:
      target.who = Who::brokers;
      target.brokers = {BrokerIndex{draw_.between(0, brokers() - 1)}};
      break;
  }
}

/// Two different ends, or one and everybody else.
void FaultDraw::draw_ends(FaultSpec& fault) {
  draw_end(fault.target);
  if (draw_.chance(0.2)) return;
  do {
    fault.other = {};
    draw_end(fault.other);
  } while (fault.other.who == fault.target.who && fault.other.brokers == fault.target.brokers &&
           fault.other.zone == fault.target.zone && fault.target.who != Who::zone);
}

void FaultDraw::draw_zones(FaultSpec& fault) {
  fault.target.who = Who::zone;
  fault.target.zone = ZoneIndex{draw_.between(0, zones() - 1)};
  if (fault.kind != K::zone_partition || zones() < 2 || draw_.chance(0.5)) return;
  fault.other.who = Who::zone;
  fault.other.zone = ZoneIndex{(fault.target.zone.value + draw_.between(1, zones() - 1)) % zones()};
}

void FaultDraw::draw_target(FaultSpec& fault) {
  switch (fault.kind) {
    case K::rolling_restart:
    case K::rolling_kill:
      draw_brokers(fault.target);
      break;
    case K::controller_isolated:
      if (draw_.chance(0.8)) draw_brokers(fault.target);
      break;
    case K::zone_loss:
    case K::zone_partition:
      draw_zones(fault);
      break;
    case K::link_cut:
    case K::link_delay:
    case K::link_loss:
    case K::link_bandwidth:
    case K::connection_reset:
      draw_ends(fault);
      fault.one_way = fault.kind != K::connection_reset && draw_.chance(0.2);
      break;
    case K::controller_failover:
    case K::elect:
    case K::message_delay:
      break;
    case K::hot_key:
      fault.target.who = Who::producer;
      fault.target.entry =
          keyed_producers()[draw_.between(0, static_cast<std::uint32_t>(keyed_producers().size()) - 1)];
      break;
    case K::producer_burst:
    case K::producer_crash:
      fault.target.who = Who::producer;
      fault.target.entry = draw_.between(0, static_cast<std::uint32_t>(world_.producers.size()) - 1);
      break;
    case K::consumer_crash:
    case K::consumer_slow:
    case K::consumer_pause:
      fault.target.who = Who::group;
      fault.target.entry = draw_.between(0, static_cast<std::uint32_t>(world_.groups.size()) - 1);
      if (draw_.chance(0.7)) fault.target.instance = 0;
      break;
    case K::retention_squeeze:
    case K::reassign:
    case K::config_change:
      fault.target.who = Who::topic;
      fault.target.topic = TopicIndex{draw_.between(0, static_cast<std::uint32_t>(world_.topics.size()) - 1)};
      break;
    case K::kill:
    case K::power_loss:
      if (draw_.chance(0.15)) {
        draw_brokers(fault.target);
        if (draw_.chance(0.5)) fault.spread = draw_.rung(10ms, 2s);
        break;
      }
      [[fallthrough]];
    default:
      draw_broker(fault.target);
      break;
  }
}

void FaultDraw::draw_parameters(FaultSpec& fault) {
  switch (fault.kind) {
    case K::slow_broker:
    case K::disk_slow:
    case K::consumer_slow:
      fault.factor = static_cast<double>(draw_.rung(2, 1000));
      break;
    case K::timer_skew:
      fault.factor = draw_.one_of({0.5, 2.0});
      break;
    case K::link_delay:
      fault.add = DelayDistribution::constant(draw_.rung(10ms, 5s));
      break;
    case K::link_loss:
      fault.probability = draw_.one_of({0.01, 0.1, 0.5});
      break;
    case K::link_bandwidth:
      fault.bandwidth = BytesPerSecond{draw_.rung(10'000, 10'000'000)};
      break;
    case K::message_delay:
      fault.message = static_cast<MessageKind>(draw_.between(0, static_cast<std::uint32_t>(message_names.size()) - 1));
      fault.count = draw_.between(1, 5);
      fault.drop = draw_.chance(0.3);
      if (!fault.drop) fault.add = DelayDistribution::constant(draw_.rung(10ms, 5s));
      break;
    case K::producer_burst:
      fault.factor = static_cast<double>(draw_.rung(2, 10));
      break;
    case K::hot_key:
      fault.share = draw_.one_of({0.5, 0.9});
      break;
    case K::retention_squeeze:
      fault.retention_time = draw_.rung(500ms, 10s);
      world_.topics[fault.target.topic.value].segment_time = draw_.rung(100ms, 5s);
      world_.control_plane.log_retention_check_interval = 1s;
      break;
    case K::reassign:
      draw_replicas(fault);
      break;
    case K::config_change:
      draw_setting(fault);
      break;
    case K::metadata_lag:
      fault.frozen = draw_.chance(0.3);
      if (!fault.frozen) fault.add = DelayDistribution::constant(draw_.rung(10ms, 5s));
      break;
    case K::isolate:
      fault.keep = {draw_.chance(0.25), draw_.chance(0.25), draw_.chance(0.25)};
      if (fault.keep.brokers && fault.keep.clients && fault.keep.controllers) fault.keep.brokers = false;
      break;
    case K::power_loss:
      if (draw_.chance(0.3)) fault.keep_fraction = draw_.one_of({0.0, 0.5, 1.0});
      break;
    case K::zone_loss:
      fault.outage = draw_.chance(0.5) ? FaultSpec::Outage::power : FaultSpec::Outage::cut;
      break;
    case K::controlled_shutdown:
    case K::restart:
      if (draw_.chance(0.3)) fault.deadline = draw_.rung(100ms, 5s);
      break;
    case K::rolling_restart:
      if (draw_.chance(0.5)) fault.settle = draw_.rung(1s, 5s);
      break;
    case K::rolling_kill:
      fault.step = draw_.rung(100ms, 5s);
      break;
    case K::controller_isolated:
      if (draw_.chance(0.5)) fault.resign_after = draw_.rung(500ms, 5s);
      break;
    case K::controller_failover:
      if (draw_.chance(0.5)) fault.lasts.reset();
      break;
    default:
      break;
  }
}

/// One partition's replicas on as many brokers, perhaps others.
void FaultDraw::draw_replicas(FaultSpec& fault) {
  const TopicSpec& topic = world_.topics[fault.target.topic.value];
  fault.target.partition = draw_.between(0, topic.partitions - 1);
  const std::uint32_t first = draw_.between(0, brokers() - 1);
  std::vector<BrokerIndex>& replicas = fault.replicas.emplace_back();
  for (std::uint32_t r = 0; r < topic.replication_factor; ++r) replicas.push_back(BrokerIndex{(first + r) % brokers()});
  if (draw_.chance(0.3)) fault.throttle = BytesPerSecond{draw_.rung(1'000, 1'000'000)};
}

void FaultDraw::draw_setting(FaultSpec& fault) {
  if (draw_.chance(0.5)) {
    fault.setting = ChangedSetting::min_insync_replicas;
    fault.setting_value = draw_.between(1, world_.topics[fault.target.topic.value].replication_factor);
  } else {
    fault.setting = ChangedSetting::unclean_leader_election_enable;
    fault.setting_value = draw_.between(0, 1);
  }
}

/// Entries whose records have keys, of which one may run hot.
std::vector<std::uint32_t> FaultDraw::keyed_producers() const {
  std::vector<std::uint32_t> keyed;
  for (std::uint32_t entry = 0; entry < world_.producers.size(); ++entry) {
    if (world_.producers[entry].keys.kind != KeySpec::Kind::none) keyed.push_back(entry);
  }
  return keyed;
}

/// Whether a kind has a length; the others are over at once, or never.
bool lasts(FaultKind kind) {
  return kind != K::crash_stop && kind != K::connection_reset && kind != K::elect && kind != K::retention_squeeze &&
         kind != K::reassign && kind != K::config_change;
}

void FaultDraw::draw_fault(FaultKind kind) {
  FaultSpec fault;
  fault.kind = kind == K::hot_key && keyed_producers().empty() ? K::producer_burst : kind;
  draw_time(fault);
  if (lasts(kind)) draw_span(fault);
  draw_target(fault);
  draw_parameters(fault);
  const bool flaps = fault.lasts && kind != K::rolling_restart && kind != K::rolling_kill && draw_.chance(0.1);
  if (flaps) {  // FAULT-40
    fault.every = *fault.lasts + draw_.rung(100ms, 5s);
    fault.times = draw_.between(2, 4);
    const auto left = static_cast<std::uint32_t>((phase_.until - fault.when.at) / fault.every);
    fault.times = std::min(fault.times, left);
    if (fault.times < 2) fault.every = {}, fault.times = 1;
  }
  draw_trigger(fault);
  world_.faults.push_back(std::move(fault));
}

void FaultDraw::draw(const std::vector<FaultKind>& kinds) {
  const std::vector<Weighted> some = chosen(kinds);
  if (some.empty()) return;
  const auto count = draw_.one_of({1U, 1U, 2U, 3U, 4U, 6U, 10U});
  for (std::uint32_t f = 0; f < count; ++f) draw_fault(one_of(some));
  std::stable_sort(world_.faults.begin(), world_.faults.end(),
                   [](const FaultSpec& a, const FaultSpec& b) { return a.when.at < b.when.at; });
  FaultSpec heal;
  heal.kind = K::heal;
  heal.when.at = phase_.until;
  world_.faults.push_back(heal);
}

}  // namespace

void draw_faults(Scenario& scenario, const std::vector<FaultKind>& kinds, FaultPhase phase, std::uint64_t seed) {
  FaultDraw(scenario, phase, seed).draw(kinds);
}

}  // namespace brokersim
