// SPDX-License-Identifier: Apache-2.0
// Records that a measured producer sent, one a row.
#pragma once
#include <cstdint>
#include <filesystem>
#include <vector>

namespace brokersim {

struct SentRecord {
  std::uint32_t partition = 0;
  double sent_ms = 0;  ///< since the experiment's start
};

/// Reads a gzipped CSV file with a header and the columns partition and sent_ms; others may be there.
///
/// throws  std::runtime_error with the file's name and the line at fault
[[nodiscard]] std::vector<SentRecord> read_sent_records(const std::filesystem::path& file);

}  // namespace brokersim
