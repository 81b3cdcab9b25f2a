// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/standard_output.hpp"

#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "sim/scenario_file/scenario_errors.hpp"

namespace brokersim {

bool write_standard_output(std::string_view text, std::ostream& err) {
  while (!text.empty()) {
    const ssize_t written = write(STDOUT_FILENO, text.data(), text.size());
    if (written >= 0) {
      text.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno != EINTR && errno != EAGAIN) {
      if (errno == EPIPE) return false;
      Diagnostic diagnostic;
      diagnostic.code = "E0615";
      diagnostic.file = "standard output";
      diagnostic.found = std::generic_category().message(errno);
      diagnostic.allowed = "room for the answer";
      err << format_diagnostics({diagnostic}, false);
      return false;
    }
  }
  return true;
}

}  // namespace brokersim
