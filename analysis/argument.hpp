// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <span>
#include <stdexcept>

namespace brokersim {

/// What every function of this room does with a column it cannot work on: refuse it aloud.
///
/// throws  std::invalid_argument carrying `message` if `holds` is false
inline void require_argument(bool holds, const char* message) {
  if (!holds) throw std::invalid_argument(message);
}

/// throws  std::invalid_argument carrying `message` if an entry is NaN or infinite
inline void require_finite(std::span<const double> column, const char* message) {
  for (const double value : column) require_argument(std::isfinite(value), message);
}

}  // namespace brokersim
