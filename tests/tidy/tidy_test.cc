// The rules of the source tree that a machine can check: edges between folders, file names, paths that documents name,
// no work left behind in comments, formatting.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "runtime/base/file.h"

namespace jangwon {
namespace {

namespace fs = std::filesystem;

const std::string kRoot = JANGWON_SOURCE_DIR;

// What each folder may include besides itself. The longest matching prefix of a file's path decides.
struct Edge {
  const char* folder;
  std::vector<std::string> may_include;
};

const std::vector<Edge>& edges() {
  static const std::vector<Edge> list = {
      {"runtime/base/", {}},
      {"runtime/base/jinja/", {"runtime/base/"}},
      {"runtime/io/", {"runtime/base/"}},
      {"runtime/tokenizer/", {"runtime/base/"}},
      {"runtime/chat_template/", {"runtime/base/", "runtime/tokenizer/"}},
      {"runtime/ops/", {"runtime/base/"}},
      {"runtime/kernels/", {"runtime/base/", "runtime/ops/"}},
      {"runtime/model/", {"runtime/base/", "runtime/io/", "runtime/ops/", "runtime/kv_cache.h"}},
      {"runtime/", {"runtime/"}},
      {"datasets/", {"runtime/base/"}},
      {"harness/sandbox/", {"runtime/base/"}},
      {"harness/record/", {"runtime/base/"}},
      {"harness/stats/", {"runtime/base/", "harness/record/"}},
      {"harness/task/", {"runtime/base/", "harness/record/"}},
      {"harness/filters/", {"runtime/base/", "datasets/sample.h", "harness/record/"}},
      {"harness/scorers/",
       {"runtime/base/", "datasets/sample.h", "harness/record/", "harness/sandbox/", "harness/filters/"}},
      {"harness/prompt/", {"runtime/base/", "datasets/sample.h", "harness/record/", "harness/task/"}},
      {"harness/backends/", {"runtime/base/", "harness/record/"}},
      {"harness/backends/embedded_backend.cc",
       {"runtime/base/", "runtime/engine.h", "harness/record/", "harness/backends/"}},
      {"harness/run_loop/", {"runtime/base/", "datasets/", "harness/"}},
      {"harness/commands/", {"runtime/", "datasets/", "harness/", "reports/"}},
      {"harness/main.cc", {"runtime/", "datasets/", "harness/", "reports/"}},
      {"reports/", {"runtime/base/", "harness/record/", "harness/stats/"}},
      {"tests/", {"runtime/", "datasets/", "harness/", "reports/", "tests/"}},
  };
  return list;
}

const Edge* edge_of(const std::string& file) {
  const Edge* best = nullptr;
  for (const Edge& edge : edges()) {
    if (file.starts_with(edge.folder) &&
        (best == nullptr || std::string(edge.folder).size() > std::string(best->folder).size())) {
      best = &edge;
    }
  }
  return best;
}

// Files under version control or about to be; build folders and run folders are not the project's.
std::vector<std::string> project_files() {
  std::vector<std::string> files;
  const std::set<std::string> skipped = {".git", "runs", "__pycache__", ".cache"};
  for (fs::recursive_directory_iterator it(kRoot), end; it != end; ++it) {
    const std::string name = it->path().filename().string();
    if (it->is_directory() && (skipped.contains(name) || (it.depth() == 0 && name.starts_with("build")))) {
      it.disable_recursion_pending();
      continue;
    }
    if (it->is_regular_file()) files.push_back(fs::relative(it->path(), kRoot).string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

bool has_extension(const std::string& file, std::initializer_list<const char*> extensions) {
  const std::string extension = fs::path(file).extension().string();
  return std::any_of(extensions.begin(), extensions.end(), [&](const char* e) { return extension == e; });
}

std::string content_of(const std::string& file) {
  Result<std::string> content = read_file(kRoot + "/" + file);
  EXPECT_TRUE(content.ok()) << content.status().message();
  return content.ok() ? std::move(content).value() : "";
}

TEST(Tidy, FoldersIncludeOnlyWhatStandsBelowThem) {
  const std::regex include(R"re(^\s*#\s*include\s+"([^"]+)")re");
  for (const std::string& file : project_files()) {
    if (!has_extension(file, {".h", ".cc", ".cu"})) continue;
    const Edge* edge = edge_of(file);
    ASSERT_NE(edge, nullptr) << file << " stands in a folder that no rule names";
    std::istringstream lines(content_of(file));
    std::string line;
    for (int number = 1; std::getline(lines, line); ++number) {
      std::smatch match;
      if (!std::regex_search(line, match, include)) continue;
      const std::string target = match[1];
      // The folder itself is the rule's folder, not the longest one: runtime/base/jinja is a folder of its own.
      const Edge* own = edge_of(target);
      const bool same = own == edge;
      const bool allowed = std::any_of(edge->may_include.begin(), edge->may_include.end(),
                                       [&](const std::string& prefix) { return target.starts_with(prefix); });
      EXPECT_TRUE(same || allowed) << file << ":" << number << ": may not include " << target;
    }
  }
}

TEST(Tidy, FilesAreNamedAfterWhatTheyHold) {
  const std::set<std::string> nothing_said = {"util", "utils", "helper", "helpers", "common", "misc"};
  for (const std::string& file : project_files()) {
    EXPECT_FALSE(nothing_said.contains(fs::path(file).stem().string())) << file;
  }
}

TEST(Tidy, PathsThatDocumentsNameExist) {
  const std::regex path(R"re(`((?:runtime|datasets|tasks|harness|reports|tests|cmake)/[A-Za-z0-9_./-]+)`)re");
  for (const std::string& file : project_files()) {
    if (!has_extension(file, {".md"})) continue;
    const std::string text = content_of(file);
    for (std::sregex_iterator it(text.begin(), text.end(), path), end; it != end; ++it) {
      const std::string named = (*it)[1];
      if (named.find("NAME") != std::string::npos || named.find("DIR") != std::string::npos) continue;  // a pattern
      EXPECT_TRUE(fs::exists(kRoot + "/" + named)) << file << " names " << named;
    }
  }
}

TEST(Tidy, EveryFolderOfCodeSaysWhatLivesThere) {
  std::set<std::string> folders;
  for (const std::string& file : project_files()) {
    if (!has_extension(file, {".h", ".cc", ".cu"}) || file.starts_with("tests/")) continue;
    folders.insert(fs::path(file).parent_path().string());
  }
  for (const std::string& folder : folders) {
    // kernels/cpu and kernels/cuda share the page of kernels.
    const bool has = fs::exists(kRoot + "/" + folder + "/README.md") ||
                     fs::exists(kRoot + "/" + fs::path(folder).parent_path().string() + "/README.md");
    EXPECT_TRUE(has) << folder << " has no README.md";
  }
}

TEST(Tidy, NothingIsLeftToDoInComments) {
  const std::regex left(R"re(\b(TO)(DO)\b|\b(FIX)(ME)\b|\b(XX)(X)\b)re");
  for (const std::string& file : project_files()) {
    if (!has_extension(file, {".h", ".cc", ".cu", ".py", ".sh", ".yaml"}) || file.starts_with("tests/golden/"))
      continue;
    EXPECT_FALSE(std::regex_search(content_of(file), left)) << file;
  }
}

TEST(Tidy, TestProgramsAreRegistered) {
  for (const std::string& file : project_files()) {
    if (!file.starts_with("tests/") || !file.ends_with("_test.cc")) continue;
    const std::string list = (fs::path(file).parent_path() / "CMakeLists.txt").string();
    ASSERT_TRUE(fs::exists(kRoot + "/" + list)) << list;
    EXPECT_NE(content_of(list).find(fs::path(file).filename().string()), std::string::npos)
        << file << " is not in " << list << ", so nobody runs it";
  }
}

TEST(Tidy, SourcesAreFormatted) {
  std::array<char, 256> line{};
  std::FILE* version = popen("clang-format --version 2>/dev/null", "r");
  const bool answered = version != nullptr && std::fgets(line.data(), line.size(), version) != nullptr;
  if (version != nullptr) pclose(version);
  // Other versions break lines elsewhere; the tree is formatted with Debian 12's.
  if (!answered || std::string(line.data()).find("version 14.") == std::string::npos) {
    GTEST_SKIP() << "clang-format 14 is not installed";
  }
  std::string files;
  for (const std::string& file : project_files()) {
    if (has_extension(file, {".h", ".cc"})) files += " '" + kRoot + "/" + file + "'";
  }
  std::FILE* check =
      popen(("clang-format --dry-run --Werror --style=file" + files + " 2>&1 | grep -c 'error:'").c_str(), "r");
  ASSERT_NE(check, nullptr);
  ASSERT_NE(std::fgets(line.data(), line.size(), check), nullptr);
  pclose(check);
  EXPECT_EQ(std::stoi(line.data()), 0) << "run clang-format -i on the changed files";
}

}  // namespace
}  // namespace jangwon
