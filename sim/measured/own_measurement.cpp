// SPDX-License-Identifier: Apache-2.0
#include "sim/measured/own_measurement.hpp"

#include "sim/measured/prediction.hpp"

namespace brokersim {

std::vector<std::pair<double, double>> quantiles_of(std::vector<double> samples) {
  std::vector<std::pair<double, double>> quantiles;
  for (const double p : {0.25, 0.5, 0.75, 0.95}) quantiles.emplace_back(p, sample_quantile(samples, p));
  return quantiles;
}

MeasuredCase own_case(const Scenario& scenario, const OwnMeasurement& measurement) {
  if (!scenario.warm_up) {
    throw MeasuredCaseError("\"warm_up\" is not stated: latencies are compared from there on", false);
  }
  if (!measurement.delivery.empty() && scenario.world.groups.empty()) {
    throw MeasuredCaseError("no groups, though delivery latencies were measured", false);
  }
  MeasuredCase measured;
  measured.id = scenario.name;
  measured.scenario = scenario;
  measured.scenario.traced = true;
  measured.scenario.read_policies.resize(1);
  std::vector<TopicIndex> topics;
  std::vector<GroupIndex> groups;
  for (std::uint32_t t = 0; t < scenario.world.topics.size(); ++t) topics.push_back({t});
  for (std::uint32_t g = 0; g < scenario.world.groups.size(); ++g) groups.push_back({g});
  if (!measurement.acknowledgement.empty()) {
    measured.series.push_back(
        {MeasuredSeries::Kind::acknowledgement, "all topics", topics, {}, {}, 0, measurement.acknowledgement});
  }
  if (!measurement.delivery.empty()) {
    measured.series.push_back(
        {MeasuredSeries::Kind::delivery, "all groups", topics, groups, {}, 0, measurement.delivery});
  }
  return measured;
}

}  // namespace brokersim
