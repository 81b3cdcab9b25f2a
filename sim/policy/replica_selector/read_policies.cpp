// SPDX-License-Identifier: Apache-2.0
#include "sim/policy/replica_selector/read_policies.hpp"

#include <array>

namespace brokersim {
namespace {

using Factory = std::unique_ptr<ReplicaSelector> (*)(const SelectorContext&);

#define BROKERSIM_NAME(name, title) std::string_view(#name),
constexpr std::array names{BROKERSIM_READ_POLICIES(BROKERSIM_NAME)};
#undef BROKERSIM_NAME

#define BROKERSIM_TITLE(name, title) std::string_view(title),
constexpr std::array titles{BROKERSIM_READ_POLICIES(BROKERSIM_TITLE)};
#undef BROKERSIM_TITLE

#define BROKERSIM_MAKER(name, title) Factory{&make_##name},
constexpr std::array factories{BROKERSIM_READ_POLICIES(BROKERSIM_MAKER)};
#undef BROKERSIM_MAKER

}  // namespace

std::unique_ptr<ReplicaSelector> make_leader(const SelectorContext&) {
  return nullptr;
}

std::unique_ptr<ReplicaSelector> make_selector(ReadPolicy policy, const SelectorContext& context) {
  return factories.at(static_cast<std::size_t>(policy))(context);
}

std::span<const std::string_view> read_policy_names() {
  return names;
}
std::string_view name_of(ReadPolicy policy) {
  return names.at(static_cast<std::size_t>(policy));
}
std::string_view title_of(ReadPolicy policy) {
  return titles.at(static_cast<std::size_t>(policy));
}

}  // namespace brokersim
