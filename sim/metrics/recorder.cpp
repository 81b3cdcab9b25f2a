// SPDX-License-Identifier: Apache-2.0
#include "sim/metrics/recorder.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace brokersim {

Recorder::Recorder(const RecorderShape& shape) : shape_(shape), delivered_to_(shape.groups), group_lag_(shape.groups) {
  result_.warm_up = shape.start.time_since_epoch();
  result_.duration = shape.end.time_since_epoch();
  result_.loads = LoadLedger(shape.brokers, shape.start, shape.end, shape.window);
  result_.leaders.resize(shape.brokers);
  result_.replicas.resize(shape.brokers);
  result_.partitions.resize(shape.partitions);
  result_.links.resize(shape.zones * shape.zones);
  result_.groups.resize(shape.groups);
  const auto whole = std::chrono::ceil<std::chrono::seconds>(result_.duration).count();
  if (shape.traced) {
    result_.trace.partitions.resize(shape.partitions);
    for (RecordTrace::Partition& partition : result_.trace.partitions) partition.handed.resize(shape.groups);
    result_.trace.wire_bytes.resize(shape.hosts * shape.hosts);
  }
  if (shape.fails) {
    faults_ = std::make_unique<FaultLedger>(
        FaultLedger::Shape{shape.start, shape.end, shape.window, shape.partitions, shape.groups, shape.brokers});
  }
  if (shape.part_quantiles) result_.delivery_part_histograms.resize(latency_parts);
  result_.progress.resize(static_cast<std::size_t>(std::max<std::int64_t>(whole, 1)));
}

void Recorder::on_sent(const BatchJourney& batch, Bytes bytes) {
  Conservation& flow = result_.conservation;
  flow.generated += batch.run.count;
  flow.generated_bytes += bytes;
  on_generated(batch);
}

void Recorder::on_generated(const BatchJourney& batch) {
  const std::uint32_t last = batch.run.count - 1;
  ProgressSample& first_second = progress(batch.run.first);
  if (&first_second == &progress(batch.run.first + batch.run.offset(last))) {
    first_second.generated += batch.run.count;
  } else {
    for (std::uint32_t i = 0; i < batch.run.count; ++i) ++progress(batch.run.first + batch.run.offset(i)).generated;
  }
}

void Recorder::on_appended(const BatchJourney& batch, Bytes bytes, const BatchPlace& place) {
  if (shape_.traced) {
    for (std::uint32_t i = 0; i < batch.run.count; ++i) {
      result_.trace.on_appended(place.partition, place.first_offset + i, batch.run.first + batch.run.offset(i));
    }
  }
  result_.conservation.appended += batch.run.count;
  result_.conservation.appended_bytes += bytes;
  ++result_.batches;
  payload_.add(static_cast<std::uint64_t>(place.first_offset) ^ std::rotl(static_cast<std::uint64_t>(bytes), 40) ^
               std::uint64_t{place.partition} << 20);
  if (!observes(batch.appended)) return;
  PartitionLoad& load = result_.partitions[place.partition];
  load.records += batch.run.count;
  load.bytes += bytes;
}

/// Splits what the observed records of a batch spent until they were sent: until the batch was ready, and after that. A
/// batch that is held up takes records even when it is ready (K-7); those have no first part.
inline void Recorder::add_until_sent(PartSums& parts, const BatchJourney& batch, PartSums::Wide until_sent) {
  const std::uint32_t last = batch.run.count - 1;
  PartSums::Wide batching =
      until_sent - static_cast<PartSums::Wide>(batch.observed()) * (batch.sent - batch.ready).count();
  if (batch.run.first + batch.run.offset(last) > batch.ready) {
    batching = 0;
    for (std::uint32_t i = batch.early; i < batch.run.count; ++i) {
      batching += std::max<std::int64_t>((batch.ready - (batch.run.first + batch.run.offset(i))).count(), 0);
    }
  }
  parts.ns[static_cast<std::size_t>(LatencyPart::batching)] += batching;
  parts.ns[static_cast<std::size_t>(LatencyPart::send_wait)] += until_sent - batching;
}

