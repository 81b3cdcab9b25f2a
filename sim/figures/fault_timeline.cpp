// SPDX-License-Identifier: Apache-2.0
#include "sim/figures/fault_timeline.hpp"

#include <algorithm>

namespace brokersim {

UpTimes::UpTimes(const std::vector<EventNote>& log, std::size_t brokers) : states_(brokers) {
  for (const EventNote& note : log) {
    if (note.kind != EventNote::Kind::process || note.what == "started") continue;
    const Duration when = note.time.time_since_epoch();
    states_[note.broker].emplace_back(when, note.what == "ready");
    if (changes_.empty() || changes_.back() != when) changes_.push_back(when);
  }
}

bool UpTimes::at(std::uint32_t broker, Duration when) const {
  bool up = true;
  for (const auto& [time, state] : states_[broker]) {
    if (time <= when) up = state;
  }
  return up;
}

Duration UpTimes::within(std::uint32_t broker, Duration from, Duration to) const {
  Duration sum{};
  Duration since{};
  bool up = true;
  const auto enter = [&](Duration until) {
    if (up) sum += std::max(std::min(until, to) - std::max(since, from), Duration::zero());
  };
  for (const auto& [time, state] : states_[broker]) {
    enter(time);
    since = time;
    up = state;
  }
  enter(Duration::max());
  return sum;
}

LeaderTimes::LeaderTimes(const std::vector<EventNote>& log, const std::vector<std::vector<BrokerIndex>>& placement,
                         std::size_t brokers)
    : brokers_(brokers) {
  std::vector<std::uint32_t> leads(brokers), told(brokers), leader_of;
  for (const std::vector<BrokerIndex>& replicas : placement) {
    leader_of.push_back(replicas.front().value);
    ++leads[replicas.front().value];
  }
  for (std::uint32_t b = 0; b < brokers; ++b) counts_.push_back({Duration::zero(), b, told[b] = leads[b]});
  const auto tell = [&](Duration when) {
    for (std::uint32_t b = 0; b < brokers; ++b) {
      if (leads[b] != told[b]) counts_.push_back({when, b, told[b] = leads[b]});
    }
  };
  Duration last{};
  for (const EventNote& note : log) {
    if (note.kind != EventNote::Kind::leader) continue;
    const Duration when = note.time.time_since_epoch();
    if (when != last) tell(last);
    last = when;
    std::uint32_t& leader = leader_of[note.partition];
    if (leader != EventNote::nobody) --leads[leader];
    leader = note.broker;
    if (leader != EventNote::nobody) ++leads[leader];
  }
  tell(last);
}

std::vector<double> LeaderTimes::at(Duration when) const {
  std::vector<double> leaders(brokers_);
  for (const Count& count : counts_) {
    if (count.time <= when) leaders[count.broker] = count.leaders;
  }
  return leaders;
}

std::vector<double> LeaderTimes::mean(Duration from, Duration to) const {
  std::vector<double> sum(brokers_), level(brokers_);
  std::vector<Duration> since(brokers_, from);
  for (const Count& count : counts_) {
    const Duration when = std::clamp(count.time, from, to);
    sum[count.broker] += level[count.broker] * seconds(when - since[count.broker]);
    since[count.broker] = when;
    level[count.broker] = count.leaders;
  }
  for (std::size_t b = 0; b < brokers_; ++b) {
    sum[b] = (sum[b] + level[b] * seconds(to - since[b])) / seconds(to - from);
  }
  return sum;
}

}  // namespace brokersim
