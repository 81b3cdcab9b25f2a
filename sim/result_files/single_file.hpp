// SPDX-License-Identifier: Apache-2.0
// One file for an answer that is no result directory.
#pragma once
#include <filesystem>
#include <string_view>

namespace brokersim {

/// Whether write_single_file() would write there, as far as one can tell beforehand.
///
/// throws  OutputError: E0608 there is something already, E0611 its directory is not there
void check_single_file(const std::filesystem::path& out);

/// Writes the whole text, or leaves nothing behind: a hidden file beside it gets the name when it is complete.
///
/// throws  OutputError: those of check_single_file(), E0612 no room, E0613 a write failed, E0614 a flush, close or the
///         rename failed
void write_single_file(const std::filesystem::path& out, std::string_view text);

}  // namespace brokersim
