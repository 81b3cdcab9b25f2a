// SPDX-License-Identifier: Apache-2.0
#include "sim/scenario_file/fault_text.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "sim/scenario_file/fault_grammar.hpp"
#include "sim/scenario_file/scenario_keys.hpp"
#include "sim/scenario_file/suggestions.hpp"
#include "sim/text/printable.hpp"
#include "sim/text/split.hpp"

namespace brokersim {
namespace {

constexpr std::string_view target_words =
    "broker brokers all random leader follower zone topic producer group controllers clients";

bool digit(char c) {
  return c >= '0' && c <= '9';
}

class FaultText {
 public:
  FaultText(std::string_view text, DecodedStrings& strings, ProblemList& problems, int argument)
      : text_(text), strings_(strings), problems_(problems), argument_(argument) {
    for (std::size_t i = 0; i < text.size();) {
      const std::size_t end = std::min(text.find_first_of(" \t", i), text.size());
      if (end > i) words_.push_back({text.substr(i, end - i), i});
      i = end + 1;
    }
  }

  bool parse(JsonNode& entry) {
    entry.kind = JsonNode::Kind::object;
    if (!read_kind(entry)) return false;
    while (more()) {
      if (!read_clause(entry)) return false;
    }
    return true;
  }

 private:
  struct Word {
    std::string_view text;
    std::size_t at;
  };

  [[nodiscard]] bool more() const { return next_ < words_.size(); }
  [[nodiscard]] std::string_view peek() const { return more() ? words_[next_].text : std::string_view{}; }
  std::string_view take() { return more() ? words_[next_++].text : std::string_view{}; }
  bool skip(std::string_view word) {
    if (peek() != word) return false;
    ++next_;
    return true;
  }

  /// The word at `index`, or the end of the text, is not what belongs there. Always false.
  bool refuse(std::size_t index, std::string allowed, std::string hint = {}) {
    const bool end = index >= words_.size();
    const std::size_t at = end ? text_.size() : words_[index].at;
    problems_.add({.code = "E0606",
                   .found = (end ? "the end" : "\"" + printable(words_[index].text) + "\"") + " at character " +
                            std::to_string(at + 1) + " of \"" + printable(text_) + "\"",
                   .allowed = std::move(allowed),
                   .hint = std::move(hint),
                   .argument = argument_});
    return false;
  }

  bool read_kind(JsonNode& entry) {
    std::string name(take());
    std::replace(name.begin(), name.end(), '-', '_');
    if (name == "elect" && skip("preferred")) skip("leaders");
    const std::vector<std::string_view> names = fault_kind_names();
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end()) {
      const std::string known = "a kind of fault; `brokersim faults` lists them";
      return refuse(0, known, name.empty() ? "kill broker 3 at 30s for 45s" : did_you_mean(name, names));
    }
    grammar_ = &fault_grammar()[static_cast<std::size_t>(found - names.begin())];
    text_member(entry, "fault", name);
    const bool bare_topic = has_word(grammar_->targets, "topic") && more() && !has_word(target_words, peek()) &&
                            peek().find_first_of("/-") != std::string_view::npos;
    if (!bare_topic) return true;
    text_member(target_of(entry, "target"), "topic", std::string(take()));
    return true;
  }

