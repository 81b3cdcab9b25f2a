// SPDX-License-Identifier: Apache-2.0
#include "sim/policy/assignor/assignors.hpp"

#include "sim/core/contract.hpp"
#include "sim/policy/assignor/range_assignor.hpp"
#include "sim/policy/assignor/round_robin_assignor.hpp"
#include "sim/policy/assignor/sticky_assignor.hpp"
#include "sim/policy/assignor/uniform_assignor.hpp"

namespace brokersim {

GroupAssignment assign(AssignorKind kind, const GroupView& group) {
  switch (kind) {
    case AssignorKind::range:
      return assign_range(group);
    case AssignorKind::round_robin:
      return assign_round_robin(group);
    case AssignorKind::sticky:
      return assign_sticky(group);
    case AssignorKind::cooperative_sticky:
      return assign_cooperative_sticky(group);
    case AssignorKind::server_uniform:
      return assign_uniform(group);
    case AssignorKind::server_range:
      return assign_server_range(group);
  }
  require(false, "an assignor of the list");
  return {};
}

}  // namespace brokersim
