// SPDX-License-Identifier: Apache-2.0
#include "sim/policy/assignor/range_assignor.hpp"

#include <cstddef>

#include "sim/core/contract.hpp"

namespace brokersim {

std::vector<std::uint32_t> assign_range(std::uint32_t partitions, std::span<const std::uint32_t> subscribed) {
  require(partitions == 0 || !subscribed.empty(), "the topic has a subscribed member");
  std::vector<std::uint32_t> owners;
  owners.reserve(partitions);
  for (std::size_t place = 0; place < subscribed.size(); ++place) {
    const std::size_t one_more = place < partitions % subscribed.size() ? 1 : 0;
    owners.insert(owners.end(), partitions / subscribed.size() + one_more, subscribed[place]);
  }
  return owners;
}

}  // namespace brokersim
