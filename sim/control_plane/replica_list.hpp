// SPDX-License-Identifier: Apache-2.0
// A short list of brokers: the replicas of a partition, its ISR, its ELR.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <utility>

#include "sim/core/contract.hpp"
#include "sim/core/quantities.hpp"

namespace brokersim {

/// Brokers in an order that matters, e.g. replicas with the preferred one first (L-1). Up to four lie inside the list
/// itself, 24 bytes in all, so that 100,000 partitions of replication factor 3 need no further memory; longer lists,
/// e.g. during a reassignment, are allocated.
class ReplicaList {
 public:
  static constexpr std::uint32_t inline_capacity = 4;

  ReplicaList() = default;
  ReplicaList(std::initializer_list<BrokerIndex> brokers) : ReplicaList(std::span(brokers.begin(), brokers.size())) {}
  explicit ReplicaList(std::span<const BrokerIndex> brokers) { assign(brokers); }
  ReplicaList(const ReplicaList& other) : ReplicaList(other.view()) {}
  ReplicaList(ReplicaList&& other) noexcept { swap(other); }
  ReplicaList& operator=(const ReplicaList& other) {
    if (this != &other) assign(other.view());
    return *this;
  }
  ReplicaList& operator=(ReplicaList&& other) noexcept {
    swap(other);
    return *this;
  }
  ~ReplicaList() { release(); }

  [[nodiscard]] std::uint32_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] std::span<const BrokerIndex> view() const { return {data(), size_}; }
  [[nodiscard]] const BrokerIndex* begin() const { return data(); }
  [[nodiscard]] const BrokerIndex* end() const { return data() + size_; }
  [[nodiscard]] BrokerIndex front() const { return (*this)[0]; }
  [[nodiscard]] BrokerIndex operator[](std::size_t place) const {
    require(place < size_, "a place within the list of replicas");
    return data()[place];
  }
  [[nodiscard]] bool contains(BrokerIndex broker) const { return std::find(begin(), end(), broker) != end(); }
  /// True if every member of `other` is here, in whatever order.
  [[nodiscard]] bool contains_all(const ReplicaList& other) const {
    return std::all_of(other.begin(), other.end(), [this](BrokerIndex broker) { return contains(broker); });
  }

  void push_back(BrokerIndex broker) {
    if (size_ == capacity_) grow(capacity_ * 2);
    data()[size_++] = broker;
  }
  void clear() { size_ = 0; }
  /// Keeps those for which `keep(broker)` holds, in their order.
  template <class Predicate>
  void keep_if(Predicate keep) {
    BrokerIndex* const last =
        std::remove_if(data(), data() + size_, [&keep](BrokerIndex broker) { return !keep(broker); });
    size_ = static_cast<std::uint32_t>(last - data());
  }
  void remove(BrokerIndex broker) {
    keep_if([broker](BrokerIndex member) { return member != broker; });
  }
  void remove_all(const ReplicaList& others) {
    keep_if([&others](BrokerIndex member) { return !others.contains(member); });
  }
  /// By ascending index.
  void sort() { std::sort(data(), data() + size_); }

  /// Equal members in equal order.
  friend bool operator==(const ReplicaList& a, const ReplicaList& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end());
  }

 private:
  [[nodiscard]] bool allocated() const { return capacity_ > inline_capacity; }
  [[nodiscard]] BrokerIndex* data() { return allocated() ? storage_.block : storage_.inside; }
  [[nodiscard]] const BrokerIndex* data() const { return allocated() ? storage_.block : storage_.inside; }

  void assign(std::span<const BrokerIndex> brokers) {
    size_ = 0;
    if (brokers.size() > capacity_) grow(static_cast<std::uint32_t>(brokers.size()));
    std::copy(brokers.begin(), brokers.end(), data());
    size_ = static_cast<std::uint32_t>(brokers.size());
  }
  void grow(std::uint32_t capacity) {
    auto* const block = new BrokerIndex[capacity];
    std::copy(begin(), end(), block);
    release();
    storage_.block = block;
    capacity_ = capacity;
  }
  void release() {
    if (allocated()) delete[] storage_.block;
  }
  void swap(ReplicaList& other) noexcept {
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
    std::swap(storage_, other.storage_);
  }

  union Storage {
    BrokerIndex inside[inline_capacity] = {};
    BrokerIndex* block;
  };
  std::uint32_t size_ = 0;
  std::uint32_t capacity_ = inline_capacity;
  Storage storage_;
};

}  // namespace brokersim
