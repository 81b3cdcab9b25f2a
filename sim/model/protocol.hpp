// SPDX-License-Identifier: Apache-2.0
// How many bytes Kafka's messages take, and how many they are on the wire with TCP and IP around them.
//
// Record batches follow the stored format (K-8). Messages are counted field by field from Kafka 4.2's message
// definitions (Produce v13, Fetch v18), size prefix and headers included, with client ids of the usual lengths
// ("producer-1", "consumer-group-1", "broker-1-fetcher-0") and one topic a message. Held against the measured cluster:
// an idle replica fetch cycle there takes 250 bytes one way and 250 the other (tests/validation/real-kafka, e2: 489
// bytes/s each way at 1.96 cycles/s).
#pragma once
#include <algorithm>

#include "sim/core/quantities.hpp"

namespace brokersim::protocol {

inline constexpr Bytes record_batch_overhead = 61;  ///< record batch v2 header (K-8)
inline constexpr Bytes record_overhead = 10;        ///< framing of one record: 7 to 15 (K-8)
inline constexpr Bytes record_overhead_bound = 21;  ///< most that it can be, for which a producer sees to room

inline constexpr Bytes topic = 18;  ///< topic id, length of its list of partitions, tags
inline constexpr Bytes produce_request = 34;
inline constexpr Bytes produce_request_partition = 8;
inline constexpr Bytes produce_response = 15;
inline constexpr Bytes produce_response_partition = 33;
inline constexpr Bytes consumer_fetch_request = 56;  ///< of an incremental fetch session (R-11)
inline constexpr Bytes replica_fetch_request = 73;
inline constexpr Bytes fetch_request_partition = 33;  ///< for each partition whose offset moved
inline constexpr Bytes fetch_response = 21;
inline constexpr Bytes fetch_response_partition = 39;

/// What a connection adds to the messages on it.
struct Tcp {
  static constexpr Bytes headers = 52;  ///< of a packet: IPv4 20, TCP 20, time stamps 12
  /// A receiver that has nothing to send acknowledges this long after a message, on its own.
  static constexpr Duration delayed_acknowledgement = std::chrono::milliseconds{40};

  explicit constexpr Tcp(Bytes mtu) : segment(mtu - headers) {}

  /// A message on the wire: one write to the socket, cut into segments.
  [[nodiscard]] constexpr Bytes wire(Bytes message) const {
    return message + headers * (message <= segment ? 1 : (message + segment - 1) / segment);
  }
  /// A fetch answer: the records of every partition are a write of their own (sendfile), and so is what comes between.
  [[nodiscard]] constexpr Bytes wire(Bytes message, Bytes data, std::uint32_t partitions_with_data) const {
    return message + headers * packets(data, partitions_with_data);
  }
  [[nodiscard]] constexpr Bytes packets(Bytes data, std::uint32_t partitions_with_data) const {
    return 1 + 2 * Bytes{partitions_with_data} + (data <= segment ? 0 : data / segment);
  }

  Bytes segment;  ///< bytes of a message that fit a packet
};

/// What a broker and the KRaft controller send one another while nothing changes, IP bytes a second: metadata fetches,
/// each answered with the no-op record of metadata.max.idle.interval.ms (500), and heartbeats (2 s). Measured: the 33
/// pairs of tests/validation/real-kafka without failures have medians of 623 and 820.
inline constexpr double broker_to_controller = 623;
inline constexpr double controller_to_broker = 820;

[[nodiscard]] constexpr Bytes produce_request_bytes(std::uint32_t partitions, Bytes data) {
  return produce_request + topic + partitions * produce_request_partition + data;
}
[[nodiscard]] constexpr Bytes produce_response_bytes(std::uint32_t partitions) {
  return produce_response + topic + partitions * produce_response_partition;
}
/// A fetch that tells new offsets of some partitions; an idle poll tells none.
[[nodiscard]] constexpr Bytes fetch_request_bytes(Bytes request, std::uint32_t partitions) {
  return request + (partitions > 0 ? topic : 0) + partitions * fetch_request_partition;
}
/// An answer that names some partitions and carries `data` bytes of record batches.
[[nodiscard]] constexpr Bytes fetch_response_bytes(std::uint32_t partitions, Bytes data) {
  return fetch_response + (partitions > 0 ? topic : 0) + partitions * fetch_response_partition + data;
}

/// The answer to a poll that found nothing, on the wire.
[[nodiscard]] constexpr Bytes idle_fetch_response_wire(const Tcp& tcp) {
  return tcp.wire(fetch_response_bytes(0, 0));
}
/// Whether a batch has no room in an answer that carries `data` bytes. The first one may exceed the caps.
[[nodiscard]] constexpr bool exceeds_caps(Bytes batch, Bytes data, Bytes room, Bytes partition_room) {
  return data > 0 && batch > std::min(room, partition_room);
}

}  // namespace brokersim::protocol
