// SPDX-License-Identifier: Apache-2.0
// Rule D-16: a plain text search that keeps the determinism rules alive. Same scenario and seed must give the same
// bytes with every compiler, standard library, CPU and thread count; what is named here is known not to.
#include <doctest/doctest.h>

#include <map>
#include <regex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/source_files.hpp"

namespace brokersim::test {
namespace {

struct Ban {
  std::string rule;
  std::string pattern;                      // ECMAScript, on code without comments and literals
  std::string instead;                      // what to use
  std::vector<std::string> except_below{};  // folders where it is no mistake
};

const std::vector<Ban>& bans() {
  static const std::vector<Ban> table = {
      {"D-04", R"(\bstd::\w+_distribution\b)", "sim/random: one variate per file"},
      {"D-04", R"(\bstd::(ranges::)?(random_)?shuffle\b|\bstd::(ranges::)?sample\b)", "sim/random/shuffle.hpp"},
      {"D-04", R"(\brandom_device\b|\b[sd]?rand(48|_r)?\s*\()", "a named stream of the scenario's seed"},
      {"D-04", R"(\bstd::(mt19937|minstd|ranlux|knuth|default_random_engine)\w*)", "sim/random/stream.hpp"},
      {"D-05",
       R"((\bstd::|(^|[^\w:.>]))(log|log2|log10|log1p|exp|exp2|expm1|pow|sin|cos|tan|asin|acos|atan|atan2|sinh|cosh|tanh|erf|erfc|tgamma|lgamma|cbrt|hypot)[fl]?\s*\()",
       "sim/random/fixed_math.hpp",
       // Before and after the runs, on one machine: only what goes in must be the same bits, or was measured anyway.
       {"analysis/", "sim/measured/"}},
      {"D-07", R"(\busing\s+\w+\s*=\s*std::unordered_)", "the type's own name, so that this test sees its loops"},
      {"D-13", R"(\b(f|s|sn|v|vf|vs|vsn|d)?printf\s*\()", "std::to_chars"},
      {"D-13", R"(\bsetlocale\b|\bstd::locale\b|\bimbue\b|\bsetprecision\b)", "std::to_chars"},
      {"D-13", R"(\bstd::sto(f|d|ld)\b|\bstrto(f|d|ld)\b|\batof\b)", "std::from_chars"},
      {"D-14",
       R"(\b(system|steady|high_resolution)_clock\b|\bgettimeofday\b|\bclock_gettime\b|\bgethostname\b|\bgetpid\b|\bgetenv\b|\bstd::time\b)",
       "simulated time; wall time belongs to timing.json and stderr",
       {"sim/scenario/", "sim/result_files/", "sim/cli/"}},
  };
  return table;
}

/// "path:line: rule: what was found; use ..." for each ban that `code` breaks.
std::vector<std::string> broken_bans(const std::string& path, const std::string& code) {
  std::vector<std::string> problems;
  const std::vector<std::string> lines = lines_of(code);
  for (const Ban& ban : bans()) {
    bool excepted = false;
    for (const std::string& folder : ban.except_below) excepted = excepted || path.starts_with(folder);
    if (excepted) continue;
    const std::regex pattern(ban.pattern);
    for (std::size_t i = 0; i < lines.size(); ++i) {
      std::smatch found;
      if (std::regex_search(lines[i], found, pattern)) {
        problems.push_back(path + ":" + std::to_string(i + 1) + ": rule " + ban.rule + " bans " + found.str() +
                           "; use " + ban.instead);
      }
    }
  }
  return problems;
}

/// Rule D-07: loops over a variable that any of these files declares as a hash container. A look-up is no mistake.
std::vector<std::string> hash_order_loops(const std::vector<SourceFile>& room) {
  static const std::regex declaration(R"(\bunordered_(?:multi)?(?:map|set)\s*<[^;{}()]*>\s*&?\s*(\w+)\s*[;={(,)])");
  std::set<std::string> hashed;
  for (const SourceFile& file : room) {
    for (std::sregex_iterator i(file.text.begin(), file.text.end(), declaration), end; i != end; ++i) {
      hashed.insert((*i)[1]);
    }
  }
  std::vector<std::string> problems;
  for (const std::string& name : hashed) {
    const std::regex loop("\\bfor\\s*\\([^;)]*:\\s*(\\w+(\\.|->))*" + name + "\\s*\\)|\\b" + name +
                          "\\s*(\\.|->)\\s*c?r?begin\\s*\\(");
    for (const SourceFile& file : room) {
      if (std::regex_search(file.text, loop)) {
        problems.push_back(file.path + ": rule D-07: walks " + name + " in the order of its hashes");
      }
    }
  }
  return problems;
}

/// sim/ and analysis/ without comments and literals, by folder.
std::map<std::string, std::vector<SourceFile>> code_by_folder() {
  std::map<std::string, std::vector<SourceFile>> folders;
  for (SourceFile& file : source_files({"sim", "analysis"}, {".cpp", ".hpp"})) {
    const std::string folder = file.path.substr(0, file.path.find('/', file.path.starts_with("sim/") ? 4 : 0));
    folders[folder].push_back(SourceFile{file.path, code_only(file.text)});
  }
  return folders;
}

TEST_CASE("no source uses a name that the determinism rules ban") {
  for (const auto& [folder, files] : code_by_folder()) {
    for (const SourceFile& file : files) {
      for (const std::string& problem : broken_bans(file.path, file.text)) FAIL_CHECK(problem);
    }
    for (const std::string& problem : hash_order_loops(files)) FAIL_CHECK(problem);
  }
}

TEST_CASE("no build file asks for arithmetic that differs between machines") {
  // Rule D-06. -ffp-contract=off itself is on sim_warnings, in the top CMakeLists.txt.
  static const std::regex flags(R"(-ffast-math|-Ofast|-funsafe-math|-march=|-mfma|-mavx|-ffp-contract=(fast|on))");
  std::vector<SourceFile> files = source_files({"sim", "analysis", "tests"}, {"CMakeLists.txt", ".cmake"});
  for (const char* top : {"CMakeLists.txt", "CMakePresets.json"}) files.push_back(source_file(top));
  for (const SourceFile& file : files) {
    std::smatch found;
    if (std::regex_search(file.text, found, flags)) FAIL_CHECK(file.path << ": rule D-06 bans " << found.str());
  }
}

TEST_CASE("each ban sees its mistake, and no look-alike") {
  const auto sees = [](const std::string& code, const std::string& path = "sim/model/broker.cpp") {
    return !broken_bans(path, code_only(code)).empty();
  };
  for (const char* bad : {"std::uniform_int_distribution<int> d;", "std::shuffle(a, b, g);", "std::random_device seed;",
                          "int x = rand();", "std::mt19937_64 g;", "y = std::log(x);", "y = (exp(x));",
                          "y = std::pow (x, 2);", "std::snprintf(b, 9, \"%g\", x);", "std::stod(text)",
                          "std::chrono::steady_clock::now()", "using Seen = std::unordered_set<int>;"}) {
    CHECK_MESSAGE(sees(bad), bad);
  }
  for (const char* good : {"y = fixed_log(x);", "table.log(x);", "// std::log(x)", "text = \"rand()\";",
                           "throw std::logic_error(why);", "shuffle(values, random);", "DelayDistribution d;",
                           "/* std::shuffle */", "const int n = 1'000'000; // rand()", "operand(1)"}) {
    CHECK_MESSAGE(!sees(good), good);
  }
  CHECK_FALSE(sees("y = std::log(x);", "analysis/percentile.cpp"));
  CHECK(sees("std::stod(text)", "sim/measured/measured_case.cpp"));

  const SourceFile header{"sim/model/a.hpp",
                          "std::unordered_map<int, std::vector<int>> seen_;\nstd::map<int, int> kept_;"};
  CHECK(hash_order_loops({header, {"sim/model/a.cpp", "for (const auto& [k, v] : seen_) f(k);"}}).size() == 1);
  CHECK(hash_order_loops({header, {"sim/model/a.cpp", "auto i = this->seen_.begin();"}}).size() == 1);
  CHECK(hash_order_loops({header, {"sim/model/a.cpp", "for (const auto& [k, v] : kept_) f(seen_.find(k));"}}).empty());
}

}  // namespace
}  // namespace brokersim::test
