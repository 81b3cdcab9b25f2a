// SPDX-License-Identifier: Apache-2.0
// How many bytes commands and replies take in Redis' protocol (RESP2), framing and CRLFs included: an array of bulk
// strings, "*N\r\n" and for each "$L\r\n...\r\n". Stream keys are taken as 10 bytes long, entry ids as 15
// ("1700000000000-0"), offsets as 10 digits. TCP and IP come on top (sim/model/protocol.hpp).
#pragma once
#include <cstdint>

#include "sim/core/quantities.hpp"

namespace brokersim::resp {

/// XADD key * f value: what stands around the value.
inline constexpr Bytes write_command = 4 + 10 + 17 + 7 + 7 + 9;
/// XADD key ID f value, as it goes to replicas: with the entry's id in the place of "*".
inline constexpr Bytes replicated_write = write_command + 15;
inline constexpr Bytes write_reply = 22;                           ///< the entry's id
inline constexpr Bytes wait_command = 4 + 10 + 7 + 8;              ///< WAIT n timeout
inline constexpr Bytes wait_reply = 4;                             ///< an integer
inline constexpr Bytes acknowledgement_request = 4 + 14 + 12 + 7;  ///< REPLCONF GETACK *
inline constexpr Bytes acknowledgement = 4 + 14 + 9 + 17;          ///< REPLCONF ACK offset

/// XREAD BLOCK 0 STREAMS key ... id ...
[[nodiscard]] constexpr Bytes read_command(std::int64_t streams) {
  return 4 + 11 + 11 + 7 + 13 + streams * (17 + 22);
}
/// Its reply: for each stream its key, for each entry its id and one field with its value.
[[nodiscard]] constexpr Bytes read_reply(std::int64_t streams, std::int64_t entries, Bytes values) {
  return 4 + streams * (4 + 17 + 5) + entries * (4 + 22 + 4 + 7 + 9) + values;
}

}  // namespace brokersim::resp
