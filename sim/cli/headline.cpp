// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/headline.hpp"

#include <algorithm>

#include "sim/cli/figure_text.hpp"

namespace brokersim {
namespace {

/// A figure of an arm in words; "an unknown amount" cannot happen for the figures used here in a stable arm.
std::string value_of(const std::vector<ComparisonRow>& rows, std::string_view name, std::size_t arm) {
  const ComparisonRow& row = row_named(rows, name);
  const std::optional<double>& mean = row.arms[arm].mean;
  return mean ? value_text(row.figure.unit, *mean) : "-";
}

/// "from X to Y"
std::string from_to(const std::vector<ComparisonRow>& rows, std::string_view name) {
  return "from " + value_of(rows, name, 0) + " to " + value_of(rows, name, 1);
}

std::string capitalised(std::string text) {
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 'a' + 'A');
  return text;
}

enum class Direction { falls, rises, stays };

Direction direction(const ComparisonRow& row) {
  if (!row.change || !row.change->shown()) return Direction::stays;
  return row.change->difference < 0 ? Direction::falls : Direction::rises;
}

const char* verb(Direction direction) {
  return direction == Direction::falls ? "cut" : "raise";
}

/// "cut the busiest broker's egress from X to Y and cross-zone traffic from X to Y (USD A to USD B a month)"
std::string load_clause(const std::vector<ComparisonRow>& rows) {
  const Direction egress = direction(row_named(rows, "busiest_broker_egress"));
  const Direction crossing = direction(row_named(rows, "cross_zone_traffic"));
  const std::string sender = "the busiest broker's egress";
  const std::string traffic = "cross-zone traffic";
  const std::string egress_now = " (" + value_of(rows, "busiest_broker_egress", 0) + ")";
  const std::string money =
      " (" + value_of(rows, "traffic_cost", 0) + " to " + value_of(rows, "traffic_cost", 1) + " a month)";
  const std::string kept_money =
      " (" + value_of(rows, "cross_zone_traffic", 0) + ", " + value_of(rows, "traffic_cost", 0) + " a month)";
  const std::string egress_moves = sender + " " + from_to(rows, "busiest_broker_egress");
  const std::string traffic_moves = traffic + " " + from_to(rows, "cross_zone_traffic") + money;
  if (egress == Direction::stays && crossing == Direction::stays) {
    return "do not change " + sender + egress_now + " or " + traffic + kept_money;
  }
  if (egress == Direction::stays) {
    return "do not change " + sender + egress_now + ", " + verb(crossing) + " " + traffic_moves;
  }
  const std::string first = std::string(verb(egress)) + " " + egress_moves;
  if (crossing == Direction::stays) return first + ", do not change " + traffic + kept_money;
  if (egress == crossing) return first + " and " + traffic_moves;
  return first + ", " + verb(crossing) + " " + traffic_moves;
}

/// "show records N ms later (p50; M ms p99)"
std::string staleness_clause(const std::vector<ComparisonRow>& rows) {
  const ComparisonRow &median = row_named(rows, "visibility_delay_p50"),
                      &tail = row_named(rows, "visibility_delay_p99");
  if (!median.change || !tail.change) return "";  // nobody reads
  const bool median_later = direction(median) == Direction::rises, tail_later = direction(tail) == Direction::rises;
  const std::string half = value_text(Unit::seconds, median.change->difference);
  const std::string most = value_text(Unit::seconds, tail.change->difference);
  if (median_later)
    return ", and show records " + half + " later (p50; " + (tail_later ? most + " p99)" : "no later at p99)");
  if (tail_later) return ", and show half of the records no later (p99: " + most + " later)";
  return ", and show records no later";
}

std::string delivery_sentence(const std::vector<ComparisonRow>& rows) {
  const ComparisonRow& row = row_named(rows, "delivery_p50");
  if (!row.change) return "";
  const Direction moves = direction(row);
  if (moves == Direction::stays)
    return " Delivery end to end does not change (p50 " + value_of(rows, "delivery_p50", 0) + ").";
  return std::string(" Delivery end to end gets ") + (moves == Direction::falls ? "faster" : "slower") + ", " +
         from_to(rows, "delivery_p50") + " (p50).";
}

/// What one stable arm does.
std::string state_of(const std::vector<ComparisonRow>& rows, std::size_t arm) {
  std::string text = "the busiest broker sends " + value_of(rows, "busiest_broker_egress", arm) +
                     ", cross-zone traffic is " + value_of(rows, "cross_zone_traffic", arm) + " (" +
                     value_of(rows, "traffic_cost", arm) + " a month)";
  if (row_named(rows, "delivery_p50").arms[arm].mean) {
    text += ", and records are delivered in " + value_of(rows, "delivery_p50", arm) + " (p50; " +
            value_of(rows, "delivery_p99", arm) + " p99)";
  }
  return text;
}

/// From its arrival until the node that is read shows it: what the protocols do differently.
std::string shown_after(const std::vector<ComparisonRow>& rows, std::size_t arm) {
  double sum = 0;
  for (const char* part : {"request_queue", "append", "replication", "propagation"}) {
    sum += row_named(rows, std::string("delivery_part_") + part).arms[arm].mean.value_or(0);
  }
  return value_text(Unit::seconds, sum);
}

/// The same read of the same traffic under two protocols; empty if there is one, or nothing to be said of one of them.
std::string across_protocols(const std::vector<ComparisonRow>& rows, const std::vector<Arm>& arms,
                             const std::vector<ArmVerdict>& verdicts) {
  const std::size_t other = arms.size() - 1;  // by protocol, then by read policy: each protocol's last
  const auto first_other =
      std::find_if(arms.begin(), arms.end(), [&](const Arm& arm) { return arm.protocol == Protocol::primary_replica; });
  if (first_other == arms.begin() || first_other == arms.end()) return "";
  const auto kafka = static_cast<std::size_t>(first_other - arms.begin()) - 1;
  const auto delivered = [&](std::size_t arm) { return row_named(rows, "delivery_mean").arms[arm].mean; };
  if (!verdicts[kafka].stable || !verdicts[other].stable || !delivered(kafka) || !delivered(other)) return "";
  const bool replica = arms[kafka].read != ReadPolicy::leader;
  return std::string(replica ? "Read at a follower" : "Read at the leader") + ", a record is delivered " +
         value_of(rows, "delivery_mean", kafka) + " after it was meant to be sent with Kafka, and " +
         value_of(rows, "delivery_mean", other) + " after with " +
         (replica ? "a replica that its primary pushes to" : "a primary in memory") +
         " (means). From its arrival at the leader until it shows where it is read it takes " +
         shown_after(rows, kafka) + " with Kafka (log, the followers' fetches, high watermark) and " +
         shown_after(rows, other) + " with the other (memory" + (replica ? ", push, memory" : "") + ").";
}

std::string without_comparison(const std::vector<ComparisonRow>& rows, const std::vector<Arm>& policies,
                               const std::vector<ArmVerdict>& verdicts) {
  std::string text;
  for (std::size_t arm = 0; arm < policies.size(); ++arm) {
    const std::string title = capitalised(arm_title(policies[arm]));
    const bool plural = policies[arm].read != ReadPolicy::leader;
    text += text.empty() ? "" : " ";
    if (verdicts[arm].stable) {
      text += title + ": " + state_of(rows, arm) + ".";
    } else {
      text += title + (plural ? " have" : " has") + " no steady state: " + verdicts[arm].reason + ".";
    }
  }
  return text;
}

}  // namespace

std::string headline(const std::vector<ComparisonRow>& rows, const std::vector<Arm>& policies,
                     const std::vector<ArmVerdict>& verdicts) {
  if (const std::string text = across_protocols(rows, policies, verdicts); !text.empty()) return text;
  const bool comparable = policies.size() == 2 && verdicts[0].stable && verdicts[1].stable;
  if (!comparable) return without_comparison(rows, policies, verdicts);
  const bool has_interval = row_named(rows, "busiest_broker_egress").arms[0].half_width.has_value();
  return capitalised(arm_title(policies[1])) + " " + load_clause(rows) + staleness_clause(rows) + "." +
         delivery_sentence(rows) + (has_interval ? "" : " (One trial: no intervals.)");
}

}  // namespace brokersim
