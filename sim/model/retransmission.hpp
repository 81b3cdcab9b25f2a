// SPDX-License-Identifier: Apache-2.0
// When TCP tries again to get through what nobody has acknowledged.
#pragma once
#include "sim/core/sim_time.hpp"

namespace brokersim {

/// The first retransmission at or after `path_is_back` of what was first sent at `sent`: Linux waits 200 ms, then twice
/// as long each time, up to 120 s (TCP_RTO_MIN, TCP_RTO_MAX). A host that has lost the connection resets it then; one
/// that has not would go on, which is taken for a reset too: what was under way is asked for anew.
inline Instant next_retransmission(Instant sent, Instant path_is_back) {
  constexpr Duration longest = std::chrono::seconds{120};
  Duration wait = std::chrono::milliseconds{200};
  Instant at = sent + wait;
  while (at < path_is_back) {
    wait = wait * 2 < longest ? wait * 2 : longest;
    at += wait;
  }
  return at;
}

}  // namespace brokersim
