// SPDX-License-Identifier: Apache-2.0
#include "sim/measured/calibration.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <exception>
#include <nlopt.hpp>
#include <thread>

namespace brokersim {
namespace {

double in_microseconds(Duration span) {
  return static_cast<double>(span.count()) * 1e-3;
}
Duration microseconds(double us) {
  return Duration{std::llround(us * 1e3)};
}

/// The fixed part of one cost of a profile's brokers or clients.
template <auto Side, auto Cost>
double get_cost(const HostProfile& profile) {
  return in_microseconds((profile.*Side.*Cost).per_request);
}
template <auto Side, auto Cost>
void set_cost(HostProfile& profile, double us) {
  (profile.*Side.*Cost).per_request = microseconds(us);
}

constexpr std::array<FittedConstant, 9> constants = {{
    {"service.network_thread.per_request", "a network thread reads a request or sends an answer, socket included", "us",
     1, 3000, get_cost<&HostProfile::service, &ServiceCosts::network_thread>,
     set_cost<&HostProfile::service, &ServiceCosts::network_thread>},
    {"service.produce.per_request", "an I/O thread validates and appends a produce request", "us", 1, 5000,
     get_cost<&HostProfile::service, &ServiceCosts::produce>, set_cost<&HostProfile::service, &ServiceCosts::produce>},
    {"service.fetch.per_request", "an I/O thread looks a fetch up", "us", 1, 3000,
     get_cost<&HostProfile::service, &ServiceCosts::fetch>, set_cost<&HostProfile::service, &ServiceCosts::fetch>},
    {"service.replica_append.per_request", "a replica fetcher parses an answer and appends it", "us", 1, 5000,
     get_cost<&HostProfile::service, &ServiceCosts::replica_append>,
     set_cost<&HostProfile::service, &ServiceCosts::replica_append>},
    {"clients.send.per_request", "a producer's sender thread puts a request on the socket", "us", 1, 5000,
     get_cost<&HostProfile::clients, &ClientSpec::send>, set_cost<&HostProfile::clients, &ClientSpec::send>},
    {"clients.receive.per_request", "a client takes an answer from the socket to the application", "us", 1, 5000,
     get_cost<&HostProfile::clients, &ClientSpec::receive>, set_cost<&HostProfile::clients, &ClientSpec::receive>},
    {"variation", "squared coefficient of variation of all these", "", 0.01, 4,
     [](const HostProfile& p) { return p.service.variation; },
     [](HostProfile& p, double v) { p.service.variation = p.clients.variation = v; }},
    {"pauses.per_second", "moments at which a host stands still: garbage collection, no processor", "1/s", 0.001, 20,
     [](const HostProfile& p) { return p.pauses.per_second; },
     [](HostProfile& p, double v) { p.pauses.per_second = p.clients.pauses.per_second = v; }},
    {"pauses.mean", "how long it stands still", "ms", 0.1, 500,
     [](const HostProfile& p) { return in_microseconds(p.pauses.mean) * 1e-3; },
     [](HostProfile& p, double v) { p.pauses.mean = p.clients.pauses.mean = microseconds(v * 1e3); }},
}};

}  // namespace

std::span<const FittedConstant> fitted_constants() {
  return constants;
}

std::vector<std::vector<Comparison>> compare_all(const std::vector<MeasuredCase>& cases, const HostProfile& profile,
                                                 std::uint32_t trials, unsigned threads) {
  std::vector<std::vector<Comparison>> results(cases.size());
  std::vector<std::exception_ptr> failures(cases.size());
  std::atomic<std::size_t> next = 0;
  std::vector<std::jthread> workers;
  for (unsigned t = 0; t < std::max(1U, threads); ++t) {
    workers.emplace_back([&] {
      for (std::size_t i = next++; i < cases.size(); i = next++) {
        try {
          results[i] = compare(cases[i], profile, trials);
        } catch (...) {
          failures[i] = std::current_exception();
        }
      }
    });
  }
  workers.clear();  // joins
  for (const std::exception_ptr& failure : failures) {
    if (failure) std::rethrow_exception(failure);
  }
  return results;
}

double misfit(const std::vector<std::vector<Comparison>>& cases) {
  double sum = 0, count = 0;
  for (const std::vector<Comparison>& comparisons : cases) {
    for (const Comparison& one : comparisons) {
      double scale = one.tolerance / 2;
      if (!one.is_rate) scale = std::min(scale, std::max(0.1 * std::abs(one.measured), 1.0));
      const double z = (one.predicted - one.measured) / scale;
      sum += std::sqrt(1 + z * z) - 1;
      ++count;
    }
  }
  return count > 0 ? sum / count : 0;
}

Calibration calibrate(const std::vector<MeasuredCase>& cases, const HostProfile& start, std::uint32_t trials,
                      std::uint32_t evaluations, unsigned threads,
                      const std::function<void(const Calibration&)>& tell) {
  Calibration best;
  best.profile = start;
  std::vector<double> place, low, high;
  for (const FittedConstant& constant : constants) {
    low.push_back(std::log(constant.lowest));
    high.push_back(std::log(constant.highest));
    place.push_back(std::log(std::clamp(constant.get(start), constant.lowest, constant.highest)));
  }
  const auto profile_at = [&](const std::vector<double>& at) {
    HostProfile profile = start;
    for (std::size_t i = 0; i < constants.size(); ++i) constants[i].set(profile, std::exp(at[i]));
    return profile;
  };
  nlopt::opt search(nlopt::LN_SBPLX, static_cast<unsigned>(constants.size()));
  search.set_lower_bounds(low);
  search.set_upper_bounds(high);
  search.set_initial_step(0.5);
  search.set_xtol_rel(1e-3);
  search.set_maxeval(static_cast<int>(evaluations));
  std::function<double(const std::vector<double>&)> objective = [&](const std::vector<double>& at) {
    const HostProfile profile = profile_at(at);
    const double value = misfit(compare_all(cases, profile, trials, threads));
    if (best.evaluations++ == 0) best.misfit_before = best.misfit_after = value;
    if (value < best.misfit_after) {
      best.misfit_after = value;
      best.profile = profile;
      if (tell) tell(best);
    }
    return value;
  };
  search.set_min_objective(
      [](const std::vector<double>& at, std::vector<double>&, void* function) {
        return (*static_cast<std::function<double(const std::vector<double>&)>*>(function))(at);
      },
      &objective);
  double smallest = 0;
  try {
    search.optimize(place, smallest);
  } catch (const nlopt::roundoff_limited&) {  // no better point can be told from the best one any more
  }
  return best;
}

}  // namespace brokersim