  bool read_clause(JsonNode& entry) {
    const std::size_t index = next_;
    const std::string_view word = peek();
    const bool targeted = find_member(entry, "target") != nullptr;
    if (has_word(target_words, word)) {
      if (targeted) return refuse(index, "one target", "write \"and\" or \"to\" before the other end of a link");
      return read_target(target_of(entry, "target"));
    }
    ++next_;
    if (word == "of") return true;  // "elect preferred leaders of topic orders"
    if (word == "from" && has_word(target_words, peek())) {
      return read_target(target_of(entry, "target"));
    }
    if (word == "and" || word == "to") return read_other(entry, word == "to");
    if (word == "when") return read_condition(entry);
    if (word == "one_way" || word == "drop" || word == "frozen") {
      add(entry, word, JsonNode::Kind::boolean).truth = true;
      return no_repeat(entry, index);
    }
    std::vector<std::string_view> known = words_of("at for when delay mttf mttr distribution from until every times");
    for (const std::string_view list : {grammar_->needed, grammar_->optional}) {
      for (const std::string_view key : words_of(list)) known.push_back(key);
    }
    if (std::find(known.begin(), known.end(), word) == known.end()) {
      std::vector<std::string_view> all = words_of(target_words);
      all.insert(all.end(), known.begin(), known.end());
      const bool elsewhere = is_key_of(Section::fault, word);
      const std::string meant =
          elsewhere ? std::string(name_of(grammar_->kind)) + " has no " + std::string(word) : did_you_mean(word, all);
      if (targeted || grammar_->targets.empty()) return refuse(index, "one of " + listed(known), meant);
      const bool a_topic = meant.empty() && has_word(grammar_->targets, "topic");
      return refuse(index, "a target, like in --fault '" + std::string(grammar_->example) + "'",
                    a_topic ? "write \"topic " + printable(word) + "\"" : meant);
    }
    if (!more()) return refuse(next_, "a value for \"" + std::string(word) + "\"");
    if (word == "keep" || word == "replicas") {
      list_member(entry, word, take());
    } else {
      value_member(entry, word, take());
    }
    return no_repeat(entry, index);
  }

  bool read_other(JsonNode& entry, bool one_way) {
    const std::size_t index = next_;
    if (!more()) return refuse(index, "the other end of the link");
    if (has_word(grammar_->needed, "replicas")) {  // reassign orders/0 to 1,2,3
      list_member(entry, "replicas", take());
      return no_repeat(entry, index);
    }
    if (!has_word(grammar_->optional, "other")) {
      return refuse(index - 1, "no second place: " + std::string(name_of(grammar_->kind)) + " has one target");
    }
    if (one_way && has_word(grammar_->optional, "one_way")) add(entry, "one_way", JsonNode::Kind::boolean).truth = true;
    if (find_member(entry, "other") != nullptr) return refuse(index, "one other end");
    return read_target(target_of(entry, "other"));
  }

  /// broker 3, brokers 1,2, all brokers, random brokers 2, leader of orders/0, zone a, topic orders, ...
  bool read_target(JsonNode& target) {
    const std::size_t index = next_;
    const std::string_view word = take();
    if (word == "all") {
      const std::string_view what = take();
      if (what != "brokers" && what != "zones") return refuse(index + 1, "\"brokers\" or \"zones\"");
      text_member(target, what, "all");
      return true;
    }
    if (word == "controllers" || word == "clients") {
      text_member(target, word, "all");
      return true;
    }
    if (word == "random") {
      const std::string_view what = take();
      const bool brokers = what == "broker" || what == "brokers";
      if (!brokers && what != "zone" && what != "zones") return refuse(index + 1, "\"brokers\" or \"zones\"");
      const bool counted = more() && digit(peek()[0]);
      value_member(target, brokers ? "random_brokers" : "random_zones", counted ? take() : "1");
      return true;
    }
    if (!has_word(target_words, word)) {
      const std::vector<std::string_view> known = words_of(target_words);
      return refuse(index, "a target: one of " + listed(known), did_you_mean(word, known));
    }
    std::string key(word);
    if (word == "leader" || word == "follower") {
      if (!skip("of")) return refuse(next_, "\"of\" and a partition, like \"leader of orders/0\"");
      key += "_of";
    }
    if (!more()) return refuse(next_, "which " + std::string(word));
    const std::string_view value = take();
    if (key == "brokers") {
      list_member(target, key, value);
    } else if (key == "broker") {
      value_member(target, key, value);
    } else {
      text_member(target, key, std::string(value));
    }
    return true;
  }

