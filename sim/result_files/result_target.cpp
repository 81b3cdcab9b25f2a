// SPDX-License-Identifier: Apache-2.0
#include "sim/result_files/result_target.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <system_error>

#include "sim/result_files/result_directory.hpp"
#include "sim/text/printable.hpp"

namespace brokersim {

namespace fs = std::filesystem;

namespace {

std::string shown(const fs::path& path) {
  return printable(path.string(), 1000);
}

/// A directory that is held open and locked, if it could be.
int open_locked(const fs::path& path, int operation) {
  const int file = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (file < 0) return -1;
  while (::flock(file, operation) != 0) {
    if (errno == EINTR) continue;
    const bool taken = errno == EWOULDBLOCK;
    if (!taken) return file;  // a file system without locks: the final rename still lets only one run win
    ::close(file);
    return -1;
  }
  return file;
}

std::string sibling_prefix(const ResultTarget& target) {
  return "." + target.name.string() + ".partial-";
}

std::vector<fs::path> siblings(const ResultTarget& target) {
  std::vector<fs::path> found;
  std::error_code error;
  for (fs::directory_iterator entry(target.parent, error), end; !error && entry != end; entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (name.rfind(sibling_prefix(target), 0) == 0) found.push_back(entry->path());
  }
  std::sort(found.begin(), found.end());
  return found;
}

bool in_use(const fs::path& sibling) {
  const int file = open_locked(sibling, LOCK_EX | LOCK_NB);
  if (file < 0) return fs::exists(fs::symlink_status(sibling));
  ::close(file);
  return false;
}

/// Names our manifest vouches for; empty if there is no manifest of ours.
std::set<std::string> names_in_manifest(const fs::path& directory) {
  std::ifstream file(directory / "manifest.json", std::ios::binary);
  const nlohmann::json manifest = nlohmann::json::parse(file, nullptr, false);
  if (!manifest.is_object() || manifest.value("format", nlohmann::json()) != manifest_format) return {};
  std::set<std::string> names{"manifest.json", "timing.json"};
  const nlohmann::json files = manifest.value("files", nlohmann::json::array());
  for (const nlohmann::json& entry : files) {
    if (entry.is_object() && entry.contains("name") && entry["name"].is_string()) names.insert(entry["name"]);
  }
  return names;
}

/// What is in `directory`, sorted by name. throws OutputError if it cannot be read
std::vector<fs::directory_entry> entries_of(const fs::path& directory) {
  std::vector<fs::directory_entry> entries;
  std::error_code error;
  for (fs::directory_iterator entry(directory, error), end; !error && entry != end; entry.increment(error)) {
    entries.push_back(*entry);
  }
  if (error) fail_output(error.value(), "E0611", "cannot read", directory.string(), directory.string(), 0);
  std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) { return a.path() < b.path(); });
  return entries;
}

void check_replaceable(const fs::path& directory, const std::vector<fs::directory_entry>& entries) {
  const std::string refused = shown(directory) + ": not replaced, --force or not: ";
  for (const fs::directory_entry& entry : entries) {
    if (entry.is_symlink()) throw OutputError("E0610", shown(entry.path()) + " is a symbolic link; not followed");
  }
  const std::set<std::string> ours = names_in_manifest(directory);
  if (ours.empty()) throw OutputError("E0609", refused + "it has no manifest.json of brokersim");
  for (const fs::directory_entry& entry : entries) {
    if (!entry.is_regular_file() || ours.count(entry.path().filename().string()) == 0) {
      throw OutputError("E0609", refused + "brokersim did not write " + shown(entry.path().filename()));
    }
  }
}

}  // namespace

