// SPDX-License-Identifier: Apache-2.0
// Laws of invariants-and-faults.md: C.1 "Writing", C.6 H-119 to H-132, A.6 O-04, D-14.
#include "sim/result_files/result_directory.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>
#include <nlohmann/json.hpp>

#include "tests/result_files/result_example.hpp"
#include "tests/result_files/result_tree.hpp"

namespace brokersim {

namespace {

namespace fs = std::filesystem;
using test::ScratchDirectory;
using test::tree;
using test::write_all;

/// The code with which writing to `out` fails, having changed nothing below `root`; "" if it does not fail.
std::string refusal(const fs::path& root, const fs::path& out, bool force,
                    const ResultSet& results = test::example().results, FileCalls* calls = nullptr) {
  const auto before = tree(root);
  FileCalls real;
  try {
    write_result_directory(results, out, force, calls != nullptr ? *calls : real);
  } catch (const OutputError& error) {
    CHECK(error.exit_code == 4);
    CHECK(tree(root) == before);
    return error.code;
  }
  return "";
}

/// The same answer from the check before the run and from writing.
std::string refusal_twice(const fs::path& root, const fs::path& out, bool force) {
  std::string early;
  try {
    check_result_directory(out, force);
  } catch (const OutputError& error) {
    early = error.code;
  }
  CHECK(refusal(root, out, force) == early);
  return early;
}

/// Lets `good` calls of one kind pass, then fails with `error`.
struct FailingCalls : FileCalls {
  enum class Kind { write, short_write, fsync, close, rename };
  FailingCalls(Kind failing, int good_calls, int code) : kind(failing), good(good_calls), error(code) {}
  bool fails(Kind k) {
    if (k != kind || good-- > 0) return false;
    errno = error;
    return true;
  }
  ssize_t write(int file, const char* bytes, std::size_t count) override {
    return fails(Kind::write) ? -1 : FileCalls::write(file, bytes, count);
  }
  int fsync(int file) override { return fails(Kind::fsync) ? -1 : FileCalls::fsync(file); }
  int close(int file) override {
    const bool failed = fails(Kind::close);
    const int saved = errno;
    const int result = FileCalls::close(file);
    errno = saved;
    return failed ? -1 : result;
  }
  int rename(const char* from, const char* to) override {
    return fails(Kind::rename) ? -1 : FileCalls::rename(from, to);
  }
  Kind kind;
  int good;
  int error;
};
using Kind = FailingCalls::Kind;

}  // namespace

TEST_CASE("O-04: the manifest lists every file with its size and hash, and nothing else is there") {
  const ScratchDirectory scratch;
  const fs::path out = scratch.path() / "out";
  const ResultReceipt receipt = write_result_directory(test::example().results, out, false);
  const nlohmann::json manifest = nlohmann::json::parse(test::read_all(out / "manifest.json"));
  CHECK(manifest["complete"] == true);
  CHECK(manifest["relaxed_checks"] == "none");
  CHECK(manifest["seed"] == 7);
  CHECK(manifest["scenario_hash"] == "0123456789abcdef");
  std::map<std::string, std::string> listed;
  ResultHash all;
  std::string previous;
  for (const nlohmann::json& file : manifest["files"]) {
    const std::string name = file["name"];
    CHECK(previous < name);
    previous = name;
    const std::string content = test::read_all(out / name);
    ResultHash hash;
    hash.add(content);
    all.add(content);
    CHECK(file["bytes"] == content.size());
    CHECK(file["hash"] == hash.text());
    listed[name] = content;
  }
  CHECK(manifest["fingerprint"] == all.text());
  CHECK(receipt.fingerprint == all.text());
  CHECK(receipt.files.size() == listed.size());
  for (const auto& entry : tree(out)) {
    const std::string& name = entry.first;
    CHECK_MESSAGE((listed.count(name.substr(2)) == 1 || name == "./manifest.json" || name == "./timing.json"), name);
  }
  CHECK(tree(scratch.path()).size() == listed.size() + 3);  // the directory itself, manifest.json, timing.json
}

TEST_CASE("two runs on another number of threads give the same bytes in all files but timing.json") {
  const test::Example again(2);
  const ScratchDirectory scratch;
  const ResultReceipt one = write_result_directory(test::example().results, scratch.path() / "one", false);
  const ResultReceipt other = write_result_directory(again.results, scratch.path() / "other", false);
  auto one_tree = tree(scratch.path() / "one");
  auto other_tree = tree(scratch.path() / "other");
  CHECK(one_tree["./timing.json"] != other_tree["./timing.json"]);  // threads
  one_tree.erase("./timing.json");
  other_tree.erase("./timing.json");
  CHECK(one_tree == other_tree);
  CHECK(one.fingerprint == other.fingerprint);
}

TEST_CASE("D-14: no compared file holds where it was written") {
  const ScratchDirectory scratch;
  write_result_directory(test::example().results, scratch.path() / "somewhere", false);
  for (const auto& entry : tree(scratch.path() / "somewhere")) {
    const std::string& name = entry.first;
    const std::string& content = entry.second;
    CHECK_MESSAGE(content.find("somewhere") == std::string::npos, name);
    CHECK_MESSAGE(content.find(scratch.path().filename().string()) == std::string::npos, name);
    CHECK_MESSAGE((name == "./timing.json" || content.find("wall") == std::string::npos), name);
  }
}

TEST_CASE("H-119: a directory with something in it is not replaced without force, an empty one is used") {
  const ScratchDirectory scratch;
  const fs::path out = scratch.path() / "out";
  fs::create_directory(out);
  CHECK(refusal_twice(scratch.path(), out, false) == "");  // ... and now it is full
  CHECK(refusal_twice(scratch.path(), out, false) == "E0608");
  CHECK(refusal_twice(scratch.path(), out / "manifest.json", false) == "E0608");
}

TEST_CASE("H-120: force replaces an earlier result, and nothing that brokersim did not write") {
  const ScratchDirectory scratch;
  const fs::path out = scratch.path() / "out";
  const std::string first = write_result_directory(test::example().results, out, false).fingerprint;
  ResultSet changed = test::example().results;
  changed.notes.push_back("another");
  const std::string second = write_result_directory(changed, out, true).fingerprint;
  CHECK(first != second);
  CHECK(test::read_all(out / "summary.json").find("another") != std::string::npos);
  CHECK(std::distance(fs::directory_iterator(scratch.path()), fs::directory_iterator()) == 1);  // no sibling is left

  write_all(out / "my-notes.txt", "mine");
  CHECK(refusal_twice(scratch.path(), out, true) == "E0609");
  fs::remove(out / "my-notes.txt");
  fs::create_directory(out / "brokers");
  CHECK(refusal_twice(scratch.path(), out, true) == "E0609");
  fs::remove(out / "brokers");
  write_all(out / "manifest.json", "{\"format\": \"something else\"}");
  CHECK(refusal_twice(scratch.path(), out, true) == "E0609");
  write_all(out / "manifest.json", "not JSON");
  CHECK(refusal_twice(scratch.path(), out, true) == "E0609");
}

TEST_CASE("H-121: a symbolic link is not followed, with or without a slash behind it, nor one inside") {
  const ScratchDirectory scratch;
  fs::create_directory(scratch.path() / "real");
  fs::create_directory_symlink("real", scratch.path() / "link");
  fs::create_directory_symlink("nowhere", scratch.path() / "dangling");
  CHECK(refusal_twice(scratch.path(), scratch.path() / "link", false) == "E0610");
  CHECK(refusal_twice(scratch.path(), scratch.path() / "link" / "", true) == "E0610");
  CHECK(refusal_twice(scratch.path(), scratch.path() / "dangling", false) == "E0610");
  write_result_directory(test::example().results, scratch.path() / "out", false);
  fs::create_symlink("brokers.csv", scratch.path() / "out" / "shortcut");
  CHECK(refusal_twice(scratch.path(), scratch.path() / "out", true) == "E0610");
}

TEST_CASE("H-122: where nothing can be written, the check before the run says so") {
  const ScratchDirectory scratch;
  CHECK(refusal_twice(scratch.path(), scratch.path() / "missing" / "out", false) == "E0611");
  CHECK(refusal_twice(scratch.path(), "", false) == "E0611");
  CHECK(refusal_twice(scratch.path(), "/", false) == "E0611");
  if (::geteuid() != 0) {  // root may write anywhere
    fs::permissions(scratch.path(), fs::perms::owner_read | fs::perms::owner_exec);
    CHECK(refusal_twice(scratch.path(), scratch.path() / "out", false) == "E0611");
    fs::permissions(scratch.path(), fs::perms::owner_all);
  }
}

TEST_CASE("H-123 to H-125: a full disk, a failed write, flush, close or rename leaves the tree as it was") {
  const ScratchDirectory scratch;
  const fs::path out = scratch.path() / "out";
  for (const int good : {0, 7}) {  // at the first file and at a later one
    CAPTURE(good);
    FailingCalls full(Kind::write, good, ENOSPC), quota(Kind::fsync, good, EDQUOT), broken(Kind::write, good, EIO),
        unflushed(Kind::fsync, good, EIO), unclosed(Kind::close, good, EIO);
    CHECK(refusal(scratch.path(), out, false, test::example().results, &full) == "E0612");
    CHECK(refusal(scratch.path(), out, false, test::example().results, &quota) == "E0612");
    CHECK(refusal(scratch.path(), out, false, test::example().results, &broken) == "E0613");
    CHECK(refusal(scratch.path(), out, false, test::example().results, &unflushed) == "E0614");
    CHECK(refusal(scratch.path(), out, false, test::example().results, &unclosed) == "E0614");
  }
  FailingCalls unnamed(Kind::rename, 0, EIO);
  CHECK(refusal(scratch.path(), out, false, test::example().results, &unnamed) == "E0614");
}

TEST_CASE("H-124: short and interrupted writes are taken up again and change no byte") {
  struct StutteringCalls : FileCalls {
    int calls = 0;
    ssize_t write(int file, const char* bytes, std::size_t count) override {
      if (++calls % 3 == 0) {
        errno = EINTR;
        return -1;
      }
      return FileCalls::write(file, bytes, std::min<std::size_t>(count, 1000));
    }
  };
  const ScratchDirectory scratch;
  StutteringCalls stutter;
  const std::string expected =
      write_result_directory(test::example().results, scratch.path() / "plain", false).fingerprint;
  CHECK(write_result_directory(test::example().results, scratch.path() / "out", false, stutter).fingerprint ==
        expected);
  CHECK(stutter.calls > 100);
  CHECK(tree(scratch.path() / "plain") == tree(scratch.path() / "out"));
}

TEST_CASE("H-129: of two runs with the same output the second is told so") {
  const ScratchDirectory scratch;
  const fs::path out = scratch.path() / "out";
  SUBCASE("while the first is writing") {
    struct MeanwhileCalls : FileCalls {  // the second run starts when the first has written all
      const fs::path* where = nullptr;
      std::string second = "did not run";
      int rename(const char* from, const char* to) override {
        try {
          write_result_directory(test::example().results, *where, false);
          second = "";
        } catch (const OutputError& error) {
          second = error.code;
        }
        return FileCalls::rename(from, to);
      }
    };
    MeanwhileCalls calls;
    calls.where = &out;
    write_result_directory(test::example().results, out, false, calls);
    CHECK(calls.second == "E0617");
  }
  SUBCASE("when it finishes later") {
    struct LateCalls : FileCalls {  // as if another machine had put its result there just before
      int rename(const char* from, const char* to) override {
        fs::create_directory(to);
        write_all(fs::path(to) / "theirs", "theirs");
        return FileCalls::rename(from, to);
      }
    };
    LateCalls calls;
    CHECK_THROWS_AS(write_result_directory(test::example().results, out, false, calls), OutputError);
    CHECK(tree(scratch.path()) == std::map<std::string, std::string>{{"./out/", ""}, {"out/theirs", "theirs"}});
  }
}

TEST_CASE("H-130: a request to stop ends the writing and leaves nothing") {
  const ScratchDirectory scratch;
  ResultSet stopping = test::example().results;
  int asked = 0;
  stopping.stop_requested = [&] { return ++asked == 5; };
  CHECK_THROWS_AS(write_result_directory(stopping, scratch.path() / "out", false), OutputInterrupted);
  CHECK(tree(scratch.path()).empty());
}

TEST_CASE(
    "H-132: what a killed run left beside the target is found, does not disturb, and a living run's is not named") {
  const ScratchDirectory scratch;
  const fs::path dead = scratch.path() / ".out.partial-1";
  fs::create_directory(dead);
  fs::create_directory(scratch.path() / ".other.partial-1");
  CHECK(abandoned_siblings(scratch.path() / "out") == std::vector<fs::path>{dead});
  const int living = ::open(dead.c_str(), O_RDONLY | O_DIRECTORY);
  REQUIRE(::flock(living, LOCK_EX) == 0);
  CHECK(abandoned_siblings(scratch.path() / "out").empty());
  CHECK(refusal(scratch.path(), scratch.path() / "out", false) == "E0617");
  ::close(living);
  CHECK(refusal(scratch.path(), scratch.path() / "out", false) == "");
  CHECK(fs::exists(dead));
}

TEST_CASE("messages show no control characters of a name") {
  try {
    check_result_directory("/nowhere/\x1b[31mred", false);
    FAIL("accepted");
  } catch (const OutputError& error) {
    CHECK(std::string(error.what()).find('\x1b') == std::string::npos);
  }
}

}  // namespace brokersim
