// SPDX-License-Identifier: Apache-2.0
// Estimates from independent trials, held against a reference (validation-cases.md section 1).
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "sim/metrics/latency_histogram.hpp"
#include "tests/validate/case_files.hpp"

namespace brokersim::validate {

/// What one trial says, by quantity, in the case file's unit.
using Estimates = std::map<std::string, double>;

/// Spans of all trials together, for quantiles: those of single trials are biased where a trial is short for their
/// tail. The trials' own quantiles still say how sure the pooled one is.
struct PooledQuantile {
  LatencyHistogram spans;
  double p = 0;
  double unit = 1;  ///< seconds times this, plus `shift`, is the case file's unit
  double shift = 0;
};
using Pool = std::map<std::string, PooledQuantile>;

/// What a case expects of one quantity.
struct Reference {
  double value = 0;
  double floor = 0.005;      ///< relative difference that is always allowed
  double half_width = 0.01;  ///< relative 99 % half-width that is wanted before the verdict counts
  bool precise = true;       ///< false: only the rule of 4 standard errors
  std::string unresolvable;  ///< an exact bound says that no run of minutes can tell: the reason
};
using References = std::map<std::string, Reference>;

/// One trial. length is in whatever the case counts its effort in: customers, records, seconds.
using TrialFunction = std::function<Estimates(std::uint64_t seed, std::uint32_t trial, double length, Pool& pool)>;

/// How long a trial may be.
struct TrialLength {
  double pilot = 0;  ///< long enough that a trial's own bias is small against its spread
  double limit = 0;  ///< the whole effort, over all trials
};

/// Pilot trials say how long trials have to be; fresh ones of that length decide: |estimate - reference| <= max(4
/// standard errors, floor), and the 99 % half-width as asked, or there is no verdict. Quick: the pilot trials decide by
/// the first rule alone. An expected quantity that `trial` does not estimate is unsupported.
void judge_trials(CaseReport& report, const References& references, const Effort& effort, TrialLength length,
                  const TrialFunction& trial);

/// Numbers of `expected`, with the half-widths of queueing.json: 1 %, or 5 % for a p0.999 and for utilization >= 0.95.
/// What is no number is reported unsupported.
[[nodiscard]] References references_of(CaseReport& report, const Json& expected, double floor, bool near_saturation);

/// Enters a quantile of this trial's spans, and the spans into the pool.
void add_quantile(Estimates& estimates, Pool& pool, const std::string& quantity, const LatencyHistogram& spans,
                  double p, double unit, double shift = 0);

/// An exact bound: independent observations needed before a probability is known to that relative half-width at 99 %.
[[nodiscard]] double observations_needed(double probability, double half_width);

/// Probabilities ("P_...") too small for any run of that effort are told so beforehand.
///
/// limit  the most observations a run may have; what they are called is only for the message
void mark_rare(References& references, double limit, const char* observations);

/// Number after a prefix: "W_p0.99" after "W_p" is 0.99. None if the rest is not a number.
[[nodiscard]] std::optional<double> number_after(const std::string& text, const std::string& prefix);

}  // namespace brokersim::validate
