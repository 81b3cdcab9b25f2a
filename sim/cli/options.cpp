// SPDX-License-Identifier: Apache-2.0
// The one file that includes CLI11. CLI11 splits the command line and lays out the help; judging and telling mistakes
// is ours, because it saturates numbers, takes -1 for 2^64-1, forgets places and ends with exit codes above 100.
#include "sim/cli/options.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <thread>

#include "sim/cli/fingerprint.hpp"
#include "sim/cli/help_text.hpp"
#include "sim/cli/mitigations.hpp"
#include "sim/cli/option_values.hpp"
#include "sim/cli/version.hpp"
#include "sim/scenario/host_profile.hpp"
#include "sim/scenario_file/fault_grammar.hpp"
#include "sim/scenario_file/suggestions.hpp"
#include "sim/scenario_file/units.hpp"
#include "sim/swarm/profile.hpp"
#include "sim/text/printable.hpp"
#include "sim/text/split.hpp"

namespace brokersim {
namespace {

constexpr unsigned most_threads = 1024;
constexpr Duration century{std::int64_t{36'525} * 86'400'000'000'000};
constexpr std::uint64_t most_trials = 100'000;  // what a scenario may state
constexpr std::uint64_t most_schedules = 1'000'000'000;
constexpr std::uint64_t most_calibration_trials = 1000, most_evaluations = 100'000;
constexpr std::array<std::string_view, 9> command_names{
    "run", "compare", "check-scenario", "schema", "print-config", "calibrate", "faults", "swarm", "whatif"};
constexpr std::array<std::string_view, 4> format_names{"table", "json", "csv", "markdown"};
constexpr std::array<std::string_view, 3> color_names{"auto", "always", "never"};
constexpr std::array<std::string_view, 2> error_format_names{"text", "json"};

/// Texts as they stand on the command line; every option may be repeated, so that repeating can be judged.
struct Texts {
  std::vector<std::string> scenario;
  std::vector<std::string> cases;
  std::map<std::string, std::vector<std::string>, std::less<>> values;
  bool help = false, version = false, force = false, quiet = false, verbose = false, no_shrink = false,
       coverage = false;
};

class Parser {
 public:
  explicit Parser(const std::vector<std::string>& arguments) : arguments_(arguments) { describe(); }
  CommandLine parse();

 private:
  void describe();
  void describe_command(std::size_t index);
  void describe_calibrate(CLI::App& app);
  void describe_swarm(CLI::App& app);
  void describe_whatif(CLI::App& app);
  void value_option(CLI::App& app, const char* name, const char* shown, const char* text);
  void split();
  void refuse_extras(CLI::App& chosen) const;
  Options judge(std::size_t command) const;
  void judge_numbers(Options& options) const;
  void judge_choices(Options& options) const;
  void judge_calibrate(Options& options) const;
  void judge_samples(CalibrateOptions& calibrate) const;
  void judge_swarm(SwarmOptions& swarm) const;
  void judge_whatif(WhatIfOptions& whatif) const;
  [[noreturn]] void contradiction(std::string_view option, std::string found, std::string allowed) const;
  [[noreturn]] void nothing_to_do(std::string found, std::string allowed, std::string hint) const;
  [[nodiscard]] std::vector<OptionValue> given(std::string_view option) const;
  [[nodiscard]] std::optional<OptionValue> single(std::string_view option) const;
  [[nodiscard]] int place_of(std::string_view text) const;

  const std::vector<std::string>& arguments_;
  CLI::App app_{"What follower reads would change in a Kafka-like cluster, by discrete-event simulation.", "brokersim"};
  std::array<CLI::App*, command_names.size()> commands_{};
  Texts texts_;
};

void Parser::value_option(CLI::App& app, const char* name, const char* shown, const char* text) {
  app.add_option(name, texts_.values[name], text)->type_name(shown)->allow_extra_args(false)->take_all();
}

void Parser::describe_calibrate(CLI::App& app) {
  app.add_option("cases", texts_.cases, "measured cases to fit to: folders with a case.json, or such files")
      ->type_name("CASE");
  app.add_option("--hold-out", texts_.values["--hold-out"], "cases to predict only, up to the next option")
      ->type_name("CASE");
  value_option(app, "--scenario", "FILE", "a cluster of your own, measured as the next two say");
  value_option(app, "--set", "/POINTER=VALUE", "change one value of that scenario; repeatable");
  value_option(app, "--omb", "FILE", "its latencies: a result of the OpenMessaging Benchmark");
  value_option(app, "--samples", "acknowledgement|delivery=FILE", "its latencies: one in ms a line");
  value_option(app, "--profile", "NAME", "host profile to start from (measured-kafka-4.2)");
  value_option(app, "--trials", "N", "trials of each case and evaluation (2)");
  value_option(app, "--evaluations", "N", "sets of constants to try at most (400)");
  value_option(app, "--threads", "N", "cases at a time; results do not depend on it (all cores)");
  value_option(app, "--out", "FILE", "write the constants into this new file, as a part of a scenario");
  app.add_flag("-q,--quiet", texts_.quiet, "no progress on stderr");
}

void Parser::describe_swarm(CLI::App& app) {
  value_option(app, "--seed", "N", "seed of the first schedule; each next one has the next (1)");
  value_option(app, "--schedules", "K", "how many (1000)");
  std::string profiles;
  for (const SwarmProfile& profile : swarm_profiles())
    profiles += (profiles.empty() ? "" : ", ") + std::string(profile.name);
  profiles += " (" + std::string(swarm_profiles().front().name) + ")";
  value_option(app, "--profile", "NAME", profiles.c_str());
  value_option(app, "--faults", "KIND,...", "only these kinds");
  value_option(app, "--threads", "N", "schedules at a time; results do not depend on it (all cores)");
  value_option(app, "--expect-violation", "ID", "exit code 0 if this check is violated, else 9");
  value_option(app, "--out", "DIR", "where the scenarios of failures go (the working directory)");
  app.add_flag("--force", texts_.force, "replace scenarios of an earlier swarm there");
  value_option(app, "--tolerate", "N", "exit code 0 if no more than so many schedules fail (0)");
  app.add_flag("--no-shrink", texts_.no_shrink, "tell failures without looking for the smallest scenario");
  app.add_flag("--require-coverage", texts_.coverage, "exit code 9 if some state or kind of fault came up too rarely");
  app.add_flag("-v,--verbose", texts_.verbose, "how often rare states and each kind of fault came up");
  app.add_flag("-q,--quiet", texts_.quiet, "no progress and no CPU time on stderr");
}

void Parser::describe_whatif(CLI::App& app) {
  value_option(
      app, "--kill", "WHO",
      "each-broker, each-zone, broker:ID, zone:NAME, or top:N, the N brokers that lead most partitions; a list "
      "with commas, repeatable");
  value_option(app, "--restart", "DURATION", "start them again after so long (never)");
  value_option(app, "--at", "DURATION", "when they are killed (soon after the warm-up)");
  value_option(app, "--watch", "DURATION", "how long it is watched from then on (to the end, at least 30s)");
  value_option(app, "--mitigation", "HOW",
               "how leaders get back, side by side: none, auto (as the scenario says), auto:INTERVAL, "
               "zookeeper:INTERVAL, or by-hand:DELAY after the restart; a list with commas, repeatable");
  value_option(app, "--threads", "N", "threads; results do not depend on it (all cores)");
  value_option(app, "--out", "FILE", "write the rows into this new file, as CSV");
  value_option(app, "--format", "table|csv|markdown", "form of the answer on stdout (table)");
}

void Parser::describe_command(std::size_t index) {
  const auto command = static_cast<Command>(index);
  CLI::App& app = *app_.add_subcommand(std::string(command_names[index]), command_summary(command));
  commands_[index] = &app;
  app.allow_extras();
  app.set_help_flag();
  app.add_flag("-h,--help", texts_.help, "print this help");
  value_option(app, "--error-format", "text|json", "how mistakes are told on stderr (text)");
  app.footer(command_examples(command));
  if (command == Command::schema || command == Command::faults) return;
  if (command == Command::calibrate) return describe_calibrate(app);
  if (command == Command::swarm) return describe_swarm(app);
  app.add_option("scenario", texts_.scenario, "scenario file, or - for standard input")->type_name("FILE");
  value_option(app, "--set", "/POINTER=VALUE", "change one value of the scenario; repeatable");
  value_option(app, "--fault", "TEXT", "add a fault, like 'kill broker 3 at 30s for 45s'; repeatable");
  value_option(app, "--trials", "N", "independent trials (as the scenario says, else 10)");
  value_option(app, "--seed", "N", "seed of every random stream (as the scenario says, else 1)");
  app.add_flag("-q,--quiet", texts_.quiet, "no progress and no notes on stderr");
  if (command == Command::check_scenario || command == Command::print_config) return;
  if (command == Command::whatif) return describe_whatif(app);
  if (command == Command::run)
    value_option(app, "--policy", "NAME", "read policy: leader, rack_aware or a baseline (the scenario's first)");
  value_option(app, "--threads", "N", "threads; results do not depend on it (all cores)");
  value_option(app, "--out", "DIR", "write result files into this new directory");
  app.add_flag("--force", texts_.force, "replace a directory that an earlier run wrote");
  value_option(app, "--expect-fingerprint", "TEXT",
               "exit 8 unless the run has this fingerprint (the line \"kfp1:...\" that it prints)");
  value_option(app, "--format", "table|json|csv|markdown", "form of the answer on stdout (table)");
  app.add_flag("-v,--verbose", texts_.verbose, "every figure, with the latency split into its parts");
  value_option(app, "--color", "auto|always|never", "colour of the table (auto: on a terminal)");
}

void Parser::describe() {
  app_.allow_extras();
  app_.set_help_flag();
  app_.add_flag("-h,--help", texts_.help, "print this help; COMMAND --help tells more");
  app_.add_flag("--version", texts_.version, "print version, commit, compiler and Boost");
  app_.footer(program_footer());
  for (std::size_t i = 0; i < command_names.size(); ++i) describe_command(i);
}

/// Where `text` stands first, from 1.
int Parser::place_of(std::string_view text) const {
  const auto found = std::find(arguments_.begin(), arguments_.end(), text);
  return static_cast<int>(found - arguments_.begin()) + 1;
}

/// Every value of an option with its place; that of "--seed 5" is the argument 5, of "--seed=5" the whole argument.
std::vector<OptionValue> Parser::given(std::string_view option) const {
  std::vector<OptionValue> result;
  const auto values = texts_.values.find(option);
  if (values == texts_.values.end()) return result;
  std::size_t at = 0;
  for (const std::string& text : values->second) {
    const std::string joined = std::string(option) + "=" + text;
    for (; at < arguments_.size(); ++at) {
      const bool separate = arguments_[at] == option && at + 1 < arguments_.size() && arguments_[at + 1] == text;
      if (separate || arguments_[at] == joined) {
        at += separate ? 2 : 1;
        break;
      }
    }
    result.push_back({option, text, static_cast<int>(at)});
  }
  return result;
}

std::optional<OptionValue> Parser::single(std::string_view option) const {
  const std::vector<OptionValue> values = given(option);
  if (values.empty()) return std::nullopt;
  for (const OptionValue& value : values) {
    if (value.text.substr(0, 2) == "--") throw wrong_value(value, "E0602", "a value for " + std::string(option));
    if (value.text != values.front().text) {
      throw wrong_value(
          value, "E0603", std::string(option) + " once",
          "it was \"" + printable(values.front().text) + "\" at argument " + std::to_string(values.front().argument));
    }
  }
  return values.front();
}

void Parser::split() {
  std::vector<std::string> reversed(arguments_.rbegin(), arguments_.rend());  // as CLI11 wants it
  try {
    app_.parse(reversed);
  } catch (const CLI::ParseError&) {  // all that is left for it to find: a last option without its value
    Diagnostic diagnostic;
    diagnostic.code = "E0602";
    diagnostic.argument = static_cast<int>(arguments_.size());
    diagnostic.found = "\"" + printable(arguments_.back()) + "\" and nothing after it";
    diagnostic.allowed = "a value for " + printable(arguments_.back());
    throw UsageError(std::move(diagnostic));
  }
}

/// What CLI11 could not place: unknown options, a second scenario.
void Parser::refuse_extras(CLI::App& chosen) const {
  std::vector<std::string> extras = app_.remaining(true);
  if (extras.empty()) return;
  std::stable_sort(extras.begin(), extras.end(), [&](const std::string& a, const std::string& b) {
    const bool a_option = a[0] == '-', b_option = b[0] == '-';  // an unknown option leaves its value behind as an extra
    return a_option != b_option ? a_option : place_of(a) < place_of(b);
  });
  const std::string& first = extras.front();
  Diagnostic diagnostic;
  diagnostic.code = "E0601";
  diagnostic.argument = place_of(first);
  if (first.empty() || first[0] != '-') {
    diagnostic.found = "\"" + printable(first) + "\" after \"" + chosen.get_name() + "\"";
    diagnostic.allowed = "no further argument";
    throw UsageError(std::move(diagnostic));
  }
  std::vector<std::string> names;
  for (const CLI::Option* option : chosen.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    for (const std::string& name : option->get_snames()) names.push_back("-" + name);
  }
  const std::vector<std::string_view> known(names.begin(), names.end());
  const std::string option = first.substr(0, first.find('='));
  diagnostic.found = "unknown option \"" + printable(option) + "\"";
  diagnostic.allowed = "an option of \"brokersim " + chosen.get_name() + "\"; --help lists them";
  diagnostic.hint = option.size() > 2 ? did_you_mean(option, known) : "";
  throw UsageError(std::move(diagnostic));
}

void Parser::judge_numbers(Options& options) const {
  options.threads = std::clamp(std::thread::hardware_concurrency(), 1U, most_threads);
  if (const auto value = single("--threads")) {
    options.threads = static_cast<unsigned>(whole_number(*value, 1, most_threads, "E0604"));
  }
  for (const OptionValue& value : given("--set")) options.overrides.push_back({value.text, value.argument});
  for (const OptionValue& value : given("--fault")) options.overrides.push_back({value.text, value.argument, true});
  const auto to_override = [&](std::string_view option, std::string_view pointer, std::uint64_t least,
                               std::uint64_t most) {
    const auto value = single(option);
    if (!value) return;
    options.overrides.push_back(
        {std::string(pointer) + "=" + std::to_string(whole_number(*value, least, most)), value->argument});
  };
  if (options.command == Command::calibrate || options.command == Command::swarm) return;  // own trials, own seeds
  to_override("--trials", "/trials", 1, most_trials);
  to_override("--seed", "/seed", 0, ~std::uint64_t{0});
}

void Parser::judge_choices(Options& options) const {
  if (const auto value = single("--format")) options.format = static_cast<OutputFormat>(choice(*value, format_names));
  if (const auto value = single("--color")) options.color = static_cast<ColorMode>(choice(*value, color_names));
  if (const auto value = single("--policy"))
    options.policy = static_cast<ReadPolicy>(choice(*value, read_policy_names()));
  if (const auto value = single("--error-format")) options.json_errors = choice(*value, error_format_names) == 1;
  if (const auto value = single("--out")) {
    const bool file = options.command == Command::calibrate || options.command == Command::whatif;
    if (value->text.empty())
      throw wrong_value(*value, "E0602", file ? "the name of a file" : "the name of a directory");
    options.out = value->text;
  }
  if (const auto value = single("--expect-fingerprint")) {
    if (!is_fingerprint(value->text))
      throw wrong_value(*value, "E0704", "a fingerprint as a run prints it, \"kfp1:m...\"");
    options.expect_fingerprint = value->text;
  }
  options.force = texts_.force;
  options.quiet = texts_.quiet;
  options.verbose = texts_.verbose;
  if (options.quiet && options.verbose) contradiction("--verbose", "--quiet together with --verbose", "one of them");
  if (options.force && !options.out)
    contradiction("--force", "--force without --out", "--force together with --out DIR");
}

void Parser::contradiction(std::string_view option, std::string found, std::string allowed) const {
  Diagnostic diagnostic;
  diagnostic.code = "E0605";
  diagnostic.argument = std::min(place_of(option), place_of(option.substr(1, 2)));  // "--verbose" or "-v"
  const std::vector<OptionValue> values = given(option);
  if (!values.empty()) diagnostic.argument = values.front().argument;
  diagnostic.found = std::move(found);
  diagnostic.allowed = std::move(allowed);
  throw UsageError(std::move(diagnostic));
}

void Parser::nothing_to_do(std::string found, std::string allowed, std::string hint) const {
  Diagnostic diagnostic;
  diagnostic.code = "E0602";
  diagnostic.argument = static_cast<int>(arguments_.size()) + 1;
  diagnostic.found = std::move(found);
  diagnostic.allowed = std::move(allowed);
  diagnostic.hint = std::move(hint);
  throw UsageError(std::move(diagnostic));
}

void Parser::judge_samples(CalibrateOptions& calibrate) const {
  for (const OptionValue& value : given("--samples")) {
    const std::size_t equals = std::min(value.text.find('='), value.text.size());
    const std::string kind = value.text.substr(0, equals);
    const std::string file = value.text.substr(std::min(equals + 1, value.text.size()));
    if (file.empty() || (kind != "acknowledgement" && kind != "delivery")) {
      throw wrong_value(value, "E0602", "acknowledgement=FILE or delivery=FILE");
    }
    std::string& place = kind == "delivery" ? calibrate.delivery_samples : calibrate.acknowledgement_samples;
    if (!place.empty()) throw wrong_value(value, "E0603", "samples of " + kind + " once");
    place = file;
  }
}

void Parser::judge_calibrate(Options& options) const {
  CalibrateOptions& calibrate = options.calibrate;
  calibrate.cases = texts_.cases;
  for (const OptionValue& value : given("--hold-out")) calibrate.hold_out.push_back(value.text);
  std::vector<std::string_view> profiles;
  for (const HostProfile& profile : host_profiles()) profiles.push_back(profile.name);
  calibrate.profile = profiles.front();
  if (const auto value = single("--profile")) calibrate.profile = profiles[choice(*value, profiles)];
  const auto number = [&](std::string_view option, std::uint32_t& out, std::uint64_t most) {
    if (const auto value = single(option)) out = static_cast<std::uint32_t>(whole_number(*value, 1, most));
  };
  number("--trials", calibrate.trials, most_calibration_trials);
  number("--evaluations", calibrate.evaluations, most_evaluations);
  if (const auto value = single("--omb")) calibrate.omb = value->text;
  judge_samples(calibrate);
  if (const auto value = single("--scenario")) options.scenario = value->text;
  const bool measured = !given("--omb").empty() || !given("--samples").empty();
  if (!options.scenario.empty() && !measured) {
    contradiction("--scenario", "--scenario without what was measured", "--scenario together with --omb or --samples");
  }
  if (options.scenario.empty()) {
    for (const std::string_view option : {"--omb", "--samples", "--set"}) {
      if (given(option).empty()) continue;
      contradiction(option, std::string(option) + " without --scenario",
                    std::string(option) + " together with --scenario FILE");
    }
    if (calibrate.cases.empty()) {
      nothing_to_do("no measured case", "a folder with a case.json, or --scenario with --omb or --samples",
                    "brokersim calibrate --scenario mine.json --omb result.json");
    }
  }
}

void Parser::judge_swarm(SwarmOptions& swarm) const {
  std::vector<std::string_view> profiles;
  for (const SwarmProfile& profile : swarm_profiles()) profiles.push_back(profile.name);
  swarm.profile = profiles.front();
  if (const auto value = single("--profile")) swarm.profile = profiles[choice(*value, profiles)];
  if (const auto value = single("--seed")) swarm.seed = whole_number(*value, 0, ~std::uint64_t{0});
  if (const auto value = single("--schedules"))
    swarm.schedules = static_cast<std::uint32_t>(whole_number(*value, 1, most_schedules));
  if (const auto value = single("--tolerate"))
    swarm.tolerated = static_cast<std::uint32_t>(whole_number(*value, 0, most_schedules));
  if (const auto value = single("--expect-violation")) swarm.expected = value->text;
  swarm.shrinks = !texts_.no_shrink;
  swarm.requires_coverage = texts_.coverage;
  const auto kinds = single("--faults");
  if (!kinds) return;
  const std::vector<std::string_view> names = fault_kind_names();
  for (const std::string_view kind : brokersim::split(kinds->text, ',')) {
    const OptionValue one{"--faults", std::string(kind), kinds->argument};
    swarm.kinds.push_back(static_cast<FaultKind>(choice(one, names)));
  }
}

/// One of the list that follows --kill.
KillWish kill_wish(const OptionValue& value, const std::string& item) {
  constexpr std::array<std::string_view, 2> each{"each-broker", "each-zone"};
  constexpr std::array<std::string_view, 3> named{"broker", "zone", "top"};
  constexpr std::array<KillWish::Who, 3> kinds{KillWish::Who::broker, KillWish::Who::zone, KillWish::Who::top_brokers};
  KillWish wish;
  wish.argument = value.argument;
  const auto found = std::find(each.begin(), each.end(), item);
  if (found != each.end()) {
    wish.who = found == each.begin() ? KillWish::Who::each_broker : KillWish::Who::each_zone;
    return wish;
  }
  const std::size_t colon = std::min(item.find(':'), item.size());
  const auto kind = std::find(named.begin(), named.end(), item.substr(0, colon));
  wish.name = item.substr(std::min(colon + 1, item.size()));
  if (kind == named.end() || wish.name.empty()) {
    throw wrong_value(value, "E0602",
                      "each-broker, each-zone, broker:ID, zone:NAME or top:N, or a list of them with commas",
                      did_you_mean(item, each));
  }
  wish.who = kinds[static_cast<std::size_t>(kind - named.begin())];
  if (wish.who == KillWish::Who::top_brokers)
    wish.count = static_cast<std::uint32_t>(whole_number({"--kill top:", wish.name, value.argument}, 1, 1'000'000));
  return wish;
}

/// A duration above 0, or at least 0.
Duration duration_of(const OptionValue& value, bool may_be_zero) {
  const Quantity<Duration> read = parse_duration(value.text);
  const Duration least = may_be_zero ? Duration::zero() : Duration{1};
  if (!read.ok() || read.value < least || read.value > century) {
    throw wrong_value(value, "E0602",
                      std::string("a duration ") + (may_be_zero ? "of at least 0" : "above 0") + ", like 45s");
  }
  return read.value;
}

void Parser::judge_whatif(WhatIfOptions& whatif) const {
  for (const OptionValue& value : given("--kill")) {
    for (const std::string_view wish : brokersim::split(value.text, ','))
      whatif.kills.push_back(kill_wish(value, std::string(wish)));
  }
  if (whatif.kills.empty()) {
    nothing_to_do("nobody to kill", "--kill each-broker, each-zone, broker:ID, zone:NAME or top:N",
                  "brokersim whatif scenarios/three-zones.json --kill each-broker --kill each-zone");
  }
  if (const auto value = single("--restart")) whatif.restart = duration_of(*value, false);
  if (const auto value = single("--at")) {
    whatif.at = duration_of(*value, true);
    whatif.at_argument = value->argument;
  }
  if (const auto value = single("--watch")) whatif.watch = duration_of(*value, false);
  for (const OptionValue& value : given("--mitigation")) {
    for (const std::string_view one : brokersim::split(value.text, ','))
      add_mitigation(value, std::string(one), whatif.mitigations);
  }
  for (const Mitigation& mitigation : whatif.mitigations) {
    if (mitigation.kind != Mitigation::Kind::by_hand || whatif.restart) continue;
    contradiction("--mitigation", "--mitigation " + mitigation.name + " without --restart",
                  "--restart DURATION beside it: without one nobody comes back who could be elected");
  }
  const auto format = single("--format");
  if (format && format->text == "json") throw wrong_value(*format, "E0602", "one of \"table\", \"csv\", \"markdown\"");
}

Options Parser::judge(std::size_t command) const {
  Options options;
  options.command = static_cast<Command>(command);
  judge_numbers(options);
  judge_choices(options);
  if (options.command == Command::schema || options.command == Command::faults) return options;
  if (options.command == Command::calibrate) {
    judge_calibrate(options);
    return options;
  }
  if (options.command == Command::swarm) {
    judge_swarm(options.swarm);
    return options;
  }
  if (texts_.scenario.empty()) {
    nothing_to_do("no scenario", "a scenario file, or - for standard input",
                  "brokersim " + std::string(command_names[command]) + " scenarios/three-zones.json");
  }
  if (options.command == Command::whatif) judge_whatif(options.whatif);
  options.scenario = texts_.scenario.front();
  if (texts_.scenario.size() > 1) {
    Diagnostic diagnostic;
    diagnostic.code = "E0601";
    diagnostic.argument = place_of(texts_.scenario[1]);
    diagnostic.found =
        "\"" + printable(texts_.scenario[1]) + "\" after the scenario \"" + printable(options.scenario) + "\"";
    diagnostic.allowed = "one scenario";
    throw UsageError(std::move(diagnostic));
  }
  return options;
}

CommandLine Parser::parse() {
  if (arguments_.empty()) throw UsageError(short_usage());
  split();
  const std::vector<CLI::App*> chosen = app_.get_subcommands();
  if (texts_.help) return {{}, chosen.empty() ? app_.help() : chosen.front()->help()};
  if (texts_.version) return {{}, version_text()};
  if (chosen.empty()) {
    const auto word =
        std::find_if(arguments_.begin(), arguments_.end(), [](const std::string& a) { return a[0] != '-'; });
    const std::string& found = word == arguments_.end() ? arguments_.front() : *word;
    Diagnostic diagnostic;
    diagnostic.code = "E0601";
    diagnostic.argument = place_of(found);
    diagnostic.found = std::string(word == arguments_.end() ? "no command, but " : "unknown command ") + "\"" +
                       printable(found) + "\"";
    diagnostic.allowed = "one of " + listed(command_names);
    diagnostic.hint = did_you_mean(found, command_names);
    throw UsageError(std::move(diagnostic));
  }
  const auto place = std::find(commands_.begin(), commands_.end(), chosen.front());
  refuse_extras(*chosen.front());
  return {judge(static_cast<std::size_t>(place - commands_.begin())), std::nullopt};
}

}  // namespace

CommandLine parse_command_line(const std::vector<std::string>& arguments) {
  return Parser(arguments).parse();
}

bool wants_json_errors(const std::vector<std::string>& arguments) {
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i] == "--error-format=json") return true;
    if (arguments[i] == "--error-format" && i + 1 < arguments.size() && arguments[i + 1] == "json") return true;
  }
  return false;
}

}  // namespace brokersim
