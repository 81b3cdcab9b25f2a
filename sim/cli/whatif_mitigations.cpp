// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/whatif_mitigations.hpp"

#include <algorithm>

#include "analysis/number_format.hpp"
#include "sim/cli/figure_text.hpp"
#include "sim/cli/mitigations.hpp"
#include "sim/cli/repeat_command.hpp"
#include "sim/cli/text_table.hpp"
#include "sim/cli/whatif_text.hpp"
#include "sim/scenario_file/units.hpp"

namespace brokersim {
namespace {

constexpr std::size_t screen_columns = 100;

std::string time_cell(double value) {
  return value_text(Unit::seconds, value);
}

Duration watched(const WhatIfStudy& study) {
  return study.times.duration - study.times.at;
}

/// When leaders or load are as even as before for good.
std::string even_cell(const WhatIfStudy& study, const std::optional<double>& after) {
  if (!after) return "> " + time_cell(seconds(watched(study)));
  return *after > 0 ? time_cell(*after) : "even";
}

/// "3 NIC out 97 %"
std::string fullness_cell(const std::optional<Bottleneck>& fullest) {
  if (!fullest) return "-";
  const std::string& resource = fullest->resource;
  return std::to_string(fullest->broker) + " " + resource.substr(0, resource.find(" threads")) + " " +
         fixed_text(100 * fullest->busy, 0) + " %";
}

double out_of_service(const LossFigures& figures) {
  return std::max(figures.unwritable_after_seconds, figures.unreadable_after_seconds);
}

/// A mitigation over all victims and read policies: the worst of each figure.
struct Standing {
  const Mitigation* mitigation = nullptr;
  bool applied = false;
  std::optional<double> leaders = 0, load = 0;  ///< seconds after the kill; none: not within the run
  double excess_bytes = 0, out_seconds = 0;
  std::uint32_t elections = 0;

