// SPDX-License-Identifier: Apache-2.0
// How a broker is lost to those it was connected with.
#pragma once
#include <cstdint>

#include "sim/core/sim_time.hpp"

namespace brokersim {

enum class Loss : std::uint8_t {
  reset,  ///< its host still answers: connections are reset, and new ones refused, one network latency later
  silent  ///< nothing comes back: requests time out
};

inline constexpr Duration connection_setup_timeout = std::chrono::seconds{10};  // socket.connection.setup.timeout.ms
inline constexpr Duration connection_setup_timeout_max = std::chrono::seconds{30};  // ... .max.ms

/// What comes of an attempt to connect.
enum class Reach : std::uint8_t { yes, refused, silent };

}  // namespace brokersim
