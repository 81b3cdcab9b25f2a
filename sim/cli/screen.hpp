// SPDX-License-Identifier: Apache-2.0
// A study for people: the headline, a table, what limits each arm, what to configure, and how to repeat it.
#pragma once
#include <string>
#include <vector>

#include "sim/cli/study.hpp"

namespace brokersim {

struct ScreenStyle {
  bool markdown = false;
  bool verbose = false;  ///< every figure
  bool color = false;
};

/// The whole answer; the same bytes for the same study.
[[nodiscard]] std::string screen(const Study& study, const ScreenStyle& style);

// Parts of it, in screen_notes.cpp: lines without markup, each ended by a line feed.

/// Which resource of which broker is fullest in each arm, and why an arm is unstable.
[[nodiscard]] std::vector<std::string> limit_lines(const Study& study);
/// The Kafka configs that turn follower reads on; none if no arm reads from followers.
[[nodiscard]] std::vector<std::string> config_lines(const Study& study);
/// Which key, partition and broker the keys of each producer entry make hot; none without keys.
[[nodiscard]] std::vector<std::string> hot_key_lines(const Study& study);
/// Whom a quota held back, by arm; none if nobody was.
[[nodiscard]] std::vector<std::string> quota_lines(const Study& study);
/// Which member of a group reads more than 1.10 times the mean, or has more than twice the mean of its lag (and more
/// than a record); of groups whose members do not change.
[[nodiscard]] std::vector<std::string> member_lines(const Study& study);
/// What the rebalances of each group were like, by arm; none where nobody comes or goes.
[[nodiscard]] std::vector<std::string> rebalance_lines(const Study& study);
/// What to keep in mind: assumed service costs, chance's own skew, a run too short, cautions about single rows.
[[nodiscard]] std::vector<std::string> caution_lines(const Study& study, bool verbose);
/// Version, hash, seed, trials, interval, censored, residuals, command.
[[nodiscard]] std::vector<std::string> provenance_lines(const Study& study);

}  // namespace brokersim
