// SPDX-License-Identifier: Apache-2.0
// What a case file asked and what the product answered: one finding a quantity.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace brokersim::validate {

/// disagrees: failed, but known and listed with its reason.
enum class Outcome { passed, failed, unsupported, disagrees };

/// One expected quantity of one case, judged.
struct Finding {
  std::string quantity;
  Outcome outcome = Outcome::unsupported;
  std::optional<double> expected, got;  ///< where it is a number, in the case file's unit
  double tolerance = 0;                 ///< allowed |got - expected|, same unit
  std::string note;                     ///< the reason, or what is not a number
};

/// The findings of one case. Whoever judges adds; nothing is ever taken back.
class CaseReport {
 public:
  explicit CaseReport(std::string id) : id_(std::move(id)) {}

  /// Passes if |got - expected| <= relative |expected|, or `relative` where `expected` is 0.
  void close(const std::string& quantity, double expected, double got, double relative);
  /// Passes if |got - expected| <= tolerance. NaN fails.
  void within(const std::string& quantity, double expected, double got, double tolerance, std::string note = {});
  /// For what is not a number: passes if `holds`; the texts are shown if not.
  void same(const std::string& quantity, bool holds, const std::string& expected, const std::string& got);
  void fail(const std::string& quantity, std::string reason);
  void unsupported(const std::string& quantity, std::string reason);
  /// Every failed finding for which `is_known(quantity)` becomes a listed disagreement.
  void excuse(const std::function<bool(const std::string&)>& is_known);

  [[nodiscard]] const std::string& id() const { return id_; }
  [[nodiscard]] const std::vector<Finding>& findings() const { return findings_; }
  [[nodiscard]] std::size_t count(Outcome outcome) const;

 private:
  std::string id_;
  std::vector<Finding> findings_;
};

/// The reports of one case file.
struct FamilyReport {
  std::string family;  ///< the file's stem
  std::vector<CaseReport> cases;
  [[nodiscard]] std::size_t count(Outcome outcome) const;
};

/// A line a family, then the failures, then (`verbose`) everything else, then "N passed, N failed, N skipped".
[[nodiscard]] std::string as_text(const std::vector<FamilyReport>& families, bool verbose);

/// The tables of docs/VALIDATION.md: a line a family, and of each family with numbers a line a case.
[[nodiscard]] std::string as_markdown(const std::vector<FamilyReport>& families);

/// Every compared number: family,case,quantity,expected,got,allowed,verdict.
[[nodiscard]] std::string as_csv(const std::vector<FamilyReport>& families);

/// The list kept in tests/validate/unsupported.md: a line for each case and quantity without a verdict.
[[nodiscard]] std::string unsupported_list(const std::vector<FamilyReport>& families);
/// The same for disagreements, tests/validate/disagreements.md: what failed or is listed already.
[[nodiscard]] std::string disagreement_list(const std::vector<FamilyReport>& families);
/// How such a line names its quantity, the reason apart.
[[nodiscard]] std::string unsupported_key(const std::string& family, const std::string& id,
                                          const std::string& quantity);

}  // namespace brokersim::validate
