// SPDX-License-Identifier: Apache-2.0
// Writes results to a directory, all or nothing (invariants-and-faults.md C.1 "Writing", C.6 H-119 to H-132).
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "sim/result_files/result_documents.hpp"
#include "sim/result_files/result_file.hpp"
#include "sim/result_files/result_output_error.hpp"
#include "sim/result_files/result_set.hpp"

namespace brokersim {

/// What was written.
struct ResultReceipt {
  std::string fingerprint;         ///< 16 hexadecimal digits over all bytes of `files`, in order
  std::vector<WrittenFile> files;  ///< in manifest order; without timing.json and manifest.json
  std::string left_over;           ///< an old result that --force replaced and that could not be deleted; mostly empty
};

/// Whether results could be written to `out`, as far as can be told before the run; creates nothing.
///
/// throws  OutputError: E0608 it exists and is not empty (or is no directory), E0609 `force` and it holds what
/// brokersim did
///         not write, E0610 it is or holds a symbolic link, E0611 its parent is not there or may not be written to
void check_result_directory(const std::filesystem::path& out, bool force);

/// Writes the files of docs/RESULT_FORMAT.md into a hidden sibling of `out` and renames that in one step.
///
/// out      does not exist, or is an empty directory, or with `force` an earlier result; its parent exists
/// throws   OutputError: those of check_result_directory(), E0612 no room, E0613 a write failed, E0614 a flush, close
/// or
///          rename failed, E0617 another run writes to `out` or was faster; OutputInterrupted. The target then is as it
///          was before, and the sibling is gone.
ResultReceipt write_result_directory(const ResultSet& results, const std::filesystem::path& out, bool force);
/// The same through other system calls, for tests.
ResultReceipt write_result_directory(const ResultSet& results, const std::filesystem::path& out, bool force,
                                     FileCalls& calls);

/// Siblings of `out` that a killed run left behind, sorted: ".NAME.partial-..." that no living run has locked.
[[nodiscard]] std::vector<std::filesystem::path> abandoned_siblings(const std::filesystem::path& out);

}  // namespace brokersim
