// SPDX-License-Identifier: Apache-2.0
#include "sim/model/link_faults.hpp"

#include <algorithm>
#include <array>

#include "sim/model/retransmission.hpp"

namespace brokersim {
namespace {

constexpr std::array traffic_names{"producer", "replication", "consumer", "control"};

}  // namespace

void LinkFaults::add(std::uint32_t occurrence, const FaultSpec& fault, const Hosts& from, const Hosts& to, Instant over,
                     BytesPerSecond bandwidth) {
  Effect effect{
      occurrence,     &fault,     std::vector<bool>(names_.size()), std::vector<bool>(names_.size()), over, bandwidth,
      FifoStation{1}, fault.count};
  for (const std::uint32_t host : from) effect.from[host] = true;
  for (const std::uint32_t host : to) effect.to[host] = true;
  effects_.push_back(std::move(effect));
}

void LinkFaults::remove(std::uint32_t occurrence) {
  std::erase_if(effects_, [occurrence](const Effect& effect) { return effect.occurrence == occurrence; });
}

RandomStream& LinkFaults::stream(const char* purpose, std::uint32_t from, std::uint32_t to, Traffic traffic) {
  const auto found = streams_.find({purpose, from, to, traffic});
  if (found != streams_.end()) return found->second;
  const std::string entity = names_[from] + ">" + names_[to] + "/" + traffic_names[static_cast<std::size_t>(traffic)];
  return streams_.emplace(std::tuple{std::string(purpose), from, to, traffic}, RandomStream(random_, purpose, entity))
      .first->second;
}

/// Of one transmission that is sent at `sent`, as far as is known of the faults that lose any.
double LinkFaults::arrival_probability(std::uint32_t from, std::uint32_t to, Instant sent) const {
  double arrives = 1;
  for (const Effect& effect : effects_) {
    if (effect.fault->kind == FaultKind::link_loss && effect.hits(from, to) && sent < effect.over)
      arrives *= 1 - effect.fault->probability;
  }
  return arrives;
}

/// How many transmissions of a message that is first sent now are lost; `retransmissions` + 1: all.
std::uint32_t LinkFaults::draw_losses(std::uint32_t from, std::uint32_t to, Traffic traffic, Instant now) {
  const double uniform = stream("fault/link_loss", from, to, traffic).uniform();
  double all_lost = 1 - arrival_probability(from, to, now);
  std::uint32_t losses = 0;
  while (uniform < all_lost && losses <= retransmissions) {
    ++losses;
    all_lost *= 1 - arrival_probability(from, to, now + retransmission_delay(losses));
  }
  return losses;
}

LinkFaults::Passage LinkFaults::pass(std::uint32_t from, std::uint32_t to, Traffic traffic,
                                     std::optional<MessageKind> kind, Instant now) {
  Passage passage;
  bool loses = false;
  Instant clogged_until = now;
  for (Effect& effect : effects_) {
    if (!effect.hits(from, to)) continue;
    const FaultSpec& fault = *effect.fault;
    switch (fault.kind) {
      case FaultKind::link_delay:
        passage.late += fault.add.sample(stream("fault/link_delay", from, to, traffic));
        break;
      case FaultKind::link_loss:
        loses = true;
        break;
      case FaultKind::clog:
        clogged_until = std::max(clogged_until, effect.over);
        break;
      case FaultKind::message_delay:
        if (kind != fault.message || effect.left == 0) break;
        for (Effect& other : effects_) {  // the other direction counts the same messages
          if (other.occurrence == effect.occurrence) --other.left;
        }
        if (effect.left == 0) exhausted_.push_back(effect.occurrence);
        if (fault.drop) passage.lost = true;
        if (!fault.drop) passage.late += fault.add.sample(stream("fault/message_delay", from, to, traffic));
        break;
      default:
        break;
    }
  }
  if (loses) {
    const std::uint32_t losses = draw_losses(from, to, traffic, now);
    if (losses > retransmissions) {
      passage.lost = true;
      passage.resets = retransmission_delay(losses);
    } else {
      passage.late += retransmission_delay(losses);
    }
  }
  passage.late += clogged_until - now;
  return passage;
}

Instant LinkFaults::transmitted(std::uint32_t from, std::uint32_t to, Instant now, Bytes wire) {
  Effect* narrowest = nullptr;
  for (Effect& effect : effects_) {
    if (effect.fault->kind != FaultKind::link_bandwidth || !effect.hits(from, to)) continue;
    if (narrowest == nullptr || effect.bandwidth.value < narrowest->bandwidth.value) narrowest = &effect;
  }
  return narrowest == nullptr ? now : narrowest->link.serve(now, transfer_time(wire, narrowest->bandwidth)).end;
}

Duration LinkFaults::detour(std::uint32_t from, std::uint32_t to, Instant now) const {
  Duration detour{};
  Instant clogged_until = now;
  for (const Effect& effect : effects_) {
    if (!effect.hits(from, to)) continue;
    if (effect.fault->kind == FaultKind::link_delay) detour += effect.fault->add.expected();
    if (effect.fault->kind == FaultKind::clog) clogged_until = std::max(clogged_until, effect.over);
  }
  return detour + (clogged_until - now);
}

}  // namespace brokersim
