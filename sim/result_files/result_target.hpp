// SPDX-License-Identifier: Apache-2.0
// Where a result directory goes: what is there already, and the hidden sibling in which it is made.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "sim/result_files/result_file.hpp"

namespace brokersim {

/// A target that passed the checks of check_result_directory().
struct ResultTarget {
  std::filesystem::path parent, name;
  bool replaces = false;  ///< an earlier result of ours is there
  [[nodiscard]] std::filesystem::path path() const { return parent / name; }
};

/// throws  as check_result_directory()
[[nodiscard]] ResultTarget checked_target(const std::filesystem::path& out, bool force);

/// The sibling ".NAME.partial-PID", locked for as long as it lives, and deleted with all it holds unless it was put in
/// place.
class PartialDirectory {
 public:
  /// throws  OutputError E0617 if another run has one for the same target, E0611 or E0612 if it cannot be made
  PartialDirectory(FileCalls& calls, const ResultTarget& target);
  ~PartialDirectory();
  PartialDirectory(const PartialDirectory&) = delete;
  PartialDirectory& operator=(const PartialDirectory&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }
  /// Gives it the target's name. Returns the path of a replaced result that could not be deleted, mostly "".
  /// throws  OutputError E0617 if the target came into being meanwhile, E0614 if renaming failed otherwise
  std::string put_in_place();

 private:
  FileCalls* calls_;
  ResultTarget target_;
  std::string path_;
  int lock_ = -1;
};

}  // namespace brokersim
