// SPDX-License-Identifier: Apache-2.0
// Traces: a CSV file of records as they were seen, with a header line that names its columns.
#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include "sim/scenario_file/scenario_reading.hpp"
#include "sim/scenario_file/source_file.hpp"
#include "sim/text/printable.hpp"

namespace brokersim {
namespace {

/// The text up to the next `end`, which is taken off with it.
std::string_view take_until(std::string_view& text, char end) {
  const std::size_t at = std::min(text.find(end), text.size());
  const std::string_view part = text.substr(0, at);
  text.remove_prefix(std::min(at + 1, text.size()));
  return part;
}

/// Seconds with up to nine decimals, without sign or exponent, exactly; none if it is not that.
std::optional<Duration> seconds_in(std::string_view text) {
  std::string_view fraction = text;
  const std::string_view whole = take_until(fraction, '.');
  const bool dot = whole.size() < text.size();
  std::int64_t s = 0, ns = 0;
  const auto digits = [](std::string_view part, std::int64_t& out) {
    if (part.empty() || part.front() < '0' || part.front() > '9') return false;
    const auto read = std::from_chars(part.data(), part.data() + part.size(), out);
    return read.ec == std::errc{} && read.ptr == part.data() + part.size();
  };
  if (!digits(whole, s) || s > century / std::chrono::seconds{1}) return std::nullopt;
  if (dot && (fraction.size() > 9 || !digits(fraction, ns))) return std::nullopt;
  for (std::size_t place = fraction.size(); dot && place < 9; ++place) ns *= 10;
  return Duration{s * 1'000'000'000 + ns};
}

/// FNV-1a over the bytes, as 16 hexadecimal digits.
std::string hash_of(std::string_view bytes) {
  std::uint64_t hash = 14'695'981'039'346'656'037U;
  for (const char c : bytes) hash = (hash ^ static_cast<unsigned char>(c)) * 1'099'511'628'211U;
  std::string text(16, '0');
  for (std::size_t i = 16; i-- > 0; hash >>= 4) text[i] = "0123456789abcdef"[hash & 15];
  return text;
}

/// Reads rows and stops at the first mistake.
class TraceReader {
 public:
  TraceReader(std::string file, std::uint32_t partitions) : file_(std::move(file)), partitions_(partitions) {}

  /// False if there is a mistake.
  bool read(std::string_view text, TraceSpec& trace) {
    if (!read_header(take_line(text))) return false;
    while (!text.empty()) {
      const std::string_view line = take_line(text);
      if (text.empty() && line.empty()) break;  // blank lines at the end
      if (!read_row(line, trace)) return false;
    }
    return !trace.times.empty() || fail("no row", "a row for each record below the header");
  }
  [[nodiscard]] const Diagnostic& mistake() const { return mistake_; }

 private:
  enum class Column : std::uint8_t { time, size, key, partition };

  std::string_view take_line(std::string_view& text) {
    ++line_;
    std::string_view line = take_until(text, '\n');
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
  }
  bool fail(std::string found, std::string allowed) {
    mistake_.code = "E0458";
    mistake_.file = printable(file_, 1000);
    mistake_.line = line_;
    mistake_.column = 1;
    mistake_.found = std::move(found);
    mistake_.allowed = std::move(allowed);
    return false;
  }
  bool read_header(std::string_view line) {
    constexpr std::array<std::string_view, 4> names{"time_s", "size_bytes", "key", "partition"};
    const std::string header(line);
    while (!line.empty()) {
      const std::string_view name = take_until(line, ',');
      const auto at = std::find(names.begin(), names.end(), name);
      if (at == names.end() || has(static_cast<Column>(at - names.begin()))) {
        return fail("the column \"" + printable(name, 80) + "\"",
                    "a first line of time_s, and size_bytes, key or partition, each once");
      }
      columns_.push_back(static_cast<Column>(at - names.begin()));
    }
    if (!has(Column::time) || (has(Column::key) && has(Column::partition))) {
      return fail("the header \"" + printable(header, 80) + "\"", "time_s, and at most one of key and partition");
    }
    return true;
  }
  [[nodiscard]] bool has(Column column) const {
    return std::find(columns_.begin(), columns_.end(), column) != columns_.end();
  }
  bool read_row(std::string_view line, TraceSpec& trace) {
    const std::string row(line);
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const bool last = i + 1 == columns_.size();
      if (!last && line.find(',') == std::string_view::npos) {
        return fail("\"" + printable(row, 80) + "\"", std::to_string(columns_.size()) + " fields");
      }
      const std::string_view field = last ? line : take_until(line, ',');
      if (!read_field(columns_[i], field, trace)) return false;
    }
    return true;
  }
  bool read_field(Column column, std::string_view field, TraceSpec& trace) {
    const std::string shown = "\"" + printable(field, 80) + "\"";
    if (column == Column::time) {
      const std::optional<Duration> time = seconds_in(field);
      if (!time) return fail(shown, "seconds like 12.5, at most 9 decimals");
      if (!trace.times.empty() && *time < trace.times.back()) return fail(shown, "times in ascending order");
      trace.times.push_back(*time);
      return true;
    }
    if (column == Column::key) {
      trace.keys.emplace_back(field);
      return true;
    }
    std::int64_t number = -1;
    const auto read = std::from_chars(field.data(), field.data() + field.size(), number);
    if (read.ec != std::errc{} || read.ptr != field.data() + field.size()) number = -1;
    if (column == Column::size) {
      if (number < 1 || number > whole_maximum) return fail(shown, "a whole number of bytes, from 1");
      trace.sizes.push_back(static_cast<std::int32_t>(number));
    } else {
      if (number < 0 || number >= partitions_) {
        return fail(shown, "a partition, 0 to " + std::to_string(partitions_ - 1));
      }
      trace.partitions.push_back(static_cast<std::uint32_t>(number));
    }
    return true;
  }

  std::string file_;
  std::uint32_t partitions_;
  std::uint32_t line_ = 0;
  std::vector<Column> columns_;
  Diagnostic mistake_;
};

/// What the file states may not be stated beside it.
void refuse_doubles(ScenarioReading& reading, const JsonNode& entry, const TraceSpec& trace) {
  const auto refuse = [&](const char* key, const char* column) {
    const JsonNode* node = find_member(entry, key);
    if (node == nullptr) return;
    reading.problems.at(*node, {.code = "E0323",
                                .found = "\"" + std::string(key) + "\" beside a trace with the column " + column,
                                .allowed = "one of the two"});
  };
  if (!trace.sizes.empty()) refuse("record_size", "size_bytes");
  for (const char* key : {"keys", "partitioner"}) {
    if (!trace.keys.empty()) refuse(key, "key");
    if (!trace.partitions.empty()) refuse(key, "partition");
  }
}

}  // namespace

void read_trace(ScenarioReading& reading, const JsonNode& node, const JsonNode& entry, const JsonNode* topic,
                ProducerSpec& producer) {
  producer.records_per_second = 1;  // until the file says better
  producer.trace = std::make_shared<const TraceSpec>();
  TraceSpec trace;
  const JsonNode* name = reading.reader.needed(node, "file", "\"file\": \"arrivals.csv\"");
  if (name == nullptr || topic == nullptr || !reading.reader.text(*name, trace.file)) return;
  if (!plain_path(trace.file)) {
    reading.problems.at(*name, "E0458", "a path below the scenario's directory, without \"..\"");
    return;
  }
  const std::string path = reading.base_directory.empty() ? trace.file : reading.base_directory + "/" + trace.file;
  std::string text;
  try {
    text = read_source_file(path, reading.limits.file_bytes);
  } catch (const ScenarioError& error) {  // a file that is not there is this file's mistake
    const Diagnostic& first = error.diagnostics().front();
    reading.problems.at(*name, {.code = "E0458", .found = shown(*name) + ": " + first.found, .allowed = "a CSV file"});
    return;
  }
  trace.content = hash_of(text);
  TraceReader rows(path, reading.scenario.world.topics[producer.topic.value].partitions);
  if (!rows.read(text, trace)) {
    reading.problems.add_placed({rows.mistake()});
    return;
  }
  std::string content;
  const JsonNode* stated = find_member(node, "content");
  if (stated != nullptr && reading.reader.text(*stated, content) && content != trace.content) {
    reading.problems.at(*stated, {.code = "E0458",
                                  .found = shown(*stated) + ", but the file's is " + trace.content,
                                  .allowed = "the file as it was",
                                  .hint = "leave \"content\" out if the file may differ"});
  }
  refuse_doubles(reading, entry, trace);
  if (!trace.sizes.empty()) {
    const auto [least, most] = std::minmax_element(trace.sizes.begin(), trace.sizes.end());
    producer.record_size = {};
    producer.record_size.minimum = *least;
    producer.record_size.maximum = *most;
  }
  const auto sent = std::upper_bound(trace.times.begin(), trace.times.end(), reading.scenario.duration);
  const double spanned = std::max(seconds(std::min(trace.times.back(), reading.scenario.duration)), 1e-3);
  producer.records_per_second =
      std::max(static_cast<double>(sent - trace.times.begin()), 1.0) / spanned / std::max(producer.count, 1U);
  producer.trace = std::make_shared<const TraceSpec>(std::move(trace));
}

}  // namespace brokersim
