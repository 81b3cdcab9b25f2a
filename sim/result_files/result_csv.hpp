// SPDX-License-Identifier: Apache-2.0
// Writes a CSV file: RFC 4180, LF line ends, an empty cell where there is nothing to say.
#pragma once
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string_view>

#include "sim/core/contract.hpp"
#include "sim/result_files/result_file.hpp"
#include "sim/result_files/result_text.hpp"

namespace brokersim {

/// Cells from left to right, row by row; a row with another number of cells than the header is a bug and stops the run.
class CsvTable {
 public:
  /// more  columns after those of `header`, shared by several tables
  CsvTable(ResultFile& file, std::initializer_list<std::string_view> header,
           std::span<const std::string_view> more = {})
      : file_(&file), columns_(header.size() + more.size()) {
    for (const std::string_view name : header) text(name);
    for (const std::string_view name : more) text(name);
    end_row();
  }

  /// Quoted where RFC 4180 wants it, and where a spreadsheet would take it for a formula (it starts with = + - @ or a
  /// tab); line breaks become spaces, because not every reader takes them inside quotes.
  CsvTable& text(std::string_view value);
  CsvTable& number(std::integral auto value) {
    separate();
    append_number(file_->buffer(), value);
    return *this;
  }
  CsvTable& number(double value) {
    separate();
    append_number(file_->buffer(), value);
    return *this;
  }
  CsvTable& number(const std::optional<double>& value) { return value ? number(*value) : empty(); }
  CsvTable& time(Duration span) { return number(exact_seconds(span)); }
  CsvTable& empty() {
    separate();
    return *this;
  }
  void end_row() {
    require(cells_ == columns_, "a CSV row has as many cells as its header");
    cells_ = 0;
    file_->buffer() += '\n';
    file_->flush_if_full();
  }

 private:
  void separate() {
    if (cells_++ > 0) file_->buffer() += ',';
  }

  ResultFile* file_;
  std::size_t columns_;
  std::size_t cells_ = 0;
};

}  // namespace brokersim
