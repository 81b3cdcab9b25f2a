// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/fault_text.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <set>
#include <utility>

#include "analysis/confidence.hpp"
#include "analysis/number_format.hpp"
#include "sim/cli/figure_text.hpp"
#include "sim/scenario_file/fault_grammar.hpp"
#include "sim/text/printable.hpp"

namespace brokersim {
namespace {

constexpr std::size_t episodes_shown = 3;

/// A value of every trial, or none where a trial has not got it.
using Values = std::vector<std::optional<double>>;

/// "12.3 ± 0.4", "12.3 (7 of 10 trials)"; `nothing` if no trial has a value
std::string cell(const Values& values, double scale, const std::string& nothing) {
  std::vector<double> known;
  for (const std::optional<double>& value : values) {
    if (value) known.push_back(*value / scale);
  }
  if (known.empty()) return nothing;
  double sum = 0;
  for (const double value : known) sum += value;
  const double mean = sum / static_cast<double>(known.size());
  const bool same = std::all_of(known.begin(), known.end(), [&](double value) { return value == known.front(); });
  std::string text = same ? significant_text(known.front(), 3) : significant_text(mean, 3);
  if (known.size() < values.size()) {
    return text + " (" + std::to_string(known.size()) + " of " + std::to_string(values.size()) + " trials)";
  }
  if (known.size() > 1 && !same) {
    const auto [lowest, highest] = std::minmax_element(known.begin(), known.end());
    text = interval_text(mean, mean_confidence_interval(known).half_width, *lowest, *highest);
  }
  return text;
}

/// "0.52 / 9200 / 0.53": before, during, after.
std::string three(const std::array<Values, fault_phases>& phases, double scale) {
  std::string text;
  for (const Values& values : phases) {
    double sum = 0;
    std::size_t known = 0;
    for (const std::optional<double>& value : values) {
      if (!value) continue;
      sum += *value;
      ++known;
    }
    const std::string one = known == 0 ? "-" : significant_text(sum / static_cast<double>(known) / scale, 3);
    text += (text.empty() ? "" : " / ") + one;
  }
  return text;
}

class Table {
 public:
  Table(const Study& study, std::size_t episode) : study_(&study), episode_(episode) {
    cells_.push_back({study.scenario().trials == 1 ? "one trial" : "mean over trials ± 95 %"});
    for (const Arm& arm : study.policies) cells_.front().push_back(arm_title(arm));
  }

  using OfEpisode = std::function<std::optional<double>(const EpisodeFigures&)>;
  void row(const std::string& head, double scale, const OfEpisode& value) {
    add(head, [&](std::size_t arm) { return cell(values(arm, value), scale, "-"); });
  }
  /// known  whether it can be told: only then no time means never
  void row_or_never(const std::string& head, const std::function<bool(const EpisodeFigures&)>& known,
                    const OfEpisode& value) {
    add(head, [&](std::size_t arm) {
      bool told = false;
      each(arm, [&](const FaultFigures&, const EpisodeFigures& figures) { told = told || known(figures); });
      return cell(values(arm, value), 1, told ? "not by the end" : "-");
    });
  }
  using OfPhase = std::function<std::optional<double>(const PhaseFigures&)>;
  void phases(const std::string& head, double scale, const OfPhase& value) {
    add(head + " **", [&](std::size_t arm) {
      std::array<Values, fault_phases> of;
      for (std::size_t p = 0; p < fault_phases; ++p) {
        of[p] = values(arm, [&](const EpisodeFigures& figures) -> std::optional<double> {
          return figures.phases[p].exists() ? value(figures.phases[p]) : std::nullopt;
        });
      }
      return three(of, scale);
    });
  }
  void add(const std::string& head, const std::function<std::string(std::size_t)>& text) {
    std::vector<std::string> line{head};
    for (std::size_t arm = 0; arm < study_->arms.size(); ++arm) line.push_back(text(arm));
    const bool nothing = std::all_of(line.begin() + 1, line.end(), [](const std::string& of) { return of == "-"; });
    if (!nothing) cells_.push_back(std::move(line));
  }
  /// The episode in every trial that has it.
  void each(std::size_t arm, const std::function<void(const FaultFigures&, const EpisodeFigures&)>& visit) const {
    for (const FaultFigures& trial : study_->faults[arm]) {
      if (episode_ < trial.episodes.size()) visit(trial, trial.episodes[episode_]);
    }
  }
  [[nodiscard]] std::vector<std::vector<std::string>> take() && { return std::move(cells_); }

