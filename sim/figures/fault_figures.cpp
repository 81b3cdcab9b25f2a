// SPDX-License-Identifier: Apache-2.0
#include "sim/figures/fault_figures.hpp"

#include <algorithm>
#include <tuple>

#include "analysis/balance.hpp"
#include "analysis/recovery.hpp"
#include "sim/figures/broker_columns.hpp"
#include "sim/figures/fault_timeline.hpp"
#include "sim/model/run_limits.hpp"

namespace brokersim {
namespace {

std::optional<double> spread(const std::vector<double>& loads) {
  const bool loaded = std::any_of(loads.begin(), loads.end(), [](double load) { return load > 0; });
  return loaded ? std::optional(peak_to_mean(loads)) : std::nullopt;
}

/// Windows [first, last) of the load ledger.
struct Windows {
  std::size_t first = 0, last = 0;
};

/// Works on one trial.
class Around {
 public:
  Around(const Scenario& scenario, const std::vector<std::vector<BrokerIndex>>& placement, Protocol protocol,
         const TrialResult& trial)
      : world_(&scenario.world),
        protocol_(protocol),
        ledger_(&trial.loads),
        account_(&trial.faults),
        up_(trial.events_log, scenario.world.brokers.size()),
        leaders_(trial.events_log, placement, scenario.world.brokers.size()),
        partitions_(placement.size()),
        read_pairs_(read_pairs_of(scenario.world)),
        reported_window_(scenario.window) {}

  [[nodiscard]] const LeaderTimes& leaders() const { return leaders_; }
  [[nodiscard]] EpisodeFigures episode(const FaultEpisode& episode, Duration quiet_since) const;

 private:
  // Windows.
  [[nodiscard]] Duration start_of(std::size_t w) const { return ledger_->window_start(w).time_since_epoch(); }
  [[nodiscard]] Duration end_of(std::size_t w) const { return start_of(w) + ledger_->window_length(w); }
  /// The window in which a moment lies, or would if the interval were longer.
  [[nodiscard]] std::size_t window_of(Duration when) const {
    const Duration since = when - start_of(0);
    if (since <= Duration::zero()) return 0;
    return std::min(static_cast<std::size_t>(since / account_->window), ledger_->windows());
  }
  /// The first window that begins at a moment or later.
  [[nodiscard]] std::size_t window_from(Duration when) const {
    const std::size_t w = window_of(when);
    return w < ledger_->windows() && start_of(w) < when ? w + 1 : w;
  }
  [[nodiscard]] std::vector<double> rates(std::size_t w, const LoadOf& load_of) const;
  [[nodiscard]] std::optional<double> load_skew(std::size_t w) const;
  [[nodiscard]] double busy(std::size_t w, std::uint32_t broker, std::size_t resource) const;

  void add_load(Windows before, Windows since, EpisodeFigures& figures) const;
  void add_leaders(EpisodeFigures& figures) const;
  void add_bottleneck(Windows since, EpisodeFigures& figures) const;
  void add_missing(Windows since, EpisodeFigures& figures) const;
  void add_worst(Windows since, EpisodeFigures& figures) const;
  void add_copies(EpisodeFigures& figures) const;
  void add_copied(std::uint32_t broker, Windows windows, BrokerPhase& phase) const;
  [[nodiscard]] PhaseFigures phase(Windows windows) const;
  [[nodiscard]] BrokerPhase broker_phase(std::uint32_t broker, Windows windows) const;
  [[nodiscard]] SpanSummary spans(SpanMeasure measure, Windows windows) const {
    return summarize(account_->spans[static_cast<std::size_t>(measure)], windows.first, windows.last);
  }

