// SPDX-License-Identifier: Apache-2.0
#include "sim/model/record_source.hpp"

#include <algorithm>

#include "sim/policy/partitioner/key_popularity.hpp"

namespace brokersim {

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

RecordSource::RecordSource(const ProducerSpec& spec, const std::string& name, RandomSource random,
                           std::shared_ptr<const KeyTable> keys, std::uint32_t partitions)
    : step_ps_(static_cast<std::int64_t>(1e12 / spec.records_per_second + 0.5)),
      gap_(Duration{std::max<std::int64_t>(1, static_cast<std::int64_t>(1e9 / spec.records_per_second + 0.5))}),
      minimum_size_(spec.record_size.minimum),
      size_choices_(static_cast<std::uint32_t>(spec.record_size.maximum - spec.record_size.minimum + 1)),
      keys_(std::move(keys)) {
  if (size_choices_ > 1) sizes_.emplace(random, "record size", name);
  if (keys_) key_choice_.emplace(random, "record key", name);
  if (spec.arrivals == ProducerSpec::Arrivals::poisson) {
    arrivals_.emplace(random, "record arrival", name);
    clock_ = Instant{gap_.sample(*arrivals_)};
  } else if (spec.random_phase) {
    // Producers that all began at once would fill their batches in step for ever, which real ones do not.
    constexpr std::int64_t begin_within_ps = 500'000'000'000;
    RandomStream phase(random, "first record", name);
    const auto span_ps = static_cast<double>(std::max(step_ps_, begin_within_ps));
    clock_ = Instant{Duration{static_cast<std::int64_t>(phase.uniform() * span_ps * 1e-3)}};
  } else {
    clock_ = Instant{spec.first_record_at};
  }
  next_.intended = clock_;
  next_.size = minimum_size_;
  if (sizes_) next_.size += static_cast<std::int32_t>(sizes_->below(size_choices_));
  if (keys_) {
    next_.partition = keys_->sample(*key_choice_);
  } else if (spec.partitioner.kind == PartitionerSpec::Kind::one_partition) {
    next_.partition = spec.partitioner.partition;
  } else if (spec.partitioner.kind == PartitionerSpec::Kind::round_robin) {
    dealt_round_ = partitions;  // the first record's number is 0, and so is its partition
  }
}

std::uint32_t RecordSource::take_alike(Instant limit, std::int64_t most, std::vector<std::int64_t>* offsets,
                                       Instant first) {
  if (keys_ || sizes_ || dealt_round_ != 0 || !returned_.empty() || next_.intended > limit) return 0;
  if (offsets == nullptr && !arrivals_) {
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
    draw();
  }
  return taken;
}

}  // namespace brokersim
