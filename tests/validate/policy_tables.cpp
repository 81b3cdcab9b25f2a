// SPDX-License-Identifier: Apache-2.0
// Exact tables of Kafka's own classes: replica-placement, replica-selector, partitioner.
#include <algorithm>
#include <deque>
#include <optional>
#include <set>

#include "analysis/balance.hpp"
#include "sim/policy/partitioner/key_popularity.hpp"
#include "sim/policy/partitioner/murmur2.hpp"
#include "sim/policy/placement/striped_replica_placer.hpp"
#include "sim/policy/replica_selector/rack_aware_selector.hpp"
#include "sim/random/zipf.hpp"
#include "tests/policy/scripted_random.hpp"
#include "tests/validate/partitioners.hpp"
#include "tests/validate/trials.hpp"

namespace brokersim::validate {
namespace {

using Assignment = std::vector<std::vector<std::int32_t>>;

std::optional<std::string> rack_of(const Json& row) {
  if (!row.contains("rack") || row.at("rack").is_null()) return std::nullopt;
  return row.at("rack").get<std::string>();
}

void judge_placement(CaseReport& report, const Json& row) {
  std::vector<PlacementBroker> brokers;
  std::map<std::int32_t, std::optional<std::string>> racks;
  for (const Json& broker : row.at("brokers_in_order")) {
    brokers.push_back(
        PlacementBroker{broker.at("id").get<std::int32_t>(), rack_of(broker), broker.at("fenced").get<bool>()});
    racks[brokers.back().id] = brokers.back().rack;
  }
  brokersim::test::JavaLikeRandom random(row.at("mock_random_state").get<std::uint64_t>());
  const PlacementRequest request{row.at("partitions").get<std::uint32_t>(),
                                 row.at("replication_factor").get<std::uint32_t>()};
  const Assignment placed = place_striped(brokers, request, random);
  Json leaders = Json::object(), replicas = Json::object();
  std::int64_t sharing = 0;
  for (const std::vector<std::int32_t>& ids : placed) {
    std::set<std::optional<std::string>> used;
    for (const std::int32_t id : ids) {
      Json& count = replicas[std::to_string(id)];
      count = count.is_null() ? 1 : count.get<int>() + 1;
      used.insert(racks[id]);
    }
    Json& led = leaders[std::to_string(ids.front())];
    led = led.is_null() ? 1 : led.get<int>() + 1;
    sharing += used.size() < ids.size();
  }
  const auto same = [&](const char* key, const Json& got) {
    if (row.contains(key) && !row.at(key).is_null())
      report.same(key, row.at(key) == got, row.at(key).dump(), got.dump());
  };
  same("assignment", Json(placed));
  if (row.contains("first_20_assignments")) {
    const std::size_t shown = std::min(placed.size(), row.at("first_20_assignments").size());
    same("first_20_assignments", Json(Assignment(placed.begin(), placed.begin() + static_cast<std::ptrdiff_t>(shown))));
  }
  same("leader_counts", leaders);
  same("replica_counts", replicas);
  same("partitions_with_two_replicas_on_one_rack", Json(sharing));
}

/// What the selector chooses among rows of replicas; `end` and `lag` are the rows' names for the two offsets.
std::int32_t selected(const Json& replicas, const char* end, const char* lag, std::int32_t leader,
                      const Json& client_rack) {
  std::deque<std::string> texts;
  std::vector<ReplicaView> views;
  for (const Json& row : replicas) {
    ReplicaView view;
    view.broker_id = row.at("id").get<std::int32_t>();
    if (const auto rack = rack_of(row)) view.rack = texts.emplace_back(*rack);
    view.log_end_offset = row.at(end).get<std::int64_t>();
    view.since_caught_up = std::chrono::milliseconds(row.at(lag).get<std::int64_t>());
    view.is_leader = view.broker_id == leader;
    view.in_sync = true;
    views.push_back(view);
  }
  const std::string rack = client_rack.is_null() ? std::string() : client_rack.get<std::string>();
  const ReadRequest request{rack, 0};
  const std::span<ReplicaView> candidates = keep_candidates(views, request.fetch_offset);
  RackAwareSelector selector;
  return candidates[selector.select(request, candidates)].broker_id;
}

void judge_selection(CaseReport& report, const Json& row) {
  const std::int32_t got = selected(row.at("eligible_replicas"), "log_end_offset", "ms_since_caught_up",
                                    row.at("leader").get<std::int32_t>(), row.at("client_rack"));
  if (row.contains("selected"))
    report.same("selected", row.at("selected") == got, row.at("selected").dump(), std::to_string(got));
}

void judge_selector_unit_test(CaseReport& report, const Json& row) {
  std::int32_t leader = -1;
  for (const Json& replica : row.at("replicas")) {
    if (replica.value("leader", false)) leader = replica.at("id").get<std::int32_t>();
  }
  for (const auto& [rack, expected] : row.at("select").items()) {
    const std::int32_t got = selected(row.at("replicas"), "leo", "lag_ms", leader, Json(rack));
    report.same("select " + rack, expected == got, expected.dump(), std::to_string(got));
  }
}

void judge_murmur2(CaseReport& report, const Json& row) {
  const std::string key = row.at("key_utf8");
  const std::uint32_t hash = murmur2(key);
  const auto same = [&](const std::string& quantity, const Json& expected, std::int64_t got) {
    report.same(quantity, expected == got, expected.dump(), std::to_string(got));
  };
  if (row.contains("murmur2")) same("murmur2", row.at("murmur2"), static_cast<std::int32_t>(hash));
  if (row.contains("to_positive")) same("to_positive", row.at("to_positive"), hash & 0x7fffffff);
  if (!row.contains("partition_for_count")) return;
  for (const auto& [count, expected] : row.at("partition_for_count").items()) {
    same("partition of " + count, expected, partition_for_key(key, static_cast<std::uint32_t>(std::stoul(count))));
  }
}

/// A printf format with one %d or %0Nd at its end; none for any other.
std::optional<KeyNaming> naming_of(const std::string& format) {
  const std::size_t percent = format.find('%');
  if (percent == std::string::npos || format.back() != 'd') return std::nullopt;
  KeyNaming naming{format.substr(0, percent), 1};
  const std::string width = format.substr(percent + 1, format.size() - percent - 2);
  if (width.empty()) return naming;
  const auto digits = number_after(width, "0");
  if (!digits) return std::nullopt;
  naming.digits = static_cast<std::uint32_t>(*digits);
  return naming;
}

void judge_key_family(CaseReport& report, const Json& row) {
  const auto naming = naming_of(row.at("format"));
  if (!naming || row.value("i_from", 0) != 0) return report.unsupported("all", "keys are a prefix and a number from 0");
  const auto keys = row.at("num_keys").get<std::uint32_t>(), partitions = row.at("partitions").get<std::uint32_t>();
  const std::vector<std::uint32_t> of_key = partition_of_key(keys, partitions, *naming);
  if (row.contains("keys_per_partition")) {
    std::vector<int> counts(partitions);
    for (const std::uint32_t partition : of_key) ++counts[partition];
    report.same("keys_per_partition", row.at("keys_per_partition") == Json(counts), row.at("keys_per_partition").dump(),
                Json(counts).dump());
  }
  if (!row.contains("zipf_s")) return;
  const ZipfTable table(keys, row.at("zipf_s").get<double>());
  const std::vector<double> shares = partition_shares(table.shares(), of_key, partitions);
  constexpr double digits_12 = 1e-9;  // 12 digits
  if (row.contains("share_per_partition")) {
    for (std::size_t p = 0; p < shares.size(); ++p) {
      report.close("share_per_partition[" + std::to_string(p) + "]", row.at("share_per_partition").at(p).get<double>(),
                   shares[p], digits_12);
    }
  }
  if (row.contains("max_share"))
    report.close("max_share", row.at("max_share"), *std::max_element(shares.begin(), shares.end()), digits_12);
  if (row.contains("max_over_mean"))
    report.close("max_over_mean", row.at("max_over_mean"), peak_to_mean(shares), digits_12);
  if (row.contains("cov")) report.close("cov", row.at("cov"), coefficient_of_variation(shares), digits_12);
}

using Judge = void (*)(CaseReport&, const Json&);

std::vector<CaseTask> rows(const Json& list, const std::string& group, Judge judge) {
  std::vector<CaseTask> tasks;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const Json row = list[i];
    tasks.push_back({row.is_object() ? row.value("id", place_name(group, i)) : place_name(group, i),
                     [row, judge](CaseReport& report) { judge(report, row); }});
  }
  return tasks;
}

}  // namespace

