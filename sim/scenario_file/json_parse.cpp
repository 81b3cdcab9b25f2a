// SPDX-License-Identifier: Apache-2.0
#include "sim/scenario_file/json_parse.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <nlohmann/json.hpp>
#include <utility>

#include "sim/text/printable.hpp"

namespace brokersim {
namespace {

constexpr std::size_t depth_limit = 64;
constexpr std::size_t string_limit = 4096;
constexpr std::size_t number_limit = 64;
constexpr std::size_t key_limit = 10'000;
constexpr std::size_t item_limit = 1'000'000;
constexpr std::size_t value_limit = 4'000'000;

/// Lets the parser read while we know how far it is: nlohmann 3.11 reports no positions.
class CountingIterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;
  CountingIterator(const char* at, std::size_t* count) : at_(at), count_(count) {}
  reference operator*() const { return *at_; }
  CountingIterator& operator++() {
    ++at_;
    ++*count_;
    return *this;
  }
  CountingIterator operator++(int) {
    CountingIterator before = *this;
    ++*this;
    return before;
  }
  friend bool operator==(const CountingIterator& a, const CountingIterator& b) { return a.at_ == b.at_; }
  friend bool operator!=(const CountingIterator& a, const CountingIterator& b) { return !(a == b); }

 private:
  const char* at_;
  std::size_t* count_;
};

bool number_character(char c) {
  return (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E';
}

/// Behind the number that starts at `at`, by JSON's grammar; "01" ends behind its 0.
std::size_t number_end(std::string_view text, std::size_t at) {
  const auto digits = [&] {
    while (at < text.size() && text[at] >= '0' && text[at] <= '9') ++at;
  };
  const auto skip = [&](std::string_view any) {
    const bool there = at < text.size() && any.find(text[at]) != std::string_view::npos;
    at += there ? 1 : 0;
    return there;
  };
  skip("-");
  if (!skip("0")) digits();
  if (skip(".")) digits();
  if (skip("eE")) {
    skip("+-");
    digits();
  }
  return at;
}

/// Builds the tree. Every event comes after its token was read; the token's start is the first byte behind the
/// last token that is no space, comma or colon.
class TreeBuilder : public nlohmann::json_sax<nlohmann::json> {
 public:
  TreeBuilder(std::string_view text, const std::size_t& read, DecodedStrings& strings, ProblemList& problems)
      : text_(text), read_(read), strings_(strings), problems_(problems) {}

  bool null() override { return scalar(JsonNode::Kind::null) != nullptr; }
  bool boolean(bool value) override {
    JsonNode* node = scalar(JsonNode::Kind::boolean);
    if (node != nullptr) node->truth = value;
    return node != nullptr;
  }
  bool number_integer(number_integer_t) override { return number(); }
  bool number_unsigned(number_unsigned_t) override { return number(); }
  bool number_float(number_float_t, const string_t&) override { return number(); }
  bool string(string_t& value) override {
    JsonNode* node = scalar(JsonNode::Kind::string);
    if (node == nullptr) return false;
    node->text = keep(value, node->offset);
    return check_length(value.size(), node->offset);
  }
  bool binary(binary_t&) override { return false; }
  bool key(string_t& value) override {
    key_offset_ = next_token();
    key_ = keep(value, key_offset_);
    end_ = read_;
    expects_ = JsonExpects::colon_and_value;
    return check_length(value.size(), key_offset_);
  }
  bool start_object(std::size_t) override { return open(JsonNode::Kind::object); }
  bool start_array(std::size_t) override { return open(JsonNode::Kind::array); }
  bool end_array() override { return close(); }
  bool end_object() override {
    check_duplicates(*open_.back());
    return close();
  }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception& error) override {
    if (error.id == 406) return refuse("E0215", next_token(), "a number that fits a 64-bit float (below 1.8e308)");
    problems_.add(explain_syntax_error(text_, end_, expects_, containers_, after_number_));
    return false;
  }

  JsonNode root;

 private:
  std::uint32_t next_token() const {
    std::size_t at = end_;
    while (at < text_.size() && std::string_view(" \t\r\n,:").find(text_[at]) != std::string_view::npos) ++at;
    return static_cast<std::uint32_t>(at);
  }

  JsonNode* add(JsonNode::Kind kind) {
    JsonNode* node = &root;
    if (!open_.empty()) {
      std::vector<JsonNode>& siblings = open_.back()->items;
      const bool in_object = open_.back()->is(JsonNode::Kind::object);
      if (siblings.size() == (in_object ? key_limit : item_limit) || values_ == value_limit) {
        in_object
            ? refuse("E0222", key_offset_, "at most 10,000 keys in one object and 4,000,000 values in a file")
            : refuse("E0317", next_token(), "at most 1,000,000 items in one array and 4,000,000 values in a file");
        return nullptr;
      }
      node = &siblings.emplace_back();
      if (in_object) {
        node->key = key_;
        node->key_offset = key_offset_;
      }
    }
    ++values_;
    node->kind = kind;
    node->offset = next_token();
    end_ = read_;
    after_number_ = false;
    expects_ = open_.empty() ? JsonExpects::nothing : JsonExpects::comma_or_end;
    return node;
  }
  JsonNode* scalar(JsonNode::Kind kind) { return add(kind); }

  bool number() {
    JsonNode* node = scalar(JsonNode::Kind::number);
    if (node == nullptr) return false;
    end_ = number_end(text_, node->offset);  // the parser itself has already looked behind it
    after_number_ = true;
    node->text = text_.substr(node->offset, end_ - node->offset);
    if (node->text.size() > number_limit) {
      return refuse("E0218", node->offset, "a number of at most 64 characters",
                    "a number of " + std::to_string(node->text.size()) + " characters");
    }
    double value = 0;
    const auto result = std::from_chars(node->text.data(), node->text.data() + node->text.size(), value);
    if (result.ec == std::errc::result_out_of_range) {
      return refuse("E0216", node->offset, "0, or a number of at least 1e-307; this one would become 0");
    }
    return true;
  }

  bool open(JsonNode::Kind kind) {
    JsonNode* node = add(kind);
    if (node == nullptr) return false;
    open_.push_back(node);
    containers_.push_back({node->offset, kind == JsonNode::Kind::object});
    expects_ = kind == JsonNode::Kind::object ? JsonExpects::first_key : JsonExpects::first_item;
    if (open_.size() > depth_limit) return refuse("E0219", node->offset, "at most 64 levels of nesting", "level 65");
    return true;
  }

  bool close() {
    open_.pop_back();
    containers_.pop_back();
    end_ = read_;
    after_number_ = false;
    expects_ = open_.empty() ? JsonExpects::nothing : JsonExpects::comma_or_end;
    return true;
  }

  std::string_view keep(string_t& value, std::size_t offset) {
    const std::size_t written = read_ - offset - 2;  // without its quotes
    if (written == value.size()) return text_.substr(offset + 1, written);
    return strings_.emplace_back(std::move(value));
  }

  bool check_length(std::size_t size, std::uint32_t offset) {
    return size <= string_limit ||
           refuse("E0221", offset, "a string of at most 4096 bytes", "a string of " + std::to_string(size) + " bytes");
  }

  void check_duplicates(const JsonNode& object) {
    std::vector<const JsonNode*> order;
    for (const JsonNode& item : object.items) order.push_back(&item);
    std::stable_sort(order.begin(), order.end(), [](const JsonNode* a, const JsonNode* b) { return a->key < b->key; });
    for (std::size_t i = 1; i < order.size(); ++i) {
      if (order[i]->key != order[i - 1]->key) continue;
      problems_.add({.code = "E0220",
                     .offset = order[i]->key_offset,
                     .found = "the key \"" + printable(order[i]->key) + "\" again, first at {other}",
                     .allowed = "each key once in an object",
                     .other_offset = order[i - 1]->key_offset});
    }
  }

  bool refuse(std::string code, std::uint32_t offset, std::string allowed, std::string found = {}) {
    if (found.empty()) {
      std::size_t end = offset;
      while (end < text_.size() && number_character(text_[end])) ++end;
      found = printable(text_.substr(offset, end - offset));
    }
    problems_.add(
        {.code = std::move(code), .offset = offset, .found = std::move(found), .allowed = std::move(allowed)});
    return false;
  }

  std::string_view text_;
  const std::size_t& read_;
  DecodedStrings& strings_;
  ProblemList& problems_;
  std::vector<JsonNode*> open_;  // a node's address holds while it is open: its siblings come later
  std::vector<OpenContainer> containers_;
  std::size_t end_ = 0;
  std::size_t values_ = 0;
  JsonExpects expects_ = JsonExpects::value;
  bool after_number_ = false;
  std::string_view key_;
  std::uint32_t key_offset_ = 0;
};

}  // namespace

JsonNode parse_json(std::string_view text, DecodedStrings& strings, ProblemList& problems) {
  std::size_t read = 0;
  TreeBuilder builder(text, read, strings, problems);
  const CountingIterator first(text.data(), &read);
  const CountingIterator last(text.data() + text.size(), &read);
  nlohmann::json::sax_parse(first, last, &builder);
  return std::move(builder.root);
}

}  // namespace brokersim