void Recorder::on_acknowledged(const BatchJourney& batch, const BatchPlace& place, Instant now,
                               bool waited_for_replication) {
  if (shape_.traced && place.first_offset >= 0) {  // else it is in the log no more
    auto at = result_.trace.partitions[place.partition].acknowledged.begin() + place.first_offset;
    std::fill_n(at, batch.run.count, now);
  }
  result_.conservation.acknowledged += batch.run.count;
  progress(now).acknowledged += batch.run.count;
  last_settled_ = std::max(last_settled_, now);
  const std::int64_t n = batch.observed();
  if (n == 0) return;
  const Duration total = result_.produce.record_run(batch.run, batch.early, now, Duration::zero());
  result_.produce_records += n;
  if (faults_) faults_->spans(SpanMeasure::produce).add_run(batch.run, batch.early, now);
  PartSums& parts = result_.produce_parts;
  const Instant answered = waited_for_replication ? batch.committed : batch.appended;
  add_until_sent(parts, batch, total.count() - static_cast<PartSums::Wide>(n) * (now - batch.sent).count());
  parts.add(LatencyPart::network_to_broker, batch.arrived - batch.sent, n);
  parts.add(LatencyPart::connection_wait, batch.unmuted - batch.arrived, n);
  parts.add(LatencyPart::request_queue, batch.started - batch.unmuted, n);
  parts.add(LatencyPart::append, batch.appended - batch.started, n);
  parts.add(LatencyPart::replication, answered - batch.appended, n);
  parts.add(LatencyPart::network_to_client, now - answered, n);
}

void Recorder::on_stale_reader_left(const BatchJourney& hidden, Instant previous, Instant now) {
  age_area_ += age_area(hidden.committed, std::max(previous, hidden.committed), now);
}

void Recorder::on_shown(const BatchJourney& batch, const Shown& shown) {
  const auto records = static_cast<std::int64_t>(batch.run.count) * shown.groups;
  const Duration delay = shown.now - batch.committed;
  hidden_.add(shown.now, -records);
  hidden_time_ += static_cast<StepIntegral::Area>(records) * delay.count();
  hidden_inside_ += static_cast<StepIntegral::Area>(records) * inside(batch.committed, shown.now).count();
  age_area_ += static_cast<double>(shown.groups) *
               age_area(batch.committed, std::max(shown.previous, batch.committed), shown.now);
  const std::int64_t n = batch.observed() * shown.groups;
  if (n == 0) return;
  Staleness& staleness = result_.staleness;
  if (shown.with_data) {
    staleness.replica_lag_ns += static_cast<PartSums::Wide>(delay.count()) * n;
    return;
  }
  // Every replica is in sync, so it had the data before the commit: no part of the delay is replica lag.
  const Instant parked_from = std::max(shown.answer_parked, batch.committed);
  const Duration parked = std::max(shown.answer_left - parked_from, Duration::zero());
  staleness.fetch_parking_ns += static_cast<PartSums::Wide>(parked.count()) * n;
  staleness.hw_propagation_ns += static_cast<PartSums::Wide>((delay - parked).count()) * n;
}

inline double Recorder::age_area(Instant start, Instant from, Instant to) const {
  const auto age_at = [&](Instant t) { return static_cast<double>((t - start).count()); };
  from = std::clamp(from, shape_.start, shape_.end);
  to = std::clamp(to, shape_.start, shape_.end);
  return to > from ? (age_at(to) * age_at(to) - age_at(from) * age_at(from)) / 2 : 0;
}

/// A batch was part of a group's lag from its commit until `last`, and the oldest part from `previous` on.
inline double Recorder::add_lag(const BatchJourney& batch, GroupIndex group, StepIntegral::Area area, Instant previous,
                                Instant last) {
  GroupLag& lag = group_lag_[group.value];
  lag.inside += area;
  lag.age += age_area(batch.committed, std::max(previous, batch.committed), last);
  if (last >= shape_.start && batch.committed < shape_.end) {
    lag.longest = std::max(lag.longest, std::min(last, shape_.end) - batch.committed);
  }
  return static_cast<double>(area) * 1e-9;
}

