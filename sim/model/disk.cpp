// SPDX-License-Identifier: Apache-2.0
#include "sim/model/disk.hpp"

#include <algorithm>
#include <utility>

#include "sim/metrics/recorder.hpp"

namespace brokersim {

Disks::Disks(const WorldSpec& world, Recorder& recorder) : recorder_(&recorder) {
  for (const BrokerSpec& broker : world.brokers) {
    any_ = any_ || broker.disk.exists();
    disks_.emplace_back().spec = broker.disk;
  }
  if (any_) recorder.result().disks.resize(disks_.size());
}

Bytes& Disks::entered(std::uint32_t batch, std::size_t place) {
  const std::size_t at = std::size_t{batch} * stride_ + place;
  if (at >= entered_.size()) entered_.resize(std::max(2 * entered_.size(), at + stride_));
  return entered_[at];
}

Duration Disks::slowed(Disk& disk, FaultSpec::DiskOperation operation, Duration length) {
  Duration worst = length;
  for (Slowness& slow : disk.slow) {
    const FaultSpec& fault = *slow.fault;
    if (fault.operation != FaultSpec::DiskOperation::both && fault.operation != operation) continue;
    const double longer = static_cast<double>(length.count()) * fault.factor;
    worst = std::max(worst, Duration{static_cast<std::int64_t>(longer + 0.5)} + fault.add.sample(slow.delays));
  }
  return worst;
}

/// Returns when the operation, read or write, is done.
Instant Disks::work(std::size_t broker, Instant start, Duration length, FaultSpec::DiskOperation operation,
                    Bytes bytes) {
  Disk& disk = disks_[broker];
  if (!disk.slow.empty()) [[unlikely]]
    length = slowed(disk, operation, length);
  const bool reads = operation == FaultSpec::DiskOperation::read;
  const Service service = disk.station.serve(start, length);
  if (recorder_->observes(service.start)) {
    DiskLoad& load = recorder_->result().disks[broker];
    load.busy += length;
    (reads ? load.read_bytes : load.written_bytes) += bytes;
  }
  const Stall& stall = reads ? disk.reads : disk.writes;
  return stall.covers(service.start) ? std::max(service.end, stall.until) : service.end;
}

void Disks::append(BrokerIndex broker, std::uint32_t batch, std::size_t place, Bytes bytes, Instant now) {
  Disk& disk = disks_[broker.value];
  entered(batch, place) = disk.filled;
  disk.filled += bytes;
  recorder_->result().disks[broker.value].log_bytes += bytes;
  if (disk.spec.exists())
    work(broker.value, now, transfer_time(bytes, disk.spec.bandwidth), FaultSpec::DiskOperation::write, bytes);
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
  return work(broker.value, start, length, FaultSpec::DiskOperation::read, bytes);
}

void Disks::slow_down(BrokerIndex broker, std::uint32_t occurrence, const FaultSpec& fault, RandomStream delays) {
  disks_[broker.value].slow.push_back({occurrence, &fault, std::move(delays)});
}

void Disks::end_slowness(BrokerIndex broker, std::uint32_t occurrence) {
  std::erase_if(disks_[broker.value].slow,
                [occurrence](const Slowness& slow) { return slow.occurrence == occurrence; });
}

void Disks::stall(BrokerIndex broker, FaultSpec::DiskOperation operation, Instant from, Instant until) {
  Disk& disk = disks_[broker.value];
  if (operation != FaultSpec::DiskOperation::write) disk.reads.add(from, until);
  if (operation != FaultSpec::DiskOperation::read) disk.writes.add(from, until);
}

bool Disks::is_troubled(BrokerIndex broker, Instant now) const {
  const Disk& disk = disks_[broker.value];
  return !disk.slow.empty() || disk.reads.covers(now) || disk.writes.covers(now);
}

Instant Disks::written_by(BrokerIndex broker, Instant now) const {
  const Stall& stall = disks_[broker.value].writes;
  return stall.covers(now) ? stall.from : now;
}

}  // namespace brokersim
