// SPDX-License-Identifier: Apache-2.0
// Which program this is.
#pragma once
#include <cstdint>
#include <string>

namespace brokersim {

/// Raised by every change that alters a reported number (D.1 of the determinism contract).
inline constexpr std::uint32_t model_version = 1;

/// "0.1.0"
[[nodiscard]] std::string version_number();
/// The commit it was built from, or "unknown".
[[nodiscard]] std::string version_commit();
/// One line with the compiler and Boost, as --version prints it.
[[nodiscard]] std::string version_text();

}  // namespace brokersim
