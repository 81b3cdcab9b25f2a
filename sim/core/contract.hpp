// SPDX-License-Identifier: Apache-2.0
// A caller's mistake stops the run, in release builds too.
#pragma once
#include <stdexcept>
#include <string>

namespace brokersim {

/// A function was called outside its contract: a bug of ours, never a mistake of the user (exit code 1).
struct ContractViolation : std::logic_error {
  using std::logic_error::logic_error;
};

/// Apart from require(), so that the check itself is small enough to be inlined.
[[noreturn]] inline void break_contract(const char* rule) {
  throw ContractViolation(std::string("contract: ") + rule);
}

/// Stops the run unless `holds`. `rule` says what the caller promised.
constexpr void require(bool holds, const char* rule) {
  if (!holds) [[unlikely]]
    break_contract(rule);
}

}  // namespace brokersim
