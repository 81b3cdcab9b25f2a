// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/mitigations.hpp"

#include <algorithm>
#include <array>

#include "sim/scenario_file/suggestions.hpp"
#include "sim/scenario_file/units.hpp"

namespace brokersim {
namespace {

constexpr Duration whole_second = std::chrono::seconds{1};
constexpr Duration longest_time = std::chrono::hours{24 * 365};
constexpr std::uint32_t usual_percentage = 10;  // leader.imbalance.per.broker.percentage of Kafka up to 3.9 (L-12)

/// How a mitigation is written; those with a time end in a colon.
struct MitigationWord {
  std::string_view text;
  Mitigation::Kind kind;
};
constexpr std::array mitigation_words{
    MitigationWord{"none", Mitigation::Kind::none}, MitigationWord{"auto", Mitigation::Kind::scenario},
    MitigationWord{"auto:", Mitigation::Kind::kraft}, MitigationWord{"zookeeper:", Mitigation::Kind::zookeeper},
    MitigationWord{"by-hand:", Mitigation::Kind::by_hand}};

std::uint32_t imbalance_percentage(const ControlPlaneSpec& control_plane) {
  return control_plane.leader_imbalance_percentage.value_or(usual_percentage);
}

}  // namespace

void add_mitigation(const OptionValue& value, const std::string& text, std::vector<Mitigation>& mitigations) {
  const std::size_t colon = text.find(':');
  const std::size_t head = colon == std::string::npos ? text.size() : colon + 1;
  const auto word = std::find_if(mitigation_words.begin(), mitigation_words.end(),
                                 [&](const MitigationWord& one) { return one.text == text.substr(0, head); });
  if (word == mitigation_words.end()) {
    constexpr std::array<std::string_view, 4> names{"none", "auto", "zookeeper:", "by-hand:"};
    throw wrong_value(value, "E0602",
                      "none, auto, auto:INTERVAL, zookeeper:INTERVAL or by-hand:DELAY, or a list of them",
                      did_you_mean(text.substr(0, head), names));
  }
  Mitigation mitigation;
  mitigation.kind = word->kind;
  mitigation.name = word->text;
  mitigation.argument = value.argument;
  if (word->text.back() == ':') {
    const bool by_hand = mitigation.kind == Mitigation::Kind::by_hand;
    const Quantity<Duration> read = parse_duration(text.substr(head));
    const bool fits = read.ok() && read.value <= longest_time &&
                      (by_hand ? read.value >= Duration::zero()
                               : read.value >= whole_second && read.value % whole_second == Duration{});
    if (!fits) {
      throw wrong_value(
          value, "E0602",
          by_hand ? "by-hand: and a duration from 0s to a year, like by-hand:30s"
                  : mitigation.name + " and whole seconds from 1s to a year, like " + mitigation.name + "60s");
    }
    mitigation.time = read.value;
    mitigation.name += duration_text(read.value);
  }
  const auto same = [&](const Mitigation& other) { return other.name == mitigation.name; };
  if (std::none_of(mitigations.begin(), mitigations.end(), same)) mitigations.push_back(std::move(mitigation));
}

void apply_mitigation(const Mitigation& mitigation, ControlPlaneSpec& control_plane) {
  if (mitigation.kind == Mitigation::Kind::scenario) return;
  const bool automatic = mitigation.kind == Mitigation::Kind::kraft || mitigation.kind == Mitigation::Kind::zookeeper;
  control_plane.auto_leader_rebalance = automatic;
  if (!automatic) return;
  control_plane.leader_imbalance_check_interval = mitigation.time;
  if (mitigation.kind == Mitigation::Kind::zookeeper) {
    control_plane.leader_imbalance_percentage = imbalance_percentage(control_plane);
  } else {
    control_plane.leader_imbalance_percentage.reset();
  }
}

std::string election_text(const Mitigation& mitigation, Duration restarted) {
  if (mitigation.kind != Mitigation::Kind::by_hand) return {};
  return "elect preferred leaders at " + duration_text(restarted + mitigation.time);
}

Duration longest_wait(const std::vector<Mitigation>& mitigations, const ControlPlaneSpec& control_plane) {
  Duration longest{};
  for (const Mitigation& mitigation : mitigations) {
    ControlPlaneSpec with = control_plane;
    apply_mitigation(mitigation, with);
    longest = std::max(longest, with.auto_leader_rebalance ? with.leader_imbalance_check_interval : mitigation.time);
  }
  return longest;
}

std::string settings_text(const Mitigation& mitigation, const ControlPlaneSpec& control_plane) {
  const std::string interval = "\"auto.leader.rebalance.enable\": true, \"leader.imbalance.check.interval.seconds\": " +
                               std::to_string(mitigation.time / whole_second);
  const std::string threshold = "\"leader.imbalance.per.broker.percentage\"";
  switch (mitigation.kind) {
    case Mitigation::Kind::scenario:
      return {};
    case Mitigation::Kind::kraft:
      return interval + (control_plane.leader_imbalance_percentage ? ", and no " + threshold : std::string{});
    case Mitigation::Kind::zookeeper:
      return interval + ", " + threshold + ": " + std::to_string(imbalance_percentage(control_plane));
    case Mitigation::Kind::none:
    case Mitigation::Kind::by_hand:
      return "\"auto.leader.rebalance.enable\": false";
  }
  return {};
}

}  // namespace brokersim