  const WorldSpec* world_;
  Protocol protocol_;
  const LoadLedger* ledger_;
  const FaultAccount* account_;
  UpTimes up_;
  LeaderTimes leaders_;
  std::size_t partitions_;
  std::size_t read_pairs_;
  Duration reported_window_;
};

/// Of the brokers that are up all of a window, per second.
std::vector<double> Around::rates(std::size_t w, const LoadOf& load_of) const {
  std::vector<double> rates;
  for (std::uint32_t b = 0; b < ledger_->brokers(); ++b) {
    if (!up_.throughout(b, start_of(w), end_of(w))) continue;
    rates.push_back(load_of(ledger_->load(w, BrokerIndex{b})) / seconds(ledger_->window_length(w)));
  }
  return rates;
}

std::optional<double> Around::load_skew(std::size_t w) const {
  return spread(rates(w, egress_bytes));
}

double Around::busy(std::size_t w, std::uint32_t broker, std::size_t resource) const {
  const double capacity = capacity_of(world_->brokers[broker], static_cast<BrokerResource>(resource), protocol_);
  return seconds(ledger_->load(w, BrokerIndex{broker}).busy[resource]) /
         (seconds(ledger_->window_length(w)) * capacity);
}

void Around::add_load(Windows before, Windows since, EpisodeFigures& figures) const {
  double sum = 0;
  std::size_t loaded = 0;
  for (std::size_t w = before.first; w < before.last; ++w) {
    if (const std::optional<double> skew = load_skew(w)) {
      sum += *skew;
      ++loaded;
    }
  }
  if (loaded > 0) figures.skew_before = sum / static_cast<double>(loaded);
  std::vector<std::optional<double>> skews;
  std::vector<double> peaks, means;
  for (std::size_t w = since.first; w < since.last && ledger_->window_length(w) == account_->window; ++w) {
    const std::vector<double> loads = rates(w, egress_bytes);
    skews.push_back(spread(loads));
    if (!skews.back()) continue;
    figures.peak_to_mean = std::max(figures.peak_to_mean.value_or(0), *skews.back());
    peaks.push_back(*std::max_element(loads.begin(), loads.end()));
    means.push_back(peaks.back() / *skews.back());
  }
  if (!figures.skew_before) return;
  const double window = seconds(account_->window);
  const std::optional<double> balanced = time_to_balance(skews, window, *figures.skew_before);
  const double into = seconds(figures.episode.began - start_of(since.first));  // its window the fault came
  figures.balance_known = skews.size() >= BalanceLimits{}.hold;
  if (balanced && figures.balance_known) figures.time_to_balance = *balanced > 0 ? std::max(*balanced - into, 0.0) : 0;
  figures.excess_bytes = excess_load(peaks, means, window, *figures.skew_before);
}

void Around::add_leaders(EpisodeFigures& figures) const {
  const FaultEpisode& episode = figures.episode;
  const auto skew_at = [&](Duration when) {
    const std::vector<double> all = leaders_.at(when);
    std::vector<double> up;
    for (std::uint32_t b = 0; b < all.size(); ++b) {
      if (up_.at(b, when)) up.push_back(all[b]);
    }
    return spread(up);
  };
  figures.leader_skew_before = skew_at(episode.began - Duration{1});
  std::vector<Duration> moments{episode.began};
  const auto add = [&](Duration when) {
    if (when > episode.began && when < episode.watched_until) moments.push_back(when);
  };
  for (const LeaderTimes::Count& count : leaders_.counts()) add(count.time);
  for (const Duration when : up_.changes()) add(when);
  std::sort(moments.begin(), moments.end());
  moments.erase(std::unique(moments.begin(), moments.end()), moments.end());
  std::vector<double> at, level;
  for (const Duration when : moments) {
    const std::optional<double> skew = skew_at(when);
    at.push_back(seconds(when));
    level.push_back(skew.value_or(0));  // nobody is up, or nobody leads: nothing is uneven
    if (skew) figures.leader_peak_to_mean = std::max(figures.leader_peak_to_mean.value_or(0), *skew);
  }
  if (figures.leader_skew_before)
    figures.leader_time_to_balance = time_to_balance(at, level, *figures.leader_skew_before);
}

void Around::add_bottleneck(Windows since, EpisodeFigures& figures) const {
  for (std::size_t w = since.first; w < since.last; ++w) {
    for (std::uint32_t b = 0; b < ledger_->brokers(); ++b) {
      for (std::size_t r = 0; r < broker_resources; ++r) {
        const double share = busy(w, b, r);
        if (share <= (figures.bottleneck ? figures.bottleneck->busy : 0)) continue;
        figures.bottleneck = {world_->brokers[b].id, std::string(resource_name(r, protocol_)), share, start_of(w)};
      }
    }
  }
}

void Around::add_missing(Windows since, EpisodeFigures& figures) const {
  const std::size_t groups = world_->groups.size();
  for (std::size_t w = since.first; w < since.last; ++w) {
    const MissingTime& missing = account_->missing[w];
    figures.unwritable_one_seconds += seconds(missing.leader);
    figures.unwritable_all_seconds += seconds(missing.leader + missing.in_sync);
    for (std::size_t g = 0; g < groups; ++g) {
      figures.unreadable_seconds += seconds(account_->unread[w * groups + g]);
    }
  }
}

/// The highest p99 of the scenario's windows, of which the first begins with the fault.
void Around::add_worst(Windows since, EpisodeFigures& figures) const {
  const auto step = std::max<std::size_t>(static_cast<std::size_t>(reported_window_ / account_->window), 1);
  const auto worst = [&](SpanMeasure measure, std::optional<double>& p99, bool& exceeds) {
    for (std::size_t w = since.first; w < since.last;) {
      const std::size_t next = std::min((w / step + 1) * step, since.last);
      const SpanSummary summary = spans(measure, {w, next});
      if (summary.p99_seconds) p99 = std::max(p99.value_or(0), *summary.p99_seconds);
      exceeds = exceeds || (summary.all() > 0 && !summary.p99_seconds);
      w = next;
    }
  };
  worst(SpanMeasure::produce, figures.worst_produce_p99, figures.produce_p99_exceeds);
  worst(SpanMeasure::delivery, figures.worst_delivery_p99, figures.delivery_p99_exceeds);
}

void Around::add_copies(EpisodeFigures& figures) const {
  const std::vector<std::uint32_t>& faults = figures.episode.faults;
  CopyFigures copies;
  std::optional<Duration> began;
  Duration ended{};
  bool complete = true;
  for (const ReassignedPartition& one : account_->copies.partitions) {
    if (std::find(faults.begin(), faults.end(), one.fault) == faults.end()) continue;
    ++copies.partitions;
    copies.bytes += one.copied;
    began = std::min(began.value_or(one.began.time_since_epoch()), one.began.time_since_epoch());
    if (one.ended) ended = std::max(ended, one.ended->time_since_epoch());
    complete = complete && one.ended.has_value();
  }
  if (!began) return;
  if (complete) copies.seconds = seconds(ended - *began);
  for (const FaultPhase phase : {FaultPhase::during, FaultPhase::after}) {
    const std::vector<BrokerPhase>& brokers = figures.phases[static_cast<std::size_t>(phase)].brokers;
    for (std::size_t b = 0; b < brokers.size(); ++b) {
      const auto take = [&](double peak, std::optional<double>& highest, std::int32_t& broker) {
        if (highest && peak <= *highest) return;
        highest = peak;
        broker = world_->brokers[b].id;
      };
      take(brokers[b].peak_copied_in, copies.peak_in, copies.broker_in);
      take(brokers[b].peak_copied_out, copies.peak_out, copies.broker_out);
    }
  }
  figures.copies = copies;
}

void Around::add_copied(std::uint32_t broker, Windows windows, BrokerPhase& phase) const {
  const CopyAccount& copies = account_->copies;
  if (copies.into.empty()) return;
  Bytes in = 0, out = 0;
  for (std::size_t w = windows.first; w < windows.last; ++w) {
    const Bytes into = copies.into[w * ledger_->brokers() + broker],
                out_of = copies.out_of[w * ledger_->brokers() + broker];
    const double window = seconds(ledger_->window_length(w));
    phase.peak_copied_in = std::max(phase.peak_copied_in, static_cast<double>(into) / window);
    phase.peak_copied_out = std::max(phase.peak_copied_out, static_cast<double>(out_of) / window);
    in += into;
    out += out_of;
  }
  const double span = seconds(end_of(windows.last - 1) - start_of(windows.first));
  phase.copied_in = static_cast<double>(in) / span;
  phase.copied_out = static_cast<double>(out) / span;
}

BrokerPhase Around::broker_phase(std::uint32_t broker, Windows windows) const {
  const Duration from = start_of(windows.first), to = end_of(windows.last - 1);
  BrokerPhase phase;
  phase.up = seconds(up_.within(broker, from, to)) / seconds(to - from);
  BrokerLoad sum;
  std::array<double, broker_resources> peak{};
  for (std::size_t w = windows.first; w < windows.last; ++w) {
    sum += ledger_->load(w, BrokerIndex{broker});
    for (std::size_t r = 0; r < broker_resources; ++r) peak[r] = std::max(peak[r], busy(w, broker, r));
  }
  phase.in_bytes = ingress_bytes(sum) / seconds(to - from);
  phase.out_bytes = egress_bytes(sum) / seconds(to - from);
  std::size_t fullest = 0;
  for (std::size_t r = 0; r < broker_resources; ++r) {
    const double capacity = capacity_of(world_->brokers[broker], static_cast<BrokerResource>(r), protocol_);
    const double share = seconds(sum.busy[r]) / (seconds(to - from) * capacity);
    if (share > phase.busy) fullest = r;
    phase.busy = std::max(phase.busy, share);
  }
  phase.resource = resource_name(fullest, protocol_);
  phase.peak_busy = peak[fullest];
  add_copied(broker, windows, phase);
  return phase;
}

PhaseFigures Around::phase(Windows windows) const {
  PhaseFigures figures;
  if (windows.first >= windows.last) return figures;
  figures.from = start_of(windows.first);
  figures.to = end_of(windows.last - 1);
  const double span = seconds(figures.to - figures.from);
  const std::size_t groups = world_->groups.size();
  MissingTime missing;
  Duration unread{};
  for (std::size_t w = windows.first; w < windows.last; ++w) {
    missing.leader += account_->missing[w].leader;
    missing.in_sync += account_->missing[w].in_sync;
    missing.stalled += account_->missing[w].stalled;
    for (std::size_t g = 0; g < groups; ++g) unread += account_->unread[w * groups + g];
  }
  figures.write_availability_one = availability(seconds(missing.leader), partitions_, span);
  figures.write_availability_all = availability(seconds(missing.leader + missing.in_sync), partitions_, span);
  if (read_pairs_ > 0) figures.read_availability = availability(seconds(unread), read_pairs_, span);
  figures.stalled_seconds = seconds(missing.stalled);
  figures.produce = spans(SpanMeasure::produce, windows);
  figures.delivery = spans(SpanMeasure::delivery, windows);
  figures.visibility = spans(SpanMeasure::visibility, windows);
  figures.read_age = spans(SpanMeasure::read_age, windows);
  const std::vector<double> leaders = leaders_.mean(figures.from, figures.to);
  for (std::uint32_t b = 0; b < ledger_->brokers(); ++b) {
    figures.brokers.push_back(broker_phase(b, windows));
    figures.brokers.back().leaders = leaders[b];
  }
  return figures;
}

/// quiet_since  the end of the episode before, or the start of the observation
EpisodeFigures Around::episode(const FaultEpisode& episode, Duration quiet_since) const {
  EpisodeFigures figures;
  figures.episode = episode;
  const std::size_t came = window_of(episode.began);
  const bool over_unobserved = episode.ended <= start_of(0);
  const std::size_t over =
      over_unobserved ? 0 : std::max(window_from(episode.ended), std::min(came + 1, ledger_->windows()));
  const std::size_t watched = window_of(episode.watched_until);
  const Windows before{window_from(quiet_since), came};
  const Windows since{came, std::max(watched, over)};
  figures.phases = {phase(before), phase({came, over}), phase({over, since.last})};
  add_load(before, since, figures);
  add_leaders(figures);
  add_bottleneck(since, figures);
  add_missing(since, figures);
  add_worst(since, figures);
  add_copies(figures);
  return figures;
}

OutageFigures outage_figures(const OutageNote& note, Duration end) {
  const auto moment = [](const std::optional<Instant>& when) {
    return when ? std::optional(seconds(when->time_since_epoch())) : std::nullopt;
  };
  const bool nobody_came = note.group == OutageNote::writers && note.leads && !note.served;
  Outage outage;
  outage.began = seconds(note.began.time_since_epoch());
  outage.decided = moment(note.decided);
  outage.committed = moment(note.committed);
  outage.leads = moment(note.leads);
  outage.served = nobody_came ? outage.leads : moment(note.served);
  outage.end = std::max(seconds(end), std::max(outage.began, outage.served.value_or(outage.began)));
  const OutageParts parts = outage_parts(outage);
  OutageFigures figures;
  figures.partition = note.partition;
  figures.group = note.group;
  figures.began = note.began.time_since_epoch();
  figures.detection = parts.detection;
  figures.election = parts.election;
  figures.propagation = parts.propagation;
  figures.discovery = nobody_came ? std::nullopt : std::optional(parts.discovery);
  figures.over = outage.served.has_value();
  return figures;
}

/// Whether somebody writes a partition with acks=all.
bool waits_for_all(const WorldSpec& world, std::uint32_t partition) {
  const TopicIndex topic = partition_of_topic(world, partition).topic;
  return std::any_of(world.producers.begin(), world.producers.end(),
                     [topic](const ProducerSpec& producer) { return producer.acks == -1 && producer.topic == topic; });
}

FaultLosses losses_of(const TrialResult& trial) {
  FaultLosses losses;
  for (const SendOutcomes& of : trial.outcomes) {
    losses.acks0 += of.lost_acks0;
    losses.acks1 += of.lost_acks1;
    losses.acks_all += of.lost_acks_all;
    losses.duplicates += of.duplicates;
    losses.failed += of.refused + of.indeterminate + of.dropped;
  }
  losses.committed = trial.faults.lost_committed;
  for (const GroupResult& group : trial.groups) {
    losses.delivered += group.troubles.lost_after_delivery;
    losses.unread += group.troubles.skipped;
  }
  return losses;
}

}  // namespace

FaultFigures fault_figures(const Scenario& scenario, const std::vector<std::vector<BrokerIndex>>& placement,
                           Protocol protocol, const TrialResult& trial) {
  FaultFigures figures;
  if (!trial.faults.kept) return figures;
  const Around around(scenario, placement, protocol, trial);
  for (const OutageNote& note : trial.faults.outages) figures.outages.push_back(outage_figures(note, trial.duration));
  std::stable_sort(figures.outages.begin(), figures.outages.end(), [](const OutageFigures& a, const OutageFigures& b) {
    return std::tie(a.began, a.partition, a.group) < std::tie(b.began, b.partition, b.group);
  });
  Duration quiet_since = trial.warm_up;
  for (const FaultEpisode& episode : fault_episodes(scenario, trial)) {
    EpisodeFigures& of = figures.episodes.emplace_back(around.episode(episode, quiet_since));
    for (const OutageFigures& outage : figures.outages) {
      if (outage.began < episode.began || outage.began >= episode.watched_until) continue;
      of.longest_outage_seconds = std::max(of.longest_outage_seconds, outage.total());
    }
    for (const TooFewInSync& time : trial.faults.too_few_in_sync) {
      const Duration began = time.began.time_since_epoch();
      if (began < episode.began || began >= episode.watched_until) continue;
      if (!waits_for_all(scenario.world, time.partition)) continue;
      of.longest_outage_seconds = std::max(of.longest_outage_seconds, seconds(time.ended - time.began));
    }
    quiet_since = episode.ended;
  }
  for (const LeaderTimes::Count& count : around.leaders().counts()) {
    figures.leaders.push_back({count.time, scenario.world.brokers[count.broker].id, count.leaders});
  }
  figures.reassigned = trial.faults.copies.partitions;
  figures.losses = losses_of(trial);
  return figures;
}

}  // namespace brokersim
