// SPDX-License-Identifier: Apache-2.0
// Which targets and parameters each kind of fault has: for the reader, the command line, the writer and the help alike.
#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/model/fault_kinds.hpp"

namespace brokersim {

/// What a kind of fault takes besides its times. Lists are words with spaces between them.
struct FaultGrammar {
  FaultKind kind;
  std::string_view targets;  ///< keys of "target"; empty: it has none
  bool target_needed;
  std::string_view needed;    ///< parameters that must be there
  std::string_view optional;  ///< parameters that may be there
  bool lasts;                 ///< whether it has a "for"
  std::string_view summary;
  std::string_view example;      ///< as after --fault
  std::string_view one_of = {};  ///< two of the optional ones, of which one must be there
};

/// In the order of FaultKind.
[[nodiscard]] std::span<const FaultGrammar> fault_grammar();
[[nodiscard]] inline const FaultGrammar& grammar_of(FaultKind kind) {
  return fault_grammar()[static_cast<std::size_t>(kind)];
}
[[nodiscard]] std::vector<std::string_view> words_of(std::string_view list);
[[nodiscard]] bool has_word(std::string_view list, std::string_view word);
[[nodiscard]] std::vector<std::string_view> fault_kind_names();

/// Every kind with its parameters and an example, for `brokersim faults`.
[[nodiscard]] std::string fault_overview();

}  // namespace brokersim