  [[nodiscard]] bool balanced() const { return leaders && load; }
  [[nodiscard]] double time() const { return std::max(*leaders, *load); }
};

void take_later(std::optional<double>& worst, const std::optional<double>& one) {
  worst = worst && one ? std::optional(std::max(*worst, *one)) : std::nullopt;
}

std::vector<Standing> standings(const WhatIfStudy& study) {
  std::vector<Standing> standings;
  for (const Mitigation& mitigation : study.wishes.mitigations) standings.emplace_back().mitigation = &mitigation;
  for (const WhatIfRow& row : study.rows) {
    Standing& of = standings[row.mitigation];
    for (const LossFigures& figures : row.arms) {
      if (!figures.applied) continue;
      of.applied = true;
      take_later(of.leaders, figures.leader_time_to_balance);
      take_later(of.load, figures.time_to_balance);
      of.excess_bytes = std::max(of.excess_bytes, figures.excess_bytes);
      of.out_seconds = std::max(of.out_seconds, out_of_service(figures));
      of.elections = std::max(of.elections, figures.elections_after);
    }
  }
  std::erase_if(standings, [](const Standing& one) { return !one.applied; });
  std::stable_sort(standings.begin(), standings.end(), [](const Standing& a, const Standing& b) {
    return a.balanced() && (!b.balanced() || a.time() < b.time());
  });
  return standings;
}

std::vector<std::string> mitigation_cells(const WhatIfStudy& study, const WhatIfRow& row, const LossFigures& figures) {
  const std::string& name = study.wishes.mitigations[row.mitigation].name;
  if (!figures.applied) return {name, "down by then", "-", "-", "-", "-", "-", "-"};
  return {name,
          even_cell(study, figures.leader_time_to_balance),
          even_cell(study, figures.time_to_balance),
          bytes_text(figures.excess_bytes),
          fullness_cell(figures.fullest),
          fullness_cell(figures.busiest_after),
          out_of_service(figures) > 0 ? time_cell(out_of_service(figures)) : "0 s",
          worst_p99_cell(figures)};
}

std::vector<std::string> mitigation_notes(const WhatIfStudy& study) {
  const Scenario& scenario = study.scenario();
  const std::optional<Duration>& restart = study.wishes.restart;
  std::vector<std::string> lines;
  lines.push_back(
      "Killed at " + duration_text(study.times.at) +
      (restart ? ", started again " + duration_text(*restart) + " later" : ", for good") + "; runs of " +
      duration_text(study.times.duration) + ", " + std::to_string(scenario.trials) +
      (scenario.trials == 1 ? " trial" : " trials") + ", seed " + std::to_string(scenario.seed) +
      ". Every figure is the worst of the trials, from the kill on. leaders, load: until their peak-to-mean is for "
      "good "
      "within 10 % of before. excess: what the busiest broker sends above that, in all. fullest: in any window of " +
      duration_text(scenario.window) +
      "; after: by mean, once the victim is back. moving: partition-time without service that began after the "
      "restart.");
  const ControlPlaneSpec& control = scenario.world.control_plane;
  const bool watches_controller =
      std::any_of(study.wishes.mitigations.begin(), study.wishes.mitigations.end(), [&](const Mitigation& one) {
        ControlPlaneSpec with = control;
        apply_mitigation(one, with);
        return with.auto_leader_rebalance;
      });
  if (watches_controller)
    lines.emplace_back(
        "The controller balances on a grid of its interval, which began before the run (KRaft, L-11) or begins 5 s "
        "into it "
        "(ZooKeeper's rule, L-13): leaders go back within one interval after the victim is in sync again.");
  for (const Mitigation& one : study.wishes.mitigations) {
    const auto moved = [&](const WhatIfRow& row) {
      return &study.wishes.mitigations[row.mitigation] == &one &&
             std::any_of(row.arms.begin(), row.arms.end(),
                         [](const LossFigures& figures) { return figures.elections_after > 0; });
    };
    if (one.kind == Mitigation::Kind::by_hand && std::none_of(study.rows.begin(), study.rows.end(), moved))
      lines.push_back(one.name +
                      " moved nothing: a broker starts, recovers its logs and catches up first. A longer DELAY does.");
  }
  return lines;
}

}  // namespace

std::string mitigation_answer(const WhatIfStudy& study) {
  const std::vector<Standing> all = standings(study);
  if (all.empty()) return "Nobody was killed: they were down by then.";
  std::string text = study.wishes.restart ? std::string{}
                                          : "Without --restart nobody comes back, and there is nobody to move leaders "
                                            "back to. ";
  const Standing& first = all.front();
  if (!first.balanced())
    return text + "No mitigation is back in balance within " + duration_text(watched(study)) + " after the kill.";
  if (first.time() <= 0) return text + "Neither leaders nor load were ever uneven.";
  text += "Back in balance first: " + first.mitigation->name + ", " + time_cell(first.time()) +
          " after the kill at the latest (leaders " + even_cell(study, first.leaders) + ", load " +
          even_cell(study, first.load) + "). It costs " + std::to_string(first.elections) +
          (first.elections == 1 ? " election" : " elections") + " after the restart with " +
          time_cell(first.out_seconds) + " of partition-time out of service, and until then the busiest broker sends " +
          bytes_text(first.excess_bytes) + " above its share.";
  std::string later, never;
  for (std::size_t i = 1; i < all.size(); ++i) {
    const Standing& one = all[i];
    std::string& list = one.balanced() ? later : never;
    list += (list.empty() ? "" : ", ") + one.mitigation->name;
    if (one.balanced()) list += " " + time_cell(one.time()) + " (" + bytes_text(one.excess_bytes) + ")";
  }
  if (!later.empty()) text += " Then " + later + ".";
  if (!never.empty()) text += " Not back within " + duration_text(watched(study)) + ": " + never + ".";
  return text;
}

std::string mitigation_screen(const WhatIfStudy& study, const std::string& scenario_file, bool markdown) {
  const auto paragraph = [&](const std::string& line) {
    return markdown ? line + "\n\n" : wrapped(line, screen_columns);
  };
  std::string text = paragraph(mitigation_answer(study)) + (markdown ? "" : "\n");
  const std::size_t mitigations = study.wishes.mitigations.size();
  const std::size_t victims = study.rows.size() / mitigations;
  const std::size_t shown = std::min(victims, mitigated_victims_shown);
  for (std::size_t v = 0; v < shown; ++v) {
    for (std::size_t arm = 0; arm < study.arms.size(); ++arm) {
      std::vector<std::vector<std::string>> table{
          {"mitigation", "leaders", "load", "excess", "fullest", "after", "moving", "worst p99"}};
      for (std::size_t r = v * mitigations; r < (v + 1) * mitigations; ++r)
        table.push_back(mitigation_cells(study, study.rows[r], study.rows[r].arms[arm]));
      const std::string title =
          "Without " + study.rows[v * mitigations].victim.name + ", " + arm_title(study.arms[arm]);
      text += title + (markdown ? "\n\n" + markdown_table(table) : "\n" + aligned_table(table)) + "\n";
    }
  }
  if (shown < victims)
    text += paragraph("And " + std::to_string(victims - shown) + " victims more, less bad: --out FILE has them all.");
  for (const std::string& line : mitigation_notes(study)) text += paragraph(line);
  if (study.rows.empty()) return text;
  return text + paragraph("More of a row: brokersim compare " + shell_word(scenario_file) + " " +
                          options_of_row(study, study.rows.front()));
}

}  // namespace brokersim
