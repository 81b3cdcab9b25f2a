// SPDX-License-Identifier: Apache-2.0
// What makes messages between hosts late, or loses some of them, without cutting the hosts off from one another: longer
// ways, lost packets, little bandwidth, clogs, single messages (FAULT-15 to FAULT-18, FAULT-26).
//
// Faults add up (B.2): delays add, probabilities p and q of loss combine to 1 - (1-p)(1-q), of bandwidths the smallest
// counts, of clogs the last to end. A connection stays in order: that is seen to by whoever sends.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "sim/core/quantities.hpp"
#include "sim/engine/station.hpp"
#include "sim/model/faults.hpp"
#include "sim/random/stream.hpp"

namespace brokersim {

class LinkFaults {
 public:
  using Hosts = std::vector<std::uint32_t>;

  /// names  of the hosts, for random streams
  LinkFaults(std::vector<std::string> names, RandomSource random) : names_(std::move(names)), random_(random) {}

  /// A fault of an occurrence hits what goes from one of `from` to one of `to`. over  when it will be; bandwidth  of
  /// less bandwidth, limited
  void add(std::uint32_t occurrence, const FaultSpec& fault, const Hosts& from, const Hosts& to, Instant over,
           BytesPerSecond bandwidth);
  /// All that an occurrence did is over. What is on its way stays late.
  void remove(std::uint32_t occurrence);
  [[nodiscard]] bool any() const { return !effects_.empty(); }

  /// Who draws: each kind of traffic for itself, so that compared runs stay in step.
  enum class Traffic : std::uint8_t { producer, replication, consumer, control };
  struct Passage {
    Duration late{};                 ///< it arrives so much later than it would
    bool lost = false;               ///< it does not arrive
    std::optional<Duration> resets;  ///< lost for good: TCP gives its connection up so much later
  };
  /// A message sets out at `now`. kind  none: one that FAULT-26 does not name
  [[nodiscard]] Passage pass(std::uint32_t from, std::uint32_t to, Traffic traffic, std::optional<MessageKind> kind,
                             Instant now);
  /// When its last byte has left, over the narrowest link that faults have made; `now` if there is none.
  [[nodiscard]] Instant transmitted(std::uint32_t from, std::uint32_t to, Instant now, Bytes wire);
  /// How much longer a message takes on average that nothing is drawn for, losses apart.
  [[nodiscard]] Duration detour(std::uint32_t from, std::uint32_t to, Instant now) const;
  /// Occurrences of FAULT-26 that have hit as many messages as they were to, since this was asked last.
  [[nodiscard]] std::vector<std::uint32_t> take_exhausted() { return std::exchange(exhausted_, {}); }

 private:
  /// One direction of an occurrence's fault.
  struct Effect {
    std::uint32_t occurrence;
    const FaultSpec* fault;
    std::vector<bool> from, to;  // by host
    Instant over;
    BytesPerSecond bandwidth;
    FifoStation link{1};
    std::uint32_t left;  // messages still to be hit (FAULT-26)
    [[nodiscard]] bool hits(std::uint32_t a, std::uint32_t b) const { return a != b && from[a] && to[b]; }
  };
  [[nodiscard]] double arrival_probability(std::uint32_t from, std::uint32_t to, Instant sent) const;
  [[nodiscard]] std::uint32_t draw_losses(std::uint32_t from, std::uint32_t to, Traffic traffic, Instant now);
  [[nodiscard]] RandomStream& stream(const char* purpose, std::uint32_t from, std::uint32_t to, Traffic traffic);

  std::vector<std::string> names_;
  RandomSource random_;
  std::vector<Effect> effects_;
  std::vector<std::uint32_t> exhausted_;
  std::map<std::tuple<std::string, std::uint32_t, std::uint32_t, Traffic>, RandomStream> streams_;
};

}  // namespace brokersim
