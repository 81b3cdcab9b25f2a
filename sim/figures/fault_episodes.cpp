// SPDX-License-Identifier: Apache-2.0
// From the events log to the stretches of time in which something was broken.
#include <algorithm>

#include "sim/figures/fault_figures.hpp"
#include "sim/model/fault_kinds.hpp"

namespace brokersim {
namespace {

/// One entry of the scenario's faults, all the times it comes.
struct Coming {
  bool came = false;
  Duration began{}, ended{};
  std::vector<std::int32_t> brokers;
  std::vector<std::string> zones;
  std::vector<bool> down;  // by broker: stopped by it, and not ready again
  bool controller_stands_still = false;

  void extend(Duration to) { ended = std::max(ended, to); }
};

void add_once(auto& list, const auto& value) {
  if (std::find(list.begin(), list.end(), value) == list.end()) list.push_back(value);
}

std::vector<Coming> comings(const WorldSpec& world, const TrialResult& trial) {
  std::vector<Coming> of(world.faults.size());
  for (Coming& coming : of) coming.down.resize(world.brokers.size());
  std::vector<std::uint32_t> last_at(world.brokers.size(), EventNote::nobody);  // the fault that hit a broker last
  std::uint32_t last = EventNote::nobody;
  for (const EventNote& note : trial.events_log) {
    const Duration when = note.time.time_since_epoch();
    if (when >= trial.duration) break;
    switch (note.kind) {
      case EventNote::Kind::fault_applied: {
        Coming& coming = of[note.fault];
        if (!coming.came) coming.began = coming.ended = when;
        coming.came = true;
        coming.extend(when);
        last = note.fault;
        if (note.broker != EventNote::nobody) {
          last_at[note.broker] = note.fault;
          add_once(coming.brokers, world.brokers[note.broker].id);
        } else if (world.faults[note.fault].kind == FaultKind::zone_loss) {
          add_once(coming.zones, note.detail);
        }
        break;
      }
      case EventNote::Kind::fault_healed:
        of[note.fault].extend(when);
        break;
      case EventNote::Kind::process:
        if (last_at[note.broker] == EventNote::nobody || note.what == "started") break;
        of[last_at[note.broker]].down[note.broker] = note.what != "ready";
        of[last_at[note.broker]].extend(when);
        break;
      case EventNote::Kind::controller:
        if (last == EventNote::nobody) break;
        of[last].controller_stands_still = note.what != "works";
        of[last].extend(when);
        break;
      default:
        break;
    }
  }
  return of;
}

bool still_broken(const Coming& coming, std::size_t fault, const TrialResult& trial) {
  return trial.faults.open_faults[fault] || coming.controller_stands_still ||
         std::find(coming.down.begin(), coming.down.end(), true) != coming.down.end();
}

FaultEpisode episode_of(const WorldSpec& world, const TrialResult& trial, std::uint32_t fault, const Coming& coming) {
  FaultEpisode episode;
  episode.faults = {fault};
  episode.name = name_of(world.faults[fault].kind);
  episode.brokers = coming.brokers;
  episode.zones = coming.zones;
  episode.began = coming.began;
  episode.over = !still_broken(coming, fault, trial);
  episode.ended = episode.over ? coming.ended : trial.duration;
  return episode;
}

void join(FaultEpisode& episode, const FaultEpisode& other) {
  episode.faults.insert(episode.faults.end(), other.faults.begin(), other.faults.end());
  std::sort(episode.faults.begin(), episode.faults.end());
  episode.name += ", " + other.name;
  for (const std::int32_t broker : other.brokers) add_once(episode.brokers, broker);
  for (const std::string& zone : other.zones) add_once(episode.zones, zone);
  episode.ended = std::max(episode.ended, other.ended);
  episode.over = episode.over && other.over;
}

}  // namespace

bool makes_episode(FaultKind kind) {
  return kind != FaultKind::heal && kind != FaultKind::elect && kind != FaultKind::config_change;
}

std::vector<FaultEpisode> fault_episodes(const Scenario& scenario, const TrialResult& trial) {
  if (!trial.faults.kept) return {};
  const WorldSpec& world = scenario.world;
  const std::vector<Coming> came = comings(world, trial);
  std::vector<FaultEpisode> single;
  for (std::uint32_t f = 0; f < came.size(); ++f) {
    if (came[f].came && makes_episode(world.faults[f].kind)) single.push_back(episode_of(world, trial, f, came[f]));
  }
  std::stable_sort(single.begin(), single.end(),
                   [](const FaultEpisode& a, const FaultEpisode& b) { return a.began < b.began; });
  std::vector<FaultEpisode> episodes;
  for (const FaultEpisode& episode : single) {
    if (!episodes.empty() && episode.began <= episodes.back().ended) {
      join(episodes.back(), episode);
    } else {
      episodes.push_back(episode);
    }
  }
  for (std::size_t e = 0; e < episodes.size(); ++e) {
    std::sort(episodes[e].brokers.begin(), episodes[e].brokers.end());
    episodes[e].watched_until = e + 1 < episodes.size() ? episodes[e + 1].began : trial.duration;
  }
  return episodes;
}

}  // namespace brokersim
