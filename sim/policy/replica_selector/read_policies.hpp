// SPDX-License-Identifier: Apache-2.0
// The read policies by name: what scenarios may compare.
//
// A policy is a file of this folder that defines make_<name>(), and a line here.
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "sim/policy/replica_selector/replica_selector.hpp"

// The name in scenarios and results, and the title on the screen: a plural, but for the first.
#define BROKERSIM_READ_POLICIES(POLICY)                \
  POLICY(leader, "leader-only")                        \
  POLICY(rack_aware, "follower reads")                 \
  POLICY(random_replica, "random reads")               \
  POLICY(least_outstanding, "least-outstanding reads") \
  POLICY(last_response_time, "last-response reads")    \
  POLICY(c3, "C3 reads")                               \
  POLICY(oracle, "oracle reads")

namespace brokersim {

/// Who answers consumer fetches: replica.selector.class, or a baseline of other systems.
enum class ReadPolicy : std::uint8_t {
#define BROKERSIM_NUMBER(name, title) name,
  BROKERSIM_READ_POLICIES(BROKERSIM_NUMBER)
#undef BROKERSIM_NUMBER
};

#define BROKERSIM_FACTORY(name, title) std::unique_ptr<ReplicaSelector> make_##name(const SelectorContext& context);
BROKERSIM_READ_POLICIES(BROKERSIM_FACTORY)
#undef BROKERSIM_FACTORY

/// The policy's selector; none for `leader`, Kafka's default: the leader serves everybody.
[[nodiscard]] std::unique_ptr<ReplicaSelector> make_selector(ReadPolicy policy, const SelectorContext& context);

/// By number of policy.
[[nodiscard]] std::span<const std::string_view> read_policy_names();
[[nodiscard]] std::string_view name_of(ReadPolicy policy);
[[nodiscard]] std::string_view title_of(ReadPolicy policy);

}  // namespace brokersim
