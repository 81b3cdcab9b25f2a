// SPDX-License-Identifier: Apache-2.0
#include "sim/result_files/result_file.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <system_error>

#include "sim/result_files/result_output_error.hpp"
#include "sim/text/printable.hpp"

namespace brokersim {

ssize_t FileCalls::write(int file, const char* bytes, std::size_t count) {
  return ::write(file, bytes, count);
}
int FileCalls::fsync(int file) {
  return ::fsync(file);
}
int FileCalls::close(int file) {
  return ::close(file);
}
int FileCalls::rename(const char* from, const char* to) {
  return ::rename(from, to);
}
int FileCalls::exchange(const char* one, const char* other) {
  return ::renameat2(AT_FDCWD, one, AT_FDCWD, other, RENAME_EXCHANGE);
}

void fail_output(int error, const std::string& code, const std::string& doing, const std::string& subject,
                 const std::string& place, std::uint64_t bytes) {
  const std::string name = printable(subject, 1000);
  if (error == ENOSPC || error == EDQUOT || error == EFBIG) {
    struct statvfs room {};
    const bool known = ::statvfs(place.c_str(), &room) == 0;
    throw OutputError("E0612", name + ": no room: " + std::to_string(bytes) + " bytes needed so far, " +
                                   (known ? std::to_string(std::uint64_t{room.f_bavail} * room.f_frsize) : "unknown") +
                                   " bytes free (" + std::generic_category().message(error) +
                                   "); nothing was left behind");
  }
  const bool forbidden = error == EACCES || error == EPERM || error == EROFS;
  throw OutputError(forbidden ? "E0611" : code, name + ": " + doing + ": " + std::generic_category().message(error));
}

ResultFile::ResultFile(FileCalls& calls, const std::string& directory, const std::string& name, ResultHash* fingerprint,
                       const std::function<bool()>& stop)
    : calls_(&calls), directory_(directory), name_(name), fingerprint_(fingerprint), stop_(&stop) {
  file_ = ::open((directory + "/" + name).c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
  if (file_ < 0) fail(errno, "E0613", "cannot create");
  buffer_.reserve(full + full / 4);
}

ResultFile::~ResultFile() {
  if (file_ >= 0) calls_->close(file_);  // only on the way out of a failure, which is reported already
}

void ResultFile::fail(int error, const char* code, const char* doing) const {
  fail_output(error, code, doing, name_, directory_, bytes_ + buffer_.size());
}

void ResultFile::flush() {
  if (*stop_ && (*stop_)()) throw OutputInterrupted();
  if (fingerprint_ != nullptr) {
    ResultHash::add(hash_, *fingerprint_, buffer_);
  } else {
    hash_.add(buffer_);
  }
  constexpr int patience = 50;  // of 100 ms each, for a file that is not ready
  int unready = 0;
  for (std::size_t done = 0; done < buffer_.size();) {
    const ssize_t n = calls_->write(file_, buffer_.data() + done, buffer_.size() - done);
    if (n > 0) {
      done += static_cast<std::size_t>(n);
    } else if (n < 0 && errno == EINTR) {
      if (*stop_ && (*stop_)()) throw OutputInterrupted();
    } else if (n < 0 && errno == EAGAIN && ++unready <= patience) {
      pollfd ready{file_, POLLOUT, 0};
      ::poll(&ready, 1, 100);
    } else {
      fail(n == 0 ? EIO : errno, "E0613", "cannot write");
    }
  }
  bytes_ += buffer_.size();
  buffer_.clear();
}

void ResultFile::close() {
  flush();
  while (calls_->fsync(file_) != 0) {
    if (errno == EINTR) continue;
    if (errno == EINVAL || errno == ENOTSUP) break;  // a file system that keeps no promises beyond close()
    fail(errno, "E0614", "cannot flush");
  }
  const int file = file_;
  file_ = -1;  // whatever close() says, Linux has closed it
  if (calls_->close(file) != 0 && errno != EINTR) fail(errno, "E0614", "cannot close");
}

}  // namespace brokersim
