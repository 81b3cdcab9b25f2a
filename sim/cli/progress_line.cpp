// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/progress_line.hpp"

#include <cmath>

namespace brokersim {

std::string progress_text(const std::string& what, std::size_t done, std::size_t total, double elapsed_seconds) {
  std::string text = what + ": " + std::to_string(done) + " of " + std::to_string(total) + " trials";
  if (done > 0 && done < total) {
    const double left = elapsed_seconds * static_cast<double>(total - done) / static_cast<double>(done);
    text += ", about " + std::to_string(static_cast<long>(std::ceil(left))) + " s left";
  }
  return text;
}

TerminalLine::~TerminalLine() {
  if (out_ != nullptr) *out_ << "\r\x1b[K" << std::flush;
}

void TerminalLine::show(const std::string& text) {
  if (out_ != nullptr) *out_ << "\r\x1b[K" << text << std::flush;
}

ProgressLine::ProgressLine(std::ostream* out, std::string what, std::size_t total)
    : line_(out), what_(std::move(what)), total_(total) {
  show(0);
}

void ProgressLine::show(std::size_t done) {
  const double elapsed = std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  line_.show(progress_text(what_, done, total_, elapsed));
}

}  // namespace brokersim