std::vector<CaseTask> placement_cases(const Json& file, const Effort&) {
  return rows(file.at("cases"), "cases", judge_placement);
}

std::vector<CaseTask> selector_cases(const Json& file, const Effort&) {
  std::vector<CaseTask> tasks = rows(file.at("cases"), "cases", judge_selection);
  if (file.contains("unit_test")) {
    const Json row = file.at("unit_test");
    tasks.push_back({"unit_test", [row](CaseReport& report) { judge_selector_unit_test(report, row); }});
  }
  return tasks;
}

std::vector<CaseTask> partitioner_cases(const Json& file, const Effort&) {
  std::vector<CaseTask> tasks;
  const auto add = [&tasks](std::vector<CaseTask> more) { tasks.insert(tasks.end(), more.begin(), more.end()); };
  for (const auto& [group, list] : file.at("cases").items()) {
    const Json first = list.is_array() && !list.empty() ? list[0] : Json();
    if (has_keys(first, {"key_utf8"})) {
      add(rows(list, group, judge_murmur2));
    } else if (has_keys(first, {"format", "num_keys"})) {
      add(rows(list, group, judge_key_family));
    } else if (first.is_array() && first.size() == 2) {
      add(rows(list, group, [](CaseReport& report, const Json& row) {
        const auto got = static_cast<std::int32_t>(murmur2(row.at(0).get<std::string>()));
        report.same("murmur2", row.at(1) == got, row.at(1).dump(), std::to_string(got));
      }));
    } else if (has_keys(first, {"queue_sizes"})) {
      add(rows(list, group, judge_adaptive_frequencies));
    } else if (has_keys(first, {"rule", "adaptive_table"})) {
      add(rows(list, group, judge_sticky_rule));
    } else {
      tasks.push_back({group, [](CaseReport& report) { report.unsupported("all", "rows of unknown kind"); }});
    }
  }
  return tasks;
}

}  // namespace brokersim::validate
