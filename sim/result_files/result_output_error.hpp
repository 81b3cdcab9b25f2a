// SPDX-License-Identifier: Apache-2.0
// Why results could not be written (codes E0608 to E0617, docs/RESULT_FORMAT.md).
#pragma once
#include <stdexcept>
#include <string>
#include <utility>

namespace brokersim {

/// Results were not written, and the target is as it was before.
struct OutputError : std::runtime_error {
  OutputError(std::string error_code, const std::string& message)
      : std::runtime_error(message), code(std::move(error_code)) {}
  std::string code;   ///< "E0608"
  int exit_code = 4;  ///< reading or writing failed
};

/// ResultSet::stop_requested said so; the target is as it was before.
struct OutputInterrupted : std::runtime_error {
  OutputInterrupted() : std::runtime_error("stopped while results were written; nothing was left behind") {}
};

}  // namespace brokersim
