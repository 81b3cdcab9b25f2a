// SPDX-License-Identifier: Apache-2.0
// Producers when brokers fail or leaders change.
#include "sim/model/cluster.hpp"

namespace brokersim {

/// The broker leads the partition no more, or its process is gone: what it has not committed will not be acknowledged.
void Producers::on_leadership_lost(std::uint32_t index, BrokerIndex) {
  const Partition& partition = cluster_->logs[index];
  for (const std::uint32_t b : cluster_->branches->batches_from(index, partition.high_watermark)) {
    cluster_->batches[b].request = nil;
  }
}

void Producers::on_batch_cut(std::uint32_t) {}

}  // namespace brokersim
