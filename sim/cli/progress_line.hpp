// SPDX-License-Identifier: Apache-2.0
// How far a run is, on a terminal only.
#pragma once
#include <chrono>
#include <cstddef>
#include <ostream>
#include <string>

namespace brokersim {

/// One line on standard error that is overwritten as trials finish, and wiped in the end.
class ProgressLine {
 public:
  /// out  null: nothing is shown
  ProgressLine(std::ostream* out, std::string what, std::size_t total);
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  void show(std::size_t done);

 private:
  std::ostream* out_;
  std::string what_;
  std::size_t total_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

/// "simulating: 12 of 20 trials, about 14 s left": the rest at the pace so far.
[[nodiscard]] std::string progress_text(const std::string& what, std::size_t done, std::size_t total,
                                        double elapsed_seconds);

}  // namespace brokersim
