// SPDX-License-Identifier: Apache-2.0
// Refuses to run where arithmetic does not give the bits that all results are promised with (rule D-06).
#pragma once
#include <cstdint>

namespace brokersim {

/// Computes a polynomial that a fused multiply-add would change, and one sample sequence of every law.
/// Call it once at the start. Throws std::runtime_error if a bit differs: the program was built with other
/// floating-point rules (-ffast-math, -ffp-contract=fast, x87), and its results would match no one else's. Takes under
/// a millisecond.
void check_arithmetic();

/// The hash of those sequences, `samples` of each law. What check_arithmetic() compares; public for tests of compilers.
[[nodiscard]] std::uint64_t arithmetic_fingerprint(std::uint32_t samples);

}  // namespace brokersim
