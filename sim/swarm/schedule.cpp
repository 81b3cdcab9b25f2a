// SPDX-License-Identifier: Apache-2.0
#include "sim/swarm/schedule.hpp"

#include <algorithm>
#include <string>

#include "sim/swarm/draw.hpp"
#include "sim/swarm/fault_schedule.hpp"

namespace brokersim {
namespace {

using namespace std::chrono_literals;

/// Draws the parts of a world one after another, each from a stream of its own.
class WorldDraw {
 public:
  WorldDraw(const SwarmProfile& profile, std::uint64_t seed, Scenario& scenario)
      : profile_(profile), seed_(seed), scenario_(scenario), world_(scenario.world) {}

  void draw() {
    draw_network();
    draw_brokers();
    draw_control_plane();
    draw_topics();
    draw_producers();
    draw_groups();
  }

 private:
  void draw_network();
  void draw_brokers();
  void draw_control_plane();
  void draw_topics();
  void draw_producers();
  void draw_producer(Draw& draw, std::uint32_t number);
  void draw_guarantees(Draw& draw, ProducerSpec& producer);
  void draw_batching(Draw& draw, ProducerSpec& producer);
  void draw_groups();
  void draw_group(Draw& draw, std::uint32_t number);
  void draw_members(Draw& draw, ConsumerGroupSpec& group);
  [[nodiscard]] bool is(WorldSize size) const { return profile_.size == size; }
  [[nodiscard]] std::uint32_t zones() const { return static_cast<std::uint32_t>(world_.network.zones.size()); }
  [[nodiscard]] std::uint32_t brokers() const { return static_cast<std::uint32_t>(world_.brokers.size()); }

