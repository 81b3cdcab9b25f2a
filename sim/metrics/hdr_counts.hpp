// SPDX-License-Identifier: Apache-2.0
// Counts by bucket in HdrHistogram's layout, and a quick way to count records that lie evenly spaced in time.
#pragma once
#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace brokersim {

/// HdrHistogram's layout for a number of significant decimal digits: sub_buckets = 2^ceil(log2(2 * 10^digits)), and a
/// value v lies in a bucket of width 2^max(0, bit_width(v) - log2(sub_buckets)), so the relative error is at most
/// 10^-digits. source  HdrHistogram; checked by tests/validation/metrics-vectors.json, group "hdr"
template <int digits>
struct HdrLayout {
  static constexpr std::uint64_t power_of_ten() {
    std::uint64_t power = 1;
    for (int i = 0; i < digits; ++i) power *= 10;
    return power;
  }
  static constexpr std::uint64_t sub_buckets = std::bit_ceil(2 * power_of_ten());
  static constexpr int sub_bucket_bits = static_cast<int>(std::bit_width(sub_buckets)) - 1;

  static constexpr int shift_of(std::uint64_t value) {
    return static_cast<int>(std::bit_width(value | (sub_buckets - 1))) - sub_bucket_bits;
  }
  static constexpr std::uint64_t bucket_width(std::uint64_t value) { return std::uint64_t{1} << shift_of(value); }
  static constexpr std::uint64_t lowest_equivalent(std::uint64_t value) { return value & ~(bucket_width(value) - 1); }
  static constexpr std::uint64_t highest_equivalent(std::uint64_t value) {
    return lowest_equivalent(value) + bucket_width(value) - 1;
  }
  static constexpr std::uint64_t median_equivalent(std::uint64_t value) {
    return lowest_equivalent(value) + bucket_width(value) / 2;
  }
  static constexpr std::size_t index_of(std::uint64_t value) {
    const int shift = shift_of(value);
    return (static_cast<std::size_t>(shift) << (sub_bucket_bits - 1)) + static_cast<std::size_t>(value >> shift);
  }
  static constexpr std::uint64_t lowest_of_index(std::size_t index) {
    if (index < sub_buckets) return index;
    const std::size_t half = sub_buckets / 2;
    const std::size_t shift = index / half - 1;
    return static_cast<std::uint64_t>(index - shift * half) << shift;
  }
};

/// Counts of spans of time by bucket, in whole microseconds up to an hour; longer ones are counted as an hour.
///
/// Of a run of records that lie whole microseconds apart only the two ends are noted, and counted when they are asked
/// for: a hundred records of a batch cost two additions so. That needs 8 bytes for each microsecond up to the longest
/// span noted, 1 MB at most, until then; so runs are noted only once as many records have been counted one by one as
/// there are such microseconds, and whoever has few records never needs it.
/// threads  reading counts what is noted, so it wants the same care as writing
template <class Layout>
class HdrCounts {
 public:
  static constexpr std::uint64_t longest_us = 3'600'000'000;
  static constexpr std::int64_t noted_us = 1 << 17;  ///< 131 ms: a run that begins above is counted value by value

  void add(std::uint64_t us, std::uint64_t weight) {
    if (us > longest_us) [[unlikely]]
      us = longest_us;
    const std::size_t index = Layout::index_of(us);
    if (index >= counts_.size()) [[unlikely]]
      counts_.resize(index + Layout::sub_buckets / 2);
    counts_[index] += weight;
  }

  /// Adds n >= 1 values: first_ps, and each step_ps less than the one before; none is negative.
  void add_evenly_spaced(std::int64_t first_ps, std::int64_t step_ps, std::uint32_t n) {
    const std::int64_t last_ps = first_ps - step_ps * (static_cast<std::int64_t>(n) - 1);
    const std::uint64_t highest_us = static_cast<std::uint64_t>(std::max(first_ps, last_ps) / ps_per_us) + 1;
    if (highest_us >= std::uint64_t{1} << 31) {  // 36 minutes: the fixed point below has no room
      for (std::uint32_t i = 0; i < n; ++i) add(static_cast<std::uint64_t>((first_ps - step_ps * i) / ps_per_us), 1);
      return;
    }
    const std::size_t reach = Layout::index_of(highest_us) + 1;
    if (reach > counts_.size()) counts_.resize(reach);
    if (!note_ends(first_ps, step_ps, n)) count_one_by_one(first_ps, step_ps, n);
  }

