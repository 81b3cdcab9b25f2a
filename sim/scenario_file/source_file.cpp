// SPDX-License-Identifier: Apache-2.0
#include "sim/scenario_file/source_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "sim/scenario_file/scenario_errors.hpp"
#include "sim/text/printable.hpp"

namespace brokersim {
namespace {

[[noreturn]] void refuse(const std::string& path, std::string code, std::string found, std::string allowed,
                         int exit_code, std::string hint = {}) {
  Diagnostic d;
  d.code = std::move(code);
  d.file = printable(path, 1000);
  d.found = std::move(found);
  d.allowed = std::move(allowed);
  d.hint = std::move(hint);
  throw ScenarioError({d}, exit_code);
}

[[noreturn]] void refuse_size(const std::string& path, const std::string& size, std::int64_t limit) {
  refuse(path, "E0104", size, "at most " + std::to_string(limit) + " bytes", 5,
         "raise the limit with --limit file_bytes=N");
}

/// An open file; "-" is standard input, which stays open.
class OpenFile {
 public:
  explicit OpenFile(const std::string& path)
      : descriptor_(path == "-" ? 0 : ::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
    if (descriptor_ >= 0) return;
    const int error = errno;
    const std::string reason = std::generic_category().message(error);
    refuse(path, error == EACCES || error == EPERM ? "E0103" : "E0101", reason, "a JSON file that can be read", 4);
  }
  ~OpenFile() {
    if (descriptor_ > 0) ::close(descriptor_);
  }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  [[nodiscard]] int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
};

}  // namespace

std::string read_source_file(const std::string& path, std::int64_t limit) {
  const OpenFile file(path);
  struct stat status {};
  if (::fstat(file.descriptor(), &status) == 0) {
    if (S_ISDIR(status.st_mode)) refuse(path, "E0102", "a directory", "a JSON file", 4);
    if (S_ISREG(status.st_mode) && status.st_size > limit) {
      refuse_size(path, std::to_string(status.st_size) + " bytes", limit);
    }
  }
  std::string text;
  constexpr std::size_t step = 64 * 1024;
  while (true) {
    const std::size_t before = text.size();
    text.resize(before + step);
    const ssize_t got = ::read(file.descriptor(), text.data() + before, step);
    if (got < 0 && errno == EINTR) {
      text.resize(before);
      continue;
    }
    if (got < 0) refuse(path, "E0101", std::generic_category().message(errno), "a JSON file that can be read", 4);
    text.resize(before + static_cast<std::size_t>(got));
    if (static_cast<std::int64_t>(text.size()) > limit)
      refuse_size(path, "more than " + std::to_string(limit) + " bytes", limit);
    if (got == 0) return text;
  }
}

}  // namespace brokersim
