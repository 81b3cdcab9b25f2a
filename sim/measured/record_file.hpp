// SPDX-License-Identifier: Apache-2.0
// What happened to the records of a measured producer or reader, one a row.
#pragma once
#include <cstdint>
#include <filesystem>
#include <string_view>
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

/// When a record was sent, and when it was acknowledged or handed over.
struct RecordTimes {
  double sent_ms = 0, done_ms = 0;  ///< since the experiment's start
};

/// Reads such a file by partition, of `partitions`: records that have a time in the column `done`, "acked_ms" or
/// "received_ms".
///
/// throws  likewise
[[nodiscard]] std::vector<std::vector<RecordTimes>> read_record_times(const std::filesystem::path& file,
                                                                      std::string_view done, std::size_t partitions);

}  // namespace brokersim
