// SPDX-License-Identifier: Apache-2.0
// Everything that happens by itself in a primary with replicas.
#pragma once
#include <cstdint>

namespace brokersim {

struct RecordDue {
  std::uint32_t writer;
};  ///< its next record is meant to be sent now
struct MessageSent {
  std::uint32_t message;
};  ///< it reaches a link of limited bandwidth
struct MessageArrived {
  std::uint32_t message;
};
struct CommandDone {
  std::uint32_t node;
};  ///< the node's thread has executed its command
struct WaitExpired {
  std::uint32_t write;
};  ///< the timeout of its WAIT is over
struct AcknowledgementDue {
  std::uint32_t link;
};  ///< a replica tells its offset, as it does every second
struct ReaderAsks {
  std::uint32_t session;
};  ///< a reader sends its next XREAD

}  // namespace brokersim