  /// producer shop acknowledged 100 | group g delivered 100 | orders/0 high_watermark 40 [broker 2]
  bool read_condition(JsonNode& entry) {
    const std::size_t index = next_;
    JsonNode& condition = add(entry, "when", JsonNode::Kind::object);
    const bool client = peek() == "producer" || peek() == "group";
    const std::string owner(client ? take() : "partition");
    if (!more()) return refuse(next_, "a condition, like \"producer shop acknowledged 100\"");
    text_member(condition, owner, std::string(take()));
    constexpr std::span<const std::string_view> whats = FaultCondition::names;
    const std::size_t at = next_;
    const std::string_view what = take();
    if (std::find(whats.begin(), whats.end(), what) == whats.end()) {
      return refuse(at, "one of " + listed(whats), did_you_mean(what, whats));
    }
    if (!more()) return refuse(next_, "a number");
    value_member(condition, what, take());
    if (find_member(entry, "target") != nullptr && skip("broker")) {
      if (!more()) return refuse(next_, "which broker");
      value_member(condition, "broker", take());
    }
    return no_repeat(entry, index - 1);
  }

  /// Whether the member just added is there once.
  bool no_repeat(const JsonNode& entry, std::size_t index) {
    const std::string_view key = entry.items.back().key;
    const auto same = [key](const JsonNode& item) { return item.key == key; };
    if (std::count_if(entry.items.begin(), entry.items.end(), same) == 1) return true;
    return refuse(index, "\"" + std::string(key) + "\" once");
  }

  JsonNode& add(JsonNode& parent, std::string_view key, JsonNode::Kind kind) {
    JsonNode& node = parent.items.emplace_back();
    node.key = strings_.emplace_back(key);
    node.kind = kind;
    return node;
  }
  JsonNode& target_of(JsonNode& entry, std::string_view key) { return add(entry, key, JsonNode::Kind::object); }
  void text_member(JsonNode& parent, std::string_view key, std::string value) {
    JsonNode& node = add(parent, key, JsonNode::Kind::string);
    node.text = strings_.emplace_back(std::move(value));
  }
  /// A JSON number or boolean if the word is one, else a string.
  void value_member(JsonNode& parent, std::string_view key, std::string_view value) {
    as_value(add(parent, key, JsonNode::Kind::string), value);
  }
  void as_value(JsonNode& node, std::string_view value) {
    node.kind = JsonNode::Kind::string;
    node.text = strings_.emplace_back(value);
    if (value == "true" || value == "false") {
      node.kind = JsonNode::Kind::boolean;
      node.truth = value == "true";
      return;
    }
    ProblemList ignored("", node.text);
    JsonNode parsed = parse_json(node.text, strings_, ignored);
    if (!value.empty() && !ignored.failed(5) && parsed.is(JsonNode::Kind::number)) node.kind = JsonNode::Kind::number;
  }
  void list_member(JsonNode& parent, std::string_view key, std::string_view value) {
    JsonNode& node = add(parent, key, JsonNode::Kind::array);
    for (const std::string_view item : split(value, ',')) as_value(node.items.emplace_back(), item);
  }

  std::string_view text_;
  DecodedStrings& strings_;
  ProblemList& problems_;
  int argument_;
  std::vector<Word> words_;
  std::size_t next_ = 0;
  const FaultGrammar* grammar_ = nullptr;
};

}  // namespace

bool parse_fault_text(std::string_view text, int argument, DecodedStrings& strings, ProblemList& problems,
                      JsonNode& entry) {
  ProblemList bytes("", text);
  if (!text.empty()) check_encoding(text, bytes);
  if (bytes.failed(5) || text.size() > 4096) {
    problems.add({.code = "E0606",
                  .found = "\"" + printable(text) + "\"",
                  .allowed = "a fault of at most 4096 bytes of UTF-8",
                  .argument = argument});
    return false;
  }
  return FaultText(text, strings, problems, argument).parse(entry);
}

}  // namespace brokersim
