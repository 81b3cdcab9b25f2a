// SPDX-License-Identifier: Apache-2.0
// One file of a result directory: buffered, hashed, and every step of writing it checked.
#pragma once
#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "sim/result_files/result_hash.hpp"

namespace brokersim {

/// What writing results asks of the operating system; tests put failures in here. Each as the call of the same name.
class FileCalls {
 public:
  FileCalls() = default;
  FileCalls(const FileCalls&) = delete;
  FileCalls& operator=(const FileCalls&) = delete;
  virtual ~FileCalls() = default;
  virtual ssize_t write(int file, const char* bytes, std::size_t count);
  virtual int fsync(int file);
  virtual int close(int file);
  virtual int rename(const char* from, const char* to);
  /// renameat2 with RENAME_EXCHANGE: the two names change places in one step.
  virtual int exchange(const char* one, const char* other);
};

/// Throws OutputError for a failed call: E0612 where there is no room, E0611 where it is not allowed, else `code`.
///
/// error    errno
/// subject  the file or directory, as the message names it
/// place    an existing directory on the file system concerned, for the room left
/// bytes    size of what could not be written, as far as known
[[noreturn]] void fail_output(int error, const std::string& code, const std::string& doing, const std::string& subject,
                              const std::string& place, std::uint64_t bytes);

class ResultFile {
 public:
  /// Creates `directory`/`name`, which must not exist.
  ///
  /// fingerprint  is fed with what is written too; may be null
  /// stop         asked whenever a buffer is written; may be empty
  ResultFile(FileCalls& calls, const std::string& directory, const std::string& name, ResultHash* fingerprint,
             const std::function<bool()>& stop);
  ~ResultFile();
  ResultFile(const ResultFile&) = delete;
  ResultFile& operator=(const ResultFile&) = delete;

  /// Where text is appended to; after each piece call flush_if_full().
  [[nodiscard]] std::string& buffer() { return buffer_; }
  void flush_if_full() {
    if (buffer_.size() >= full) flush();
  }
  void append(std::string_view text) {
    buffer_ += text;
    flush_if_full();
  }
  /// Writes what is left and makes it durable. Unless this returned, the file is not there.
  void close();

  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }     ///< after close()
  [[nodiscard]] std::string hash() const { return hash_.text(); }  ///< after close()

 private:
  static constexpr std::size_t full = 1 << 20;
  void flush();
  [[noreturn]] void fail(int error, const char* code, const char* doing) const;

  FileCalls* calls_;
  std::string directory_, name_;
  ResultHash* fingerprint_;
  const std::function<bool()>* stop_;
  int file_ = -1;
  std::string buffer_;
  std::uint64_t bytes_ = 0;
  ResultHash hash_;
};

}  // namespace brokersim
