// SPDX-License-Identifier: Apache-2.0
#include "sim/result_files/single_file.hpp"

#include <unistd.h>

#include <cerrno>
#include <functional>
#include <string>

#include "sim/result_files/result_file.hpp"
#include "sim/result_files/result_output_error.hpp"
#include "sim/text/printable.hpp"

namespace brokersim {

namespace fs = std::filesystem;

void check_single_file(const fs::path& out) {
  std::error_code error;
  const std::string shown = printable(out.string(), 4096);
  if (fs::exists(fs::symlink_status(out, error))) throw OutputError("E0608", shown + " exists; it is not replaced");
  if (!out.has_filename()) throw OutputError("E0611", shown + ": not a name for a file");
  if (!fs::is_directory(fs::absolute(out, error).parent_path(), error)) {
    throw OutputError("E0611", shown + ": its directory does not exist; create it first");
  }
}

void write_single_file(const fs::path& out, std::string_view text) {
  check_single_file(out);
  const fs::path directory = fs::absolute(out).parent_path();
  const std::string partial = "." + out.filename().string() + ".partial-" + std::to_string(::getpid());
  FileCalls calls;
  const std::function<bool()> never;
  const std::string complete = (directory / partial).string();
  ResultFile file(calls, directory.string(), partial, nullptr, never);
  try {
    file.append(text);
    file.close();
  } catch (...) {
    ::unlink(complete.c_str());
    throw;
  }
  if (calls.rename(complete.c_str(), fs::absolute(out).c_str()) != 0) {
    const int reason = errno;
    ::unlink(complete.c_str());
    fail_output(reason, "E0614", "cannot rename the finished file", out.string(), directory.string(), text.size());
  }
}

}  // namespace brokersim
