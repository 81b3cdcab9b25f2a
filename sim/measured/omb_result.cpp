// SPDX-License-Identifier: Apache-2.0
#include "sim/measured/omb_result.hpp"

#include <charconv>
#include <fstream>
#include <iterator>
#include <map>
#include <string>

#include "sim/measured/measured_case.hpp"
#include "sim/measured/measured_json.hpp"

namespace brokersim {
namespace {

using Json = nlohmann::json;
using Quantiles = std::vector<std::pair<double, double>>;

double milliseconds(const Json& value, const std::string& name) {
  if (!value.is_number())
    throw MeasuredCaseError("\"" + name + "\" is " + value.dump() + ", not a number of ms", false);
  return value.get<double>();
}

double percentile(const std::string& key, const std::string& name) {
  double value = 0;
  const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), value);
  if (error != std::errc{} || end != key.data() + key.size() || !(value >= 0 && value <= 100)) {
    throw MeasuredCaseError("\"" + name + "\" has \"" + key + "\", not a percentile from 0 to 100", false);
  }
  return value;
}

/// The benchmark writes HdrHistogram's steps: each percentile with the value up to which so many records lie. A
/// quantile is the value of the first step that reaches it.
Quantiles from_steps(const Json& steps, const std::string& name) {
  std::map<double, double> ordered;
  for (const auto& [key, value] : steps.items()) ordered[percentile(key, name)] = milliseconds(value, name);
  Quantiles quantiles;
  for (const double percent : {25.0, 50.0, 75.0, 95.0, 99.0}) {
    const auto step = ordered.lower_bound(percent);
    if (step != ordered.end()) quantiles.emplace_back(percent / 100, step->second);
  }
  return quantiles;
}

Quantiles read_quantiles(const Json& result, const std::string& prefix) {
  const std::string steps = prefix + "Quantiles";
  if (result.contains(steps) && result.at(steps).is_object() && !result.at(steps).empty()) {
    return from_steps(result.at(steps), steps);
  }
  Quantiles quantiles;
  for (const int percent : {50, 75, 95, 99}) {
    const std::string name = prefix + std::to_string(percent) + "pct";
    if (result.contains(name)) quantiles.emplace_back(percent / 100.0, milliseconds(result.at(name), name));
  }
  return quantiles;
}

}  // namespace

OmbLatencies read_omb_result(const std::filesystem::path& file) {
  std::ifstream in(file);
  if (!in) throw MeasuredCaseError("cannot be opened", false);
  const Json result = parse_measured_json({std::istreambuf_iterator<char>(in), {}});
  OmbLatencies latencies;
  if (result.is_object()) {
    latencies = {read_quantiles(result, "aggregatedPublishLatency"),
                 read_quantiles(result, "aggregatedEndToEndLatency")};
  }
  if (latencies.acknowledgement.empty() && latencies.delivery.empty()) {
    throw MeasuredCaseError(
        "no result of the OpenMessaging Benchmark: neither \"aggregatedPublishLatencyQuantiles\" nor "
        "\"aggregatedEndToEndLatencyQuantiles\" nor their \"...50pct\"",
        false);
  }
  return latencies;
}

}  // namespace brokersim
