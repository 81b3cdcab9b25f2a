// SPDX-License-Identifier: Apache-2.0
// How a broker is lost to those it was connected with.
#pragma once
#include <cstdint>

namespace brokersim {

enum class Loss : std::uint8_t {
  reset,  ///< its host still answers: connections are reset, and new ones refused, one network latency later
  silent  ///< nothing comes back: requests time out
};

/// What comes of an attempt to connect.
enum class Reach : std::uint8_t { yes, refused, silent };

}  // namespace brokersim
