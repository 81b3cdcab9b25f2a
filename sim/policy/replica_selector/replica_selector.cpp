// SPDX-License-Identifier: Apache-2.0
#include "sim/policy/replica_selector/replica_selector.hpp"

namespace brokersim {

// What most policies make of news: nothing.
void ReplicaSelector::on_read_started(std::uint32_t, std::int32_t) {}
void ReplicaSelector::on_read_ended(std::uint32_t, std::int32_t) {}
void ReplicaSelector::on_answer(const ReadFeedback&) {}

}  // namespace brokersim
