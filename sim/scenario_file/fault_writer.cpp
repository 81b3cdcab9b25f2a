// SPDX-License-Identifier: Apache-2.0
#include "sim/scenario_file/fault_writer.hpp"

#include <array>
#include <string_view>

#include "sim/scenario_file/fault_grammar.hpp"
#include "sim/scenario_file/units.hpp"
#include "sim/text/printable.hpp"

namespace brokersim {
namespace {

using Who = FaultTarget::Who;

class FaultWriter {
 public:
  FaultWriter(const FaultSpec& fault, const WorldSpec& world) : fault_(fault), world_(world) {}
  std::string write();

 private:
  void member(std::string_view key, const std::string& value) {
    text_ += (text_.size() > 1 ? ", " : "") + json_quoted(key) + ": " + value;
  }
  void quoted(std::string_view key, std::string_view value) { member(key, json_quoted(value)); }
  void time(std::string_view key, Duration value) { quoted(key, duration_text(value)); }
  void time(std::string_view key, const std::optional<Duration>& value) {
    if (value) time(key, *value);
  }
  void flag(std::string_view key, bool value) {
    if (value) member(key, "true");
  }
  void write_time();
  void write_condition();
  void write_parameters();
  void write_alternatives();
  void write_setting();
  [[nodiscard]] bool takes(std::string_view key) const {
    const FaultGrammar& grammar = grammar_of(fault_.kind);
    return has_word(grammar.needed, key) || has_word(grammar.optional, key);
  }
  [[nodiscard]] std::string broker_text(BrokerIndex index) const {
    return std::to_string(world_.brokers[index.value].id);
  }
  [[nodiscard]] std::string broker_row(const std::vector<BrokerIndex>& brokers) const {
    std::string row = "[";
    for (const BrokerIndex index : brokers) row += (row.size() > 1 ? ", " : "") + broker_text(index);
    return row + "]";
  }
  [[nodiscard]] std::string place(const std::string& name, const std::optional<std::uint32_t>& number) const {
    return json_quoted(number ? name + "/" + std::to_string(*number) : name);
  }
  [[nodiscard]] std::string target_text(const FaultTarget& target) const;
  [[nodiscard]] static std::string delay_text(const DelayDistribution& delay);

