// SPDX-License-Identifier: Apache-2.0
// Ctrl-C and termination: stop at once while nothing is half done, and clean up first while files are written.
#pragma once
#include <exception>

namespace brokersim {

/// Handles SIGINT and SIGTERM and ignores SIGPIPE, so that a closed pipe is an error of writing. Call once, first.
///
/// Outside a WritingSection a signal ends the process at once with 128 + its number: memory is all there is. Within one
/// it only sets interrupted(); a second signal ends the process then too.
void handle_signals();

/// Whether a signal came within a WritingSection.
[[nodiscard]] bool interrupted();

/// 130 for SIGINT, 143 for SIGTERM; only after interrupted().
[[nodiscard]] int interruption_exit_code();

/// While one lives, files are being written.
class WritingSection {
 public:
  WritingSection();
  ~WritingSection();
  WritingSection(const WritingSection&) = delete;
  WritingSection& operator=(const WritingSection&) = delete;
};

}  // namespace brokersim
