// SPDX-License-Identifier: Apache-2.0
// Takes values out of JSON nodes without ever guessing: every function either stores a value that is right in type,
// unit and range, or notes a problem, leaves the target as it was and returns false.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "sim/scenario_file/json_node.hpp"
#include "sim/scenario_file/problem_list.hpp"
#include "sim/scenario_file/scenario_keys.hpp"
#include "sim/scenario_file/units.hpp"

namespace brokersim {

/// Bounds of a whole number, both included; `code` is used outside them.
struct WholeRange {
  std::int64_t minimum;
  std::int64_t maximum;
  const char* code = "E0429";
  std::string_view hint = {};
};

/// Bounds of a duration; `code` is used outside them.
struct DurationRange {
  Duration minimum;
  Duration maximum;
  const char* code = "E0429";
  std::string_view hint = {};
};

/// Bounds of a real number: above `above` (or equal, if `included`), at most `maximum`.
struct RealRange {
  double above;
  bool included;
  double maximum;
  const char* code;
  std::string_view hint = {};
};

inline constexpr std::int64_t whole_maximum = 2'147'483'647;  ///< Kafka's int
inline constexpr Duration century{std::int64_t{36'525} * 86'400'000'000'000};

class StrictReader {
 public:
  explicit StrictReader(ProblemList& problems) : problems_(problems) {}

  /// True if the node is an object. Keys that do not belong there are problems but do not make it false.
  bool object(const JsonNode& node, Section section);
  /// True if it is an array with at least `minimum` items.
  bool array(const JsonNode& node, std::size_t minimum);
  /// The member, or null after noting E0304 with a minimal `example`.
  const JsonNode* needed(const JsonNode& object, std::string_view key, std::string_view example);
  /// Notes E0323 if both members are there; returns whichever is, or null.
  const JsonNode* either(const JsonNode& object, std::string_view key, std::string_view other_key);

  bool text(const JsonNode& node, std::string& out);
  /// A text of the id alphabet (E0403).
  bool id(const JsonNode& node, std::string& out);
  /// The place of a text among `choices` (E0318).
  bool choice(const JsonNode& node, std::span<const std::string_view> choices, std::size_t& out);
  bool whole64(const JsonNode& node, const WholeRange& range, std::int64_t& out);
  /// The same for a narrower type that the range fits.
  template <class T>
  bool whole(const JsonNode& node, const WholeRange& range, T& out) {
    std::int64_t value = 0;
    if (!whole64(node, range, value)) return false;
    out = static_cast<T>(value);
    return true;
  }
  /// true or false, without quotes.
  bool boolean(const JsonNode& node, bool& out);
  /// 0 .. 2^64-1 (E0451).
  bool seed(const JsonNode& node, std::uint64_t& out);
  bool real(const JsonNode& node, const RealRange& range, double& out);
  bool duration(const JsonNode& node, const DurationRange& range, Duration& out);
  /// Kafka's own settings: a whole number of milliseconds.
  bool milliseconds(const JsonNode& node, const WholeRange& range, Duration& out);
  bool cost_per_byte(const JsonNode& node, std::int64_t& out_picoseconds);
  bool size(const JsonNode& node, const WholeRange& range, std::int32_t& out);
  bool size64(const JsonNode& node, const WholeRange& range, Bytes& out);
  bool bandwidth(const JsonNode& node, BytesPerSecond& out);
  bool rate(const JsonNode& node, double& out);
  bool percentage(const JsonNode& node, double& out);
  bool usd(const JsonNode& node, double& out);

  [[nodiscard]] ProblemList& problems() { return problems_; }

 private:
  void check_key(const JsonNode& item, Section section);
  /// Notes E0305 or E0306; always false.
  bool wrong_type(const JsonNode& node, std::string_view wanted, std::string hint = {});
  template <class T>
  bool quantity(const JsonNode& node, Quantity<T> (*parse)(std::string_view), std::string_view wanted, T& out);

  ProblemList& problems_;
};

}  // namespace brokersim
