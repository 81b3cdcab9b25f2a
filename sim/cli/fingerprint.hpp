// SPDX-License-Identifier: Apache-2.0
// What a run was, as a text to compare: "kfp1:m1:t<16 hex>:p<16 hex>:r<16 hex>:s<16 hex>:o<16 hex>" (D.3 of the
// invariants and faults). The same scenario and seed give the same text whatever the compiler, machine and threads.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "sim/scenario/run.hpp"

namespace brokersim {

/// m  model version; t  events; p  what was appended and handed over; r  draws of random streams; s  state at the end;
/// o  the summary's figures. Of all arms and trials in their order.
///
/// summary  its rows as CSV
[[nodiscard]] std::string fingerprint(const std::vector<ArmResult>& arms, const std::string& summary);

/// Whether a text could be a fingerprint: for --expect-fingerprint.
[[nodiscard]] bool is_fingerprint(const std::string& text);

/// The first part in which two fingerprints differ, say "t"; none: they are the same.
[[nodiscard]] std::optional<std::string> first_difference(const std::string& one, const std::string& other);

/// A run has another fingerprint than --expect-fingerprint says: exit code 8.
struct FingerprintDiffers {
  std::string expected, found;
};

}  // namespace brokersim
