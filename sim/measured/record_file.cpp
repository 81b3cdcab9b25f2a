// SPDX-License-Identifier: Apache-2.0
#include "sim/measured/record_file.hpp"

#include <zlib.h>

#include <array>
#include <charconv>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

namespace brokersim {
namespace {

std::string unzipped(const std::filesystem::path& file) {
  const std::unique_ptr<gzFile_s, int (*)(gzFile)> in(gzopen(file.c_str(), "rb"), gzclose);
  if (!in) throw std::runtime_error(file.string() + " cannot be opened");
  std::string text;
  std::array<char, 1 << 16> buffer;
  int length = 0;
  while ((length = gzread(in.get(), buffer.data(), buffer.size())) > 0) {
    text.append(buffer.data(), static_cast<std::size_t>(length));
  }
  if (length < 0) throw std::runtime_error(file.string() + " is no gzip file, or is cut off");
  return text;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

template <class Number>
bool parse(std::string_view text, Number& out) {
  return std::from_chars(text.data(), text.data() + text.size(), out).ec == std::errc{};
}

/// A file's rows, by the columns that are asked for.
class RecordTable {
 public:
  explicit RecordTable(const std::filesystem::path& file)
      : file_(file.string()), text_(unzipped(file)), lines_(split(text_, '\n')), header_(split(lines_.front(), ',')) {}

  [[nodiscard]] std::size_t column(std::string_view name) const {
    for (std::size_t i = 0; i < header_.size(); ++i) {
      if (header_[i] == name) return i;
    }
    throw std::runtime_error(file_ + ":1: no column \"" + std::string(name) + "\"");
  }
  /// read  takes a row's cells; false: they are not what they should be
  template <class Read>
  void for_each_row(Read read) const {
    for (std::size_t i = 1; i < lines_.size(); ++i) {
      if (lines_[i].empty()) continue;
      const std::vector<std::string_view> cells = split(lines_[i], ',');
      if (cells.size() != header_.size() || !read(cells)) {
        throw std::runtime_error(file_ + ":" + std::to_string(i + 1) + ": not a row like the header");
      }
    }
  }

 private:
  std::string file_, text_;
  std::vector<std::string_view> lines_, header_;
};

}  // namespace

std::vector<SentRecord> read_sent_records(const std::filesystem::path& file) {
  const RecordTable table(file);
  const std::size_t partition = table.column("partition"), sent = table.column("sent_ms");
  std::vector<SentRecord> records;
  table.for_each_row([&](const std::vector<std::string_view>& cells) {
    SentRecord& record = records.emplace_back();
    return parse(cells[partition], record.partition) && parse(cells[sent], record.sent_ms);
  });
  return records;
}

std::vector<std::vector<RecordTimes>> read_record_times(const std::filesystem::path& file, std::string_view done,
                                                        std::size_t partitions) {
  const RecordTable table(file);
  const std::size_t partition = table.column("partition"), sent = table.column("sent_ms"), end = table.column(done);
  std::vector<std::vector<RecordTimes>> records(partitions);
  table.for_each_row([&](const std::vector<std::string_view>& cells) {
    std::uint32_t where = 0;
    RecordTimes times;
    if (!parse(cells[partition], where) || where >= partitions || !parse(cells[sent], times.sent_ms)) return false;
    if (cells[end].empty()) return true;
    if (!parse(cells[end], times.done_ms)) return false;
    records[where].push_back(times);
    return true;
  });
  return records;
}

}  // namespace brokersim
