// SPDX-License-Identifier: Apache-2.0
// Where the time of a request at a broker goes, in the parts and under the names of Kafka's RequestMetrics
// (section 7.2).
#pragma once
#include <array>
#include <cstdint>

#include "sim/core/sim_time.hpp"

namespace brokersim {

/// Kafka's names of the requests whose time is kept.
enum class RequestKind : std::uint8_t { produce, fetch_consumer, fetch_follower, not_kept };
inline constexpr std::size_t request_kinds = 3;
inline constexpr std::array<const char*, request_kinds> request_kind_names{"Produce", "FetchConsumer", "FetchFollower"};

/// Sums over requests of one kind at one broker; each part counts by the moment it ends at. One cache
/// line, as every request of a big cluster enters it.
struct alignas(64) RequestTimes {
  std::int64_t handled = 0;   ///< requests that an I/O thread was done with
  std::int64_t answered = 0;  ///< requests whose answer has left; acks=0 has none
  Duration request_queue{};   ///< read by the network thread -> taken up by an I/O thread
  Duration local{};           ///< -> done with it there
  Duration remote{};          ///< -> its answer is ready: followers, or data to fetch
  Duration response_queue{};  ///< -> taken up by the network thread
  Duration response_send{};   ///< -> its last byte has left
  Duration throttle{};        ///< announced by quotas
};

/// Of one broker, by RequestKind.
using RequestTimesByKind = std::array<RequestTimes, request_kinds>;

}  // namespace brokersim
