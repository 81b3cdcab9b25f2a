// SPDX-License-Identifier: Apache-2.0
// Standard output, with every failure noticed.
#pragma once
#include <ostream>
#include <string_view>

namespace brokersim {

/// Writes all of the text. False if that failed: quietly where nobody listens any more (a closed pipe), else with
/// E0615.
[[nodiscard]] bool write_standard_output(std::string_view text, std::ostream& err);

}  // namespace brokersim
