// SPDX-License-Identifier: Apache-2.0
// The JSON files of a result directory.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "sim/result_files/result_set.hpp"

namespace brokersim {

/// A file that was written, as the manifest lists it.
struct WrittenFile {
  std::string name;
  std::uint64_t bytes;
  std::string hash;  ///< ResultHash::text() of its bytes
};

/// summary.json: what was asked and what came out; also what --format json prints.
[[nodiscard]] std::string summary_document(const ResultSet& results);
/// timing.json: what it took. The only file that holds wall times, and the only one that differs between equal runs.
[[nodiscard]] std::string timing_document(const ResultSet& results);
/// manifest.json: every other file with size and hash.
[[nodiscard]] std::string manifest_document(const ResultSet& results, const std::vector<WrittenFile>& files,
                                            const std::string& fingerprint);

/// What "format" says in our manifests; a directory without it is not ours.
inline constexpr const char* manifest_format = "brokersim result";

}  // namespace brokersim
