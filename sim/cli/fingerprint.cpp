// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/fingerprint.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "sim/cli/version.hpp"
#include "sim/core/running_hash.hpp"
#include "sim/result_files/result_hash.hpp"
#include "sim/text/split.hpp"

namespace brokersim {
namespace {

std::string hexadecimal(std::uint64_t number) {
  std::array<char, 16> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number, 16).ptr;
  const std::string shortest(digits.data(), end);
  return std::string(digits.size() - shortest.size(), '0') + shortest;
}

}  // namespace

std::string fingerprint(const std::vector<ArmResult>& arms, const std::string& summary) {
  RunningHash events, payload, draws, state;
  for (const ArmResult& arm : arms) {
    for (const TrialResult& trial : arm.trials) {
      events.add(trial.fingerprint.events);
      payload.add(trial.fingerprint.payload);
      draws.add(trial.fingerprint.draws);
      state.add(trial.fingerprint.state);
    }
  }
  ResultHash output;
  output.add(summary);
  return "kfp1:m" + std::to_string(model_version) + ":t" + hexadecimal(events.value()) + ":p" +
         hexadecimal(payload.value()) + ":r" + hexadecimal(draws.value()) + ":s" + hexadecimal(state.value()) + ":o" +
         output.text();
}

bool is_fingerprint(const std::string& text) {
  const std::vector<std::string_view> parts = split(text, ':');
  const std::string letters = "tprso";
  if (parts.size() != 2 + letters.size() || parts[0] != "kfp1") return false;
  const auto all = [](std::string_view part, const char* allowed) {
    return part.size() > 1 && part.find_first_not_of(allowed, 1) == std::string::npos;
  };
  if (parts[1][0] != 'm' || !all(parts[1], "0123456789")) return false;
  for (std::size_t i = 0; i < letters.size(); ++i) {
    const std::string_view part = parts[2 + i];
    if (part.size() != 17 || part[0] != letters[i] || !all(part, "0123456789abcdef")) return false;
  }
  return true;
}

std::optional<std::string> first_difference(const std::string& one, const std::string& other) {
  const std::vector<std::string_view> a = split(one, ':'), b = split(other, ':');
  for (std::size_t i = 1; i < std::min(a.size(), b.size()); ++i) {
    if (a[i] != b[i]) return std::string(a[i].substr(0, 1));
  }
  return std::nullopt;
}

}  // namespace brokersim
