// SPDX-License-Identifier: Apache-2.0
// What a policy keeps about each broker on behalf of each client.
#pragma once
#include <cstdint>
#include <unordered_map>

namespace brokersim {

/// A note for each (client, broker) that something is known about.
template <class Note>
class ClientNotes {
 public:
  /// None if nothing is known yet.
  [[nodiscard]] const Note* find(std::uint32_t client, std::int32_t broker_id) const {
    const auto found = notes_.find(key(client, broker_id));
    return found == notes_.end() ? nullptr : &found->second;
  }
  [[nodiscard]] Note& at(std::uint32_t client, std::int32_t broker_id) { return notes_[key(client, broker_id)]; }

 private:
  static std::uint64_t key(std::uint32_t client, std::int32_t broker_id) {
    return std::uint64_t{client} << 32 | static_cast<std::uint32_t>(broker_id);
  }
  std::unordered_map<std::uint64_t, Note> notes_;  // looked up, never iterated (D-07)
};

/// Reads that each client has outstanding at each broker.
class OutstandingReads {
 public:
  void start(std::uint32_t client, std::int32_t broker_id) { ++counts_.at(client, broker_id); }
  void end(std::uint32_t client, std::int32_t broker_id) { --counts_.at(client, broker_id); }
  [[nodiscard]] std::int64_t at(std::uint32_t client, std::int32_t broker_id) const {
    const std::int64_t* count = counts_.find(client, broker_id);
    return count == nullptr ? 0 : *count;
  }

 private:
  ClientNotes<std::int64_t> counts_;
};

}  // namespace brokersim
