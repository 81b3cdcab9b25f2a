// SPDX-License-Identifier: Apache-2.0
// The clone's own sources as text, for the tests that read code instead of running it.
#pragma once

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace brokersim::test {

struct SourceFile {
  std::string path;  // from the clone's root, "sim/core/sim_time.hpp"
  std::string text;
};

/// One file, by its path from the clone's root.
inline SourceFile source_file(const std::string& path) {
  std::ifstream in(std::filesystem::path(BROKERSIM_SOURCE_DIR) / path, std::ios::binary);
  if (!in) throw std::runtime_error("cannot read " + path);
  return SourceFile{path, std::string(std::istreambuf_iterator<char>(in), {})};
}

/// The files below `folders` (paths from the clone's root) that end in one of `endings`, ordered by path.
inline std::vector<SourceFile> source_files(const std::vector<std::string>& folders,
                                            const std::vector<std::string>& endings) {
  namespace fs = std::filesystem;
  const fs::path root = BROKERSIM_SOURCE_DIR;
  std::vector<SourceFile> files;
  for (const std::string& folder : folders) {
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(root / folder)) {
      const std::string name = entry.path().filename().string();
      const bool wanted = std::any_of(endings.begin(), endings.end(), [&](const std::string& ending) {
        return name.size() >= ending.size() && name.ends_with(ending);
      });
      if (!entry.is_regular_file() || !wanted) continue;
      files.push_back(source_file(entry.path().lexically_relative(root).generic_string()));
    }
  }
  std::sort(files.begin(), files.end(), [](const SourceFile& a, const SourceFile& b) { return a.path < b.path; });
  return files;
}

/// C++ with comments and the insides of literals blanked out; lines stay where they were. Digit separators are no
/// quotes, raw strings end at their own delimiter.
inline std::string code_only(std::string_view text) {
  std::string code(text);
  const auto blank = [&code](std::size_t from, std::size_t to) {
    for (std::size_t i = from; i < std::min(to, code.size()); ++i) {
      if (code[i] != '\n') code[i] = ' ';
    }
  };
  const auto end_of = [text](std::string_view what, std::size_t from) {
    const std::size_t found = text.find(what, from);
    return found == std::string_view::npos ? text.size() : found;
  };
  const auto is_word = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  for (std::size_t i = 0; i < text.size();) {
    const bool after_word = i > 0 && is_word(text[i - 1]);
    if (text.substr(i, 2) == "//") {
      const std::size_t end = end_of("\n", i);
      blank(i, end);
      i = end;
    } else if (text.substr(i, 2) == "/*") {
      const std::size_t end = end_of("*/", i + 2) + 2;
      blank(i, end);
      i = end;
    } else if (text.substr(i, 2) == "R\"" && !after_word) {
      const std::size_t open = end_of("(", i);
      const std::string close = ")" + std::string(text.substr(i + 2, open - i - 2)) + "\"";
      const std::size_t end = end_of(close, open) + close.size();
      blank(i + 2, end - 1);
      i = end;
    } else if (text[i] == '"' || (text[i] == '\'' && !after_word)) {
      std::size_t end = i + 1;
      while (end < text.size() && text[end] != text[i] && text[end] != '\n') end += text[end] == '\\' ? 2U : 1U;
      blank(i + 1, end);
      i = end + 1;
    } else {
      ++i;
    }
  }
  return code;
}

/// The text's lines without their ends.
inline std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

}  // namespace brokersim::test