  const FaultSpec& fault_;
  const WorldSpec& world_;
  std::string text_ = "{";
};

std::string FaultWriter::target_text(const FaultTarget& t) const {
  const auto one = [](std::string_view key, const std::string& value) {
    return "{" + json_quoted(key) + ": " + value + "}";
  };
  switch (t.who) {
    case Who::none:
      break;
    case Who::brokers:
      return one("brokers", broker_row(t.brokers));
    case Who::all_brokers:
      return one("brokers", "\"all\"");
    case Who::random_brokers:
      return one("random_brokers", std::to_string(t.count));
    case Who::leader:
      return one("leader_of", place(world_.topics[t.topic.value].id, t.partition));
    case Who::follower:
      return one("follower_of", place(world_.topics[t.topic.value].id, t.partition));
    case Who::zone:
      return one("zone", json_quoted(world_.network.zones[t.zone.value]));
    case Who::all_zones:
      return one("zones", "\"all\"");
    case Who::random_zones:
      return one("random_zones", std::to_string(t.count));
    case Who::controllers:
      return one("controllers", "\"all\"");
    case Who::clients:
      return one("clients", "\"all\"");
    case Who::topic:
      return one("topic", place(world_.topics[t.topic.value].id, t.partition));
    case Who::producer:
      return one("producer", place(world_.producers[t.entry].id, t.instance));
    case Who::group:
      return one("group", place(world_.groups[t.entry].id, t.instance));
  }
  return "{}";
}

std::string FaultWriter::delay_text(const DelayDistribution& delay) {
  using Law = DelayDistribution::Law;
  if (delay.law == Law::constant) return json_quoted(duration_text(delay.mean));
  const auto time = [](std::string_view key, Duration value) {
    return ", " + json_quoted(key) + ": " + json_quoted(duration_text(value));
  };
  std::string text = R"({"distribution": ")" +
                     std::string(DelayDistribution::law_names[static_cast<std::size_t>(delay.law)]) + "\"" +
                     time("minimum", delay.minimum);
  text += delay.law == Law::uniform ? time("maximum", delay.maximum) : time("mean", delay.mean);
  if (delay.law == Law::lognormal) text += ", \"scv\": " + decimal_text(delay.scv);
  if (delay.law == Law::erlang) text += ", \"shape\": " + std::to_string(delay.shape);
  if (delay.law == Law::hyperexponential) {
    text +=
        ", \"first_probability\": " + decimal_text(delay.first_probability) + time("second_mean", delay.second_mean);
  }
  return text + "}";
}

void FaultWriter::write_condition() {
  const FaultCondition& c = fault_.when.condition;
  const bool in_sync = c.what == FaultCondition::What::in_sync;
  std::string text = "{" + json_quoted(FaultCondition::names[static_cast<std::size_t>(c.what)]) + ": " +
                     (in_sync ? std::to_string(c.at_most) : std::to_string(c.at_least));
  if (c.what == FaultCondition::What::acknowledged) {
    text += ", \"producer\": " + json_quoted(world_.producers[c.entry].id);
  } else if (c.what == FaultCondition::What::delivered) {
    text += ", \"group\": " + json_quoted(world_.groups[c.entry].id);
  } else {
    text += ", \"partition\": " + place(world_.topics[c.topic.value].id, c.partition);
    if (c.broker) text += ", \"broker\": " + broker_text(*c.broker);
  }
  member("when", text + "}");
  time("delay", fault_.when.delay);
}

void FaultWriter::write_time() {
  const FaultTime& when = fault_.when;
  if (when.how == FaultTime::How::at) {
    time("at", when.at);
  } else if (when.how == FaultTime::How::condition) {
    write_condition();
  } else {
    time("mttf", when.between.mean);
    time("mttr", when.repair.mean);
    quoted("distribution", when.between.law == DelayDistribution::Law::constant ? "constant" : "exponential");
    time("from", when.from);
    time("until", when.until);
  }
  time("for", fault_.lasts);
  if (fault_.every > Duration::zero()) {
    time("every", fault_.every);
    member("times", std::to_string(fault_.times));
  }
}

/// Of two parameters that stand for each other, the one that counts.
void FaultWriter::write_alternatives() {
  if (takes("bandwidth") && !fault_.bandwidth.unlimited()) {
    quoted("bandwidth", bandwidth_text(fault_.bandwidth));
  } else if (takes("records") && fault_.records > 0) {
    member("records", std::to_string(fault_.records));
  } else if (takes("factor")) {
    member("factor", decimal_text(fault_.factor));
  }
  if (takes("add")) member("add", delay_text(fault_.add));
  if (fault_.keep_offset) member("keep_offset", std::to_string(*fault_.keep_offset));
  if (fault_.keep_fraction) quoted("keep_fraction", percentage_text(*fault_.keep_fraction));
  if (fault_.retention_bytes) quoted("retention_bytes", size_text(*fault_.retention_bytes));
  time("retention_time", fault_.retention_time);
}

void FaultWriter::write_parameters() {
  if (takes("one_way")) flag("one_way", fault_.one_way);
  if (takes("probability")) quoted("probability", percentage_text(fault_.probability));
  if (fault_.spread > Duration::zero()) time("spread", fault_.spread);
  if (takes("step")) time("step", fault_.step);
  time("settle", fault_.settle);
  if (takes("deadline")) time("deadline", fault_.deadline);
  if (takes("outage")) quoted("outage", FaultSpec::outage_names[static_cast<std::size_t>(fault_.outage)]);
  if (takes("operation")) quoted("operation", FaultSpec::operation_names[static_cast<std::size_t>(fault_.operation)]);
  if (takes("keep") && (fault_.keep.brokers || fault_.keep.clients || fault_.keep.controllers)) {
    std::string names;
    for (const auto& [kept, name] : {std::pair{fault_.keep.brokers, "brokers"},
                                     {fault_.keep.clients, "clients"},
                                     {fault_.keep.controllers, "controllers"}}) {
      if (kept) names += (names.empty() ? "" : ", ") + json_quoted(name);
    }
    member("keep", "[" + names + "]");
  }
  time("resign_after", fault_.resign_after);
  flag("frozen", fault_.frozen);
  if (takes("message")) quoted("message", message_names[static_cast<std::size_t>(fault_.message)]);
  flag("drop", fault_.drop);
  if (takes("count")) member("count", std::to_string(fault_.count));
  if (takes("share")) quoted("share", percentage_text(fault_.share));
}

void FaultWriter::write_setting() {
  const ChangedSetting setting = fault_.setting;
  const bool boolean = setting == ChangedSetting::unclean_leader_election_enable ||
                       setting == ChangedSetting::auto_leader_rebalance_enable;
  quoted("setting", changed_setting_names[static_cast<std::size_t>(setting)]);
  member("value", boolean ? fault_.setting_value != 0 ? "true" : "false" : std::to_string(fault_.setting_value));
}

std::string FaultWriter::write() {
  quoted("fault", name_of(fault_.kind));
  if (fault_.target.who != Who::none) member("target", target_text(fault_.target));
  if (fault_.other.who != Who::none) member("other", target_text(fault_.other));
  write_time();
  write_alternatives();
  write_parameters();
  if (takes("replicas")) {
    std::string rows;
    for (const std::vector<BrokerIndex>& row : fault_.replicas) rows += (rows.empty() ? "" : ", ") + broker_row(row);
    member("replicas", "[" + rows + "]");
    if (!fault_.throttle.unlimited()) quoted("throttle", bandwidth_text(fault_.throttle));
  }
  if (takes("setting")) write_setting();
  return std::move(text_) + "}";
}

}  // namespace

std::string fault_json(const FaultSpec& fault, const WorldSpec& world) {
  return FaultWriter(fault, world).write();
}

}  // namespace brokersim
