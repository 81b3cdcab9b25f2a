// SPDX-License-Identifier: Apache-2.0
#include "tests/validate/partitioners.hpp"

#include <algorithm>
#include <vector>

#include "sim/policy/partitioner/queue_weights.hpp"
#include "sim/policy/partitioner/sticky_partitioner.hpp"
#include "tests/policy/scripted_random.hpp"

namespace brokersim::validate {
namespace {

/// Gives one number, and keeps the bound it was asked with.
struct OneNumber {
  std::uint32_t number = 0;
  std::uint32_t bound = 0;
  std::uint32_t below(std::uint32_t asked) {
    bound = asked;
    return number;
  }
};

std::vector<QueuedPartition> queued(const std::vector<std::uint32_t>& sizes) {
  std::vector<QueuedPartition> rows;
  for (std::uint32_t p = 0; p < sizes.size(); ++p) {
    if (sizes[p] > 0) rows.push_back({p, sizes[p], true});
  }
  return rows;
}

/// How often each partition is chosen when every number below the bound comes once, and that bound.
struct Cycle {
  std::vector<std::uint32_t> frequencies;
  std::uint32_t bound = 0;
};

Cycle cycle_of(const std::vector<std::uint32_t>& sizes) {
  const auto partitions = static_cast<std::uint32_t>(sizes.size());
  const std::vector<QueuedPartition> rows = queued(sizes);
  Cycle cycle{std::vector<std::uint32_t>(partitions), 1};
  for (std::uint32_t number = 0; number < cycle.bound; ++number) {
    OneNumber draw{number, 0};
    ++cycle.frequencies[choose_by_queues(draw, rows, partitions)];
    cycle.bound = draw.bound;
  }
  return cycle;
}

}  // namespace

void judge_adaptive_frequencies(CaseReport& report, const Json& row) {
  const auto sizes = row.at("queue_sizes").get<std::vector<std::uint32_t>>();
  const Cycle cycle = cycle_of(sizes);
  if (row.at("range_end").is_null()) {  // no table: one number below the number of partitions
    report.same("uniform", cycle.frequencies == std::vector<std::uint32_t>(sizes.size(), 1), "each partition once",
                Json(cycle.frequencies).dump());
    return;
  }
  report.same("range_end", row.at("range_end") == cycle.bound, row.at("range_end").dump(), std::to_string(cycle.bound));
  report.same("frequencies_in_one_cycle", row.at("frequencies_in_one_cycle") == Json(cycle.frequencies),
              row.at("frequencies_in_one_cycle").dump(), Json(cycle.frequencies).dump());
}

void judge_sticky_rule(CaseReport& report, const Json&) {
  // The row is a sentence; this is the sentence again, over 200 batch.sizes with 1,000 appends each.
  test::JavaLikeRandom history(794);
  std::uint64_t appends = 0, wrong_switches = 0;
  for (int run = 0; run < 200; ++run) {
    const auto batch_size = static_cast<std::int32_t>(1 + history.below(50'000));
    OneNumber draw{0, 0};
    BasicStickyPartitioner<OneNumber> sticky(draw, 1000, batch_size);
    Bytes since_switch = 0;
    for (int append = 0; append < 1000; ++append, ++appends) {
      const Bytes growth = history.below(static_cast<std::uint32_t>(batch_size) / 2 + 2);
      const bool batch_ready = history.below(3) == 0;
      draw.number = (sticky.current() + 1) % 1000;
      const std::uint32_t before = sticky.current();
      sticky.on_appended(growth, batch_ready);
      since_switch += growth;
      const bool due = since_switch >= 2 * Bytes{batch_size} || (since_switch >= batch_size && batch_ready);
      wrong_switches += (sticky.current() != before) != due;
      if (due) since_switch = 0;
    }
  }
  report.same("rule", wrong_switches == 0,
              "a switch where the sentence says, in " + std::to_string(appends) + " appends",
              std::to_string(wrong_switches) + " otherwise");

  std::uint64_t wrong_tables = 0;
  constexpr int tables = 2000;
  for (int table = 0; table < tables; ++table) {
    std::vector<std::uint32_t> sizes(1 + history.below(12));
    for (std::uint32_t& size : sizes) size = history.below(2) == 0 ? 0 : history.below(20);
    const std::uint32_t most = *std::max_element(sizes.begin(), sizes.end());
    const bool uniform = sizes.size() < 2 || std::count(sizes.begin(), sizes.end(), most) == std::ssize(sizes);
    std::vector<std::uint32_t> expected;
    for (const std::uint32_t size : sizes) expected.push_back(uniform ? 1 : most + 1 - size);
    wrong_tables += cycle_of(sizes).frequencies != expected;
  }
  report.same("adaptive_table", wrong_tables == 0, "freq_i = max(queue) + 1 - queue_i in " + std::to_string(tables),
              std::to_string(wrong_tables) + " otherwise");
}

}  // namespace brokersim::validate
