// SPDX-License-Identifier: Apache-2.0
#include "sim/scenario_file/problem_list.hpp"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "sim/text/printable.hpp"
#include "sim/text/utf8.hpp"

namespace brokersim {
namespace {

/// More are not kept: a file of a million mistakes must not take the memory of a million messages.
constexpr std::size_t kept_limit = 1000;

int stage_of(const std::string& code) {
  if (code == "E0606") return 2;
  if (code == "E0407" || code == "E0442" || code == "E0317" || code == "E0104") return 5;
  return code[1] == '0' ? code[2] - '0' : 5;
}

/// Walks a text once, from place to place in ascending order. CR, LF and CRLF each end one line.
class LineCounter {
 public:
  explicit LineCounter(std::string_view text) : text_(text) {}
  void go_to(std::size_t offset) {
    while (at_ < offset && at_ < text_.size()) {
      const char c = text_[at_];
      const std::size_t length = std::max<std::size_t>(code_point_at(text_, at_).length, 1);
      if (c == '\n' || (c == '\r' && (at_ + 1 == text_.size() || text_[at_ + 1] != '\n'))) {
        ++line;
        column = 1;
      } else {
        ++column;
      }
      at_ += length;
    }
  }
  std::uint32_t line = 1;
  std::uint32_t column = 1;

 private:
  std::string_view text_;
  std::size_t at_ = 0;
};

std::string with_place(std::string text, const std::string& place) {
  const std::size_t at = text.find("{other}");
  return at == std::string::npos ? text : text.replace(at, 7, place);
}

}  // namespace

void ProblemList::add(Problem problem) {
  if (problems_.size() < kept_limit) problems_.push_back(std::move(problem));
}

void ProblemList::at(const JsonNode& node, Problem problem) {
  if (problems_.size() >= kept_limit) return;
  problem.offset = node.offset;
  problem.argument = node.argument;
  if (problem.pointer.empty()) problem.pointer = pointer_of(node);
  add(std::move(problem));
}

void ProblemList::at(const JsonNode& node, const JsonNode& other, Problem problem) {
  problem.other_offset = other.offset;
  problem.other_argument = other.argument;
  at(node, std::move(problem));
}

void ProblemList::at(const JsonNode& node, std::string code, std::string allowed, std::string hint) {
  at(node, {.code = std::move(code), .found = shown(node), .allowed = std::move(allowed), .hint = std::move(hint)});
}

void ProblemList::add_placed(const std::vector<Diagnostic>& diagnostics) {
  elsewhere_.insert(elsewhere_.end(), diagnostics.begin(), diagnostics.end());
}

bool ProblemList::failed(int last) const {
  return (last >= 4 && !elsewhere_.empty()) || std::any_of(problems_.begin(), problems_.end(), [&](const Problem& p) {
           return p.severity == Severity::error && stage_of(p.code) <= last;
         });
}

std::vector<Diagnostic> ProblemList::placed(const std::vector<const Problem*>& chosen) const {
  std::vector<const Problem*> order = chosen;
  std::stable_sort(order.begin(), order.end(), [](const Problem* a, const Problem* b) {
    return std::pair(a->argument, a->argument > 0 ? 0 : a->offset) <
           std::pair(b->argument, b->argument > 0 ? 0 : b->offset);
  });
  std::map<std::uint32_t, std::pair<std::uint32_t, std::uint32_t>> places;
  for (const Problem* p : order) {
    places[p->offset] = {};
    places[p->other_offset] = {};
  }
  LineCounter counter(text_);
  for (auto& [offset, place] : places) {
    counter.go_to(offset);
    place = {counter.line, counter.column};
  }
  std::vector<Diagnostic> diagnostics;
  for (const Problem* p : order) {
    const std::string other = p->other_argument > 0 ? "command line, argument " + std::to_string(p->other_argument)
                                                    : "line " + std::to_string(places[p->other_offset].first) +
                                                          ", column " + std::to_string(places[p->other_offset].second);
    Diagnostic d;
    d.severity = p->severity;
    // A wrong --set or --fault has one code of its own, so that scripts can tell it from a wrong file.
    d.code = p->argument > 0 && p->severity == Severity::error && stage_of(p->code) < 5 ? "E0606" : p->code;
    if (d.code != p->code) d.file_code = p->code;
    d.argument = p->argument;
    d.file = printable(file_, 1000);
    if (p->argument == 0) std::tie(d.line, d.column) = places[p->offset];
    d.pointer = p->pointer;
    d.found = with_place(p->found, other);
    d.allowed = with_place(p->allowed, other);
    d.hint = with_place(p->hint, other);
    diagnostics.push_back(std::move(d));
  }
  return diagnostics;
}

void ProblemList::stop_after(int last) const {
  for (int stage = 2; stage <= last; ++stage) stop_at(stage);
}

void ProblemList::stop_at(int stage) const {
  std::vector<const Problem*> chosen;
  bool overrides_only = true;
  for (const Problem& p : problems_) {
    if (p.severity != Severity::error || stage_of(p.code) != stage) continue;
    chosen.push_back(&p);
    overrides_only = overrides_only && p.argument > 0;
  }
  std::vector<Diagnostic> diagnostics = placed(chosen);
  if (stage == 4 && !elsewhere_.empty()) {
    diagnostics.insert(diagnostics.end(), elsewhere_.begin(), elsewhere_.end());
    overrides_only = false;
  }
  if (!diagnostics.empty()) throw ScenarioError(std::move(diagnostics), stage == 5 ? 5 : overrides_only ? 2 : 3);
}

std::vector<Diagnostic> ProblemList::errors() const {
  std::vector<const Problem*> chosen;
  for (const Problem& p : problems_) {
    if (p.severity == Severity::error) chosen.push_back(&p);
  }
  return placed(chosen);
}

std::vector<Diagnostic> ProblemList::notes() const {
  std::vector<const Problem*> chosen;
  for (const Problem& p : problems_) {
    if (p.severity != Severity::error) chosen.push_back(&p);
  }
  return placed(chosen);
}

}  // namespace brokersim
