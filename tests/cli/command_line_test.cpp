// SPDX-License-Identifier: Apache-2.0
// Rows of invariants-and-faults.md C.6: exact messages and exit codes.
#include <doctest/doctest.h>

#include "small_scenario.hpp"

namespace brokersim::test {
namespace {

struct Row {
  const char* id;
  std::vector<std::string> arguments;
  const char* message;
};

TEST_CASE("a mistake on the command line gets one clear message with its place, and exit code 2") {
  const std::vector<Row> rows{
      {"H-112 unknown option",
       {"compare", "--sed", "5", "x.json"},
       "error E0601: command line, argument 2\n"
       "  found   unknown option \"--sed\"\n"
       "  allowed an option of \"brokersim compare\"; --help lists them\n"
       "  hint    did you mean \"--seed\" or \"--set\"?\n"},
      {"H-112 unknown option with =",
       {"run", "x.json", "--trails=5"},
       "error E0601: command line, argument 3\n"
       "  found   unknown option \"--trails\"\n"
       "  allowed an option of \"brokersim run\"; --help lists them\n"
       "  hint    did you mean \"--trials\"?\n"},
      {"unknown command",
       {"comapre", "x.json"},
       "error E0601: command line, argument 1\n"
       "  found   unknown command \"comapre\"\n"
       "  allowed one of \"run\", \"compare\", \"check-scenario\", \"schema\", \"print-config\", \"calibrate\", "
       "\"faults\"\n"
       "  hint    did you mean \"compare\"?\n"},
      {"a fault without its words",
       {"run", "scenarios/three-zones.json", "--fault"},
       "error E0602: command line, argument 3\n"
       "  found   \"--fault\" and nothing after it\n"
       "  allowed a value for --fault\n"},
      {"a second scenario",
       {"compare", "x.json", "y.json"},
       "error E0601: command line, argument 3\n"
       "  found   \"y.json\" after the scenario \"x.json\"\n"
       "  allowed one scenario\n"},
      {"an option of another command",
       {"compare", "x.json", "--policy", "leader"},
       "error E0601: command line, argument 3\n"
       "  found   unknown option \"--policy\"\n"
       "  allowed an option of \"brokersim compare\"; --help lists them\n"},
      {"H-113 no value",
       {"compare", "x.json", "--trials"},
       "error E0602: command line, argument 3\n"
       "  found   \"--trials\" and nothing after it\n"
       "  allowed a value for --trials\n"},
      {"H-113 an option for a value",
       {"compare", "x.json", "--out", "--force"},
       "error E0602: command line, argument 4\n"
       "  found   --out \"--force\"\n"
       "  allowed a value for --out\n"},
      {"H-113 not a number",
       {"compare", "x.json", "--trials", "ten"},
       "error E0602: command line, argument 4\n"
       "  found   --trials \"ten\"\n"
       "  allowed a whole number from 1 to 100000\n"},
      {"H-113 a number and more",
       {"compare", "x.json", "--trials", "10x"},
       "error E0602: command line, argument 4\n"
       "  found   --trials \"10x\"\n"
       "  allowed a whole number from 1 to 100000\n"},
      {"H-113 out of range",
       {"compare", "x.json", "--trials=0"},
       "error E0602: command line, argument 3\n"
       "  found   --trials \"0\"\n"
       "  allowed a whole number from 1 to 100000\n"},
      {"H-113 above 64 bits",
       {"compare", "x.json", "--seed", "18446744073709551616"},
       "error E0602: command line, argument 4\n"
       "  found   --seed \"18446744073709551616\"\n"
       "  allowed a whole number from 0 to 18446744073709551615\n"},
      {"H-113 below 0",
       {"compare", "x.json", "--seed", "-1"},
       "error E0602: command line, argument 4\n"
       "  found   --seed \"-1\"\n"
       "  allowed a whole number from 0 to 18446744073709551615\n"},
      {"H-113 no such format",
       {"compare", "x.json", "--format", "cvs"},
       "error E0602: command line, argument 4\n"
       "  found   --format \"cvs\"\n"
       "  allowed one of \"table\", \"json\", \"csv\", \"markdown\"\n"
       "  hint    did you mean \"csv\"?\n"},
      {"no scenario",
       {"compare"},
       "error E0602: command line, argument 2\n"
       "  found   no scenario\n"
       "  allowed a scenario file, or - for standard input\n"
       "  hint    brokersim compare scenarios/three-zones.json\n"},
      {"H-114",
       {"compare", "x.json", "--seed", "1", "--seed=2"},
       "error E0603: command line, argument 5\n"
       "  found   --seed \"2\"\n"
       "  allowed --seed once\n"
       "  hint    it was \"1\" at argument 4\n"},
      {"H-115",
       {"compare", "x.json", "--threads", "0"},
       "error E0604: command line, argument 4\n"
       "  found   --threads \"0\"\n"
       "  allowed a whole number from 1 to 1024\n"},
      {"H-115",
       {"compare", "x.json", "--threads", "-3"},
       "error E0604: command line, argument 4\n"
       "  found   --threads \"-3\"\n"
       "  allowed a whole number from 1 to 1024\n"},
      {"H-115",
       {"compare", "x.json", "--threads", "1e9"},
       "error E0604: command line, argument 4\n"
       "  found   --threads \"1e9\"\n"
       "  allowed a whole number from 1 to 1024\n"},
      {"H-116",
       {"compare", "x.json", "--quiet", "--verbose"},
       "error E0605: command line, argument 4\n"
       "  found   --quiet together with --verbose\n"
       "  allowed one of them\n"},
      {"H-116 short",
       {"compare", "x.json", "-v", "-q"},
       "error E0605: command line, argument 3\n"
       "  found   --quiet together with --verbose\n"
       "  allowed one of them\n"},
      {"H-116",
       {"compare", "x.json", "--force"},
       "error E0605: command line, argument 3\n"
       "  found   --force without --out\n"
       "  allowed --force together with --out DIR\n"},
      {"H-134 escapes and bytes that are no text",
       {"compare", "x.json", "--trials", "\x1b[31m\xff"},
       "error E0602: command line, argument 4\n"
       "  found   --trials \"\\u{1b}[31m\\xff\"\n"
       "  allowed a whole number from 1 to 100000\n"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.id);
    const Answer answer = brokersim(row.arguments);
    CHECK(answer.exit_code == 2);
    CHECK(answer.err == row.message);
    CHECK(answer.out.empty());
  }
}

TEST_CASE("an option given twice with one value is taken once (H-114)") {
  const ScratchDirectory scratch;
  const std::string file = scratch.write(small_scenario());
  CHECK(brokersim({"print-config", file, "--seed", "7", "--seed=7"}).exit_code == 0);
}

TEST_CASE("no arguments give a short usage on stderr (H-111)") {
  const Answer answer = brokersim({});
  CHECK(answer.exit_code == 2);
  CHECK(answer.out.empty());
  CHECK(answer.err.find("usage: brokersim run|compare|check-scenario|schema|print-config") == 0);
}

TEST_CASE("mistakes are one JSON array with --error-format json, also those before the option") {
  const Answer answer = brokersim({"compare", "--trials", "x", "s.json", "--error-format", "json"});
  const nlohmann::json errors = nlohmann::json::parse(answer.err);
  CHECK(answer.exit_code == 2);
  REQUIRE(errors.size() == 1);
  CHECK(errors[0]["code"] == "E0602");
  CHECK(errors[0]["argument"] == 3);
}

TEST_CASE("--set is judged like the file, with its place on the command line (H-117)") {
  const ScratchDirectory scratch;
  const std::string file = scratch.write(small_scenario());
  const Answer wrong = brokersim({"compare", file, "--set", "/producers/0/rate=abc"});
  CHECK(wrong.exit_code == 2);
  CHECK(wrong.err.find("error E0606: command line, argument 4 at /producers/0/rate\n  found   \"abc\"\n") == 0);
  const Answer missing = brokersim({"compare", file, "--set=/prodcers/0/rate=1/s"});
  CHECK(missing.exit_code == 2);
  CHECK(missing.err.find("error E0606: command line, argument 3 at /prodcers\n") == 0);
}

TEST_CASE("--help names every exit code, every command has examples, and --version tells what was built") {
  const Answer help = brokersim({"--help"});
  CHECK(help.exit_code == 0);
  CHECK(help.err.empty());
  for (const char* code :
       {"  0 ", "  1 ", "  2 ", "  3 ", "  4 ", "  5 ", "  6 ", "  7 ", "  8 ", "  9 ", "  130 ", "  143 "}) {
    CAPTURE(code);
    CHECK(help.out.find(std::string("\n") + code) != std::string::npos);
  }
  for (const char* command :
       {"run", "compare", "check-scenario", "schema", "print-config", "calibrate", "faults", "swarm"}) {
    CAPTURE(command);
    CHECK(help.out.find(command) != std::string::npos);
    CHECK(brokersim({command, "--help"}).out.find(std::string("Examples:\n  brokersim ") + command) !=
          std::string::npos);
  }
  const Answer version = brokersim({"--version"});
  CHECK(version.out.find("brokersim 0.") == 0);
  CHECK(version.out.find("Boost 1.") != std::string::npos);
}

TEST_CASE("comparing needs two read policies") {
  const ScratchDirectory scratch;
  nlohmann::json scenario = small_scenario();
  scenario["read_policies"] = {"leader"};
  const Answer answer = brokersim({"compare", scratch.write(scenario)});
  CHECK(answer.exit_code == 2);
  CHECK(answer.err ==
        "error E0605: command line, argument 1\n"
        "  found   compare, and one read policy in the scenario\n"
        "  allowed at least two of \"read_policies\" or of \"protocols\" to compare\n"
        "  hint    brokersim run, or --set '/read_policies=[\"leader\",\"rack_aware\"]'\n");
}

TEST_CASE("a wrong scenario ends with 3, one that cannot be read with 4, and check-scenario passes a right one") {
  const ScratchDirectory scratch;
  nlohmann::json scenario = small_scenario();
  CHECK(brokersim({"check-scenario", scratch.write(scenario)}).exit_code == 0);
  scenario["topics"][0]["replication_factor"] = 4;
  const Answer wrong = brokersim({"check-scenario", scratch.write(scenario)});
  CHECK(wrong.exit_code == 3);
  CHECK(wrong.out.empty());
  CHECK(brokersim({"compare", (scratch.path() / "none.json").string()}).exit_code == 4);
}

TEST_CASE("print-config writes what is in force, and it is a scenario with the same hash") {
  const ScratchDirectory scratch;
  const std::string file = scratch.write(small_scenario());
  const Answer config = brokersim({"print-config", file, "--trials", "7", "--seed", "9", "--set", "/duration=6s"});
  const nlohmann::json printed = nlohmann::json::parse(config.out);
  CHECK(printed["trials"] == 7);
  CHECK(printed["seed"] == 9);
  CHECK(read_scenario_file(scratch.write(printed, "printed.json")).hash ==
        read_scenario_file(file, {{"/trials=7", 0}, {"/seed=9", 0}, {"/duration=6s", 0}}).hash);
}

TEST_CASE("schema prints JSON") {
  CHECK(nlohmann::json::parse(brokersim({"schema"}).out).contains("$schema"));
}

}  // namespace
}  // namespace brokersim::test