double Recorder::on_never_delivered(const BatchJourney& batch, GroupIndex group, Instant previous) {
  if (faults_) faults_->spans(SpanMeasure::delivery).add_run_censored(batch.run, batch.early);
  const StepIntegral::Area area =
      static_cast<StepIntegral::Area>(batch.run.count) * inside(batch.committed, shape_.end).count();
  return add_lag(batch, group, area, previous, std::max(shape_.end, batch.committed));
}

/// How much later than at the leader the group could read a batch; what was committed anew under a later leader was
/// seen.
inline Duration Recorder::visibility_delay(const BatchJourney& batch, const Delivery& delivery) {
  return std::max(delivery.visible - batch.committed, Duration::zero());
}

double Recorder::on_delivered(const BatchJourney& batch, const BatchPlace& place, const Delivery& delivery,
                              std::span<const Instant> each) {
  if (shape_.traced) {
    std::vector<Instant>& handed = result_.trace.partitions[place.partition].handed[delivery.group.value];
    for (std::uint32_t i = 0; i < batch.run.count; ++i) {
      Instant& first = handed[static_cast<std::size_t>(place.first_offset) + i];
      first = std::min(first, each.empty() ? delivery.handed : each[i]);
    }
  }
  GroupResult& group = result_.groups[delivery.group.value];
  payload_.add(static_cast<std::uint64_t>(delivery.handed.time_since_epoch().count()) ^
               std::rotl(static_cast<std::uint64_t>(place.first_offset), 40));
  const auto all = static_cast<std::int64_t>(batch.run.count);
  StepIntegral::Area area = 0;
  if (each.empty()) {
    area = static_cast<StepIntegral::Area>(all) * inside(batch.committed, delivery.handed).count();
  } else {
    for (const Instant handed : each) area += inside(batch.committed, handed).count();
  }
  const double lag = add_lag(batch, delivery.group, area, delivery.previous, delivery.handed);
  delivered_to_[delivery.group.value] += all;
  result_.conservation.delivered += all;
  result_.conservation.delivered_bytes += batch.record_bytes;
  progress(delivery.received).delivered += all;
  last_settled_ = std::max(last_settled_, delivery.handed);
  const std::int64_t n = batch.observed();
  if (n == 0) return lag;
  group.delivered += n;
  group.delivered_bytes += batch.record_bytes - batch.early_bytes;
  result_.staleness.visibility_delay.record(visibility_delay(batch, delivery), static_cast<std::uint64_t>(n));
  if (faults_) note_by_window(batch, delivery, each);
  LatencyHistogram& histogram = delivery.from_follower ? group.delivery_from_follower : group.delivery_from_leader;
  PartSums::Wide total = 0, processing_wait = 0;
  if (each.empty()) {
    total = histogram.record_run(batch.run, batch.early, delivery.handed, Duration::zero()).count();
    processing_wait = static_cast<PartSums::Wide>(n) * (delivery.handed - delivery.received).count();
  } else {
    for (std::uint32_t i = batch.early; i < batch.run.count; ++i) {
      const Duration latency = each[i] - (batch.run.first + batch.run.offset(i));
      histogram.record(latency);
      total += latency.count();
      processing_wait += (each[i] - delivery.received).count();
    }
  }
  result_.delivery_records += n;
  PartSums& parts = result_.delivery_parts;
  add_until_sent(parts, batch,
                 total - processing_wait - static_cast<PartSums::Wide>(n) * (delivery.received - batch.sent).count());
  parts.add(LatencyPart::network_to_broker, batch.arrived - batch.sent, n);
  parts.add(LatencyPart::connection_wait, batch.unmuted - batch.arrived, n);
  parts.add(LatencyPart::request_queue, batch.started - batch.unmuted, n);
  parts.add(LatencyPart::append, batch.appended - batch.started, n);
  parts.add(LatencyPart::replication, batch.committed - batch.appended, n);
  parts.add(LatencyPart::propagation, delivery.visible - batch.committed, n);
  parts.add(LatencyPart::fetch_wait, delivery.answered - delivery.visible, n);
  parts.add(LatencyPart::network_to_client, delivery.received - delivery.answered, n);
  parts.ns[static_cast<std::size_t>(LatencyPart::processing_wait)] += processing_wait;
  if (shape_.part_quantiles) note_parts(batch, delivery, each);
  return lag;
}

