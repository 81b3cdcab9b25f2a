// SPDX-License-Identifier: Apache-2.0
// How far a run is, on a terminal only.
#pragma once
#include <chrono>
#include <cstddef>
#include <ostream>
#include <string>

namespace brokersim {

/// One line of a terminal that is overwritten, and wiped in the end.
class TerminalLine {
 public:
  /// out  null: nothing is shown
  explicit TerminalLine(std::ostream* out) : out_(out) {}
  ~TerminalLine();
  TerminalLine(const TerminalLine&) = delete;
  TerminalLine& operator=(const TerminalLine&) = delete;

  void show(const std::string& text);

 private:
  std::ostream* out_;
};

/// How many trials of a phase are done, as such a line.
class ProgressLine {
 public:
  /// out  null: nothing is shown
  ProgressLine(std::ostream* out, std::string what, std::size_t total);
  void show(std::size_t done);

 private:
  TerminalLine line_;
  std::string what_;
  std::size_t total_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

/// "simulating: 12 of 20 trials, about 14 s left": the rest at the pace so far.
[[nodiscard]] std::string progress_text(const std::string& what, std::size_t done, std::size_t total,
                                        double elapsed_seconds);

}  // namespace brokersim
