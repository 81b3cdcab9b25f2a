// SPDX-License-Identifier: Apache-2.0
#include "sim/scenario_file/suggestions.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

#include "sim/scenario_file/scenario_errors.hpp"
#include "sim/text/printable.hpp"

namespace brokersim {
namespace {

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row.back();
}

std::string in_quotes(std::string_view text) {
  return "\"" + printable(text) + "\"";
}

}  // namespace

std::string did_you_mean(std::string_view text, std::span<const std::string_view> known) {
  if (text.empty() || text.size() > 200) return {};
  const std::size_t limit = std::max<std::size_t>(2, text.size() / 3);
  std::vector<std::pair<std::size_t, std::string_view>> near;
  for (const std::string_view word : known) {
    const std::size_t lengths = word.size() > text.size() ? word.size() - text.size() : text.size() - word.size();
    if (lengths > limit) continue;
    const std::size_t distance = edit_distance(text, word);
    // A word that shares no letter with what was written is no guess at all.
    if (distance <= limit && distance < std::max(text.size(), word.size())) near.emplace_back(distance, word);
  }
  std::sort(near.begin(), near.end());
  near.erase(std::unique(near.begin(), near.end()), near.end());
  if (near.empty()) return {};
  std::string question = "did you mean " + in_quotes(near[0].second);
  const std::size_t count = std::min<std::size_t>(near.size(), 3);
  for (std::size_t i = 1; i < count; ++i) question += (i + 1 == count ? " or " : ", ") + in_quotes(near[i].second);
  return question + "?";
}

std::string listed(std::span<const std::string_view> known) {
  std::string text;
  const std::size_t count = std::min<std::size_t>(known.size(), 10);
  for (std::size_t i = 0; i < count; ++i) text += (i == 0 ? "" : ", ") + in_quotes(known[i]);
  return known.size() > count ? text + " and " + std::to_string(known.size() - count) + " more" : text;
}

}  // namespace brokersim
