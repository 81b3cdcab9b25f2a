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

}  // namespace

std::vector<SentRecord> read_sent_records(const std::filesystem::path& file) {
  const std::string text = unzipped(file);
  const std::vector<std::string_view> lines = split(text, '\n');
  const std::vector<std::string_view> header = split(lines.front(), ',');
  const auto column = [&](std::string_view name) {
    for (std::size_t i = 0; i < header.size(); ++i) {
      if (header[i] == name) return i;
    }
    throw std::runtime_error(file.string() + ":1: no column \"" + std::string(name) + "\"");
  };
  const std::size_t partition = column("partition"), sent = column("sent_ms");
  std::vector<SentRecord> records;
  for (std::size_t i = 1; i < lines.size(); ++i) {
    if (lines[i].empty()) continue;
    const std::vector<std::string_view> cells = split(lines[i], ',');
    SentRecord record;
    if (cells.size() != header.size() || !parse(cells[partition], record.partition) ||
        !parse(cells[sent], record.sent_ms)) {
      throw std::runtime_error(file.string() + ":" + std::to_string(i + 1) + ": not a row like the header");
    }
    records.push_back(record);
  }
  return records;
}

}  // namespace brokersim