ResultTarget checked_target(const fs::path& out, bool force) {
  std::error_code error;
  fs::path path = fs::absolute(out, error).lexically_normal();
  if (path.filename().empty()) path = path.parent_path();  // "out/": the slash would follow a symbolic link
  if (error || out.empty() || path.filename().empty())
    throw OutputError("E0611", shown(out) + ": not a name for a directory");
  ResultTarget target{path.parent_path(), path.filename(), false};
  if (!fs::is_directory(target.parent, error)) {
    throw OutputError("E0611",
                      shown(out) + ": the directory " + shown(target.parent) + " does not exist; create it first");
  }
  const fs::file_status status = fs::symlink_status(path, error);
  if (fs::is_symlink(status)) throw OutputError("E0610", shown(out) + " is a symbolic link; not followed");
  if (fs::exists(status)) {
    if (!fs::is_directory(status)) throw OutputError("E0608", shown(out) + " exists and is not a directory");
    const std::vector<fs::directory_entry> entries = entries_of(path);
    if (!entries.empty() && !force) throw OutputError("E0608", shown(out) + " exists; use --force to replace");
    if (!entries.empty()) check_replaceable(path, entries);
    target.replaces = !entries.empty();
  } else if (!(status.type() == fs::file_type::not_found)) {
    fail_output(error.value(), "E0611", "cannot be examined", out.string(), target.parent.string(), 0);
  }
  if (::access(target.parent.c_str(), W_OK | X_OK) != 0) {
    fail_output(errno, "E0611", "cannot write there", target.parent.string(), target.parent.string(), 0);
  }
  return target;
}

void check_result_directory(const fs::path& out, bool force) {
  static_cast<void>(checked_target(out, force));
}

std::vector<fs::path> abandoned_siblings(const fs::path& out) {
  const fs::path path = fs::absolute(out).lexically_normal();
  std::vector<fs::path> found = siblings({path.parent_path(), path.filename(), false});
  found.erase(std::remove_if(found.begin(), found.end(), in_use), found.end());
  return found;
}

PartialDirectory::PartialDirectory(FileCalls& calls, const ResultTarget& target) : calls_(&calls), target_(target) {
  // Looking for others and making our own is one step for all runs that write beside each other.
  const int gate = open_locked(target.parent, LOCK_EX);
  const std::vector<fs::path> others = siblings(target);
  const bool busy = std::any_of(others.begin(), others.end(), in_use);
  const std::string wanted = (target.parent / (sibling_prefix(target) + std::to_string(::getpid()))).string();
  int error = 0;
  for (int attempt = 0; !busy && path_.empty() && error == 0; ++attempt) {  // a killed run may have had the same number
    const std::string candidate = attempt == 0 ? wanted : wanted + "-" + std::to_string(attempt);
    if (::mkdir(candidate.c_str(), 0777) == 0) {
      path_ = candidate;
      lock_ = open_locked(path_, LOCK_EX | LOCK_NB);
    } else if (errno != EEXIST) {
      error = errno;
    }
  }
  if (gate >= 0) ::close(gate);
  if (busy) throw OutputError("E0617", shown(target.path()) + ": another run is writing to it");
  if (error != 0) fail_output(error, "E0611", "cannot create", wanted, target.parent.string(), 0);
}

PartialDirectory::~PartialDirectory() {
  std::error_code ignored;
  if (!path_.empty()) fs::remove_all(path_, ignored);
  if (lock_ >= 0) ::close(lock_);
}

std::string PartialDirectory::put_in_place() {
  const std::string target = target_.path().string();
  const int failed = target_.replaces ? calls_->exchange(path_.c_str(), target.c_str())
                                      : calls_->rename(path_.c_str(), target.c_str());
  if (failed != 0) {
    const bool came_into_being = errno == ENOTEMPTY || errno == EEXIST || errno == ENOTDIR;
    if (came_into_being) throw OutputError("E0617", shown(target_.path()) + ": another run was faster; not replaced");
    fail_output(errno, "E0614", "cannot rename the finished results", target, target_.parent.string(), 0);
  }
  std::error_code error;
  if (target_.replaces) fs::remove_all(path_, error);  // now the old result
  const std::string left_over = error ? path_ : "";
  path_.clear();
  return left_over;
}

}  // namespace brokersim
