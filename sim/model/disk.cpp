// SPDX-License-Identifier: Apache-2.0
#include "sim/model/disk.hpp"

#include <algorithm>

#include "sim/metrics/recorder.hpp"

namespace brokersim {

Disks::Disks(const WorldSpec& world, Recorder& recorder) : recorder_(&recorder) {
  for (const BrokerSpec& broker : world.brokers) {
    any_ = any_ || broker.disk.exists();
    disks_.push_back({broker.disk});
  }
  if (any_) recorder.result().disks.resize(disks_.size());
}

Bytes& Disks::entered(std::uint32_t batch, std::size_t place) {
  const std::size_t at = std::size_t{batch} * stride_ + place;
  if (at >= entered_.size()) entered_.resize(std::max(2 * entered_.size(), at + stride_));
  return entered_[at];
}

void Disks::work(std::size_t broker, Instant start, Duration length, Bytes DiskLoad::*moved, Bytes bytes) {
  const Service service = disks_[broker].station.serve(start, length);
  if (!recorder_->observes(service.start)) return;
  DiskLoad& load = recorder_->result().disks[broker];
  load.busy += length;
  load.*moved += bytes;
}

void Disks::append(BrokerIndex broker, std::uint32_t batch, std::size_t place, Bytes bytes, Instant now) {
  Disk& disk = disks_[broker.value];
  entered(batch, place) = disk.filled;
  disk.filled += bytes;
  recorder_->result().disks[broker.value].log_bytes += bytes;
  if (disk.spec.exists())
    work(broker.value, now, transfer_time(bytes, disk.spec.bandwidth), &DiskLoad::written_bytes, bytes);
}

Bytes Disks::take(BrokerIndex broker, std::uint32_t batch, std::size_t place, Bytes bytes) {
  Disk& disk = disks_[broker.value];
  if (!disk.spec.exists()) return 0;
  Bytes& at = entered(batch, place);
  if (disk.filled - at <= disk.spec.page_cache) return 0;
  at = disk.filled;
  disk.filled += bytes;
  return bytes;
}

Instant Disks::read(BrokerIndex broker, Instant start, Bytes bytes, std::uint32_t runs) {
  Disk& disk = disks_[broker.value];
  const Duration length = runs * disk.spec.latency + transfer_time(bytes, disk.spec.bandwidth);
  work(broker.value, start, length, &DiskLoad::read_bytes, bytes);
  return disk.station.free_at();
}

}  // namespace brokersim
