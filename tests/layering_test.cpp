// SPDX-License-Identifier: Apache-2.0
// The architecture as one table (docs/ARCHITECTURE.md draws it): who may include whom, and where each library stays.
#include <doctest/doctest.h>

#include <filesystem>
#include <map>
#include <optional>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "tests/support/source_files.hpp"

namespace brokersim::test {
namespace {

struct Room {
  std::string folder;
  std::string library;            // its CMake target
  std::set<std::string> may_use;  // rooms, or single headers of a room
};

const std::vector<Room>& rooms() {
  static const std::vector<Room> table = {
      {"sim/core", "sim_core", {}},
      {"sim/text", "sim_text", {}},
      {"sim/engine", "sim_engine", {"sim/core"}},
      {"sim/random", "sim_random", {"sim/core"}},
      {"sim/metrics", "sim_metrics", {"sim/core"}},
      {"sim/policy", "sim_policy", {"sim/core", "sim/random"}},
      {"sim/control_plane", "sim_control_plane", {"sim/core", "sim/policy", "sim/random"}},
      {"sim/invariants", "sim_invariants", {"sim/core"}},
      {"sim/model",
       "sim_model",
       {"sim/core", "sim/engine", "sim/random", "sim/metrics", "sim/policy", "sim/control_plane", "sim/invariants"}},
      // The same world under another protocol: of the model it takes what Kafka does not own.
      {"sim/primary_replica",
       "sim_primary_replica",
       {"sim/core", "sim/engine", "sim/random", "sim/metrics", "sim/policy", "sim/model"}},
      {"sim/scenario",
       "sim_scenario",
       {"sim/core", "sim/engine", "sim/random", "sim/metrics", "sim/policy", "sim/model", "sim/primary_replica"}},
      // Random worlds and what to take away from them: of the model only how a world is described.
      {"sim/swarm",
       "sim_swarm",
       {"sim/core", "sim/random", "sim/metrics", "sim/policy", "sim/scenario", "sim/model/specification.hpp",
        "sim/model/faults.hpp", "sim/model/fault_kinds.hpp"}},
      // Of the model the files know only what a scenario describes, never how it runs.
      {"sim/scenario_file",
       "sim_scenario_file",
       {"sim/core", "sim/text", "sim/scenario", "sim/model/specification.hpp", "sim/model/faults.hpp",
        "sim/model/fault_kinds.hpp"}},
      {"sim/result_files", "sim_result_files", {"sim/core", "sim/text", "sim/metrics", "sim/scenario"}},
      {"sim/measured", "sim_measured", {"sim/core", "sim/scenario"}},
      // Of the model the figures know what a world is, never how it runs; of the files what a report consists of.
      {"sim/figures",
       "sim_figures",
       {"sim/core", "sim/metrics", "sim/scenario", "sim/model/specification.hpp", "sim/model/fault_kinds.hpp",
        "sim/model/run_limits.hpp", "sim/model/topology.hpp", "sim/model/group_members.hpp",
        "sim/result_files/fault_report.hpp", "analysis"}},
      {"sim/cli",
       "sim_cli",
       {"sim/core", "sim/engine", "sim/random", "sim/metrics", "sim/policy", "sim/model", "sim/scenario",
        "sim/scenario_file", "sim/swarm", "sim/result_files", "sim/measured", "sim/figures", "sim/text", "analysis"}},
      // Plain columns, whether a run just made them or a result folder was read.
      {"analysis", "analysis", {}},
  };
  return table;
}

/// Libraries that cost seconds a file or would spread: the only rooms that may include what begins so. What is not
/// named here may be included by nobody.
struct Library {
  std::string begins;
  std::set<std::string> rooms;
  int files_at_most;  // 0: as many as the room likes
};

const std::vector<Library>& libraries() {
  static const std::vector<Library> table = {
      {"boost/align/", {"sim/engine"}, 0},
      {"boost/container/small_vector.hpp", {"sim/invariants", "sim/model"}, 2},
      {"boost/asio/", {"sim/scenario"}, 1},
      {"boost/graph/", {"sim/model"}, 1},
      {"boost/math/", {"analysis"}, 1},
      {"boost/version.hpp", {"sim/cli"}, 1},  // for --version
      {"CLI/", {"sim/cli"}, 1},
      {"fmt/", {"sim/cli"}, 0},
      {"nlohmann/", {"sim/scenario_file", "sim/result_files", "sim/measured"}, 0},
      {"nlopt.hpp", {"sim/measured"}, 1},
      {"Random123/", {"sim/random"}, 0},
      {"valijson/", {"sim/scenario_file"}, 1},
      {"sys/mman.h", {"sim/core"}, 1},  // large pages
      {"sys/",
       {"sim/scenario_file", "sim/result_files", "sim/cli"},
       0},  // POSIX: only where files and the terminal are
      {"zlib.h", {"sim/measured"}, 1},
  };
  return table;
}

const Room* room_of(const std::string& path) {
  for (const Room& room : rooms()) {
    if (path.starts_with(room.folder + "/")) return &room;
  }
  return nullptr;
}

const Library* library_of(const std::string& header) {
  for (const Library& library : libraries()) {
    if (header.starts_with(library.begins)) return &library;
  }
  return nullptr;
}

/// Why `path` may not have this include line; nothing if it may.
std::optional<std::string> objection(const std::string& path, bool quoted, const std::string& header) {
  const Room* room = room_of(path);
  if (room == nullptr) return path + ": lies in no room of the table";
  const std::string edge = path + " includes " + header + ": ";
  if (quoted) {
    const Room* other = room_of(header);
    if (other == nullptr) return edge + "not a path from the clone's root into a room";
    if (other != room && !room->may_use.contains(other->folder) && !room->may_use.contains(header)) {
      return edge + room->folder + " may not use " + other->folder;
    }
    return std::nullopt;
  }
  const Library* library = library_of(header);
  if (library == nullptr) {
    if (header.find('/') == std::string::npos) return std::nullopt;  // the standard library's, or POSIX's flat ones
    return edge + "a library that the table does not know";
  }
  if (!library->rooms.contains(room->folder)) return edge + room->folder + " may not use " + library->begins;
  return std::nullopt;
}

struct Include {
  std::string path;
  bool quoted;
  std::string header;
};

std::vector<Include> all_includes() {
  static const std::regex line_form(R"re(^\s*#\s*include\s*([<"])([^>"]+)[>"].*)re");
  std::vector<Include> includes;
  for (const SourceFile& file : source_files({"sim", "analysis"}, {".cpp", ".hpp"})) {
    for (const std::string& line : lines_of(file.text)) {
      std::smatch parts;
      if (std::regex_match(line, parts, line_form)) includes.push_back(Include{file.path, parts[1] == "\"", parts[2]});
    }
  }
  return includes;
}

TEST_CASE("no file includes what its room may not use") {
  const std::vector<Include> includes = all_includes();
  CHECK(includes.size() > 100);  // else we looked in the wrong place
  for (const Include& include : includes) {
    const std::optional<std::string> problem = objection(include.path, include.quoted, include.header);
    if (problem) FAIL_CHECK(*problem);
    if (include.quoted) {
      const std::string header = std::string(BROKERSIM_SOURCE_DIR) + "/" + include.header;
      if (!std::filesystem::exists(header)) FAIL_CHECK(include.path << " includes a file that is not: " << header);
    }
  }
}

TEST_CASE("a forbidden include is seen, an allowed one is not objected to") {
  CHECK(objection("sim/engine/station.hpp", true, "sim/model/broker.hpp"));
  CHECK(objection("sim/core/sim_time.hpp", true, "sim/random/stream.hpp"));
  CHECK(objection("analysis/balance.hpp", true, "sim/core/sim_time.hpp"));
  CHECK(objection("sim/scenario_file/scenario_json.hpp", true, "sim/model/broker.hpp"));
  CHECK(objection("sim/model/broker.hpp", true, "broker.hpp"));
  CHECK(objection("sim/model/broker.hpp", false, "nlohmann/json.hpp"));
  CHECK(objection("sim/model/broker.hpp", false, "boost/histogram.hpp"));
  CHECK(objection("sim/model/broker.hpp", false, "zlib.h"));
  CHECK(objection("sim/newcomer/thing.hpp", false, "vector"));
  CHECK_FALSE(objection("sim/scenario_file/scenario_json.hpp", true, "sim/model/specification.hpp"));
  CHECK_FALSE(objection("sim/model/broker.hpp", true, "sim/model/topology.hpp"));
  CHECK_FALSE(objection("sim/model/broker.hpp", false, "vector"));
}

TEST_CASE("a library that is slow to compile is included by one file only") {
  std::map<std::string, std::set<std::string>> users;
  for (const Include& include : all_includes()) {
    if (const Library* library = include.quoted ? nullptr : library_of(include.header)) {
      users[library->begins].insert(include.path);
    }
  }
  for (const Library& library : libraries()) {
    const int files = static_cast<int>(users[library.begins].size());
    CAPTURE(library.begins);
    if (library.files_at_most > 0) CHECK(files <= library.files_at_most);
  }
}

TEST_CASE("no product room looks for files at every build, or ./brokersim would never find nothing to do") {
  static const std::regex glob(R"(file\(\s*GLOB\w*\s[^)]*\bCONFIGURE_DEPENDS\b)");
  CHECK(std::regex_search(std::string("file(GLOB files CONFIGURE_DEPENDS *.cpp)"), glob));
  for (const SourceFile& file : source_files({"sim", "analysis"}, {"CMakeLists.txt"})) {
    CHECK_MESSAGE(!std::regex_search(file.text, glob), file.path);
  }
}

TEST_CASE("the link lines of CMake allow no more than the table") {
  static const std::regex call(R"(brokersim_room\(\s*(\w+)([^)]*)\))");
  std::set<std::string> seen;
  for (const SourceFile& file : source_files({"sim", "analysis"}, {"CMakeLists.txt"})) {
    std::smatch parts;
    if (!std::regex_search(file.text, parts, call)) continue;
    const Room* room = room_of(file.path);
    REQUIRE_MESSAGE(room != nullptr, file.path << ": lies in no room of the table");
    CHECK(room->library == parts[1]);
    seen.insert(room->folder);
    const std::string arguments = parts[2];
    const std::size_t uses = arguments.find("USES");
    if (uses == std::string::npos) continue;
    for (const Room& other : rooms()) {
      if (!std::regex_search(arguments.substr(uses), std::regex("\\b" + other.library + "\\b"))) continue;
      CHECK_MESSAGE(room->may_use.contains(other.folder), room->folder << " links " << other.library);
    }
  }
  for (const Room& room : rooms()) CHECK_MESSAGE(seen.contains(room.folder), room.folder << " has no brokersim_room()");
}

}  // namespace
}  // namespace brokersim::test
