// SPDX-License-Identifier: Apache-2.0
#include "sim/metrics/fault_ledger.hpp"

#include <algorithm>
#include <utility>

namespace brokersim {

FaultLedger::FaultLedger(const Shape& shape)
    : shape_(shape),
      parts_(shape.partitions),
      searching_(shape.partitions),
      copies_(shape.start, shape.end, shape.window, shape.brokers) {
  for (std::size_t m = 0; m < span_measures; ++m) spans_.emplace_back(shape.start, shape.end, shape.window);
  account_.kept = true;
  account_.start = shape.start.time_since_epoch();
  account_.end = shape.end.time_since_epoch();
  account_.window = shape.window;
  const auto windows = static_cast<std::size_t>((shape.end - shape.start + shape.window - Duration{1}) / shape.window);
  account_.missing.resize(windows);
  account_.unread.resize(windows * shape.groups);
}

template <class Enter>
void FaultLedger::over_windows(Instant from, Instant to, Enter enter) const {
  from = std::max(from, shape_.start);
  to = std::min(to, shape_.end);
  while (from < to) {
    const auto window = static_cast<std::size_t>((from - shape_.start) / shape_.window);
    const Instant next = shape_.start + (static_cast<std::int64_t>(window) + 1) * shape_.window;
    enter(window, std::min(to, next) - from);
    from = next;
  }
}

/// Enters the time since the last change of what a partition lacks.
void FaultLedger::settle(std::uint32_t partition, Instant now) {
  PartitionState& state = parts_[partition];
  if (!state.leads) {
    over_windows(state.since, now, [&](std::size_t w, Duration time) { account_.missing[w].leader += time; });
  } else if (!state.min_isr_met) {
    over_windows(state.since, now, [&](std::size_t w, Duration time) { account_.missing[w].in_sync += time; });
  }
  state.since = now;
}

void FaultLedger::on_leader_lost(std::uint32_t partition, Instant now) {
  settle(partition, now);
  PartitionState& state = parts_[partition];
  OutageNote& timeline = state.timeline;
  if (!state.leads || now >= shape_.end) return;
  state.leads = false;
  if (searching_[partition] != 0) {  // lost again before any producer had found it: the outage goes on
    timeline.committed.reset();
    timeline.leads.reset();
    return;
  }
  if (timeline.decided && timeline.leads && *timeline.decided <= *timeline.leads) {  // of an earlier time
    timeline.decided.reset();
    timeline.committed.reset();
  }
  searching_[partition] = 1;
  timeline.partition = partition;
  timeline.began = now;
  timeline.leads.reset();
  timeline.served.reset();
}

void FaultLedger::on_leader_leads(std::uint32_t partition, Instant now) {
  settle(partition, now);
  PartitionState& state = parts_[partition];
  if (state.leads) return;
  state.leads = true;
  state.timeline.leads = now;
  state.stalled_until = std::max(state.stalled_until, now);
}

void FaultLedger::on_leader_decided(std::uint32_t partition, Instant now) {
  OutageNote& timeline = parts_[partition].timeline;
  // The first decision since a leader led belongs to what comes: a leader may be moved away before it is lost.
  if (timeline.decided && (!timeline.leads || *timeline.decided > *timeline.leads)) return;
  timeline.decided = now;
  timeline.committed.reset();
}

void FaultLedger::on_leader_committed(std::uint32_t partition, bool named, Instant now) {
  if (named) parts_[partition].timeline.committed = now;
}

void FaultLedger::on_min_isr(std::uint32_t partition, bool met, Instant now) {
  PartitionState& state = parts_[partition];
  if (state.min_isr_met == met) return;
  settle(partition, now);
  state.min_isr_met = met;
  if (met) {
    state.below_until = now;
    if (state.below_from < shape_.end)
      account_.too_few_in_sync.push_back({partition, state.below_from, std::min(now, shape_.end)});
  } else {
    state.below_from = now;
    state.below_until = Instant::max();
  }
}

void FaultLedger::end_write_outage(PartitionState& state, std::uint32_t partition, Instant ready, Instant now) {
  if (!state.leads) return;  // a superseded leader took it
  settle(partition, now);
  searching_[partition] = 0;
  const Instant leads = state.timeline.leads.value_or(now);
  state.timeline.served = leads + (now - std::max(leads, std::min(ready, now)));
  account_.outages.push_back(state.timeline);
}

/// A batch waited from a second after its append until now. Of the time that is new, what counts already as unavailable
/// is left out.
void FaultLedger::add_stall(std::uint32_t partition, Instant appended, Instant now) {
  PartitionState& state = parts_[partition];
  const Instant from = std::max(appended + stall_limit, state.stalled_until);
  if (now <= from) return;
  state.stalled_until = now;
  const auto enter = [&](std::size_t w, Duration time) { account_.missing[w].stalled += time; };
  over_windows(from, std::min(now, state.below_from), enter);
  if (state.below_until != Instant::min()) over_windows(std::max(from, state.below_until), now, enter);
}

void FaultLedger::on_read_lost(std::uint32_t reader, std::uint32_t partition, std::uint32_t group, Instant now) {
  if (reader < unread_.size() && unread_[reader] != 0) return;
  if (now >= shape_.end) return;
  if (reader >= unread_.size()) {
    unread_.resize(reader + 1U);
    read_outages_.resize(reader + 1U);
  }
  unread_[reader] = 1;
  OutageNote& outage = read_outages_[reader];
  outage = {};
  outage.partition = partition;
  outage.group = group;
  outage.began = now;
}

void FaultLedger::end_read_outage(std::uint32_t reader, std::optional<Instant> now) {
  unread_[reader] = 0;
  OutageNote& outage = read_outages_[reader];
  outage.served = now;
  const Instant until = now.value_or(shape_.end);
  over_windows(outage.began, until,
               [&](std::size_t w, Duration time) { account_.unread[w * shape_.groups + outage.group] += time; });
  // What the partition's leader went through meanwhile; if nothing, the group only had to find another replica.
  const PartitionState& state = parts_[outage.partition];
  const bool led_all_along = state.leads && (!state.timeline.leads || *state.timeline.leads < outage.began);
  if (led_all_along) {
    outage.decided = outage.committed = outage.leads = outage.began;
  } else {
    outage.decided = state.timeline.decided;
    outage.committed = state.timeline.committed;
    outage.leads = state.timeline.leads;
  }
  account_.outages.push_back(outage);
}

FaultAccount FaultLedger::finish() {
  for (std::uint32_t p = 0; p < parts_.size(); ++p) {
    settle(p, shape_.end);
    if (searching_[p] != 0) account_.outages.push_back(parts_[p].timeline);
    const Instant below_from = parts_[p].below_from;
    if (!parts_[p].min_isr_met && below_from < shape_.end)
      account_.too_few_in_sync.push_back({p, below_from, shape_.end});
  }
  for (std::uint32_t reader = 0; reader < unread_.size(); ++reader) {
    if (unread_[reader] != 0) end_read_outage(reader, std::nullopt);
  }
  account_.copies = copies_.finish();
  for (SpanSeries& series : spans_) account_.spans.push_back(std::move(series).take());
  return std::move(account_);
}

}  // namespace brokersim
