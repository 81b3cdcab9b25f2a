// SPDX-License-Identifier: Apache-2.0
// "groups": who reads what, from where, and how it asks.
#include <algorithm>
#include <array>

#include "sim/scenario_file/scenario_reading.hpp"
#include "sim/scenario_file/topic_reference.hpp"

namespace brokersim {
namespace {

/// "client.rack" of a member or of all: a zone's name, "zone" for each member's own, or absent for none.
bool read_rack(ScenarioReading& reading, const JsonNode& object, std::string& rack) {
  const JsonNode* node = find_member(object, "client.rack");
  if (node == nullptr) return true;
  std::uint32_t ignored = 0;
  if (!reading.reader.text(*node, rack)) return false;
  return rack == "zone" || reading.zones.find(*node, reading.problems, ignored);
}

/// "pauses": spans of time, each after the one before it.
void read_pauses(ScenarioReading& reading, const JsonNode& node, std::vector<ConsumerPauseSpec>& pauses) {
  StrictReader& reader = reading.reader;
  if (!reader.array(node, 0)) return;
  Duration free_from{};
  for (const JsonNode& item : node.items) {
    if (!reader.object(item, Section::pause)) continue;
    ConsumerPauseSpec pause;
    const JsonNode* from = reader.needed(item, "from", "\"from\": \"20s\"");
    const JsonNode* to = reader.needed(item, "to", "\"to\": \"30s\"");
    if (from == nullptr ||
        !reader.duration(*from, {free_from, century, "E0432", "pauses in order of time"}, pause.from))
      continue;
    if (to == nullptr ||
        !reader.duration(*to, {pause.from + Duration{1}, century, "E0432", "later than \"from\""}, pause.to))
      continue;
    free_from = pause.to;
    pauses.push_back(pause);
  }
}

/// "join_at" and "leave_at": a consumer starts and is closed while the run goes on.
void read_stay(StrictReader& reader, const JsonNode& object, MemberSpec& member) {
  const JsonNode* join = find_member(object, "join_at");
  const JsonNode* leave = find_member(object, "leave_at");
  Duration at{};
  if (join != nullptr && reader.duration(*join, {Duration{1}, century, "E0432", "later than the start"}, at))
    member.join_at = at;
  const Duration from = member.join_at.value_or(Duration::zero());
  if (leave != nullptr && reader.duration(*leave, {from + Duration{1}, century, "E0432", "later than \"join_at\""}, at))
    member.leave_at = at;
}

/// What is stated for one member, or for all of them alike, beside zone and count.
struct MemberHabits {
  std::string rack;
  MemberSpec member;
};

bool read_habits(ScenarioReading& reading, const JsonNode& object, MemberHabits& habits) {
  if (const JsonNode* node = find_member(object, "processing_time_per_record")) {
    read_delay(reading.reader, *node, habits.member.processing_time_per_record.emplace());
  }
  if (const JsonNode* node = find_member(object, "pauses")) read_pauses(reading, *node, habits.member.pauses);
  read_stay(reading.reader, object, habits.member);
  return read_rack(reading, object, habits.rack);
}

void add_member(ScenarioReading& reading, ConsumerGroupSpec& group, ZoneIndex zone, const MemberHabits& habits) {
  MemberSpec& member = group.members.emplace_back(habits.member);
  member.zone = zone;
  member.client_rack = habits.rack == "zone" ? reading.scenario.world.network.zones[zone.value] : habits.rack;
}

void read_members(ScenarioReading& reading, const JsonNode& node, ConsumerGroupSpec& group) {
  StrictReader& reader = reading.reader;
  std::vector<ZoneIndex> zones;
  if (node.is(JsonNode::Kind::array)) {
    if (!reader.array(node, 1)) return;
    if (!reading.sizes.admit(Counted::clients, static_cast<std::int64_t>(node.items.size()), node, reading.problems))
      return;
    for (const JsonNode& member : node.items) {
      zones.clear();
      MemberHabits habits;
      if (!reader.object(member, Section::member)) continue;
      const bool placed = read_zones_of(reading, member, zones);
      if (read_habits(reading, member, habits) && placed) add_member(reading, group, zones[0], habits);
    }
    return;
  }
  if (!reader.object(node, Section::group_members)) return;
  const std::int64_t count = read_count(reading, node, Counted::clients);
  const bool placed = read_zones_of(reading, node, zones);
  MemberHabits habits;
  if (!read_habits(reading, node, habits) || !placed) return;
  for (std::int64_t i = 0; i < count; ++i)
    add_member(reading, group, zones[static_cast<std::size_t>(i) % zones.size()], habits);
}

constexpr std::array<std::string_view, 2> protocol_names{"classic", "consumer"};

std::vector<std::string_view> assignor_choices(GroupProtocol protocol) {
  std::vector<std::string_view> names;
  for (const AssignorName& known : assignor_names) {
    if (known.protocol == protocol) names.push_back(known.name);
  }
  return names;
}

/// "group.protocol", and the setting that names the protocol's assignor; the other protocol's is refused, as Kafka's
/// client does.
void read_assignor(StrictReader& reader, const JsonNode& config, ConsumerGroupSpec& group) {
  std::size_t index = 0;
  const JsonNode* stated = find_member(config, "group.protocol");
  if (stated != nullptr && !reader.choice(*stated, protocol_names, index)) return;
  const auto protocol = static_cast<GroupProtocol>(index);
  constexpr std::array<std::string_view, 2> settings{"partition.assignment.strategy", "group.remote.assignor"};
  if (const JsonNode* other = find_member(config, settings[1 - index])) {
    reader.problems().at(
        *other, {.code = "E0323",
                 .found = "\"" + std::string(settings[1 - index]) + "\" with \"group.protocol\": \"" +
                          std::string(protocol_names[index]) + "\"",
                 .allowed = "it with \"group.protocol\": \"" + std::string(protocol_names[1 - index]) + "\" only"});
  }
  const std::vector<std::string_view> choices = assignor_choices(protocol);
  std::size_t choice = 0;
  const JsonNode* named = find_member(config, settings[index]);
  if (named != nullptr && !reader.choice(*named, choices, choice)) return;
  group.assignor = *assignor_named(protocol, choices[choice]);
}

constexpr std::array<std::string_view, 3> offset_reset_names{"latest", "earliest", "none"};

/// A broker may hold a fetch for fetch.max.wait.ms: a client that gives up before that never gets an empty answer.
void check_timeout(ProblemList& problems, const JsonNode& timeout, const JsonNode& config,
                   const ConsumerGroupSpec& group) {
  if (group.retry.request_timeout > group.fetch_max_wait) return;
  const JsonNode* wait = find_member(config, "fetch.max.wait.ms");
  tell_contradiction(problems, timeout, wait, "fetch.max.wait.ms", group.fetch_max_wait,
                     "more than fetch.max.wait.ms, for which a broker may hold a fetch");
}

void read_config(StrictReader& reader, const JsonNode& entry, ConsumerGroupSpec& group) {
  const JsonNode* config = find_member(entry, "config");
  if (config == nullptr || !reader.object(*config, Section::group_config)) return;
  const auto with = [&](std::string_view key, auto read) {
    if (const JsonNode* node = find_member(*config, key)) read(*node);
  };
  const WholeRange bytes{1, whole_maximum};
  with("fetch.min.bytes", [&](const JsonNode& node) { reader.whole(node, bytes, group.fetch_min_bytes); });
  with("fetch.max.wait.ms", [&](const JsonNode& node) {
    reader.milliseconds(node, {0, whole_maximum}, group.fetch_max_wait);
  });
  with("fetch.max.bytes", [&](const JsonNode& node) { reader.whole(node, bytes, group.fetch_max_bytes); });
  with("max.partition.fetch.bytes",
       [&](const JsonNode& node) { reader.whole(node, bytes, group.max_partition_fetch_bytes); });
  with("max.poll.records", [&](const JsonNode& node) { reader.whole(node, bytes, group.max_poll_records); });
  with("consumer_byte_rate", [&](const JsonNode& node) {
    reader.whole64(node, {1, whole_maximum}, group.quota.byte_rate);
  });
  with("request_percentage", [&](const JsonNode& node) {
    reader.whole(node, {1, 1'000'000}, group.quota.request_percentage);
  });
  with("metadata.max.age.ms", [&](const JsonNode& node) {
    reader.milliseconds(node, {1, std::numeric_limits<std::int32_t>::max()}, group.metadata_max_age);
  });
  with("auto.offset.reset", [&](const JsonNode& node) {
    std::size_t index = 0;
    if (reader.choice(node, offset_reset_names, index))
      group.auto_offset_reset = static_cast<ConsumerGroupSpec::OffsetReset>(index);
  });
  read_client_retry(reader, *config, group.retry);
  with("request.timeout.ms", [&](const JsonNode& node) { check_timeout(reader.problems(), node, *config, group); });
  read_assignor(reader, *config, group);
}

/// Heartbeats of the classic protocol, and how long a silent member is taken to live; KIP-848's are the brokers'.
void read_session(ScenarioReading& reading, const JsonNode* heartbeat, const JsonNode* session,
                  ConsumerGroupSpec& group) {
  StrictReader& reader = reading.reader;
  if (name_of(group.assignor).protocol == GroupProtocol::consumer) {
    for (const JsonNode* stated : {heartbeat, session}) {
      if (stated == nullptr) continue;
      reading.problems.at(
          *stated, {.code = "E0323",
                    .found = "\"" + std::string(stated->key) + "\" with \"group.protocol\": \"consumer\"",
                    .allowed = stated == heartbeat ? "group.consumer.heartbeat.interval.ms of the brokers instead"
                                                   : "it with \"group.protocol\": \"classic\" only"});
    }
    return;
  }
  // group.min.session.timeout.ms and group.max.session.timeout.ms: a coordinator refuses what is outside.
  if (session != nullptr && !reader.milliseconds(*session, {6'000, 1'800'000}, group.session_timeout)) return;
  const std::int64_t timeout = group.session_timeout / std::chrono::milliseconds{1};
  const std::int64_t most = session == nullptr ? timeout - 1 : whole_maximum;
  if (heartbeat != nullptr && !reader.milliseconds(*heartbeat, {1, most}, group.heartbeat_interval)) return;
  if (group.heartbeat_interval < group.session_timeout) return;
  tell_contradiction(reading.problems, *session, heartbeat, "heartbeat.interval.ms", group.heartbeat_interval,
                     "more than heartbeat.interval.ms");
}

/// "coordinator": a broker's id, or "hash" for the one that Kafka finds; with it go the settings of heartbeats and
/// commits.
void read_coordination(ScenarioReading& reading, const JsonNode& entry, ConsumerGroupSpec& group) {
  StrictReader& reader = reading.reader;
  const JsonNode* node = find_member(entry, "coordinator");
  const JsonNode* config = find_member(entry, "config");
  const auto setting = [&](std::string_view key) {
    return config != nullptr && config->is(JsonNode::Kind::object) ? find_member(*config, key) : nullptr;
  };
  if (node == nullptr) {
    for (const std::string_view key :
         {"enable.auto.commit", "auto.commit.interval.ms", "heartbeat.interval.ms", "session.timeout.ms"}) {
      if (const JsonNode* stated = setting(key))
        reading.problems.at(*stated,
                            {.code = "E0470",
                             .found = "\"" + std::string(key) + "\" in a group without \"coordinator\"",
                             .allowed = "it beside \"coordinator\": heartbeats and commits are left out otherwise",
                             .hint = "add \"coordinator\": \"hash\" to the group"});
    }
    return;
  }
  GroupCoordinationSpec& spec = group.coordination.emplace();
  if (node->is(JsonNode::Kind::string)) {
    constexpr std::array<std::string_view, 1> choices{"hash"};
    std::size_t ignored = 0;
    reader.choice(*node, choices, ignored);
  } else {
    std::int32_t id = 0;
    if (reader.whole(*node, {0, whole_maximum}, id)) {
      const auto found = reading.brokers.find(id);
      if (found != reading.brokers.end()) {
        spec.broker = found->second.first;
      } else if (!reading.brokers_incomplete) {
        reading.problems.at(
            *node,
            {.code = "E0404", .found = "broker " + std::to_string(id), .allowed = "the id of a broker, or \"hash\""});
      }
    }
  }
  const WholeRange interval{1, whole_maximum};
  if (const JsonNode* stated = setting("enable.auto.commit")) reader.boolean(*stated, spec.auto_commit);
  if (const JsonNode* stated = setting("auto.commit.interval.ms"))
    reader.milliseconds(*stated, interval, spec.auto_commit_interval);
  read_session(reading, setting("heartbeat.interval.ms"), setting("session.timeout.ms"), group);
}

/// Members come and go only where the coordinator is modelled, and not in a group that begins as a whole later on.
void check_stays(ScenarioReading& reading, const JsonNode& entry, const ConsumerGroupSpec& group) {
  const bool changes = std::any_of(group.members.begin(), group.members.end(), [](const MemberSpec& member) {
    return member.join_at.has_value() || member.leave_at.has_value();
  });
  if (!changes) return;
  const JsonNode* starts_at = find_member(entry, "starts_at");
  if (find_member(entry, "coordinator") == nullptr) {
    reading.problems.at(*find_member(entry, "members"),
                        {.code = "E0470",
                         .found = "\"join_at\" or \"leave_at\" in a group without \"coordinator\"",
                         .allowed = "them beside \"coordinator\"",
                         .hint = "add \"coordinator\": \"hash\" to the group"});
  } else if (starts_at != nullptr) {
    reading.problems.at(*starts_at, {.code = "E0470",
                                     .found = "\"starts_at\" in a group with \"join_at\" or \"leave_at\"",
                                     .allowed = "\"join_at\" of every member instead"});
  } else {
    const std::vector<Protocol>& protocols = reading.scenario.protocols;
    if (std::find(protocols.begin(), protocols.end(), Protocol::primary_replica) == protocols.end()) return;
    reading.problems.at(*find_member(entry, "members"),
                        {.code = "E0470",
                         .found = "\"join_at\" or \"leave_at\", and the protocol primary_replica",
                         .allowed = "them under kafka alone: a primary's readers are in no group"});
  }
}

void read_topics_of(ScenarioReading& reading, const JsonNode& node, ConsumerGroupSpec& group) {
  if (!reading.reader.array(node, 1)) return;
  for (const JsonNode& item : node.items) {
    TopicIndex topic;
    if (!find_topic(reading, item, topic)) continue;
    const auto earlier = std::find(group.topics.begin(), group.topics.end(), topic);
    if (earlier != group.topics.end()) {
      reading.problems.at(item,
                          {.code = "E0401", .found = shown(item) + " again", .allowed = "each topic once in a group"});
      continue;
    }
    group.topics.push_back(topic);
  }
}

void read_entry(ScenarioReading& reading, const JsonNode& entry) {
  StrictReader& reader = reading.reader;
  if (!reader.object(entry, Section::group)) return;
  ConsumerGroupSpec group;
  std::vector<ConsumerGroupSpec>& groups = reading.scenario.world.groups;
  const JsonNode* id = reader.needed(entry, "id", "\"id\": \"billing\"");
  if (id != nullptr && reader.id(*id, group.id)) {
    reading.groups.add(group.id, static_cast<std::uint32_t>(groups.size()), *id, reading.problems);
  }
  if (const JsonNode* node = reader.needed(entry, "topics", "\"topics\": [\"orders\"]"))
    read_topics_of(reading, *node, group);
  const JsonNode* members =
      reader.needed(entry, "members", "\"members\": {\"count\": 3, \"zone\": \"a\", \"client.rack\": \"zone\"}");
  if (members != nullptr) read_members(reading, *members, group);
  if (const JsonNode* node = find_member(entry, "starts_at"))
    reader.duration(*node, {Duration::zero(), century}, group.starts_at);
  if (const JsonNode* node = find_member(entry, "processing_time_per_record")) {
    read_delay(reader, *node, group.processing_time_per_record);
  }
  group.quota = reading.default_group_quota;
  read_config(reader, entry, group);
  read_coordination(reading, entry, group);
  check_stays(reading, entry, group);
  groups.push_back(std::move(group));
  reading.group_nodes.push_back(&entry);
}

}  // namespace

void read_groups(ScenarioReading& reading, const JsonNode& root) {
  const JsonNode* node = find_member(root, "groups");
  if (node == nullptr || !reading.reader.array(*node, 0)) return;
  for (const JsonNode& entry : node->items) read_entry(reading, entry);
}

}  // namespace brokersim