 private:
  [[nodiscard]] Values values(std::size_t arm, const OfEpisode& value) const {
    Values values;
    each(arm, [&](const FaultFigures&, const EpisodeFigures& figures) { values.push_back(value(figures)); });
    return values;
  }

  const Study* study_;
  std::size_t episode_;
  std::vector<std::vector<std::string>> cells_;
};

/// "5 I/O threads 63 %": broker, resource, share of its capacity, of the trial in which it was fullest.
std::string bottleneck_cell(const Table& table, std::size_t arm) {
  std::optional<Bottleneck> fullest;
  table.each(arm, [&](const FaultFigures&, const EpisodeFigures& figures) {
    if (figures.bottleneck && (!fullest || figures.bottleneck->busy > fullest->busy)) fullest = figures.bottleneck;
  });
  if (!fullest) return "-";
  return std::to_string(fullest->broker) + " " + fullest->resource + " " + significant_text(100 * fullest->busy, 2) +
         " %";
}

/// "4: 12.3": the broker with the highest rate of all trials, in MB/s.
std::string peak_cell(const Table& table, std::size_t arm, std::optional<double> CopyFigures::*peak,
                      std::int32_t CopyFigures::*broker) {
  const CopyFigures* highest = nullptr;
  table.each(arm, [&](const FaultFigures&, const EpisodeFigures& figures) {
    if (!figures.copies || !((*figures.copies).*peak)) return;
    if (highest == nullptr || *((*figures.copies).*peak) > *(highest->*peak)) highest = &*figures.copies;
  });
  if (highest == nullptr) return "-";
  return std::to_string(highest->*broker) + ": " + significant_text(*(highest->*peak) / 1e6, 3);
}

void add_copies(Table& table) {
  constexpr double megabyte = 1e6;
  const auto copies = [](const EpisodeFigures& f, const std::function<std::optional<double>(const CopyFigures&)>& of) {
    return f.copies ? of(*f.copies) : std::nullopt;
  };
  table.row("copied to new replicas, MB", megabyte, [&](const EpisodeFigures& f) {
    return copies(f, [](const CopyFigures& c) { return std::optional(static_cast<double>(c.bytes)); });
  });
  table.row_or_never(
      "until all of them were in sync, s", [](const EpisodeFigures& f) { return f.copies.has_value(); },
      [&](const EpisodeFigures& f) { return copies(f, [](const CopyFigures& c) { return c.seconds; }); });
  table.add("most copied into a broker in a second, MB/s",
            [&](std::size_t arm) { return peak_cell(table, arm, &CopyFigures::peak_in, &CopyFigures::broker_in); });
  table.add("most copied out of a broker, MB/s",
            [&](std::size_t arm) { return peak_cell(table, arm, &CopyFigures::peak_out, &CopyFigures::broker_out); });
}

/// What a partition that was hit (or a group that read one) went without in an episode, by part: mean over those that
/// were, in all trials.
std::string outage_cell(const Table& table, std::size_t arm, bool writers) {
  std::array<double, 4> sums{};
  std::size_t hit = 0;
  table.each(arm, [&](const FaultFigures& trial, const EpisodeFigures& figures) {
    std::set<std::pair<std::uint32_t, std::uint32_t>> seen;
    for (const OutageFigures& outage : trial.outages) {
      const FaultEpisode& episode = figures.episode;
      if (outage.began < episode.began || outage.began >= episode.watched_until) continue;
      if ((outage.group == OutageNote::writers) != writers) continue;
      seen.emplace(outage.partition, outage.group);
      sums[0] += outage.detection;
      sums[1] += outage.election;
      sums[2] += outage.propagation;
      sums[3] += outage.discovery.value_or(0);
    }
    hit += seen.size();
  });
  if (hit == 0) return "-";
  std::string text;
  for (const double sum : sums) {
    text += (text.empty() ? "" : " + ") + significant_text(sum / static_cast<double>(hit), 2);
  }
  return text;
}

/// "broker 3", "brokers 1, 2", "15 brokers"
std::string ids_text(const std::vector<std::int32_t>& brokers) {
  constexpr std::size_t most_named = 10;
  if (brokers.size() > most_named) return std::to_string(brokers.size()) + " brokers";
  std::string text = brokers.size() == 1 ? "broker " : "brokers ";
  for (std::size_t i = 0; i < brokers.size(); ++i) text += (i == 0 ? "" : ", ") + std::to_string(brokers[i]);
  return text;
}

/// "30 s", "80.65 s"
std::string seconds_text(Duration when) {
  std::string text = significant_text(seconds(when), 4);
  if (text.find('.') != std::string::npos) {
    text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.') text.pop_back();
  }
  return text + " s";
}

/// One end of a link, in the words of --fault: "broker 3", "zone b", "leader of orders/0".
std::string end_text(const FaultTarget& end, const WorldSpec& world) {
  using Who = FaultTarget::Who;
  const auto partition = [&] {
    return printable(world.topics[end.topic.value].id) + "/" + std::to_string(end.partition.value_or(0));
  };
  switch (end.who) {
    case Who::brokers: {
      std::vector<std::int32_t> ids;
      for (const BrokerIndex broker : end.brokers) ids.push_back(world.brokers[broker.value].id);
      return ids_text(ids);
    }
    case Who::all_brokers:
      return "all brokers";
    case Who::random_brokers:
      return end.count == 1 ? "a random broker" : std::to_string(end.count) + " random brokers";
    case Who::leader:
      return "leader of " + partition();
    case Who::follower:
      return "follower of " + partition();
    case Who::zone:
      return "zone " + world.network.zones[end.zone.value];
    case Who::random_zones:
      return end.count == 1 ? "a random zone" : std::to_string(end.count) + " random zones";
    case Who::controllers:
      return "controllers";
    case Who::clients:
      return "clients";
    case Who::topic:
      return end.partition ? partition() : "topic " + printable(world.topics[end.topic.value].id);
    case Who::producer:
      return "producer " + printable(world.producers[end.entry].id);
    case Who::group:
      return "group " + printable(world.groups[end.entry].id);
    default:
      return "everyone else";
  }
}

/// Whether it is chosen anew in every trial.
bool is_chosen(const FaultTarget& target) {
  using Who = FaultTarget::Who;
  return target.who == Who::leader || target.who == Who::follower || target.who == Who::random_brokers ||
         target.who == Who::random_zones;
}

/// Whether it is no broker and no zone, so that the events log says nothing of it.
bool names_itself(const FaultTarget& target) {
  using Who = FaultTarget::Who;
  return target.who == Who::topic || target.who == Who::producer || target.who == Who::group;
}

/// The same episode of every arm and trial that has one; at least one.
using SameEpisode = std::vector<const FaultEpisode*>;

/// The only fault of an episode, the same in all; none: several.
const FaultSpec* only_fault(const SameEpisode& same, const WorldSpec& world) {
  const std::vector<std::uint32_t>& faults = same.front()->faults;
  const bool one = faults.size() == 1 && std::all_of(same.begin(), same.end(), [&](const FaultEpisode* episode) {
                     return episode->faults == faults;
                   });
  return one ? &world.faults[faults.front()] : nullptr;
}

/// "broker 3", "zone b": those that were hit; empty: nobody.
std::string hit_text(const FaultEpisode& episode) {
  std::string whom;
  for (const std::string& zone : episode.zones) whom += (whom.empty() ? "zone " : ", zone ") + zone;
  return whom.empty() && !episode.brokers.empty() ? ids_text(episode.brokers) : whom;
}

/// Those that were hit in every trial, or in which words they were chosen if not the same were.
std::string hit_text(const SameEpisode& same, const WorldSpec& world) {
  std::string whom = hit_text(*same.front());
  const auto hit_too = [&](const FaultEpisode* episode) { return hit_text(*episode) == whom; };
  if (std::all_of(same.begin(), same.end(), hit_too)) return whom;
  const FaultSpec* fault = only_fault(same, world);
  return fault != nullptr && is_chosen(fault->target) ? end_text(fault->target, world) : "brokers that differ by trial";
}

/// "between broker 1 and zone b"; empty unless the episode is of one fault of links.
///
/// hit  those that were chosen when it came
std::string ends_text(const FaultSpec* fault, const WorldSpec& world, const std::string& hit) {
  if (fault == nullptr || !has_word(grammar_of(fault->kind).optional, "other") ||
      fault->target.who == FaultTarget::Who::none)
    return {};
  const std::string one = is_chosen(fault->target) && !hit.empty() ? hit : end_text(fault->target, world);
  const std::string other = end_text(fault->other, world);
  return fault->one_way ? "from " + one + " to " + other : "between " + one + " and " + other;
}

/// "30 s", or the least and the largest over trials: "74.9 - 75.2 s".
std::string range_text(const SameEpisode& same, Duration FaultEpisode::*moment) {
  const auto [least, most] =
      std::minmax_element(same.begin(), same.end(),
                          [moment](const FaultEpisode* a, const FaultEpisode* b) { return a->*moment < b->*moment; });
  const std::string from = seconds_text((*least)->*moment), to = seconds_text((*most)->*moment);
  return from == to ? from : from.substr(0, from.size() - 2) + " - " + to;
}

/// "Around kill of broker 3, 30 s to 75.2 s"; what holds in all trials, and in how many if not in all.
std::string title_of(const SameEpisode& same, const WorldSpec& world) {
  std::vector<std::string> names;
  for (const FaultEpisode* episode : same) {
    if (std::find(names.begin(), names.end(), episode->name) == names.end()) names.push_back(episode->name);
  }
  std::string title = "Around " + names.front();
  for (std::size_t n = 1; n < names.size(); ++n) title += " / " + names[n];
  const FaultSpec* only = only_fault(same, world);
  std::string whom = hit_text(same, world);
  if (whom.empty() && only != nullptr && names_itself(only->target)) whom = end_text(only->target, world);
  if (const std::string ends = ends_text(only, world, whom); !ends.empty()) {
    title += " " + ends;
  } else if (!whom.empty()) {
    title += " of " + whom;
  }
  title += ", " + range_text(same, &FaultEpisode::began) + " to ";
  SameEpisode over = same;
  std::erase_if(over, [](const FaultEpisode* episode) { return !episode->over; });
  if (over.empty()) return title + "the end";
  return title + range_text(over, &FaultEpisode::ended) + (over.size() < same.size() ? " or the end" : "");
}

/// ", in 3 of 5 trials"; empty if every trial of every arm has the episode.
std::string trials_with(const Study& study, std::size_t episode) {
  std::size_t with = 0, all = 0;
  bool everywhere = true;
  for (std::size_t trial = 0; trial < study.scenario().trials; ++trial, ++all) {
    const auto has = [&](const std::vector<FaultFigures>& arm) { return episode < arm[trial].episodes.size(); };
    if (std::any_of(study.faults.begin(), study.faults.end(), has)) ++with;
    everywhere = everywhere && std::all_of(study.faults.begin(), study.faults.end(), has);
  }
  return everywhere ? "" : ", in " + std::to_string(with) + " of " + std::to_string(all) + " trials";
}

/// What acks the scenario's producers ask for.
struct AcksUsed {
  bool none = false, one = false, all = false;
};

AcksUsed acks_used(const WorldSpec& world) {
  AcksUsed used;
  for (const ProducerSpec& producer : world.producers) {
    (producer.acks == 0 ? used.none : producer.acks == 1 ? used.one : used.all) = true;
  }
  return used;
}

std::vector<std::vector<std::string>> table_of(const Study& study, std::size_t episode) {
  constexpr double megabyte = 1e6, millisecond = 1e-3, percent = 1e-2;
  Table table(study, episode);
  add_copies(table);
  table.row("egress peak-to-mean before", 1, [](const EpisodeFigures& f) { return f.skew_before; });
  table.row("highest since, of brokers that are up", 1, [](const EpisodeFigures& f) { return f.peak_to_mean; });
  table.row_or_never(
      "time to balance of egress, s", [](const EpisodeFigures& f) { return f.balance_known; },
      [](const EpisodeFigures& f) { return f.time_to_balance; });
  table.row_or_never(
      "time to balance of leaders, s", [](const EpisodeFigures& f) { return f.leader_skew_before.has_value(); },
      [](const EpisodeFigures& f) { return f.leader_time_to_balance; });
  table.row("excess load, MB", megabyte, [](const EpisodeFigures& f) { return f.excess_bytes; });
  table.add("broker and resource fullest meanwhile", [&](std::size_t arm) { return bottleneck_cell(table, arm); });
  const AcksUsed acks = acks_used(study.scenario().world);
  if (acks.all) {
    table.phases("writes available, acks=all, %", percent,
                 [](const PhaseFigures& f) { return std::optional(f.write_availability_all); });
  }
  if (acks.one || acks.none) {
    table.phases((acks.all ? "... acks=" : "writes available, acks=") + std::string(acks.one ? "1" : "0") + ", %",
                 percent, [](const PhaseFigures& f) { return std::optional(f.write_availability_one); });
  }
  table.phases("reads available, %", percent, [](const PhaseFigures& f) { return f.read_availability; });
  table.row("acks=all stalled, partition-seconds", 1, [&acks](const EpisodeFigures& f) {
    double stalled = 0;
    for (const FaultPhase phase : {FaultPhase::during, FaultPhase::after})
      stalled += f.phases[static_cast<std::size_t>(phase)].stalled_seconds;
    return acks.all && (f.phases[1].exists() || f.phases[2].exists()) ? std::optional(stalled) : std::nullopt;
  });
  table.row("longest outage of a partition, s", 1,
            [](const EpisodeFigures& f) { return std::optional(f.longest_outage_seconds); });
  table.add("writers of a partition hit wait, s *", [&](std::size_t arm) { return outage_cell(table, arm, true); });
  table.add("a group reading one waits, s *", [&](std::size_t arm) { return outage_cell(table, arm, false); });
  table.phases("acknowledged p99, ms", millisecond, [](const PhaseFigures& f) { return f.produce.p99_seconds; });
  table.phases("delivered p99, ms", millisecond, [](const PhaseFigures& f) { return f.delivery.p99_seconds; });
  table.phases("visibility delay p99, ms", millisecond, [](const PhaseFigures& f) { return f.visibility.p99_seconds; });
  return std::move(table).take();
}

/// Whether some trial observed no window between the episode and the one before it, or the start of the observation.
bool without_before(const Study& study, std::size_t episode) {
  for (const std::vector<FaultFigures>& arm : study.faults) {
    for (const FaultFigures& trial : arm) {
      if (episode >= trial.episodes.size()) continue;
      if (!trial.episodes[episode].phases[static_cast<std::size_t>(FaultPhase::before)].exists()) return true;
    }
  }
  return false;
}

/// Why figures that need a time before the fault are "-".
std::vector<std::string> lines_without_before(const Study& study) {
  std::vector<std::string> lines;
  if (without_before(study, 0)) {
    lines.push_back("No window before the first fault was observed (observed from " +
                    seconds_text(study.warm_up.warm_up) + " on): its load is not compared with before.");
  }
  std::string later;
  for (std::size_t e = 1; e < episodes_shown; ++e) {
    if (without_before(study, e)) later += (later.empty() ? "" : ", ") + std::to_string(e + 1);
  }
  if (!later.empty()) {
    lines.push_back("Between episode " + later +
                    " and the one before it lies no whole window of 1 s: its load is not " + "compared with before.");
  }
  return lines;
}

/// Why there is no table: what came makes none, or what came to nothing and why.
std::string without_a_table(const Study& study) {
  std::map<std::string, std::size_t> most;  // times in a trial, by fault
  std::set<std::string> ignored;
  for (const ArmResult& arm : study.arms) {
    for (const TrialResult& trial : arm.trials) {
      std::map<std::string, std::size_t> times;
      for (const EventNote& note : trial.events_log) {
        if (note.kind == EventNote::Kind::fault_ignored) ignored.insert(note.what + " (" + note.detail + ")");
        if (note.kind != EventNote::Kind::fault_applied || note.time.time_since_epoch() >= trial.duration) continue;
        std::size_t& of = most[note.what];
        of = std::max(of, ++times[note.what]);
      }
    }
  }
  std::string text;
  for (const auto& [what, times] : most) {
    text += (text.empty() ? "" : ", ") + what;
    text += times == 1 ? " (once)" : " (" + std::to_string(times) + " times)";
  }
  if (!text.empty()) return "Came, without a table of its own: " + text + ".";
  for (const std::string& fault : ignored) text += (text.empty() ? "" : ", ") + fault;
  return text.empty() ? "No fault came." : "No fault came: " + text + ".";
}

}  // namespace

std::vector<FaultTable> fault_tables(const Study& study) {
  std::vector<FaultTable> tables;
  if (study.faults.empty()) return tables;
  for (std::size_t e = 0; e < episodes_shown; ++e) {
    SameEpisode same;
    for (const std::vector<FaultFigures>& arm : study.faults) {
      for (const FaultFigures& trial : arm) {
        if (e < trial.episodes.size()) same.push_back(&trial.episodes[e].episode);
      }
    }
    if (same.empty()) break;
    tables.push_back({title_of(same, study.scenario().world) + trials_with(study, e), table_of(study, e)});
  }
  return tables;
}

std::vector<std::string> fault_lines(const Study& study) {
  std::vector<std::string> lines;
  if (study.faults.empty()) return lines;
  const AcksUsed acks = acks_used(study.scenario().world);
  std::size_t episodes = 0;
  for (std::size_t arm = 0; arm < study.faults.size(); ++arm) {
    FaultLosses sum;
    for (const FaultFigures& trial : study.faults[arm]) {
      episodes = std::max(episodes, trial.episodes.size());
      sum.acks0 += trial.losses.acks0;
      sum.acks1 += trial.losses.acks1;
      sum.acks_all += trial.losses.acks_all;
      sum.committed += trial.losses.committed;
      sum.delivered += trial.losses.delivered;
      sum.unread += trial.losses.unread;
    }
    std::string acknowledged = acks.none ? std::to_string(sum.acks0) + " sent with acks=0, " : "";
    if (acks.one) acknowledged += std::to_string(sum.acks1) + " acknowledged with acks=1, ";
    if (acks.all) acknowledged += std::to_string(sum.acks_all) + (acks.one ? "" : " acknowledged") + " with acks=all, ";
    lines.push_back(arm_title(study.policies[arm]) + ": records lost over all trials: " + acknowledged +
                    std::to_string(sum.committed) + " committed, " + std::to_string(sum.delivered) + " delivered" +
                    (sum.unread > 0 ? "; " + std::to_string(sum.unread) + " deleted before they were read." : "."));
  }
  for (std::string& line : lines_without_before(study)) lines.push_back(std::move(line));
  if (episodes == 0) lines.push_back(without_a_table(study));
  if (episodes > episodes_shown) {
    lines.push_back("Only the first " + std::to_string(episodes_shown) + " of " + std::to_string(episodes) +
                    " episodes are shown; all are in fault_episodes.csv.");
  }
  if (episodes > 0)
    lines.emplace_back(
        "* Detection + election + propagation + until clients had found who answers; means over those that were hit, "
        "of several outages the sum. "
        "** "
        "Before / during / after.");
  return lines;
}

}  // namespace brokersim
