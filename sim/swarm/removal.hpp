// SPDX-License-Identifier: Apache-2.0
// Takes one thing out of a scenario, and with it what only that thing had; everything else keeps its meaning.
#pragma once
#include <cstdint>

#include "sim/scenario/scenario.hpp"

namespace brokersim {

// Each returns whether there is a scenario left, in which every reference still holds.
bool remove_producer(Scenario& scenario, std::uint32_t producer);
bool remove_group(Scenario& scenario, std::uint32_t group);
bool remove_topic(Scenario& scenario, std::uint32_t topic);
bool remove_partition(Scenario& scenario, std::uint32_t topic, std::uint32_t partition);
/// Where it had replicas every partition of the topic has one less.
bool remove_broker(Scenario& scenario, std::uint32_t broker);
/// What was in it is in the first zone.
bool remove_zone(Scenario& scenario, std::uint32_t zone);

}  // namespace brokersim
