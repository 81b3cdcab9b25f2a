// SPDX-License-Identifier: Apache-2.0
#include "sim/model/record_source.hpp"

#include <algorithm>

#include "sim/policy/partitioner/key_popularity.hpp"
#include "sim/policy/partitioner/murmur2.hpp"

namespace brokersim {
namespace {

/// Partition of each row of a trace; null if the trace does not say it.
std::shared_ptr<const std::vector<std::uint32_t>> partitions_of_trace(const TraceSpec& trace,
                                                                      std::uint32_t partitions) {
  if (trace.keys.empty() && trace.partitions.empty()) return nullptr;
  std::vector<std::uint32_t> of_row = trace.partitions;
  for (const std::string& key : trace.keys) of_row.push_back(partition_for_key(key, partitions));
  return std::make_shared<const std::vector<std::uint32_t>>(std::move(of_row));
}

}  // namespace

SourceTables source_tables(const ProducerSpec& spec, std::uint32_t partitions) {
  SourceTables tables;
  if (spec.keys.kind != KeySpec::Kind::none) tables.keys = std::make_shared<const KeyTable>(spec.keys, partitions);
  if (spec.trace) tables.of_trace = partitions_of_trace(*spec.trace, partitions);
  return tables;
}

KeyTable::KeyTable(const KeySpec& keys, std::uint32_t partitions)
    : keys_(keys), partition_of_key_(partition_of_key(keys.count, partitions)) {
  if (keys.kind == KeySpec::Kind::zipf) zipf_.emplace(keys.count, keys.exponent);
}

std::uint32_t KeyTable::sample(RandomStream& random) const {
  switch (keys_.kind) {
    case KeySpec::Kind::zipf:
      return partition_of_key_[zipf_->sample(random)];
    case KeySpec::Kind::hot: {
      const bool hot = random.uniform() < keys_.hot_share;
      const std::uint32_t other = random.below(std::max(keys_.count - 1, 1U));
      return partition_of_key_[hot || keys_.count == 1 ? 0 : other + 1];
    }
    default:
      return partition_of_key_[random.below(keys_.count)];
  }
}

RecordSizes::RecordSizes(const RecordSizeSpec& spec, RandomStream stream) : spec_(spec), stream_(stream) {
  if (spec.law == RecordSizeSpec::Law::lognormal) lognormal_.emplace(spec.mean, spec.scv);
  if (spec.law == RecordSizeSpec::Law::table) table_.emplace(spec.weights);
}

std::int32_t RecordSizes::sample() {
  if (table_) return spec_.sizes[table_->sample(stream_)];
  if (lognormal_) {
    const double bytes = lognormal_->number(stream_) + 0.5;
    if (bytes >= spec_.maximum) return spec_.maximum;
    return std::max(static_cast<std::int32_t>(bytes), spec_.minimum);
  }
  const auto choices = static_cast<std::uint32_t>(spec_.maximum - spec_.minimum + 1);
  return spec_.minimum + static_cast<std::int32_t>(stream_.below(choices));
}

RecordSource::RecordSource(const ProducerSpec& spec, std::uint32_t index, const std::string& name, RandomSource random,
                           SourceTables tables, std::uint32_t partitions, bool paced)
    : step_ps_(static_cast<std::int64_t>(1e12 / spec.records_per_second + 0.5)),
      gap_(Duration{std::max<std::int64_t>(1, static_cast<std::int64_t>(1e9 / spec.records_per_second + 0.5))}),
      process_(arrival_process(spec, index, name, random)),
      tables_(std::move(tables)),
      first_row_(index),
      row_step_(spec.count) {
  evenly_ = spec.arrivals == ProducerSpec::Arrivals::constant;
  const RecordSizeSpec& size = spec.record_size;
  const bool sizes_given = spec.trace && !spec.trace->sizes.empty();
  if (!sizes_given && (size.law != RecordSizeSpec::Law::uniform || size.minimum != size.maximum)) {
    sizes_ = std::make_unique<RecordSizes>(size, RandomStream(random, "record size", name));
  }
  if (tables_.keys) key_choice_.emplace(random, "record key", name);
  if (spec.arrivals == ProducerSpec::Arrivals::poisson) {
    arrivals_.emplace(random, "record arrival", name);
    clock_ = Instant{gap_.sample(*arrivals_)};
  } else if (process_) {
    if (!paced) clock_ = process_->next();
  } else if (spec.random_phase) {
    // Producers that all began at once would fill their batches in step for ever, which real ones do not.
    constexpr std::int64_t begin_within_ps = 500'000'000'000;
    RandomStream phase(random, "first record", name);
    const auto span_ps = static_cast<double>(std::max(step_ps_, begin_within_ps));
    clock_ = Instant{Duration{static_cast<std::int64_t>(phase.uniform() * span_ps * 1e-3)}};
  } else {
    clock_ = Instant{spec.first_record_at};
  }
  if (paced) {
    if (arrivals_) {
      process_ = std::make_unique<PoissonArrivals>(gap_, RandomStream(random, "record arrival", name));
    } else if (evenly_) {
      process_ = std::make_unique<EvenArrivals>(clock_, step_ps_);
    }
    process_ = std::make_unique<PacedArrivals>(std::move(process_));
    arrivals_.reset();
    evenly_ = false;
    clock_ = process_->next();
  }
  next_.intended = clock_;
  next_.size = sizes_ ? sizes_->sample() : size.minimum;
  if (tables_.keys) {
    next_.partition = tables_.keys->sample(*key_choice_);
  } else if (spec.partitioner.kind == PartitionerSpec::Kind::one_partition) {
    next_.partition = spec.partitioner.partition;
  } else if (spec.partitioner.kind == PartitionerSpec::Kind::round_robin) {
    dealt_round_ = partitions;  // the first record's number is 0, and so is its partition
  }
  if (sizes_given || tables_.of_trace) {
    trace_ = spec.trace;
    take_from_trace();
  }
  alike_ = !sizes_ && !tables_.keys && dealt_round_ == 0 && !trace_;
}

void RecordSource::take_from_trace() {
  const auto row = static_cast<std::size_t>(first_row_ + (next_.number - numbers_on_top_) * row_step_);
  if (row >= trace_->times.size()) return;
  if (!trace_->sizes.empty()) next_.size = trace_->sizes[row];
  if (tables_.of_trace) next_.partition = (*tables_.of_trace)[row];
}

void RecordSource::take_returned() {
  next_ = returned_.back();
  if (!on_top_ || on_top_->place + 1 != returned_.size()) {
    returned_.pop_back();
    return;
  }
  if (on_top_->sizes) next_.size = on_top_->sizes->sample();
  if (on_top_->keys) next_.partition = tables_.keys->sample(*on_top_->keys);
  if (dealt_round_ != 0) next_.partition = round_robin_partition(next_.number, dealt_round_);
  if (--on_top_->left > 0) {
    ++returned_.back().number;
  } else {
    on_top_.reset();
    returned_.pop_back();
  }
}

void RecordSource::set_pace(double pace, Instant now) {
  auto& process = static_cast<PacedArrivals&>(*process_);
  const double ratio = process.pace() / pace;
  process.set_pace(pace, now);
  next_.intended = PacedArrivals::moved(next_.intended, ratio, now);
  for (SourceRecord& record : returned_) record.intended = PacedArrivals::moved(record.intended, ratio, now);
}

void RecordSource::add_records(Records records, Instant now, const ProducerSpec& spec, const std::string& name,
                               RandomSource random) {
  std::vector<SourceRecord> due;  // they wait for memory still; records that came on top before are among them
  for (; next_.intended <= now; advance()) due.push_back(next_);
  SourceRecord first = next_;
  first.intended = now;
  returned_.push_back(next_);
  const auto more = static_cast<std::uint64_t>(records);
  for (SourceRecord& record : returned_) record.number += more;
  numbers_on_top_ += more;
  on_top_.emplace();
  on_top_->place = returned_.size();
  on_top_->left = records;
  if (sizes_)
    on_top_->sizes = std::make_unique<RecordSizes>(spec.record_size, RandomStream(random, "record size", name));
  if (tables_.keys) on_top_->keys.emplace(random, "record key", name);
  returned_.push_back(first);
  advance();
  for (; !due.empty(); due.pop_back()) give_back(due.back());
}

void RecordSource::retrace(std::uint32_t records) {
  const std::int64_t ps = fraction_ps_ - std::int64_t{records} * step_ps_;
  const std::int64_t ns = (ps - (ps < 0 ? 999 : 0)) / 1000;  // rounded down
  clock_ += Duration{ns};
  fraction_ps_ = ps - 1000 * ns;
  next_.intended = clock_;
  next_.number -= records;
}

std::uint32_t RecordSource::take_alike(Instant limit, std::int64_t most, std::vector<std::int64_t>* offsets,
                                       Instant first) {
  if (!alike_ || next_.intended > limit) return 0;
  if (offsets == nullptr && step_ps() != 0) {
    // Record j from the next one on is intended at clock + floor((fraction + j step) / 1000 ps): count those by
    // `limit`.
    const std::int64_t reach_ps = ((limit - clock_).count() + 1) * 1000 - fraction_ps_;
    const std::int64_t taken = std::min(most, (reach_ps + step_ps_ - 1) / step_ps_);
    const std::int64_t ps = fraction_ps_ + taken * step_ps_;
    clock_ += Duration{ps / 1000};
    fraction_ps_ = ps % 1000;
    next_.intended = clock_;
    next_.number += static_cast<std::uint64_t>(taken);
    return static_cast<std::uint32_t>(taken);
  }
  std::uint32_t taken = 0;
  for (; taken < most && next_.intended <= limit; ++taken) {
    if (offsets != nullptr) offsets->push_back((next_.intended - first).count());
    advance();
  }
  return taken;
}

}  // namespace brokersim
