// SPDX-License-Identifier: Apache-2.0
// How many bytes Kafka's messages take. Record batches follow the stored format (K-8); the rest are typical sizes of
// the current protocol versions with short names, rounded: MODEL.md says what they are worth.
#pragma once
#include "sim/core/quantities.hpp"

namespace brokersim::protocol {

inline constexpr Bytes record_batch_overhead = 61;  ///< record batch v2 header (K-8)
inline constexpr Bytes record_overhead = 10;        ///< framing of one record: 7 to 15 (K-8)

inline constexpr Bytes produce_request = 90;  ///< header, client id, acks, timeout
inline constexpr Bytes produce_request_partition = 40;
inline constexpr Bytes produce_response = 40;
inline constexpr Bytes produce_response_partition = 50;
inline constexpr Bytes fetch_request = 110;           ///< of an incremental fetch session (R-11)
inline constexpr Bytes fetch_request_partition = 40;  ///< for each partition whose offset moved
inline constexpr Bytes fetch_response = 30;
inline constexpr Bytes fetch_response_partition = 60;

/// A fetch that tells new offsets of some partitions; an idle poll tells none.
[[nodiscard]] constexpr Bytes fetch_request_bytes(std::uint32_t partitions) {
  return fetch_request + partitions * fetch_request_partition;
}
/// An answer that names some partitions and carries `data` bytes of record batches.
[[nodiscard]] constexpr Bytes fetch_response_bytes(std::uint32_t partitions, Bytes data) {
  return fetch_response + partitions * fetch_response_partition + data;
}

}  // namespace brokersim::protocol
