// SPDX-License-Identifier: Apache-2.0
// Records in the system second by second: what the warm-up and the verdict on stability are judged from.
#pragma once
#include <vector>

#include "sim/metrics/trial_result.hpp"

namespace brokersim {

/// Entry s is the state at the end of second s of the run; all columns have one length or are empty.
struct BacklogSeries {
  std::vector<double> arrivals;     ///< deliveries owed for what was sent within the second (records, without groups)
  std::vector<double> undelivered;  ///< deliveries owed and not made; empty without groups
  std::vector<double> unacknowledged;  ///< records sent and not acknowledged; empty if some producer uses acks=0

  /// What stability is judged from: the column that ends last in a record's life.
  [[nodiscard]] const std::vector<double>& backlog() const {
    return undelivered.empty() ? unacknowledged : undelivered;
  }
};

/// The series of a trial. Its last second is left out: it also counts what was settled while the run drained.
/// Where groups read different topics, a record owes the run's average number of deliveries: exact at the end of the
/// run, off by sampling noise before it.
[[nodiscard]] BacklogSeries backlog_series(const TrialResult& trial);

}  // namespace brokersim