/// A delivery once more, by the window its records belong to.
void Recorder::note_by_window(const BatchJourney& batch, const Delivery& delivery, std::span<const Instant> each) {
  SpanSeries& spans = faults_->spans(SpanMeasure::delivery);
  if (each.empty()) {
    spans.add_run(batch.run, batch.early, delivery.handed);
  } else {
    for (std::uint32_t i = batch.early; i < batch.run.count; ++i) {
      const Instant intended = batch.run.first + batch.run.offset(i);
      spans.add(intended, each[i] - intended);
    }
  }
  const auto records = static_cast<std::uint32_t>(batch.observed());
  faults_->spans(SpanMeasure::visibility).add(batch.run.first, visibility_delay(batch, delivery), records);
}

void Recorder::on_failed(const BatchJourney& batch, bool awaited, std::int64_t readers) {
  if (!faults_) return;
  if (awaited) faults_->spans(SpanMeasure::produce).add_run_censored(batch.run, batch.early);
  for (std::int64_t reader = 0; reader < readers; ++reader) {
    faults_->spans(SpanMeasure::delivery).add_run_censored(batch.run, batch.early);
  }
}

/// The parts of the delivery latency once more, record by record, for their quantiles.
void Recorder::note_parts(const BatchJourney& batch, const Delivery& delivery, std::span<const Instant> each) {
  const auto note = [&](LatencyPart part, Duration span, std::uint64_t records) {
    result_.delivery_part_histograms[static_cast<std::size_t>(part)].record(span, records);
  };
  const auto n = static_cast<std::uint64_t>(batch.observed());
  for (std::uint32_t i = batch.early; i < batch.run.count; ++i) {
    const Instant intended = batch.run.first + batch.run.offset(i);
    note(LatencyPart::batching, std::max(batch.ready - intended, Duration::zero()), 1);
    note(LatencyPart::send_wait, batch.sent - std::max(batch.ready, intended), 1);
    note(LatencyPart::processing_wait, (each.empty() ? delivery.handed : each[i]) - delivery.received, 1);
  }
  note(LatencyPart::network_to_broker, batch.arrived - batch.sent, n);
  note(LatencyPart::connection_wait, batch.unmuted - batch.arrived, n);
  note(LatencyPart::request_queue, batch.started - batch.unmuted, n);
  note(LatencyPart::append, batch.appended - batch.started, n);
  note(LatencyPart::replication, batch.committed - batch.appended, n);
  note(LatencyPart::propagation, delivery.visible - batch.committed, n);
  note(LatencyPart::fetch_wait, delivery.answered - delivery.visible, n);
  note(LatencyPart::network_to_client, delivery.received - delivery.answered, n);
}

Duration Recorder::inside(Instant from, Instant to) const {
  return std::max(std::min(to, shape_.end) - std::max(from, shape_.start), Duration::zero());
}

void Recorder::check(bool holds, const char* sentence) {
  if (!holds) result_.conservation.violations.emplace_back(sentence);
}

