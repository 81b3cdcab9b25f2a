// SPDX-License-Identifier: Apache-2.0
// "did you mean ...?"
#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace brokersim {

/// A question that names up to three of `known` that are close to `text`, or nothing.
///
/// close   Levenshtein distance <= 2, or <= a third of the length of `text`; nearest first, ties alphabetical
/// returns `did you mean "a" or "b"?`, or an empty string
/// cost    |text| * |known word| each; texts above 200 bytes get no suggestion
[[nodiscard]] std::string did_you_mean(std::string_view text, std::span<const std::string_view> known);

/// The first ten of `known` in quotes, then how many more there are.
[[nodiscard]] std::string listed(std::span<const std::string_view> known);

}  // namespace brokersim