  const SwarmProfile& profile_;
  std::uint64_t seed_;
  Scenario& scenario_;
  WorldSpec& world_;
};

void WorldDraw::draw_network() {
  Draw draw(seed_, "network");
  const std::uint32_t zones = is(WorldSize::small) ? draw.one_of({1U, 2U, 3U, 3U}) : 3;
  const Duration within = draw.rung(10us, 1ms), between = draw.rung(100us, 20ms);
  for (std::uint32_t z = 0; z < zones; ++z) {
    world_.network.zones.push_back("z" + std::to_string(z + 1));
    world_.network.within_zone.push_back({ZoneIndex{z}, ZoneIndex{z}, DelayDistribution::constant(within), {}, 0});
    for (std::uint32_t other = 0; other < z; ++other) {
      LinkSpec link{ZoneIndex{other}, ZoneIndex{z}, DelayDistribution::constant(between), {}, 0};
      if (draw.chance(0.2)) {
        link.one_way_latency.law = DelayDistribution::Law::exponential;
        link.one_way_latency.minimum = within;
      }
      world_.network.links.push_back(link);
    }
  }
}

void WorldDraw::draw_brokers() {
  Draw draw(seed_, "brokers");
  std::uint32_t brokers = 3;
  if (is(WorldSize::small)) brokers = draw.one_of({1U, 2U, 3U, 3U, 3U, 3U, 4U, 5U, 6U, 7U});
  if (is(WorldSize::big)) brokers = draw.between(30, 50);
  BrokerSpec broker;
  broker.num_replica_fetchers = draw.one_of({1U, 1U, 2U});
  broker.replica_fetch_wait_max = draw.rung(50ms, 500ms);
  if (draw.chance(0.2)) broker.replica_fetch_max_bytes = 10'000;
  broker.connections_bound = draw.chance(0.2);
  if (draw.chance(0.2)) broker.nic = BytesPerSecond{draw.rung(1'000'000, 100'000'000)};
  if (draw.chance(0.2)) broker.disk.bandwidth = BytesPerSecond{draw.rung(1'000'000, 100'000'000)};
  if (draw.chance(0.2)) broker.service.produce.per_request = draw.rung(1ms, 10ms);
  if (draw.chance(0.2)) broker.service.variation = 1;
  if (draw.chance(0.1)) broker.pauses = {1, draw.rung(1ms, 100ms)};
  broker.group_initial_rebalance_delay = draw.one_of({Duration{0ms}, Duration{100ms}, Duration{3s}});
  for (std::uint32_t b = 0; b < brokers; ++b) {
    broker.id = static_cast<std::int32_t>(b + 1);
    broker.zone = ZoneIndex{b % zones()};
    world_.brokers.push_back(broker);
  }
}

void WorldDraw::draw_control_plane() {
  Draw draw(seed_, "control plane");
  world_.controller = ZoneIndex{draw.between(0, zones() - 1)};
  ControlPlaneSpec& control = world_.control_plane;
  control.eligible_leader_replicas = draw.chance(0.8);
  control.broker_session_timeout = draw.one_of({Duration{1s}, Duration{2s}, Duration{5s}, Duration{9s}});
  control.broker_heartbeat_interval = std::min<Duration>(2s, control.broker_session_timeout / 4);
  control.replica_lag_time_max = draw.rung(1s, 20s);
  control.replica_fetch_backoff = draw.rung(100ms, 1s);
  control.replica_socket_timeout = draw.rung(1s, 20s);
  control.start_up_time = draw.rung(100ms, 5s);
  control.leader_imbalance_check_interval = draw.rung(5s, 50s);
  control.auto_leader_rebalance = draw.chance(0.7);
  if (draw.chance(0.2)) control.leader_imbalance_percentage = 10;
  if (draw.chance(0.3)) {
    control.propagation_delay = {.law = DelayDistribution::Law::uniform, .minimum = {}, .maximum = 500ms};
  }
  if (draw.chance(0.3)) control.commit_time = DelayDistribution::constant(draw.rung(1ms, 50ms));
  control.controlled_shutdown = draw.chance(0.9);
  if (draw.chance(0.3)) control.first_answer_time = draw.rung(10ms, 1s);
}

void WorldDraw::draw_topics() {
  Draw draw(seed_, "topics");
  const std::uint32_t topics = is(WorldSize::one_partition) ? 1 : draw.one_of({1U, 1U, 2U});
  const std::uint32_t partitions = is(WorldSize::big) ? 500 : 4;  // at most, of all topics
  for (std::uint32_t t = 0; t < topics; ++t) {
    TopicSpec topic;
    topic.id = "t" + std::to_string(t + 1);
    topic.partitions = is(WorldSize::one_partition) ? 1 : draw.between(1, partitions / topics);
    topic.replication_factor = std::min(brokers(), draw.one_of({1U, 2U, 3U, 3U, 3U, 5U}));
    topic.min_insync_replicas = draw.between(1, std::min(2U, topic.replication_factor));
    topic.unclean_leader_election = draw.chance(0.15);
    for (std::uint32_t p = 0; p < topic.partitions; ++p) {  // stated, so that it stays when something else is taken out
      const std::uint32_t first = draw.between(0, brokers() - 1);
      std::vector<BrokerIndex>& replicas = topic.replicas.emplace_back();
      for (std::uint32_t r = 0; r < topic.replication_factor; ++r)
        replicas.push_back(BrokerIndex{(first + r) % brokers()});
    }
    world_.topics.push_back(std::move(topic));
  }
}

void WorldDraw::draw_producers() {
  Draw draw(seed_, "producers");
  const std::uint32_t producers = draw.one_of({1U, 1U, 2U, 3U, 4U});
  for (std::uint32_t p = 0; p < producers; ++p) draw_producer(draw, p);
}

void WorldDraw::draw_producer(Draw& draw, std::uint32_t number) {
  ProducerSpec producer;
  producer.id = "p" + std::to_string(number + 1);
  producer.count = draw.one_of({1U, 1U, 2U});
  producer.zones = {ZoneIndex{draw.between(0, zones() - 1)}};
  producer.topic = TopicIndex{draw.between(0, static_cast<std::uint32_t>(world_.topics.size()) - 1)};
  producer.records_per_second = static_cast<double>(draw.rung(2, 50));
  if (draw.chance(0.5)) {
    producer.arrivals = ProducerSpec::Arrivals::constant;
    producer.random_phase = false;
    producer.first_record_at = draw.moment(1s);
  }
  const auto size = static_cast<std::int32_t>(draw.rung(1, 10'000));
  producer.record_size = {size, draw.chance(0.3) ? 2 * size : size};
  if (draw.chance(0.3)) producer.keys = {.kind = KeySpec::Kind::uniform, .count = draw.between(1, 20)};
  draw_batching(draw, producer);
  draw_guarantees(draw, producer);
  world_.producers.push_back(std::move(producer));
}

void WorldDraw::draw_batching(Draw& draw, ProducerSpec& producer) {
  producer.linger = draw.one_of({Duration{0ms}, Duration{5ms}, Duration{100ms}});
  if (draw.chance(0.3)) producer.batch_size = producer.record_size.maximum;
  producer.batch_size = std::max(producer.batch_size, producer.record_size.maximum);
  if (draw.chance(0.3)) {  // a few batches and no more
    producer.buffer_memory = 4 * std::max<std::int64_t>(producer.batch_size, producer.record_size.maximum + 82);
    producer.max_block = draw.rung(100ms, 10s);
  }
  producer.max_in_flight_requests_per_connection = draw.between(1, 5);
}

/// acks, idempotence and how long a producer goes on.
void WorldDraw::draw_guarantees(Draw& draw, ProducerSpec& producer) {
  producer.acks = draw.one_of({-1, -1, -1, 1, 0});
  producer.retry.request_timeout = draw.rung(500ms, 20s);
  producer.delivery_timeout = std::max<Duration>(draw.rung(2s, 100s), producer.linger + producer.retry.request_timeout);
  if (draw.chance(0.2)) producer.retries = static_cast<std::int32_t>(draw.between(0, 3));
  producer.retry.retry_backoff = draw.rung(20ms, 200ms);
  producer.metadata_max_age = draw.one_of({Duration{5s}, Duration{60s}, Duration{300s}});
  producer.enable_idempotence = producer.acks == -1 && producer.retries > 0 && draw.chance(0.7);
}

void WorldDraw::draw_groups() {
  Draw draw(seed_, "groups");
  const std::uint32_t groups = draw.one_of({1U, 1U, 2U});
  for (std::uint32_t g = 0; g < groups; ++g) draw_group(draw, g);
}

void WorldDraw::draw_group(Draw& draw, std::uint32_t number) {
  ConsumerGroupSpec group;
  group.id = "g" + std::to_string(number + 1);
  group.topics = {TopicIndex{0}};
  if (world_.topics.size() > 1 && draw.chance(0.7)) group.topics.push_back(TopicIndex{1});
  group.assignor =
      draw.one_of({AssignorKind::range, AssignorKind::round_robin, AssignorKind::sticky,
                   AssignorKind::cooperative_sticky, AssignorKind::server_uniform, AssignorKind::server_range});
  if (draw.chance(0.3)) group.processing_time_per_record = DelayDistribution::constant(draw.rung(100us, 2ms));
  if (draw.chance(0.2)) group.max_poll_records = static_cast<std::int32_t>(draw.between(1, 20));
  if (draw.chance(0.2)) group.fetch_min_bytes = static_cast<std::int32_t>(draw.rung(100, 10'000));
  group.fetch_max_wait = draw.rung(100ms, 500ms);
  group.metadata_max_age = draw.one_of({Duration{5s}, Duration{60s}, Duration{300s}});
  group.retry.request_timeout = draw.rung(1s, 20s);
  group.retry.retry_backoff = draw.rung(20ms, 200ms);
  group.auto_offset_reset =
      draw.one_of({ConsumerGroupSpec::OffsetReset::latest, ConsumerGroupSpec::OffsetReset::earliest});
  group.session_timeout = draw.one_of({Duration{6s}, Duration{10s}, Duration{45s}});
  group.heartbeat_interval = std::min<Duration>(3s, group.session_timeout / 3);
  if (draw.chance(0.6)) {
    GroupCoordinationSpec& coordination = group.coordination.emplace();
    if (draw.chance(0.5)) coordination.broker = BrokerIndex{draw.between(0, brokers() - 1)};
    coordination.auto_commit = draw.chance(0.8);
    coordination.auto_commit_interval = draw.rung(500ms, 5s);
  }
  draw_members(draw, group);
  world_.groups.push_back(std::move(group));
}

/// One member at least stays from beginning to end, so that everything is read in the end.
void WorldDraw::draw_members(Draw& draw, ConsumerGroupSpec& group) {
  const std::uint32_t members = draw.between(1, 3);
  const bool racks = draw.chance(0.8);
  for (std::uint32_t m = 0; m < members; ++m) {
    MemberSpec member;
    member.zone = ZoneIndex{draw.between(0, zones() - 1)};
    if (racks) member.client_rack = world_.network.zones[member.zone.value];
    if (m > 0 && group.coordination && draw.chance(0.5)) {
      if (draw.chance(0.7)) member.join_at = 1ms + draw.moment(scenario_.duration / 2);
      if (draw.chance(0.5)) {
        member.leave_at = member.join_at.value_or(Duration{1ms}) + 1ms + draw.moment(scenario_.duration / 2);
      }
    }
    group.members.push_back(std::move(member));
  }
  if (std::none_of(group.members.begin(), group.members.end(),
                   [](const MemberSpec& member) { return !member.client_rack.empty(); })) {
    group.members.front().client_rack = world_.network.zones[group.members.front().zone.value];
  }
}

}  // namespace

Scenario random_schedule(const SwarmProfile& profile, std::uint64_t seed) {
  Scenario scenario;
  scenario.name = std::string(profile.name) + "-" + std::to_string(seed);
  scenario.seed = seed;
  scenario.trials = 1;
  scenario.warm_up = Duration::zero();
  Draw draw(seed, "phases");
  scenario.duration = draw.rung(10s, 50s);
  scenario.drain_limit = 600s;
  scenario.read_policies = {profile.follower_reads_only || draw.chance(0.6) ? ReadPolicy::rack_aware
                                                                            : ReadPolicy::leader};
  WorldDraw(profile, seed, scenario).draw();
  draw_faults(scenario, profile.kinds, {scenario.duration / 10, scenario.duration * 2 / 3}, seed);
  return scenario;
}

}  // namespace brokersim
