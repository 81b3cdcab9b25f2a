// SPDX-License-Identifier: Apache-2.0
// Bytes of an input file, and nothing else.
#pragma once
#include <cstdint>
#include <string>

namespace brokersim {

/// All of a file, or of standard input if `path` is "-".
///
/// limit   in bytes; what is larger is refused, a regular file from its size alone
/// throws  ScenarioError: E0101 not there or not readable, E0102 a directory, E0103 no permission (exit code 4),
///         E0104 too large (5)
[[nodiscard]] std::string read_source_file(const std::string& path, std::int64_t limit);

}  // namespace brokersim