void Recorder::check_flows(Instant now) {
  const Conservation& flow = result_.conservation;
  const bool settled = flow.unfinished == 0;
  for (const SendOutcomes& outcomes : result_.outcomes) {
    check(outcomes.accounted() == outcomes.generated, "INV-C12: every record has exactly one outcome");
  }
  check(flow.appended - flow.appended_again <= flow.generated, "A.5: no more records are appended than were sent");
  check(flow.delivered <= flow.expected_delivered, "A.5: no record is delivered twice to a group");
  check(flow.replicated <= flow.expected_replicated, "A.5: no record is replicated twice to a follower");
  if (settled) {
    const Records expected = flow.generated - flow.never_appended + flow.appended_again;
    check(flow.appended == expected, "A.5: every record sent is appended");
    const bool same = flow.never_appended == 0 && flow.appended_again == 0;
    check(!same || flow.appended_bytes == flow.generated_bytes, "A.5: every byte sent is appended");
    check(flow.acknowledged + flow.unacknowledged_by_design + flow.given_up == flow.generated,
          "A.5: every record is acknowledged once");
    check(flow.replicated == flow.expected_replicated, "A.5: every follower has every record");
    check(flow.delivered == flow.expected_delivered, "A.5: every group is given every record");
    check(requests_open_.level() == 0, "INV-E11: no produce request is left open");
    check(requests_open_.area(now) == request_time_, "INV-E10: Little's law for produce requests, exactly");
    check(hidden_.level() == 0, "INV-E11: every committed record is shown at the replicas that are read");
    check(hidden_.area(now) == hidden_time_, "INV-E10: Little's law for the offset lag of followers, exactly");
    for (const GroupLag& lag : group_lag_)
      check(lag.records == 0, "INV-E11: no group lags once everything is delivered");
  }
  PartSums::Wide parts = 0;
  for (const PartSums::Wide part : result_.delivery_parts.ns) parts += part;
  double delivery = 0;
  for (const GroupResult& group : result_.groups) {
    delivery += group.delivery_from_leader.sum_seconds() + group.delivery_from_follower.sum_seconds();
  }
  const double slack = 1e-9 * (1 + delivery);  // only of turning 128-bit sums into doubles
  check(std::abs(static_cast<double>(parts) * 1e-9 - delivery) <= slack,
        "INV-E12: the parts of the delivery latency add up");
  parts = 0;
  for (const PartSums::Wide part : result_.produce_parts.ns) parts += part;
  check(std::abs(static_cast<double>(parts) * 1e-9 - result_.produce.sum_seconds()) <=
            1e-9 * (1 + result_.produce.sum_seconds()),
        "INV-E12: the parts of the acknowledgement latency add up");
  for (const PartSums::Wide part : result_.produce_parts.ns)
    check(part >= 0, "INV-E12: no part of the acknowledgement latency is negative");
  for (const PartSums::Wide part : result_.delivery_parts.ns)
    check(part >= 0, "INV-E12: no part of the delivery latency is negative");
}

TrialResult Recorder::finish(Instant now) {
  result_.drained_at = std::min(last_settled_, now).time_since_epoch();
  const double span = seconds(shape_.end - shape_.start);
  Staleness& staleness = result_.staleness;
  staleness.lag_records_time_average = static_cast<double>(hidden_inside_) * 1e-9 / span;
  if (shape_.read_pairs > 0) {
    staleness.age_seconds_time_average = age_area_ * 1e-18 / span / static_cast<double>(shape_.read_pairs);
  }
  for (std::size_t g = 0; g < shape_.groups; ++g) {
    GroupResult& group = result_.groups[g];
    group.lag_records_time_average = static_cast<double>(group_lag_[g].inside) * 1e-9 / span;
    group.lag_records_max = group_lag_[g].maximum;
    group.lag_seconds_max = seconds(group_lag_[g].longest);
    group.lag_seconds_time_average = group_lag_[g].age * 1e-18 / span / static_cast<double>(shape_.pairs_of_group[g]);
  }
  for (std::size_t s = 1; s < result_.progress.size(); ++s) {
    result_.progress[s].generated += result_.progress[s - 1].generated;
    result_.progress[s].acknowledged += result_.progress[s - 1].acknowledged;
    result_.progress[s].delivered += result_.progress[s - 1].delivered;
  }
  if (faults_) result_.faults = faults_->finish();
  check_flows(now);
  return std::move(result_);
}

}  // namespace brokersim