  void merge(const HdrCounts& other) {
    const std::vector<std::uint64_t>& others = other.by_bucket();
    if (others.size() > counts_.size()) counts_.resize(others.size());
    for (std::size_t i = 0; i < others.size(); ++i) counts_[i] += others[i];
  }

  /// Counts what is noted, and gives its memory back.
  void settle() {
    count_noted();
    run_ends_ = {};
  }

  /// By index of the layout.
  [[nodiscard]] const std::vector<std::uint64_t>& by_bucket() const {
    if (!run_ends_.empty()) count_noted();
    return counts_;
  }

 private:
  static constexpr std::int64_t ps_per_us = 1'000'000;

  /// Notes the two ends of a run; false if its step is not that of the runs noted before, it begins too high, or too
  /// few records have come for that to be worth its memory.
  bool note_ends(std::int64_t first_ps, std::int64_t step_ps, std::uint32_t n) {
    if (step_ps != stride_us_ * ps_per_us) {
      if (stride_us_ != 0 || step_ps <= 0 || step_ps % ps_per_us != 0 || step_ps >= ps_per_us * noted_us) return false;
      stride_us_ = step_ps / ps_per_us;
    }
    const std::int64_t first_us = first_ps / ps_per_us;  // the fraction cut off is the same at every step
    if (stride_us_ == 0 || first_us >= noted_us) return false;
    const auto first = static_cast<std::size_t>(first_us + stride_us_);
    if (first >= run_ends_.size()) {
      if (counted_ < first) {
        counted_ += n;
        return false;
      }
      run_ends_.resize(first + 1);
    }
    ++run_ends_[first];
    --run_ends_[first - n * static_cast<std::size_t>(stride_us_)];
    return true;
  }

  /// Counts the values of all runs whose ends were noted: at a value, those that began there or whole strides above it
  /// and have not ended.
  void count_noted() const {
    const auto stride = static_cast<std::size_t>(stride_us_);
    for (std::size_t place = run_ends_.size(); place-- > stride;) {
      if (run_ends_[place] == 0) continue;
      counts_[Layout::index_of(place - stride)] += static_cast<std::uint64_t>(run_ends_[place]);
      run_ends_[place - stride] += run_ends_[place];
    }
    run_ends_.clear();
  }

  /// The values are stepped through in microseconds with 31 binary places, whose error after n steps is below n * 2^-31
  /// us; as long as they stay within one octave of the layout the bucket is a shift away.
  void count_one_by_one(std::int64_t first_ps, std::int64_t step_ps, std::uint32_t n) {
    constexpr int places = 31;
    const auto fixed = [](std::int64_t ps) {  // ps * 2^31 / 10^6, without a division of 128 bits
      const auto whole_us = static_cast<std::uint64_t>(ps / ps_per_us);
      return static_cast<std::int64_t>(whole_us << places) + (ps % ps_per_us) * (std::int64_t{1} << places) / ps_per_us;
    };
    const std::int64_t step = fixed(step_ps);
    std::int64_t value = fixed(first_ps) + n;  // above the error, so that nothing falls below zero
    std::uint64_t* const counts = counts_.data();
    while (n > 0) {
      const int shift = Layout::shift_of(static_cast<std::uint64_t>(value) >> places);
      const std::int64_t octave_end = static_cast<std::int64_t>(Layout::sub_buckets << shift) << places;
      const std::int64_t octave_start = shift == 0 ? 0 : octave_end / 2;
      std::uint32_t here = n;  // of them in this octave
      if (step > 0) here = static_cast<std::uint32_t>(std::min<std::int64_t>(n, (value - octave_start) / step + 1));
      if (step < 0) here = static_cast<std::uint32_t>(std::min<std::int64_t>(n, (octave_end - 1 - value) / -step + 1));
      std::uint64_t* const octave = counts + (static_cast<std::size_t>(shift) << (Layout::sub_bucket_bits - 1));
      const int down = places + shift;
      n -= here;
      for (; here >= 4; here -= 4, value -= 4 * step) {
        ++octave[value >> down];
        ++octave[(value - step) >> down];
        ++octave[(value - 2 * step) >> down];
        ++octave[(value - 3 * step) >> down];
      }
      for (; here > 0; --here, value -= step) ++octave[value >> down];
    }
  }

  mutable std::vector<std::uint64_t> counts_;
  mutable std::vector<std::int64_t> run_ends_;  ///< by microsecond plus one stride: runs begun there minus ended there
  std::int64_t stride_us_ = 0;                  ///< of every run that may be noted; 0: none has come
  std::uint64_t counted_ = 0;                   ///< records counted one by one that could have been noted
};

}  // namespace brokersim
