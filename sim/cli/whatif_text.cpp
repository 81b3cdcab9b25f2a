// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/whatif_text.hpp"

#include <algorithm>
#include <array>

#include "analysis/number_format.hpp"
#include "sim/cli/figure_text.hpp"
#include "sim/cli/repeat_command.hpp"
#include "sim/cli/text_table.hpp"
#include "sim/cli/whatif_mitigations.hpp"
#include "sim/result_files/result_set.hpp"
#include "sim/result_files/result_text.hpp"
#include "sim/scenario_file/units.hpp"

namespace brokersim {
namespace {

constexpr std::size_t width = 100;
constexpr std::size_t named_in_words = 3;

std::string seconds_text(double value) {
  return value_text(Unit::seconds, value);
}
std::string percent(double share) {
  return fixed_text(100 * share, share < 0.0995 && share > 0 ? 1 : 0) + " %";
}
std::string counted(std::size_t count, const std::string& what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

std::string bottleneck_text(const Bottleneck& fullest) {
  return "broker " + std::to_string(fullest.broker) + "'s " + fullest.resource;
}

/// Why a victim cannot go, the gravest first.
std::string reasons(const LossFigures& figures) {
  std::vector<std::string> parts;
  const auto records = [](Records count) { return counted(static_cast<std::size_t>(count), "record"); };
  if (figures.lost_acks_all > 0)
    parts.push_back(records(figures.lost_acks_all) + " lost though acknowledged with acks=all");
  if (figures.lost_acks_1 > 0) parts.push_back(records(figures.lost_acks_1) + " lost that acks=1 had acknowledged");
  if (!figures.recovered) parts.push_back("partitions out of service to the end");
  if (figures.failed > 0) parts.push_back(records(figures.failed) + " given up");
  if (figures.saturates())
    parts.push_back(bottleneck_text(*figures.fullest) + " " + percent(figures.fullest->busy) + " busy");
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : ", ") + part;
  return text;
}

/// The rows of a kind of victim, worst first.
std::vector<const WhatIfRow*> rows_of(const WhatIfStudy& study, Victim::Kind kind) {
  std::vector<const WhatIfRow*> rows;
  for (const WhatIfRow& row : study.rows) {
    if (row.victim.kind == kind) rows.push_back(&row);
  }
  return rows;
}

/// "leader-only: all 6", or who cannot go and why.
std::string arm_clause(const WhatIfStudy& study, std::size_t arm, const std::vector<const WhatIfRow*>& rows) {
  std::string text;
  std::size_t bad = 0;
  for (const WhatIfRow* row : rows) {
    if (row->arms[arm].can_go()) continue;
    if (++bad <= named_in_words)
      text += (bad == 1 ? "" : "; ") + row->victim.name + " (" + reasons(row->arms[arm]) + ")";
  }
  const std::string title = arm_title(study.arms[arm]);
  if (bad == 0) return title + ": every one of them can go.";
  if (bad > named_in_words) text += "; and " + std::to_string(bad - named_in_words) + " more";
  return title + ": " + std::to_string(bad) + " of " + std::to_string(rows.size()) + " cannot go: " + text + ".";
}

/// What is worst although everything holds.
std::string reserve_clause(const WhatIfStudy& study, const std::vector<const WhatIfRow*>& rows) {
  const WhatIfRow* fullest = nullptr;
  const WhatIfRow* longest = nullptr;
  std::size_t fullest_arm = 0;
  double outage = 0;
  for (const WhatIfRow* row : rows) {
    for (std::size_t a = 0; a < row->arms.size(); ++a) {
      const LossFigures& figures = row->arms[a];
      if (figures.fullest && (fullest == nullptr || figures.fullest->busy > fullest->arms[fullest_arm].fullest->busy)) {
        fullest = row;
        fullest_arm = a;
      }
      if (figures.longest_outage_seconds > outage) {
        outage = figures.longest_outage_seconds;
        longest = row;
      }
    }
  }
  std::string text = "No acknowledged record is lost and every partition is served again";
  if (longest != nullptr)
    text += ", after " + seconds_text(outage) + " at the latest (without " + longest->victim.name + ")";
  if (fullest != nullptr) {
    const Bottleneck& worst = *fullest->arms[fullest_arm].fullest;
    text += "; the fullest resource then is " + bottleneck_text(worst) + ", " + percent(worst.busy) +
            " busy (without " + fullest->victim.name + ", " + arm_title(study.arms[fullest_arm]) + ")";
  }
  return text + ".";
}

/// How many there are in all, where not every one was asked about.
std::string tried(const WhatIfStudy& study, Victim::Kind kind, std::size_t rows) {
  const WorldSpec& world = study.scenario().world;
  const bool broker = kind == Victim::Kind::broker;
  const std::size_t all = broker ? world.brokers.size() : world.network.zones.size();
  if (rows == all) return "each of the " + std::to_string(all) + " was killed on its own";
  return std::to_string(rows) + " of the " + std::to_string(all) + (rows == 1 ? " was" : " were") + " killed on " +
         (rows == 1 ? "its" : "their") + " own";
}

/// Nobody killed it: another fault had.
bool was_down(const WhatIfRow& row) {
  return std::none_of(row.arms.begin(), row.arms.end(), [](const LossFigures& figures) { return figures.applied; });
}

/// What came beside the kills: the scenario's own faults, and victims that these had stopped already.
std::string beside(const WhatIfStudy& study, const std::vector<const WhatIfRow*>& down) {
  std::string text = study.scenario().world.faults.empty() ? "" : ", beside the scenario's own faults";
  if (down.empty()) return text;
  text += " (";
  for (std::size_t i = 0; i < std::min(down.size(), named_in_words); ++i)
    text += (i > 0 ? ", " : "") + down[i]->victim.name;
  if (down.size() > named_in_words) text += " and " + std::to_string(down.size() - named_in_words) + " more";
  return text + (down.size() == 1 ? " was" : " were") + " down by then)";
}

std::string answer(const WhatIfStudy& study, Victim::Kind kind, std::vector<const WhatIfRow*> rows) {
  const auto killed =
      std::stable_partition(rows.begin(), rows.end(), [](const WhatIfRow* row) { return !was_down(*row); });
  const std::vector<const WhatIfRow*> down(killed, rows.end());
  rows.erase(killed, rows.end());
  std::vector<std::size_t> bad(study.arms.size());
  for (const WhatIfRow* row : rows) {
    for (std::size_t a = 0; a < row->arms.size(); ++a) bad[a] += row->arms[a].can_go() ? 0U : 1U;
  }
  const auto none = [](std::size_t count) { return count == 0; };
  const auto every = [&](std::size_t count) { return count == rows.size(); };
  const bool good = std::all_of(bad.begin(), bad.end(), none);
  std::string text = kind == Victim::Kind::broker ? "Can I lose a broker? " : "Can I lose a zone? ";
  if (rows.empty()) return text + "Not tested: none was killed" + beside(study, down) + ".";
  text += good                                         ? "Yes"
          : std::all_of(bad.begin(), bad.end(), every) ? "No"
          : std::any_of(bad.begin(), bad.end(), none)  ? "It depends on who answers reads"
                                                       : "Not every one";
  text += ": " + tried(study, kind, rows.size()) + beside(study, down) + ". ";
  if (good) return text + reserve_clause(study, rows);
  for (std::size_t a = 0; a < study.arms.size(); ++a) text += (a > 0 ? " " : "") + arm_clause(study, a, rows);
  return text;
}

std::string outage_cell(const LossFigures& figures) {
  const double share = std::max(figures.unwritable, figures.unreadable);
  return percent(share) + ", " + (figures.recovered ? seconds_text(figures.longest_outage_seconds) : "to the end");
}

std::string balance_cell(const LossFigures& figures, const KillTimes& times) {
  if (figures.balanced && figures.time_to_balance.value_or(0) <= 0) return "never uneven";
  if (figures.balanced) return seconds_text(*figures.time_to_balance);
  return "> " + seconds_text(seconds(times.duration - times.at));
}

constexpr std::array table_head{"without",     "reads",     "can go",      "fullest then", "peak/mean",
                                "unavailable", "worst p99", "lost/failed", "balanced"};

std::vector<std::string> cells(const WhatIfStudy& study, const WhatIfRow& row, std::size_t arm) {
  const LossFigures& figures = row.arms[arm];
  std::vector<std::string> line{arm == 0 ? row.victim.name : "", arm_title(study.arms[arm])};
  if (!figures.applied) {
    line.push_back("down by then");
    line.resize(table_head.size(), "-");
    return line;
  }
  std::string fullest = "-";
  if (figures.fullest) {
    fullest = std::to_string(figures.fullest->broker) + " " + figures.fullest->resource + " " +
              percent(figures.fullest->busy);
  }
  line.insert(
      line.end(),
      {figures.can_go() ? "yes" : "NO", fullest, figures.peak_to_mean ? fixed_text(*figures.peak_to_mean, 2) : "-",
       outage_cell(figures), worst_p99_cell(figures),
       std::to_string(figures.lost()) + "/" + std::to_string(figures.failed), balance_cell(figures, study.times)});
  return line;
}

std::vector<std::string> notes(const WhatIfStudy& study) {
  const Scenario& scenario = study.scenario();
  const Duration restart = study.wishes.restart.value_or(Duration::zero());
  std::vector<std::string> lines;
  lines.push_back("Killed at " + duration_text(study.times.at) +
                  (restart > Duration::zero() ? ", started again " + duration_text(restart) + " later" : ", for good") +
                  "; runs of " + duration_text(study.times.duration) + ", " + counted(scenario.trials, "trial") +
                  ", seed " + std::to_string(scenario.seed) +
                  ". Every figure is the worst of the trials, from the kill on: the fullest resource and the p99 of "
                  "any window of " +
                  duration_text(scenario.window) +
                  ", peak/mean of egress of any second. Unavailable: the share of "
                  "partition-time in which nothing could be written or read, and the longest time of one partition.");
  const ControlPlaneSpec& control = scenario.world.control_plane;
  const bool unbalanced = std::any_of(study.rows.begin(), study.rows.end(), [](const WhatIfRow& row) {
    return std::any_of(row.arms.begin(), row.arms.end(), [](const LossFigures& figures) { return !figures.balanced; });
  });
  if (unbalanced && restart > Duration::zero() && control.auto_leader_rebalance) {
    lines.push_back("Leaders go back when the controller balances them, up to " +
                    duration_text(control.leader_imbalance_check_interval) +
                    " after they moved: --watch sets how long the runs go on.");
  } else if (unbalanced && restart == Duration::zero()) {
    lines.push_back("Load is not balanced again without them: --restart 45s brings them back.");
  }
  return lines;
}

}  // namespace

std::string worst_p99_cell(const LossFigures& figures) {
  if (figures.produce_censored || figures.delivery_censored) return "never";
  if (!figures.produce_p99 && !figures.delivery_p99) return "-";
  return seconds_text(std::max(figures.produce_p99.value_or(0), figures.delivery_p99.value_or(0)));
}

std::vector<std::string> whatif_answers(const WhatIfStudy& study) {
  std::vector<std::string> answers;
  for (const Victim::Kind kind : {Victim::Kind::broker, Victim::Kind::zone}) {
    const std::vector<const WhatIfRow*> rows = rows_of(study, kind);
    if (!rows.empty()) answers.push_back(answer(study, kind, rows));
  }
  return answers;
}

std::string whatif_screen(const WhatIfStudy& study, const std::string& scenario_file, bool markdown) {
  if (!study.wishes.mitigations.empty()) return mitigation_screen(study, scenario_file, markdown);
  std::string text;
  for (const std::string& line : whatif_answers(study)) text += (markdown ? line + "\n" : wrapped(line, width)) + "\n";
  std::vector<std::vector<std::string>> table{{table_head.begin(), table_head.end()}};
  const std::size_t shown = std::min(study.rows.size(), victims_shown);
  for (std::size_t r = 0; r < shown; ++r) {
    for (std::size_t arm = 0; arm < study.arms.size(); ++arm) table.push_back(cells(study, study.rows[r], arm));
  }
  text += markdown ? markdown_table(table) : aligned_table(table);
  if (shown < study.rows.size())
    text += "and " + std::to_string(study.rows.size() - shown) + " more, less bad: --out FILE has them all\n";
  text += "\n";
  for (const std::string& line : notes(study)) text += markdown ? line + "\n\n" : wrapped(line, width);
  if (study.rows.empty()) return text;
  return text + "More of a row: " + (markdown ? "`" : "") + "brokersim compare " + shell_word(scenario_file) + " " +
         options_of_row(study, study.rows.front()) + (markdown ? "`" : "") + "\n";
}

std::string whatif_csv(const WhatIfStudy& study) {
  const std::vector<Mitigation>& mitigations = study.wishes.mitigations;
  std::string text =
      "victim,leaders,read_policy,can_go,fullest_broker,fullest_resource,busy,peak_to_mean,unwritable,unreadable,"
      "longest_outage_s,recovered,produce_p99_s,delivery_p99_s,lost_acks_all,lost_acks_1,failed,time_to_balance_s,"
      "fault";
  if (!mitigations.empty()) {
    text +=
        ",mitigation,leader_time_to_balance_s,excess_bytes,busiest_after_broker,busiest_after_resource,busy_after,"
        "elections_after,unwritable_after_s,unreadable_after_s";
  }
  text += "\n";
  const auto number = [&text](const std::optional<double>& value) {
    text += ",";
    if (value) append_number(text, *value);
  };
  const auto word = [&text](const std::string& value) { text += "," + value; };
  const auto end_row = [&](const WhatIfRow& row, const LossFigures& figures) {
    text += ",\"" + row.victim.fault + "\"";
    if (!mitigations.empty()) {
      word(mitigations[row.mitigation].name);
      if (figures.applied) {
        number(figures.leader_time_to_balance);
        number(figures.excess_bytes);
        word(figures.busiest_after ? std::to_string(figures.busiest_after->broker) : "");
        word(figures.busiest_after ? figures.busiest_after->resource : "");
        number(figures.busiest_after ? std::optional(figures.busiest_after->busy) : std::nullopt);
        word(std::to_string(figures.elections_after));
        number(figures.unwritable_after_seconds);
        number(figures.unreadable_after_seconds);
      } else {
        text += std::string(8, ',');
      }
    }
    text += "\n";
  };
  for (const WhatIfRow& row : study.rows) {
    for (std::size_t arm = 0; arm < study.arms.size(); ++arm) {
      const LossFigures& figures = row.arms[arm];
      text += row.victim.name;
      word(std::to_string(row.victim.leaders));
      word(arm_name(study.arms[arm]));
      if (!figures.applied) {
        text += std::string(15, ',');
        end_row(row, figures);
        continue;
      }
      word(figures.can_go() ? "true" : "false");
      word(figures.fullest ? std::to_string(figures.fullest->broker) : "");
      word(figures.fullest ? figures.fullest->resource : "");
      number(figures.fullest ? std::optional(figures.fullest->busy) : std::nullopt);
      number(figures.peak_to_mean);
      number(figures.unwritable);
      number(figures.unreadable);
      number(figures.longest_outage_seconds);
      word(figures.recovered ? "true" : "false");
      number(figures.produce_censored ? std::nullopt : figures.produce_p99);
      number(figures.delivery_censored ? std::nullopt : figures.delivery_p99);
      word(std::to_string(figures.lost_acks_all));
      word(std::to_string(figures.lost_acks_1));
      word(std::to_string(figures.failed));
      number(figures.time_to_balance);
      end_row(row, figures);
    }
  }
  return text;
}

}  // namespace brokersim
