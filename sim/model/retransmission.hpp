// SPDX-License-Identifier: Apache-2.0
// When TCP tries again to get through what nobody has acknowledged.
#pragma once
#include <cstdint>

#include "sim/core/sim_time.hpp"

namespace brokersim {

inline constexpr Duration first_retransmission = std::chrono::milliseconds{200};
[[nodiscard]] constexpr Duration longer_wait(Duration wait) {
  constexpr Duration longest = std::chrono::seconds{120};
  return wait * 2 < longest ? wait * 2 : longest;
}

/// The first retransmission at or after `path_is_back` of what was first sent at `sent`: Linux waits 200 ms, then twice
/// as long each time, up to 120 s (TCP_RTO_MIN, TCP_RTO_MAX). A host that has lost the connection resets it then; one
/// that has not would go on, which is taken for a reset too: what was under way is asked for anew.
inline Instant next_retransmission(Instant sent, Instant path_is_back) {
  Duration wait = first_retransmission;
  Instant at = sent + wait;
  while (at < path_is_back) {
    wait = longer_wait(wait);
    at += wait;
  }
  return at;
}

/// How often Linux tries again before it gives a connection up (net.ipv4.tcp_retries2).
inline constexpr std::uint32_t retransmissions = 15;

/// How much later a message arrives whose first `losses` transmissions are lost; if that is more than
/// `retransmissions`, when its connection is given up.
inline Duration retransmission_delay(std::uint32_t losses) {
  Duration delay{};
  Duration wait = first_retransmission;
  for (std::uint32_t i = 0; i < losses; ++i, wait = longer_wait(wait)) delay += wait;
  return delay;
}

}  // namespace brokersim
