// SPDX-License-Identifier: Apache-2.0
// The schema says what the reader says, as far as a schema can. The only place that includes valijson.
#include <doctest/doctest.h>

#if defined(__GNUC__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wold-style-cast"
#pragma GCC diagnostic ignored "-Woverloaded-virtual"
#pragma GCC diagnostic ignored "-Wnon-virtual-dtor"
#pragma GCC diagnostic ignored "-Wunused-parameter"
#endif
#include <nlohmann/json.hpp>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validator.hpp>
#if defined(__GNUC__)
#pragma GCC diagnostic pop
#endif

#include <filesystem>

#include "sim/scenario/host_profile.hpp"
#include "sim/scenario_file/fault_grammar.hpp"
#include "tests/scenario_file/scenario_support.hpp"

namespace brokersim::test {
namespace {

/// The draft-07 schema, ready to judge.
class Schema {
 public:
  Schema() : json_(nlohmann::json::parse(scenario_schema())) {
    valijson::SchemaParser parser(valijson::SchemaParser::kDraft7);
    parser.populateSchema(valijson::adapters::NlohmannJsonAdapter(json_), schema_);
  }
  [[nodiscard]] bool accepts(const std::string& text) const {
    const nlohmann::json document = nlohmann::json::parse(text);
    valijson::Validator validator(valijson::Validator::kStrongTypes);
    return validator.validate(schema_, valijson::adapters::NlohmannJsonAdapter(document), nullptr);
  }

 private:
  nlohmann::json json_;
  valijson::Schema schema_;
};

const std::string root = BROKERSIM_SOURCE_DIR;

/// The ```json blocks of a Markdown file.
std::vector<std::string> snippets(const std::string& path) {
  const std::string text = file_text(path);
  std::vector<std::string> found;
  for (std::size_t at = text.find("```json\n"); at != std::string::npos; at = text.find("```json\n", at)) {
    at += 8;
    const std::size_t end = text.find("```", at);
    found.push_back(text.substr(at, end - at));
    at = end + 3;
  }
  return found;
}

}  // namespace

TEST_CASE("Every scenario of ours passes the schema and is read without a note") {
  const Schema schema;
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(root + "/scenarios")) {
    if (entry.path().extension() != ".json") continue;
    CAPTURE(entry.path().string());
    CHECK(schema.accepts(file_text(entry.path().string())));
    CHECK(read_scenario_file(entry.path().string()).notes.empty());
    ++count;
  }
  CHECK(count >= 6);
}

TEST_CASE("Every scenario in the documentation passes the schema and is read") {
  const Schema schema;
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(root + "/docs")) {
    if (entry.path().extension() != ".md") continue;
    for (const std::string& snippet : snippets(entry.path().string())) {
      const nlohmann::json json = nlohmann::json::parse(snippet, nullptr, false);
      if (!json.is_object() || !json.contains("zones")) continue;  // another kind of document
      CAPTURE(snippet);
      CHECK(schema.accepts(snippet));
      CHECK_NOTHROW((void)read_scenario_text(snippet, "snippet.json"));
      ++count;
    }
  }
  CHECK(count >= 1);
}

TEST_CASE("What print-config writes passes the schema") {
  const Schema schema;
  for (const auto& entry : std::filesystem::directory_iterator(root + "/scenarios")) {
    if (entry.path().extension() == ".json")
      CHECK(schema.accepts(read_scenario_file(entry.path().string()).effective_json));
  }
}

TEST_CASE("The schema refuses shapes that the reader refuses, and accepts what it accepts") {
  // Rows of C.3 (H-035 to H-058) are about shape, except the ones named here: a schema knows no "did you mean", and no
  // reader's own limits on ids (H-045) or on the smallest step of a unit (H-051-fine). 6.0 is an integer to JSON Schema
  // and to the reader, but not to valijson's strong types (H-044).
  const Schema schema;
  int refused = 0;
  for (const auto& entry : std::filesystem::directory_iterator(root + "/tests/hostile")) {
    const std::string name = entry.path().stem().string();
    if (entry.path().extension() != ".json" || name < "H-035" || name >= "H-059") continue;
    if (name == "H-051-fine" || name == "H-044") continue;
    CAPTURE(name);
    const std::string text = file_text(entry.path().string());
    const bool accepted = answer(text, "x").find("exit 0") == 0;
    CHECK(schema.accepts(text) == accepted);
    refused += accepted ? 0 : 1;
  }
  CHECK(refused >= 35);
}

TEST_CASE("The schema names the read policies of the registry, in its order") {
  const auto schema = nlohmann::json::parse(scenario_schema());
  const auto names = schema.at("properties").at("read_policies").at("items").at("enum").get<std::vector<std::string>>();
  CHECK(names == std::vector<std::string>(read_policy_names().begin(), read_policy_names().end()));
}

TEST_CASE("The schema names the host profiles that there are, in their order") {
  const auto schema = nlohmann::json::parse(scenario_schema());
  const auto names = schema.at("properties").at("host_profile").at("enum").get<std::vector<std::string>>();
  REQUIRE(names.size() == host_profiles().size());
  for (std::size_t i = 0; i < names.size(); ++i) CHECK(names[i] == host_profiles()[i].name);
}

TEST_CASE("The schema accepts a scenario with every key that concerns hosts, and what is written of it") {
  const Schema schema;
  const std::string text = replaced(
      replaced(small_scenario, "\"duration\"",
               R"("host_profile": "measured-kafka-4.2", "controller": {"zone": "a"}, "network": {"mtu": 9000},
                  "clients": {"send": {"per_request": "1us"}, "receive": {"per_byte": "1ns"}, "variation": 0.5,
                              "pauses": {"per_second": 1, "mean": "1ms"}}, "duration")"),
      "\"first_id\"",
      R"("service": {"replica_append": {"per_request": "1us"}, "variation": 2}, "pauses": {"per_second": 0}, "first_id")");
  CHECK(schema.accepts(text));
  CHECK(schema.accepts(read_scenario_text(text, "x.json").effective_json));
  CHECK_FALSE(schema.accepts(replaced(text, "kafka-4.2", "kafka-4.1")));
  CHECK_FALSE(schema.accepts(replaced(text, "9000", "575")));
  CHECK_FALSE(schema.accepts(replaced(text, "\"variation\": 2", "\"variation\": 1001")));
  CHECK_FALSE(schema.accepts(replaced(text, "{\"per_second\": 0}", "{}")));
}

TEST_CASE("The schema accepts every kind of fault as it is written") {
  const Schema schema;
  const std::string base = examples_scenario();
  for (const FaultGrammar& grammar : fault_grammar()) {
    CAPTURE(grammar.example);
    CHECK(schema.accepts(read_scenario_text(base, "s.json", {{std::string(grammar.example), 1, true}}).effective_json));
  }
  const std::string entry = "\"faults\": [{\"fault\": \"kill\", \"at\": \"1s\"}], \"zones\"";
  CHECK(schema.accepts(replaced(base, "\"zones\"", entry)));
  CHECK_FALSE(schema.accepts(replaced(base, "\"zones\"", replaced(entry, "kill", "kil"))));
}

TEST_CASE("The printed schema is the file in the tree") {
  CHECK(std::string(scenario_schema()) == file_text(root + "/sim/scenario_file/scenario.schema.json"));
}

}  // namespace brokersim::test
