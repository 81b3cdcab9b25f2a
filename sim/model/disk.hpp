// SPDX-License-Identifier: Apache-2.0
// Disks that write behind, and the page cache in front of them (B-30, B-33): readers near the end of the log are served
// from memory; one that lags behind what the cache holds reads from disk, fills the cache with what it reads, and so
// pushes out what others are about to read.
#pragma once
#include <algorithm>
#include <cstdint>
#include <vector>

#include "sim/core/large_array.hpp"
#include "sim/core/quantities.hpp"
#include "sim/engine/station.hpp"
#include "sim/metrics/trial_result.hpp"
#include "sim/model/specification.hpp"
#include "sim/random/stream.hpp"

namespace brokersim {

class Recorder;

/// Every broker's disk. Without any in the scenario everything is in memory and nothing here is called.
class Disks {
 public:
  Disks(const WorldSpec& world, Recorder& recorder);

  [[nodiscard]] bool any() const { return any_; }
  [[nodiscard]] bool has(BrokerIndex broker) const { return disks_[broker.value].spec.exists(); }
  /// replicas  the most a partition has; a copy of a batch has the place of its replica among them
  void set_most_replicas(std::size_t replicas) { stride_ = replicas; }

  /// A copy of a batch is appended: its pages are new in the broker's cache, and are written to disk behind its back.
  void append(BrokerIndex broker, std::uint32_t batch, std::size_t place, Bytes bytes, Instant now);

  /// A fetch answer takes a copy of a batch from the log; returns how many bytes have to come from disk, 0 or all. They
  /// enter the cache.
  [[nodiscard]] Bytes take(BrokerIndex broker, std::uint32_t batch, std::size_t place, Bytes bytes);

  /// When the disk has read `bytes` in `runs` contiguous pieces, asked for at `start`.
  [[nodiscard]] Instant read(BrokerIndex broker, Instant start, Bytes bytes, std::uint32_t runs);

  // Faults. `occurrence` names one, to take it back by.
  /// Operations take as long as the worst of the faults makes them (FAULT-08). fault  lives as long as this does
  void slow_down(BrokerIndex broker, std::uint32_t occurrence, const FaultSpec& fault, RandomStream delays);
  void end_slowness(BrokerIndex broker, std::uint32_t occurrence);
  /// What is asked for from `from` on and would be done before `until` is done then, all at once (FAULT-09).
  void stall(BrokerIndex broker, FaultSpec::DiskOperation operation, Instant from, Instant until);
  [[nodiscard]] bool is_troubled(BrokerIndex broker, Instant now) const;
  /// Up to when everything that was to be written by `now` has been written.
  [[nodiscard]] Instant written_by(BrokerIndex broker, Instant now) const;

 private:
  struct Slowness {
    std::uint32_t occurrence;
    const FaultSpec* fault;
    RandomStream delays;
  };
  struct Stall {
    Instant from{}, until{};  // [from, until)
    [[nodiscard]] bool covers(Instant when) const { return from <= when && when < until; }
    void add(Instant begin, Instant end) {
      from = covers(begin) ? from : begin;
      until = std::max(until, end);
    }
  };
  struct Disk {
    DiskSpec spec;
    FifoStation station{1};
    Bytes filled = 0;  // bytes that have entered the cache so far
    Stall reads{}, writes{};
    std::vector<Slowness> slow{};
  };
  /// Where the copy's pages stand in the order in which pages entered its broker's cache.
  [[nodiscard]] Bytes& entered(std::uint32_t batch, std::size_t place);
  Instant work(std::size_t broker, Instant start, Duration length, FaultSpec::DiskOperation operation, Bytes bytes);
  [[nodiscard]] static Duration slowed(Disk& disk, FaultSpec::DiskOperation operation, Duration length);

  Recorder* recorder_;
  bool any_ = false;
  std::vector<Disk> disks_;    // by broker
  LargeArray<Bytes> entered_;  // shape [batches][stride]
  std::size_t stride_ = 1;
};

}  // namespace brokersim
