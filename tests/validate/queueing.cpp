// SPDX-License-Identifier: Apache-2.0
// queueing.json: closed forms of queueing theory against the engine's stations and the random room's laws.
//
// Times of a case have no unit. They are scaled so that a mean service takes a second, which the histograms (1 us to an
// hour) and the nanosecond clock are made for.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "analysis/confidence.hpp"
#include "analysis/distributions.hpp"
#include "tests/validate/queues.hpp"
#include "tests/validate/trials.hpp"

namespace brokersim::validate {
namespace {

constexpr double effort_limit = 5e8;             // customers a case, over all trials: half a minute of one core at most
constexpr double near_saturation = 0.95 - 1e-6;  // gaps are rounded to nanoseconds

/// The case's times in nanoseconds.
struct TimeScale {
  double ns_per_unit;
  [[nodiscard]] Duration span(double units) const { return Duration{std::llround(units * ns_per_unit)}; }
  [[nodiscard]] double units(double s) const { return s * 1e9 / ns_per_unit; }
  [[nodiscard]] DelayDistribution constant(double value) const { return DelayDistribution::constant(span(value)); }
  [[nodiscard]] DelayDistribution exponential(double mean) const {
    return {.law = DelayDistribution::Law::exponential, .mean = span(mean)};
  }
  [[nodiscard]] DelayDistribution uniform(double low, double high) const {
    return {.law = DelayDistribution::Law::uniform, .minimum = span(low), .maximum = span(high)};
  }
  [[nodiscard]] DelayDistribution erlang(double mean, std::uint32_t shape) const {
    return {.law = DelayDistribution::Law::erlang, .mean = span(mean), .shape = shape};
  }
  [[nodiscard]] DelayDistribution hyperexponential(double p, double mean, double second_mean) const {
    return {.law = DelayDistribution::Law::hyperexponential,
            .mean = span(mean),
            .first_probability = p,
            .second_mean = span(second_mean)};
  }
  [[nodiscard]] DelayDistribution lognormal(double mean, double scv) const {
    return {.law = DelayDistribution::Law::lognormal, .mean = span(mean), .scv = scv};
  }
};
TimeScale scale_for(double mean_service) {
  return {1e9 / mean_service};
}

/// The trials and warm-up of a line that is busy a share `rho` of the time: both grow as its memory does.
struct Effortful {
  TrialLength length;
  double warm_up;
};
Effortful effort_for(double rho, double variability) {
  const double memory = (1 + variability) / ((1 - rho) * (1 - rho));  // services, about
  return {{std::max(20'000.0, 800 * memory), effort_limit}, std::max(500.0, 20 * memory)};
}

/// What a case says that decides how to treat it.
struct QueueCase {
  const Json* params;
  const Json* expected;
  [[nodiscard]] double at(const char* key) const { return params->at(key).get<double>(); }
  [[nodiscard]] bool has(std::initializer_list<const char*> keys) const { return has_keys(*params, keys); }
};

RandomSource source(std::uint64_t seed, std::uint32_t trial) {
  return {seed, trial};
}

bool no_steady_state(CaseReport& report, double rho) {
  if (rho < 1) return false;
  report.unsupported("all", fmt::format("offered load {:.3g} is at least 1: there is no steady state", rho));
  return true;
}

/// The k-th moment of a lognormal service cannot be known better than the mean of k-th powers of independent samples;
/// what the waiting time's mean and spread rest on are the second and third moments (Pollaczek and Khinchine).
void mark_heavy_tail(References& references, double scv, double limit) {
  const auto mark = [&](const char* quantity, int moment) {
    const auto found = references.find(quantity);
    if (found == references.end()) return;
    // E[S^2k] / E[S^k]^2 = (1 + scv)^(k^2)
    const double scatter = std::pow(1 + scv, moment * moment) - 1;
    const double needed = observations_needed(1 / (1 + scatter), found->second.half_width);
    if (needed > limit) {
      found->second.unresolvable = fmt::format(
          "rests on moment {} of a lognormal law of scv {:g}, which takes at least {:.1e} samples for {:g} %; the "
          "effort is {:.1e}",
          moment, scv, needed, 100 * found->second.half_width, limit);
    }
  };
  for (const char* quantity : {"Wq", "W", "Lq", "L", "service_cv2"}) mark(quantity, 2);
  for (const char* quantity : {"Wq_sd", "W_var", "Wq_second_moment"}) mark(quantity, 3);
}

void add_quantiles(Estimates& estimates, Pool& pool, const Json& expected, const std::string& prefix,
                   const Spans& spans, const TimeScale& scale) {
  for (const auto& [quantity, value] : expected.items()) {
    if (const auto p = number_after(quantity, prefix); p && *p > 0 && *p <= 1) {
      add_quantile(estimates, pool, quantity, spans.histogram(), *p, scale.units(1));
    }
  }
}

/// One line, any laws.
void judge_queue(CaseReport& report, const QueueCase& one, const Effort& effort, const QueueSpec& spec,
                 const TimeScale& scale) {
  const double rho = spec.batch.mean * static_cast<double>(spec.service.expected().count()) /
                     (static_cast<double>(spec.gap.expected().count()) * spec.servers);
  if (no_steady_state(report, rho)) return;
  const double variability = spec.service.law == DelayDistribution::Law::lognormal ? spec.service.scv : spec.batch.mean;
  References references = references_of(report, *one.expected, 0.005, rho >= near_saturation);
  mark_rare(references, effort_limit, "customers");
  if (spec.service.law == DelayDistribution::Law::lognormal)
    mark_heavy_tail(references, spec.service.scv, effort_limit);
  // The asymptotic variance is what the product's run length rests on: read it back from there, exactly.
  if (const auto found = references.find("asymptotic_variance_of_mean_N_times_T");
      found != references.end() && one.has({"lam", "mu"})) {
    const double error = 0.01, level = 0.95;
    const double half_width = error * one.expected->at("L").get<double>() / normal_quantile(0.5 + level / 2);
    report.close(found->first, found->second.value,
                 mm1_run_length(one.at("lam") / one.at("mu"), error, level).service_times / one.at("mu") * half_width *
                     half_width,
                 1e-9);
    references.erase(found);
  }
  const bool logarithms = references.contains("lognormal_mu") || references.contains("lognormal_sigma2");
  const Effortful wanted = effort_for(rho, variability);
  judge_trials(report, references, effort, wanted.length,
               [&](std::uint64_t seed, std::uint32_t trial, double length, Pool& pool) {
                 const QueueResult seen = run_queue(spec, source(seed, trial), length, wanted.warm_up, logarithms);
                 Estimates e;
                 e["rho"] = seen.utilization;
                 e["L"] = seen.population.mean(seen.end);
                 e["Lq"] = seen.mean_waiting;
                 e["W"] = scale.units(seen.sojourn.mean());
                 e["Wq"] = scale.units(seen.wait.mean());
                 e["P_wait_zero"] = 1 - seen.waited;
                 e["P_wait"] = e["sigma"] = seen.waited;
                 e["Wq_given_wait"] = scale.units(seen.wait_if_any.mean());
                 e["W_var"] = scale.units(scale.units(seen.sojourn.variance()));
                 e["Wq_sd"] = scale.units(std::sqrt(seen.wait.variance()));
                 e["Wq_second_moment"] = scale.units(scale.units(seen.wait.second_moment()));
                 e["service_mean"] = scale.units(seen.service.mean());
                 e["service_cv2"] = seen.service.variance() / (seen.service.mean() * seen.service.mean());
                 if (logarithms) {
                   e["lognormal_mu"] = seen.log_service_mean + std::log(1e9 / scale.ns_per_unit);
                   e["lognormal_sigma2"] = seen.log_service_variance;
                 }
                 for (const auto& [quantity, value] : one.expected->items()) {
                   if (const auto level = number_after(quantity, "P_N_ge_"); level && *level >= 0) {
                     e[quantity] = seen.population.at_least(static_cast<std::size_t>(*level));
                   }
                 }
                 add_quantiles(e, pool, *one.expected, "W_p", seen.sojourn, scale);
                 add_quantiles(e, pool, *one.expected, "Wq_p", seen.wait, scale);
                 return e;
               });
}

/// A line of limited length: it has a steady state whatever the load.
void judge_loss_queue(CaseReport& report, const QueueCase& one, const Effort& effort) {
  const double lam = one.at("lam"), mu = one.at("mu");
  const TimeScale scale = scale_for(1 / mu);
  QueueSpec spec{
      scale.exponential(1 / lam), scale.exponential(1 / mu), one.params->at("c").get<std::uint32_t>(), {}, 0};
  spec.capacity = one.params->at("K").get<std::uint32_t>();
  if (spec.capacity < spec.servers) return report.unsupported("all", "a line is never shorter than its servers");
  const References references = references_of(report, *one.expected, 0.005, false);
  const double warm_up = 100.0 * spec.capacity;
  judge_trials(report, references, effort, {20'000 + 20 * warm_up, effort_limit},
               [&](std::uint64_t seed, std::uint32_t trial, double length, Pool&) {
                 const QueueResult seen = run_queue(spec, source(seed, trial), length, warm_up, false);
                 const double accepted = static_cast<double>(seen.wait.count());
                 const double span = length / lam;  // observed, in the unit of the case
                 return Estimates{{"P_block", seen.lost},
                                  {"throughput", accepted / span},
                                  {"L", seen.population.mean(seen.end)},
                                  {"Lq", seen.mean_waiting},
                                  {"W_accepted", scale.units(seen.sojourn.mean())},
                                  {"Wq_accepted", scale.units(seen.wait.mean())},
                                  {"server_utilisation", seen.utilization}};
               });
}

void judge_series(CaseReport& report, const QueueCase& one, const Effort& effort, const SeriesSpec& spec,
                  const TimeScale& scale) {
  double rho = 0;
  for (const DelayDistribution& service : spec.services) {
    rho = std::max(rho, static_cast<double>(service.expected().count()) /
                            (static_cast<double>(spec.gap.expected().count()) * spec.leave_probability));
  }
  if (no_steady_state(report, rho)) return;
  const References references = references_of(report, *one.expected, 0.005, rho >= near_saturation);
  const Effortful wanted = effort_for(rho, static_cast<double>(spec.services.size()));
  judge_trials(report, references, effort, wanted.length,
               [&](std::uint64_t seed, std::uint32_t trial, double length, Pool& pool) {
                 const SeriesResult seen = run_series(spec, source(seed, trial), length, wanted.warm_up);
                 Estimates e;
                 e["rho"] = seen.utilization;
                 e["visits"] = seen.visits;
                 e["L"] = e["L_total"] = seen.population.mean(seen.end);
                 e["W"] = e["W_total"] = e["W_sojourn_total"] = scale.units(seen.sojourn.mean());
                 e["W_var"] = scale.units(scale.units(seen.sojourn.variance()));
                 add_quantiles(e, pool, *one.expected, "W_p", seen.sojourn, scale);
                 return e;
               });
}

void judge_fork(CaseReport& report, const QueueCase& one, const Effort& effort) {
  const double lam = one.at("lam"), mu = one.at("mu"), rho = lam / mu;
  if (no_steady_state(report, rho)) return;
  const TimeScale scale = scale_for(1 / mu);
  const DelayDistribution gap = scale.exponential(1 / lam), service = scale.exponential(1 / mu);
  const References references = references_of(report, *one.expected, 0.005, rho >= near_saturation);
  const Effortful wanted = effort_for(rho, 1);
  judge_trials(report, references, effort, wanted.length,
               [&](std::uint64_t seed, std::uint32_t trial, double length, Pool&) {
                 const ForkResult seen = run_fork(gap, {service, service}, source(seed, trial), length, wanted.warm_up);
                 return Estimates{{"rho", seen.utilization},
                                  {"mean_response", scale.units(seen.response.mean())},
                                  {"single_queue_response", scale.units(seen.first_station.mean())}};
               });
}

/// The k-th of some exponential delays to end.
void judge_joins(CaseReport& report, const QueueCase& one, const Effort& effort, const std::vector<double>& rates,
                 std::uint32_t needed) {
  const TimeScale scale = scale_for(1 / *std::min_element(rates.begin(), rates.end()));
  std::vector<DelayDistribution> delays;
  for (const double rate : rates) delays.push_back(scale.exponential(1 / rate));
  const References references = references_of(report, *one.expected, 0.005, false);
  judge_trials(report, references, effort, {20'000, effort_limit / 4},
               [&](std::uint64_t seed, std::uint32_t trial, double length, Pool& pool) {
                 const Spans seen = run_joins(delays, needed, source(seed, trial), length);
                 Estimates e{{"mean", scale.units(seen.mean())}, {"var", scale.units(scale.units(seen.variance()))}};
                 add_quantiles(e, pool, *one.expected, "p", seen, scale);
                 return e;
               });
}

void judge_closed(CaseReport& report, const QueueCase& one, const Effort& effort) {
  const auto customers = one.params->at("N").get<std::uint32_t>();
  const TimeScale scale = scale_for(one.at("S"));
  const DelayDistribution think = scale.exponential(one.at("Z")), service = scale.exponential(one.at("S"));
  const References references = references_of(report, *one.expected, 0.005, false);
  const double warm_up = 200.0 * customers;
  judge_trials(report, references, effort, {20'000 + 20 * warm_up, effort_limit / 2},
               [&](std::uint64_t seed, std::uint32_t trial, double length, Pool&) {
                 const ClosedResult seen = run_closed(customers, think, service, source(seed, trial), length, warm_up);
                 return Estimates{{"throughput", seen.throughput / scale.units(1)},
                                  {"response", scale.units(seen.response.mean())},
                                  {"queue_length", seen.at_server},
                                  {"utilisation", seen.utilization}};
               });
}

/// A quantile of a number of customers is a whole number, so it is right or wrong: the share of time up to it reaches
/// p, and the share up to the number below does not, as far as 4 standard errors can tell.
void judge_number_quantile(CaseReport& report, const std::string& quantity, double p, double expected,
                           const std::function<Population(std::uint32_t trial)>& run) {
  const auto level = static_cast<std::size_t>(expected);
  std::vector<double> up_to, below;
  for (std::uint32_t trial = 0; trial < 40; ++trial) {
    const Population seen = run(trial);
    up_to.push_back(1 - seen.at_least(level + 1));
    below.push_back(1 - seen.at_least(level));
  }
  const auto bound = [](const std::vector<double>& column, double errors) {
    const Interval interval = mean_confidence_interval(column, 0.99);
    return interval.mean + errors * interval.half_width / student_t_quantile(0.995, 39);
  };
  report.same(
      quantity, bound(up_to, 4) >= p && bound(below, -4) < p, fmt::format("{:g}", expected),
      fmt::format("P(N <= {0:g}) = {1:.6g}, P(N < {0:g}) = {2:.6g}", expected, bound(up_to, 0), bound(below, 0)));
}

/// "Any delay law with that mean": three of them.
void judge_delay_line(CaseReport& report, const QueueCase& one, const Effort& effort) {
  const double lam = one.at("lam"), mean = one.at("mean_delay");
  const TimeScale scale = scale_for(mean);
  const DelayDistribution gap = scale.exponential(1 / lam);
  const double warm_up = 100 * lam * mean + 100, pilot = 50'000;
  const std::pair<const char*, DelayDistribution> laws[] = {{"exponential", scale.exponential(mean)},
                                                            {"constant", scale.constant(mean)},
                                                            {"lognormal", scale.lognormal(mean, 4)}};
  for (const auto& law : laws) {
    const std::string suffix = std::string(", ") + law.first + " delay";
    const DelayDistribution stay = law.second;
    References references;
    for (const auto& [quantity, value] : one.expected->items()) {
      if (const auto p = number_after(quantity, "N_p")) {
        judge_number_quantile(report, quantity + suffix, *p, value.get<double>(), [&](std::uint32_t trial) {
          return run_delay_line(gap, stay, source(9, trial), 4 * pilot, warm_up).population;
        });
      } else {
        references[quantity + suffix].value = value.get<double>();
      }
    }
    judge_trials(report, references, effort, {pilot, effort_limit / 4},
                 [&](std::uint64_t seed, std::uint32_t trial, double length, Pool&) {
                   const DelayLineResult seen = run_delay_line(gap, stay, source(seed, trial), length, warm_up);
                   return Estimates{{"L" + suffix, seen.population.mean(seen.end)},
                                    {"var_N" + suffix, seen.population.variance()}};
                 });
  }
}

/// G/M/1: what "par" means depends on the law of the gaps (the file's note).
void judge_general_arrivals(CaseReport& report, const QueueCase& one, const Effort& effort) {
  const std::string law = one.params->at("interarrival");
  const Json& par = one.params->at("par");
  const double mu = one.at("mu");
  const TimeScale scale = scale_for(1 / mu);
  QueueSpec spec;
  spec.service = scale.exponential(1 / mu);
  if (law == "D") {
    spec.gap = scale.constant(par.get<double>());
  } else if (law == "E2") {
    spec.gap = scale.erlang(1 / par.get<double>(), 2);
  } else if (law == "U") {
    spec.gap = scale.uniform(0, par.get<double>());
  } else if (law == "H2") {
    spec.gap =
        scale.hyperexponential(par.at(0).get<double>(), 1 / par.at(1).get<double>(), 1 / par.at(2).get<double>());
  } else if (law == "M") {
    spec.gap = scale.exponential(1 / par.get<double>());
  } else {
    report.unsupported("all", "no law of interarrival times is named " + law);
    return;
  }
  judge_queue(report, one, effort, spec, scale);
}

void judge_batches(CaseReport& report, const QueueCase& one, const Effort& effort) {
  const std::string kind = one.params->at("batch_kind");
  if (kind != "fixed" && kind != "geometric") {
    report.unsupported("all", "no batch law is named " + kind);
    return;
  }
  const double mu = one.at("mu");
  const TimeScale scale = scale_for(1 / mu);
  QueueSpec spec{scale.exponential(1 / one.at("batch_rate")), scale.exponential(1 / mu), 1, {}};
  spec.batch = {kind == "fixed" ? BatchLaw::Kind::fixed : BatchLaw::Kind::geometric, one.at("batch_mean")};
  judge_queue(report, one, effort, spec, scale);
}

/// Which world a case describes is told by the names of its parameters.
void judge_case(CaseReport& report, const Json& row, const Effort& effort) {
  static const Json nothing = Json::object();
  const QueueCase one{&row.at("params"), row.contains("expected") ? &row.at("expected") : &nothing};
  if (one.expected->empty()) return;
  const auto poisson_queue = [&](double mean_service, const auto& service_of, std::uint32_t servers) {
    const TimeScale scale = scale_for(mean_service);
    judge_queue(report, one, effort, {scale.exponential(1 / one.at("lam")), service_of(scale), servers, {}}, scale);
  };
  if (one.has({"lam", "mu", "c", "K"})) return judge_loss_queue(report, one, effort);
  if (one.has({"EV"})) return report.unsupported("all", "the product has no server that takes vacations");
  if (one.has({"lam_high", "lam_low"}))
    return report.unsupported("all", "the product serves first come, first served: no priorities");
  if (one.has({"outage_s"})) return report.unsupported("all", "nothing fails yet: no outage and no catch-up");
  if (one.has({"batch_rate", "mu", "batch_kind", "batch_mean"})) return judge_batches(report, one, effort);
  if (one.has({"interarrival", "par", "mu"})) return judge_general_arrivals(report, one, effort);
  if (one.has({"N", "Z", "S"})) return judge_closed(report, one, effort);
  if (one.has({"lam", "mean_delay"})) return judge_delay_line(report, one, effort);
  if (one.has({"rates"})) {
    const auto rates = one.params->at("rates").get<std::vector<double>>();
    return judge_joins(report, one, effort, rates, static_cast<std::uint32_t>(rates.size()));
  }
  if (one.has({"n", "k", "rate"})) {
    const std::vector<double> rates(one.params->at("n").get<std::size_t>(), one.at("rate"));
    return judge_joins(report, one, effort, rates, one.params->at("k").get<std::uint32_t>());
  }
  if (one.has({"lam", "mus"})) {
    const auto rates = one.params->at("mus").get<std::vector<double>>();
    const TimeScale scale = scale_for(1 / *std::min_element(rates.begin(), rates.end()));
    SeriesSpec spec{scale.exponential(1 / one.at("lam")), {}, 1};
    for (const double rate : rates) spec.services.push_back(scale.exponential(1 / rate));
    return judge_series(report, one, effort, spec, scale);
  }
  if (one.has({"lam", "mu", "p_leave"})) {
    const TimeScale scale = scale_for(1 / one.at("mu"));
    return judge_series(
        report, one, effort,
        {scale.exponential(1 / one.at("lam")), {scale.exponential(1 / one.at("mu"))}, one.at("p_leave")}, scale);
  }
  if (one.has({"lam", "mu", "c"})) {
    return poisson_queue(
        1 / one.at("mu"), [&](const TimeScale& scale) { return scale.exponential(1 / one.at("mu")); },
        one.params->at("c").get<std::uint32_t>());
  }
  if (one.has({"lam", "mu"})) {  // two siblings if a single one's response is asked for beside theirs
    if (one.expected->contains("single_queue_response")) return judge_fork(report, one, effort);
    return poisson_queue(
        1 / one.at("mu"), [&](const TimeScale& scale) { return scale.exponential(1 / one.at("mu")); }, 1);
  }
  if (one.has({"lam", "p1", "mu1", "mu2"})) {
    const double p = one.at("p1"), first = 1 / one.at("mu1"), second = 1 / one.at("mu2");
    return poisson_queue(
        p * first + (1 - p) * second, [&](const TimeScale& scale) { return scale.hyperexponential(p, first, second); },
        1);
  }
  if (one.has({"lam", "service_mean", "service_cv2"})) {
    return poisson_queue(
        one.at("service_mean"),
        [&](const TimeScale& scale) { return scale.lognormal(one.at("service_mean"), one.at("service_cv2")); }, 1);
  }
  if (one.has({"lam", "service_mean", "k"})) {
    return poisson_queue(
        one.at("service_mean"),
        [&](const TimeScale& scale) {
          return scale.erlang(one.at("service_mean"), one.params->at("k").get<std::uint32_t>());
        },
        1);
  }
  if (one.has({"lam", "a", "b"})) {
    return poisson_queue((one.at("a") + one.at("b")) / 2,
                         [&](const TimeScale& scale) { return scale.uniform(one.at("a"), one.at("b")); }, 1);
  }
  if (one.has({"lam", "service_mean"}))
    return report.unsupported("all", "the product shares no server among customers: no processor sharing");
  if (one.has({"lam", "service"}) && one.params->at("service").is_number()) {
    return poisson_queue(
        one.at("service"), [&](const TimeScale& scale) { return scale.constant(one.at("service")); }, 1);
  }
  report.unsupported("all", "no queueing world has these parameters: " + one.params->dump());
}

}  // namespace

std::vector<CaseTask> queueing_cases(const Json& file, const Effort& effort) {
  return tasks_of_list(file, [effort](CaseReport& report, const Json& row) { judge_case(report, row, effort); });
}

}  // namespace brokersim::validate
