// SPDX-License-Identifier: Apache-2.0
// leader-epoch.json: Kafka's own LeaderEpochFileCache, and what a follower cuts off its log, against LeaderEpochs.
#include "sim/model/leader_epochs.hpp"

#include "tests/validate/case_files.hpp"

namespace brokersim::validate {
namespace {

LeaderEpochs epochs_of(const Json& starts) {
  LeaderEpochs epochs;
  for (const Json& start : starts) epochs.begin({start.at(0), start.at(1)});
  return epochs;
}

Json json_of(const LeaderEpochs& epochs) {
  Json starts = Json::array();
  for (const EpochStart& start : epochs.starts()) starts.push_back({start.epoch, start.position});
  return starts;
}

void judge_cache(CaseReport& report, const Json& row) {
  const LeaderEpochs epochs = epochs_of(row.at("assign_epoch_startoffset"));
  const std::uint32_t log_end = row.at("log_end_offset");
  for (const Json& asked : row.at("end_offset_for__[requested,answer_epoch,answer_offset]")) {
    const std::int64_t epoch = asked.at(0);
    Json got{epoch, -1, -1};  // undefined, as for a request without an epoch
    if (epoch >= 0) {
      const std::optional<EpochEnd> end = epochs.end_of(static_cast<std::uint32_t>(epoch), log_end);
      if (end) got = {epoch, end->epoch, end->position};
    }
    same(report, "end_offset_for " + std::to_string(epoch), asked, got);
  }
  LeaderEpochs cut = epochs;
  cut.cut(row.at("truncate_from_end_at"));
  same(report, "entries_after_truncate_end", row.at("entries_after_truncate_end"), json_of(cut));
  report.unsupported("entries_after_truncate_start", "nothing is deleted from the beginning of a log");
}

/// The follower asks where its last epoch ends in the leader's log and cuts its own, until both agree.
void judge_divergence(CaseReport& report, const Json& row) {
  const LeaderEpochs leader = epochs_of(row.at("leader_epochs"));
  LeaderEpochs follower = epochs_of(row.at("follower_epochs"));
  const std::uint32_t leader_end = row.at("leader_leo"), first_end = row.at("follower_leo");
  std::uint32_t end = first_end;
  Json exchange = Json::array();
  for (std::size_t steps = row.at("exchange").size(); exchange.size() < steps;) {
    const std::uint32_t asked = follower.last();
    const std::optional<EpochEnd> told = leader.end_of(asked, leader_end);
    if (!told) break;
    end = follower.cut_after(*told, end);
    follower.cut(end);
    exchange.push_back({{"asked_epoch", asked},
                        {"leader_answer_epoch", told->epoch},
                        {"leader_answer_end_offset", told->position},
                        {"truncate_to", end}});
  }
  same(report, "exchange", row.at("exchange"), exchange);
  same(report, "follower_leo_after_truncation", row.at("follower_leo_after_truncation"), end);
  same(report, "records_discarded_by_follower", row.at("records_discarded_by_follower"), first_end - end);
  same(report, "follower_epochs_after", row.at("follower_epochs_after"), json_of(follower));
  const std::optional<EpochEnd> again = leader.end_of(follower.last(), leader_end);
  same(report, "agrees after the exchange", true, again && again->epoch == follower.last() && again->position >= end);
}

}  // namespace

std::vector<CaseTask> leader_epoch_cases(const Json& file, const Effort&) {
  std::vector<CaseTask> tasks;
  const auto add = [&](const char* group, void (*judge)(CaseReport&, const Json&)) {
    const Json rows = file.at("cases").value(group, Json::array());
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const Json row = rows.at(i);
      tasks.push_back({place_name(group, i), [row, judge](CaseReport& report) { judge(report, row); }});
    }
  };
  add("epoch_cache", judge_cache);
  add("divergence", judge_divergence);
  return tasks;
}

}  // namespace brokersim::validate
