// SPDX-License-Identifier: Apache-2.0
// pbs-wars.json: probabilistically bounded staleness. Quorums through the analysis, the WARS model with the random
// room's streams.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "analysis/durability.hpp"
#include "sim/random/exponential.hpp"
#include "sim/random/shuffle.hpp"
#include "tests/validate/trials.hpp"

namespace brokersim::validate {
namespace {

constexpr double printed = 1e-9;             // closed forms are printed with 12 digits
constexpr double printed_estimate = 0.5e-6;  // estimates with 6 decimals

/// A read misses the last write if its quorum lies within the replicas that the write did not reach: as if they had
/// failed and taken all replicas of a partition with them.
double miss_probability(std::uint64_t replicas, std::uint64_t read, std::uint64_t written) {
  return expected_loss({replicas, read, 1, replicas - written}).one_partition_lost;
}

/// The same with quorums that are drawn.
void judge_drawn_quorums(CaseReport& report, std::uint32_t replicas, std::uint32_t read, std::uint32_t written,
                         double expected) {
  const std::string quantity = "p_miss_last, quorums drawn";
  constexpr double rounds = 1e6;
  References references{{"P_miss", {.value = expected, .precise = false, .unresolvable = {}}}};
  mark_rare(references, rounds, "draws");
  if (!references["P_miss"].unresolvable.empty())
    return report.unsupported(quantity, references["P_miss"].unresolvable);
  RandomStream draws({1, 0}, "quorum", "read");
  std::vector<std::uint32_t> order(replicas);
  for (std::uint32_t i = 0; i < replicas; ++i) order[i] = i;
  double missed = 0;
  for (double round = 0; round < rounds; ++round) {
    shuffle(std::span(order), draws);  // the write reached replicas 0 .. written - 1
    missed += std::all_of(order.begin(), order.begin() + read, [written](std::uint32_t r) { return r >= written; });
  }
  report.within(quantity, expected, missed / rounds, 4 * std::sqrt(expected * (1 - expected) / rounds));
}

void judge_quorums(CaseReport& report, const Json& row) {
  const auto replicas = row.at("N").get<std::uint32_t>(), read = row.at("R").get<std::uint32_t>(),
             written = row.at("W").get<std::uint32_t>();
  const double miss = miss_probability(replicas, read, written);
  for (const auto& [quantity, value] : row.at("expected").items()) {
    if (quantity == "p_miss_last") {
      report.close(quantity, value, miss, printed);
      judge_drawn_quorums(report, replicas, read, written, value);
    } else if (quantity == "P_within_k") {
      for (const auto& [k, probability] : value.items())
        report.close(quantity + " " + k, probability, 1 - std::pow(miss, std::stod(k)), printed);
    } else if (quantity == "monotonic_violation") {
      for (const auto& [writes, probability] : value.items())
        report.close(quantity + " " + writes, probability, std::pow(miss, 1 + std::stod(writes)), printed);
    } else {
      report.unsupported(quantity, "the validator knows no such quantity");
    }
  }
}

/// With probability `exponential_share` exponential, else Pareto: minimum U^(-1/shape). Times in ms.
struct WarsLaw {
  double exponential_share = 1;
  double rate = 1;  // 1/ms
  double minimum = 0, shape = 1;
  [[nodiscard]] double sample(RandomStream& draws) const {
    const bool exponential = draws.uniform() < exponential_share;
    const double u = draws.uniform();
    return exponential ? -fixed_log(u) / rate : minimum * fixed_power(u, -1 / shape);
  }
};

struct WarsSpec {
  std::uint32_t replicas = 1, read = 1, write = 1;
  WarsLaw write_send, others;  // W; A, R, S
};

/// What one write and one read after it say, by trial; ms.
struct WarsSamples {
  std::vector<float> fresh_after;  // how long after the commit a read has to be sent to see the write; 0: at once
  std::vector<float> read, write;  // latency
  double exp_first_ack = 0, exp_read_send = 0;  // means of exp(-w M) and exp(-w R*) for the exact cases
};

WarsSamples run_wars(const WarsSpec& spec, std::size_t trials) {
  const std::uint32_t n = spec.replicas;
  const RandomSource random{1, 0};
  RandomStream w(random, "wars", "W"), a(random, "wars", "A"), r(random, "wars", "R"), s(random, "wars", "S");
  struct Replica {
    double write_send, written, read_send, answered;
  };
  std::vector<Replica> replicas(n);
  WarsSamples samples;
  for (std::size_t trial = 0; trial < trials; ++trial) {
    for (Replica& replica : replicas) {
      replica.write_send = spec.write_send.sample(w);
      replica.written = replica.write_send + spec.others.sample(a);
      replica.read_send = spec.others.sample(r);
      replica.answered = replica.read_send + spec.others.sample(s);
    }
    std::sort(replicas.begin(), replicas.end(),
              [](const Replica& x, const Replica& y) { return x.written < y.written; });
    const double committed = replicas[spec.write - 1].written;
    std::sort(replicas.begin(), replicas.end(),
              [](const Replica& x, const Replica& y) { return x.answered < y.answered; });
    double fresh = replicas[0].write_send - committed - replicas[0].read_send;
    for (std::uint32_t i = 1; i < spec.read; ++i)
      fresh = std::min(fresh, replicas[i].write_send - committed - replicas[i].read_send);
    samples.fresh_after.push_back(static_cast<float>(std::max(fresh, 0.0)));
    samples.read.push_back(static_cast<float>(replicas[spec.read - 1].answered));
    samples.write.push_back(static_cast<float>(committed));
    // The closed form's two factors: the earliest of the other replicas' acknowledgements, and the read's send delay.
    double first = replicas[1].written;
    for (std::uint32_t i = 2; i < n; ++i) first = std::min(first, replicas[i].written);
    const double count = static_cast<double>(trials);
    samples.exp_first_ack += fixed_exp(-spec.write_send.rate * first) / count;
    samples.exp_read_send += fixed_exp(-spec.write_send.rate * replicas[0].read_send) / count;
  }
  return samples;
}

double quantile(std::vector<float>& column, double p) {
  const auto rank = static_cast<std::size_t>(std::ceil(p * static_cast<double>(column.size())));
  const auto place = column.begin() + static_cast<std::ptrdiff_t>(std::max<std::size_t>(rank, 1) - 1);
  std::nth_element(column.begin(), place, column.end());
  return static_cast<double>(*place);
}

/// Judges P(a read sent `after` ms after the commit is fresh). reference_trials  0: exact
void judge_consistency(CaseReport& report, const std::string& quantity, double expected, double after,
                       const WarsSamples& samples, double reference_trials) {
  const double trials = static_cast<double>(samples.fresh_after.size());
  const auto fresh = std::count_if(samples.fresh_after.begin(), samples.fresh_after.end(),
                                   [after](float needed) { return static_cast<double>(needed) <= after; });
  const double got = static_cast<double>(fresh) / trials;
  const double variance = std::max(expected * (1 - expected), got * (1 - got));
  const double error = std::sqrt(variance / trials + (reference_trials > 0 ? variance / reference_trials : 0));
  report.within(quantity, expected, got, 4 * error + (reference_trials > 0 ? printed_estimate : printed));
}

/// The file's tolerance, or 4 standard errors of the own quantile if they are more: half the way between the quantiles
/// 4 standard errors of p below and above. A read that is fresh at once is 0 ms on both sides.
void judge_visibility(CaseReport& report, const std::string& quantity, double p, double expected, double share,
                      WarsSamples& samples) {
  if (p > 0.9995) return report.unsupported(quantity, "the file states no tolerance beyond the quantile 0.999");
  const double off = 4 * std::sqrt(p * (1 - p) / static_cast<double>(samples.fresh_after.size()));
  const double spread = quantile(samples.fresh_after, p + off) - quantile(samples.fresh_after, p - off);
  report.within(quantity, expected, quantile(samples.fresh_after, p), std::max(share * expected, spread / 2));
}

/// Parameters of a model by name: "EXP:4 1" names its rates, the others are in the file.
std::optional<std::pair<WarsLaw, WarsLaw>> laws_of(const std::string& name, const Json& parameters) {
  if (name.starts_with("EXP:")) {
    const std::size_t space = name.find(' ');
    if (space == std::string::npos) return std::nullopt;
    return std::pair{WarsLaw{.rate = std::stod(name.substr(4))}, WarsLaw{.rate = std::stod(name.substr(space))}};
  }
  const auto law = [](const Json& row) {
    return WarsLaw{row.at("p_exp"), row.at("lam"), row.at("x_m"), row.at("alpha")};
  };
  if (!parameters.contains(name)) return std::nullopt;
  const Json& model = parameters.at(name);
  if (model.contains("W_A_R_S")) return std::pair{law(model.at("W_A_R_S")), law(model.at("W_A_R_S"))};
  const bool usable = has_keys(model, {"W", "A_R_S"}) && model.at("W").at("alpha").is_number();
  if (!usable) return std::nullopt;
  if (model.at("A_R_S").is_object()) return std::pair{law(model.at("W")), law(model.at("A_R_S"))};
  const std::string as = model.at("A_R_S");  // "as LNKD-SSD"
  if (!as.starts_with("as ") || !parameters.contains(as.substr(3))) return std::nullopt;
  return std::pair{law(model.at("W")), law(parameters.at(as.substr(3)).at("W_A_R_S"))};
}

WarsSpec spec_of(const Json& row, const std::pair<WarsLaw, WarsLaw>& laws) {
  return {row.at("N"), row.at("R"), row.at("W"), laws.first, laws.second};
}

std::size_t trials_of(const Effort& effort) {
  return effort.quick ? 1'000'000 : 4'000'000;
}

void judge_exact(CaseReport& report, const Json& row, const Effort& effort) {
  const WarsSpec spec = spec_of(row, {WarsLaw{.rate = row.at("rate_W")}, WarsLaw{.rate = row.at("rate_A_R_S")}});
  if (spec.read != 1 || spec.write != 1 || spec.replicas < 2)
    return report.unsupported("all", "the closed form is for R = W = 1 and some replicas");
  WarsSamples samples = run_wars(spec, trials_of(effort));
  const double count = static_cast<double>(samples.read.size());
  for (const auto& [quantity, value] : row.at("expected").items()) {
    if (quantity == "p_consistent") {
      for (const auto& [after, probability] : value.items())
        judge_consistency(report, quantity + " after " + after, probability, std::stod(after), samples, 0);
    } else if (quantity == "t_visibility_999") {
      judge_visibility(report, quantity, 0.999, value, 0.03, samples);
    } else if (quantity == "E_exp_wM" || quantity == "E_exp_wRstar") {
      // A number in [0, 1] has a standard deviation of at most 1/2.
      const double got = quantity == "E_exp_wM" ? samples.exp_first_ack : samples.exp_read_send;
      report.within(quantity, value, got, 4 * 0.5 / std::sqrt(count));
    } else {
      report.unsupported(quantity, "the validator knows no such quantity");
    }
  }
}

void judge_published(CaseReport& report, const Json& published, WarsSamples& samples) {
  constexpr double last_digit = 0.005;  // ms
  for (const auto& [quantity, value] : published.items()) {
    const std::string name = "published " + quantity;
    const double figure = value;
    if (quantity == "t_visibility_999_ms") {
      report.within(name, figure, quantile(samples.fresh_after, 0.999), 0.2 * figure);
    } else if (quantity == "read_p999_ms" || quantity == "write_p999_ms") {
      std::vector<float>& column = quantity == "read_p999_ms" ? samples.read : samples.write;
      report.within(name, figure, quantile(column, 0.999), 0.02 * figure + last_digit);
    } else {
      report.unsupported(name, "the validator knows no such quantity");
    }
  }
}

void judge_monte_carlo(CaseReport& report, const Json& row, const Json& parameters, const Effort& effort) {
  const std::string model = row.at("model");
  const auto laws = laws_of(model, parameters);
  if (!laws) return report.unsupported("all", "the file gives no numbers for the model " + model);
  const WarsSpec spec = spec_of(row, *laws);
  WarsSamples samples = run_wars(spec, trials_of(effort));
  const double reference_trials = row.at("reference_samples");
  const double visibility = model == "LNKD-DISK" && spec.read == 1 ? 0.06 : 0.03;
  for (const auto& [quantity, value] : row.at("expected").items()) {
    if (quantity == "p_consistent_at_commit") {
      judge_consistency(report, quantity, value, 0, samples, reference_trials);
    } else if (quantity == "p_consistent_after_ms") {
      for (const auto& [after, probability] : value.items())
        judge_consistency(report, quantity + " " + after, probability, std::stod(after), samples, reference_trials);
    } else if (quantity == "t_visibility_ms") {
      for (const auto& [p, t] : value.items())
        judge_visibility(report, quantity + " " + p, std::stod(p), t, visibility, samples);
    } else if (quantity == "read_latency_ms" || quantity == "write_latency_ms") {
      std::vector<float>& column = quantity == "read_latency_ms" ? samples.read : samples.write;
      for (const auto& [p, latency] : value.items())
        report.close(quantity + " " + p, latency, quantile(column, std::stod(p)), 0.02);
    } else if (quantity != "standard_error") {  // the reference's own
      report.unsupported(quantity, "the validator knows no such quantity");
    }
  }
  if (row.contains("published")) judge_published(report, row.at("published"), samples);
}

}  // namespace

std::vector<CaseTask> pbs_wars_cases(const Json& file, const Effort& effort) {
  std::vector<CaseTask> tasks;
  const auto add = [&](const char* group, const auto& judge) {
    if (!file.at("cases").contains(group)) return;
    for (std::size_t i = 0; i < file.at("cases").at(group).size(); ++i) {
      const Json row = file.at("cases").at(group)[i];
      tasks.push_back(
          {row.value("id", place_name(group, i)), [row, judge](CaseReport& report) { judge(report, row); }});
    }
  };
  const Json parameters = file.at("model").at("parameters");
  add("k_staleness", judge_quorums);
  add("wars_exact", [effort](CaseReport& report, const Json& row) { judge_exact(report, row, effort); });
  add("wars_monte_carlo", [effort, parameters](CaseReport& report, const Json& row) {
    judge_monte_carlo(report, row, parameters, effort);
  });
  return tasks;
}

}  // namespace brokersim::validate
