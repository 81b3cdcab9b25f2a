// SPDX-License-Identifier: Apache-2.0
#include "tests/validate/quota_rows.hpp"

#include <algorithm>

#include "sim/policy/quota/sampled_rate.hpp"

namespace brokersim::validate {

/// The window is all samples but one, as when the oldest is full; a cap is the caller's (B-21).
void judge_throttle_times(CaseReport& report, const Json& entry) {
  for (const Json& row : entry.at("rows")) {
    const std::int64_t window = (row.at("samples").get<std::int64_t>() - 1) * row.at("sample_s").get<std::int64_t>();
    std::int64_t got = throttle_ms(row.at("observed").get<double>(), row.at("quota").get<double>(), 1000 * window);
    if (row.contains("cap_ms")) got = std::min(got, row.at("cap_ms").get<std::int64_t>());
    report.within("throttle_ms " + row.dump(), row.at("throttle_ms").get<double>(), static_cast<double>(got), 0);
  }
}

/// 50 at the window's start, measured 1 ms before its end; the file has twelve digits.
void judge_sampled_rates(CaseReport& report, const Json& entry) {
  for (const Json& row : entry.at("rows")) {
    const std::int64_t window_ms = 1000 * row.at("window_s").get<std::int64_t>();
    SampledRate rate(row.at("samples").get<std::uint32_t>(), window_ms);
    rate.record(50, 0);
    report.close("rate " + row.dump(), row.at("rate").get<double>(), rate.measure(window_ms - 1), 1e-11);
  }
}

}  // namespace brokersim::validate
