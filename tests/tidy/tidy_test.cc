// The rules of the source tree that a machine can check: edges between folders, file names, paths
// that documents name, no work left behind in comments, formatting.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <map>
#include <optional>
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

// What each folder may include besides itself: exactly these folders, not what lies below them.
// Where a path ends in .cc it is a rule for that file alone.
struct Edge {
  std::string folder;
  std::vector<std::string> may_include;
};

const std::vector<Edge>& edges() {
  static const std::vector<Edge> list = {
      {"runtime/base", {}},
      {"runtime/jinja", {"runtime/base"}},
      {"runtime/http", {"runtime/base"}},
      {"runtime/io", {"runtime/base"}},
      {"runtime/tokenizer", {"runtime/base", "runtime/jinja"}},
      {"runtime/chat_template", {"runtime/base", "runtime/jinja", "runtime/tokenizer"}},
      {"runtime/ops", {"runtime/base"}},
      {"runtime/kernels/cpu", {"runtime/base", "runtime/ops"}},
      {"runtime/kernels/cuda", {"runtime/base", "runtime/ops"}},
      {"runtime/device", {"runtime/base", "runtime/ops", "runtime/kernels/cpu"}},
      {"runtime/cache", {"runtime/base", "runtime/ops"}},
      {"runtime/model", {"runtime/base", "runtime/io", "runtime/ops", "runtime/cache"}},
      {"runtime/model/architectures", {"runtime/base", "runtime/model"}},
      {"runtime/engine",
       {"runtime/base", "runtime/tokenizer", "runtime/chat_template", "runtime/ops",
        "runtime/device", "runtime/cache", "runtime/model", "runtime/model/architectures"}},

      {"runtime/serve", {"runtime/base", "runtime/http", "runtime/model", "runtime/engine"}},

      {"datasets", {"runtime/base"}},
      {"datasets/fetch", {"runtime/base", "runtime/http", "datasets"}},

      {"harness/korean", {"runtime/base"}},
      {"harness/sandbox", {"runtime/base"}},
      {"harness/record", {"runtime/base"}},
      {"harness/stats", {"runtime/base", "harness/record"}},
      {"harness/task", {"runtime/base", "harness/record"}},
      {"harness/extractors", {"runtime/base", "harness/record"}},
      {"harness/scorers",
       {"runtime/base", "datasets", "harness/record", "harness/sandbox", "harness/extractors"}},
      {"harness/grading",
       {"runtime/base", "datasets", "harness/record", "harness/task", "harness/extractors",
        "harness/scorers"}},
      {"harness/prompt",
       {"runtime/base", "runtime/jinja", "datasets", "harness/record", "harness/task"}},
      {"harness/backends", {"runtime/base", "runtime/http", "harness/record"}},
      {"harness/backends/embedded_backend.cc",
       {"runtime/base", "runtime/engine", "harness/record", "harness/backends"}},
      {"harness/run_loop",
       {"runtime/base", "datasets", "harness/record", "harness/sandbox", "harness/stats",
        "harness/task", "harness/extractors", "harness/scorers", "harness/grading",
        "harness/prompt", "harness/backends"}},
      {"harness/commands",
       {"runtime/base",
        "runtime/http",
        "runtime/jinja",
        "runtime/tokenizer",
        "runtime/chat_template",
        "runtime/model",
        "runtime/model/architectures",
        "runtime/engine",
        "runtime/serve",
        "datasets",
        "datasets/fetch",
        "harness/record",
        "harness/sandbox",
        "harness/stats",
        "harness/task",
        "harness/extractors",
        "harness/scorers",
        "harness/grading",
        "harness/prompt",
        "harness/backends",
        "harness/run_loop",
        "harness/korean",
        "reports",
        "reports/gate",
        "reports/exports"}},
      {"harness", {"runtime/base", "harness/commands"}},

      // reports/report.cc lists the formats, the site among them; the pages are made from
      // what reports reads.
      {"reports",
       {"runtime/base", "harness/korean", "harness/record", "harness/stats", "harness/task",
        "reports/site"}},
      {"reports/site",
       {"runtime/base", "harness/record", "harness/stats", "harness/task", "reports"}},
      {"reports/exports", {"runtime/base", "harness/record", "harness/task", "reports"}},
      {"reports/gate",
       {"runtime/base", "harness/record", "harness/stats", "harness/task", "reports"}},

      {"tests/fakes", {"runtime/base", "runtime/http"}},
      {"tests/e2e",
       {"runtime/base", "datasets", "harness/commands", "harness/record", "harness/stats",
        "harness/task", "reports/gate", "tests/fakes"}},
      {"tests/tidy", {"runtime/base"}},
      {"tests/cuda_emulator", {"runtime/kernels/cuda"}},
      {"tests/cuda_emulator/toolkit", {"tests/cuda_emulator"}},
      {"tests/fuzz",
       {"runtime/chat_template",
        "runtime/base",
        "runtime/jinja",
        "runtime/http",
        "runtime/io",
        "runtime/tokenizer",
        "runtime/model",
        "runtime/model/architectures",
        "runtime/engine",
        "runtime/serve",
        "datasets",
        "harness/record",
        "harness/sandbox",
        "harness/task",
        "harness/extractors",
        "harness/scorers",
        "harness/backends",
        "harness/run_loop",
        "harness/commands",
        "reports",
        "reports/exports",
        "reports/gate"}},
      {"tests/bench",
       {"runtime/base", "runtime/ops", "runtime/device", "runtime/kernels/cpu", "runtime/cache",
        "runtime/engine", "runtime/tokenizer", "datasets", "harness/sandbox", "harness/scorers",
        "harness/backends", "tests/fakes"}},
  };
  return list;
}

std::string folder_of(const std::string& file) {
  return fs::path(file).parent_path().string();
}

// Tests of a folder may use the folder, whatever it may use, and the fakes; some
// use more than that.
const std::vector<Edge>& further_edges_of_tests() {
  static const std::vector<Edge> list = {
      {"tests/datasets", {"datasets/fetch"}},
      {"tests/runtime/cache", {"runtime/device"}},
      {"tests/runtime/engine", {"runtime/io", "runtime/device", "tests/cuda_emulator"}},
      {"tests/runtime/kernels/cuda", {"runtime/device", "tests/cuda_emulator"}},
      {"tests/runtime/model", {"runtime/device", "runtime/model/architectures", "runtime/engine"}},
      {"tests/runtime/ops", {"runtime/device", "runtime/io"}},
      {"tests/harness/commands", {"tests/e2e", "tests/harness/extractors"}},
      {"tests/harness/scorers", {"tests/harness/extractors"}},
      {"tests/reports/gate", {"tests/reports"}},
  };
  return list;
}

const Edge* find_edge(const std::vector<Edge>& list, const std::string& path) {
  const auto found =
      std::find_if(list.begin(), list.end(), [&](const Edge& edge) { return edge.folder == path; });
  return found == list.end() ? nullptr : &*found;
}

// The folders that a file may include; empty where no rule names its folder.
std::optional<std::set<std::string>> allowed_of(const std::string& file) {
  const std::string folder = folder_of(file);
  const Edge* edge = find_edge(edges(), file);
  if (edge == nullptr) edge = find_edge(edges(), folder);
  std::set<std::string> allowed = {folder};
  if (edge == nullptr && folder.starts_with("tests/")) {
    const std::string mirrored = folder.substr(std::string("tests/").size());
    edge = find_edge(edges(), mirrored);
    allowed.insert({mirrored, "tests/fakes"});
    if (const Edge* further = find_edge(further_edges_of_tests(), folder))
      allowed.insert(further->may_include.begin(), further->may_include.end());
  }
  if (edge == nullptr) return std::nullopt;
  allowed.insert(edge->may_include.begin(), edge->may_include.end());
  return allowed;
}

// Files under version control or about to be; build folders and run folders are not the project's.
std::vector<std::string> project_files() {
  std::vector<std::string> files;
  const std::set<std::string> skipped = {".git", "runs", "__pycache__", ".cache", ".cuda"};
  for (fs::recursive_directory_iterator it(kRoot), end; it != end; ++it) {
    const std::string name = it->path().filename().string();
    if (it->is_directory() &&
        (skipped.contains(name) || (it.depth() == 0 && name.starts_with("build")))) {
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
  return std::any_of(extensions.begin(), extensions.end(),
                     [&](const char* e) { return extension == e; });
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
    const std::optional<std::set<std::string>> allowed = allowed_of(file);
    ASSERT_TRUE(allowed.has_value()) << file << " stands in a folder that no rule names";
    std::istringstream lines(content_of(file));
    std::string line;
    for (int number = 1; std::getline(lines, line); ++number) {
      std::smatch match;
      if (!std::regex_search(line, match, include)) continue;
      const std::string target = match[1];
      EXPECT_TRUE(allowed->contains(folder_of(target)))
          << file << ":" << number << ": may not include " << target;
    }
  }
}

// A rule that allows a circle would hold nothing.
TEST(Tidy, NoTwoFoldersOfTheRuntimeIncludeEachOther) {
  std::map<std::string, std::set<std::string>> below;  // folder → every folder that it reaches
  for (const Edge& edge : edges()) {
    if (!edge.folder.starts_with("runtime/")) continue;
    std::set<std::string>& reached = below[edge.folder];
    for (const std::string& target : edge.may_include) {
      reached.insert(target);
      ASSERT_TRUE(below.contains(target))
          << edge.folder << " stands above " << target << " in the list, not below it";
      reached.insert(below[target].begin(), below[target].end());
    }
    EXPECT_FALSE(reached.contains(edge.folder)) << edge.folder;
  }
}

TEST(Tidy, NoFolderCompilesAnotherFoldersFiles) {
  for (const std::string& file : project_files()) {
    if (fs::path(file).filename() != "CMakeLists.txt") continue;
    EXPECT_EQ(content_of(file).find("../"), std::string::npos) << file;
  }
}

TEST(Tidy, FilesAreNamedAfterWhatTheyHold) {
  const std::set<std::string> nothing_said = {"util",    "utils",  "helper",
                                              "helpers", "common", "misc"};
  for (const std::string& file : project_files()) {
    EXPECT_FALSE(nothing_said.contains(fs::path(file).stem().string())) << file;
  }
}

TEST(Tidy, PathsThatDocumentsNameExist) {
  const std::regex path(
      R"re(`((?:runtime|datasets|tasks|harness|reports|tests|cmake)/[A-Za-z0-9_./-]+)`)re");
  for (const std::string& file : project_files()) {
    if (!has_extension(file, {".md"})) continue;
    const std::string text = content_of(file);
    for (std::sregex_iterator it(text.begin(), text.end(), path), end; it != end; ++it) {
      const std::string named = (*it)[1];
      // a pattern
      if (named.find("NAME") != std::string::npos || named.find("DIR") != std::string::npos)
        continue;
      EXPECT_TRUE(fs::exists(kRoot + "/" + named)) << file << " names " << named;
    }
  }
}

TEST(Tidy, PathsThatCommentsNameExist) {
  const std::regex path(
      R"re((?:^|[\s(,;`"'])((?:runtime|datasets|tasks|harness|reports|tests|cmake)/[A-Za-z0-9_./-]*[A-Za-z0-9_]))re");
  for (const std::string& file : project_files()) {
    if (!has_extension(file, {".h", ".cc", ".cu", ".cmake", ".txt", ".sh"}) ||
        file.starts_with("tests/golden/"))
      continue;
    const std::string mark = has_extension(file, {".h", ".cc", ".cu"}) ? "//" : "#";
    std::istringstream lines(content_of(file));
    std::string line;
    for (int number = 1; std::getline(lines, line); ++number) {
      const size_t comment = line.find(mark);
      if (comment == std::string::npos || line.find("://") + 1 == comment) continue;
      const std::string text = line.substr(comment);
      for (std::sregex_iterator it(text.begin(), text.end(), path), end; it != end; ++it) {
        const std::string named = (*it)[1];
        // a pattern
        if (named.find("NAME") != std::string::npos || named.find("DIR") != std::string::npos)
          continue;
        EXPECT_TRUE(fs::exists(kRoot + "/" + named) || fs::exists(kRoot + "/" + named + ".h"))
            << file << ":" << number << " names " << named;
      }
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
    const bool has =
        fs::exists(kRoot + "/" + folder + "/README.md") ||
        fs::exists(kRoot + "/" + fs::path(folder).parent_path().string() + "/README.md");
    EXPECT_TRUE(has) << folder << " has no README.md";
  }
}

// As clang-format counts columns: a character beyond ASCII that is wide (Hangul, CJK, full-width
// forms) takes two.
size_t columns_of(const std::string& line) {
  size_t columns = 0;
  for (size_t i = 0; i < line.size();) {
    const auto lead = static_cast<unsigned char>(line[i]);
    const size_t bytes = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    char32_t c = bytes == 1 ? lead : lead & (0xff >> (bytes + 1));
    for (size_t k = 1; k < bytes && i + k < line.size(); ++k)
      c = c << 6 | (static_cast<unsigned char>(line[i + k]) & 0x3f);
    const bool wide = (c >= 0x1100 && c <= 0x115f) || (c >= 0x2e80 && c <= 0xa4cf) ||
                      (c >= 0xac00 && c <= 0xd7a3) || (c >= 0xf900 && c <= 0xfaff) ||
                      (c >= 0xfe30 && c <= 0xfe6f) || (c >= 0xff00 && c <= 0xff60) ||
                      (c >= 0xffe0 && c <= 0xffe6) || (c >= 0x1f300 && c <= 0x1faff);
    columns += wide ? 2 : 1;
    i += bytes;
  }
  return columns;
}

// Not counted is what clang-format cannot break: a path to include, an address, a raw literal.
TEST(Tidy, LinesOfCodeHaveAtMostAHundredColumns) {
  constexpr size_t kMostColumns = 100;
  const std::regex unbreakable(R"re(^\s*#\s*include|https?://)re");
  const std::regex raw_literal(R"re(\bR"(\w*)\()re");
  for (const std::string& file : project_files()) {
    if (!has_extension(file, {".h", ".cc", ".cu"}) || file.starts_with("tests/golden/")) continue;
    std::istringstream lines(content_of(file));
    std::string line;
    std::string raw_end;  // of the raw literal that the line stands in
    for (int number = 1; std::getline(lines, line); ++number) {
      if (!raw_end.empty()) {
        if (line.find(raw_end) != std::string::npos) raw_end.clear();
        continue;
      }
      bool has_raw_literal = false;
      for (std::sregex_iterator it(line.begin(), line.end(), raw_literal), end; it != end; ++it) {
        has_raw_literal = true;
        const std::string mark = ")" + (*it)[1].str() + "\"";
        raw_end = it->suffix().str().find(mark) == std::string::npos ? mark : "";
      }
      if (has_raw_literal || std::regex_search(line, unbreakable)) continue;
      EXPECT_LE(columns_of(line), kMostColumns) << file << ":" << number;
    }
  }
}

TEST(Tidy, LongFilesOfCodeOpenWithProse) {
  constexpr size_t kLong = 120;
  for (const std::string& file : project_files()) {
    if (!has_extension(file, {".cc"}) || file.starts_with("tests/")) continue;
    const std::string text = content_of(file);
    const auto num_lines = static_cast<size_t>(std::count(text.begin(), text.end(), '\n'));
    if (num_lines < kLong) continue;
    EXPECT_TRUE(text.starts_with("//"))
        << file << " has " << num_lines
        << " lines and does not say at its top what it is and why it is made this way";
  }
}

TEST(Tidy, NothingIsLeftToDoInComments) {
  const std::regex left(R"re(\b(TO)(DO)\b|\b(FIX)(ME)\b|\b(XX)(X)\b)re");
  for (const std::string& file : project_files()) {
    if (!has_extension(file, {".h", ".cc", ".cu", ".py", ".sh", ".yaml"}) ||
        file.starts_with("tests/golden/"))
      continue;
    EXPECT_FALSE(std::regex_search(content_of(file), left)) << file;
  }
}

// Two checkouts test side by side, and two programs of one: a name in a shared folder is made
// for the process.
TEST(Tidy, TestsShareNoNamesInTemporaryFolders) {
  for (const std::string& file : project_files()) {
    if (!file.starts_with("tests/") || !has_extension(file, {".cc", ".h"}) ||
        file.starts_with("tests/tidy/"))
      continue;
    const std::string text = content_of(file);
    for (const char* folder : {"TempDir()", "temp_directory_path()"}) {
      for (size_t at = text.find(folder); at != std::string::npos; at = text.find(folder, at + 1)) {
        const std::string statement = text.substr(at, text.find(';', at) - at);
        EXPECT_TRUE(statement.find("getpid()") != std::string::npos ||
                    statement.find("XXXXXX") != std::string::npos)
            << file << ": " << statement;
      }
    }
  }
}

// Lines of code outside tests that hold one of these words, without what stands in quotation
// marks and comments.
std::vector<std::string> lines_with(const std::vector<std::string>& words,
                                    const std::set<std::string>& places) {
  const auto is_part = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
  };
  const std::regex quoted(R"re("([^"\\]|\\.)*")re");
  std::vector<std::string> found;
  for (const std::string& file : project_files()) {
    if (!has_extension(file, {".h", ".cc", ".cu"}) || file.starts_with("tests/") ||
        places.contains(file))
      continue;
    std::istringstream lines(content_of(file));
    std::string line;
    for (int number = 1; std::getline(lines, line); ++number) {
      for (const std::string& word : words) {
        if (line.find(word) == std::string::npos) continue;
        const std::string plain = std::regex_replace(line, quoted, "\"\"");
        const std::string code = plain.substr(0, plain.find("//"));
        const size_t at = code.find(word);
        const size_t end = at + word.size();
        const bool whole = at != std::string::npos &&
                           (at == 0 || !is_part(code[at - 1]) || !is_part(word.front())) &&
                           (end >= code.size() || !is_part(code[end]) || !is_part(word.back()));
        if (whole) found.push_back(file + ":" + std::to_string(number) + ": " + word);
      }
    }
  }
  return found;
}

// A task is data: the program knows extractors and scorers, which are named after the protocol that
// they implement, and files of peers, and no task by its name.
TEST(Tidy, NoTaskIsKnownByNameOutsideItsFolder) {
  const std::vector<std::string> homes = {"harness/extractors/", "harness/scorers/"};
  // File formats of benchmarks' own programs, and what says a scorer's or an extractor's name.
  const std::map<std::string, std::set<std::string>> elsewhere = {
      {"reports/exports/", {"livecodebench"}},
      {"harness/backends/replay_formats.cc", {"livecodebench", "mmlu_pro"}},
      {"harness/commands/export_command.cc", {"livecodebench"}},
      {"harness/commands/score_command.cc", {"mmlu_pro"}},
      {"harness/korean/", {"livecodebench", "mmlu_pro"}},
  };
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(kRoot + "/tasks")) {
    if (fs::exists(entry.path() / "task.yaml")) names.push_back(entry.path().filename().string());
  }
  std::erase(names, "click");  // an English word, which code needs
  names.insert(names.end(), {"aime", "kmmlu", "livecodebench"});
  ASSERT_GE(names.size(), 7u);
  for (const std::string& file : project_files()) {
    if (!has_extension(file, {".h", ".cc"}) ||
        !(file.starts_with("harness/") || file.starts_with("reports/")))
      continue;
    const auto is_under = [&](const std::string& place) { return file.starts_with(place); };
    if (std::any_of(homes.begin(), homes.end(), is_under)) continue;
    const std::string text = content_of(file);
    for (const std::string& name : names) {
      const std::regex word("(^|[^A-Za-z])" + name + "([^A-Za-z]|$)");
      std::smatch match;
      if (!std::regex_search(text, match, word)) continue;
      const bool allowed = std::any_of(elsewhere.begin(), elsewhere.end(), [&](const auto& place) {
        return is_under(place.first) && place.second.contains(name);
      });
      const auto line = 1 + std::count(text.begin(), text.begin() + match.position(), '\n');
      EXPECT_TRUE(allowed) << file << ":" << line << " knows the task " << name
                           << "; let its folder say it";
    }
  }
}

// Reading and writing have one place each, where no error passes for an end or for success.
TEST(Tidy, FilesAndStandardStreamsHaveOnePlace) {
  const std::vector<std::string> elsewhere =
      lines_with({"std::ifstream", "std::ofstream", "std::fstream", "std::cin", "std::cout",
                  "std::cerr", "std::clog", "fmt::print", "fopen", "fread", "istreambuf_iterator",
                  "printf", "puts", "putchar", "stdout"},
                 {"runtime/base/file.cc", "runtime/base/standard_streams.cc"});
  EXPECT_TRUE(elsewhere.empty()) << "use runtime/base/file.h or runtime/base/standard_streams.h:\n"
                                 << ::testing::PrintToString(elsewhere);
}

// What the system cannot say (a link that leads to itself, a disk that fails) is no exception and
// no empty folder: runtime/base/path_kind.h and names_in_folder() of runtime/base/file.h.
TEST(Tidy, FoldersAreAskedWhereAnErrorIsOne) {
  const std::regex throws(
      R"re((std::filesystem|fs)::(exists|is_directory|is_regular_file|equivalent|file_size|canonical|create_director(y|ies)|remove|remove_all|rename)\()re");
  const std::regex loop(
      R"re(for \([^;]*:\s*(std::filesystem|fs)::(recursive_)?directory_iterator)re");
  for (const std::string& file : project_files()) {
    if (!has_extension(file, {".h", ".cc"}) || file.starts_with("tests/")) continue;
    const std::string text = content_of(file);
    for (std::sregex_iterator it(text.begin(), text.end(), throws), end; it != end; ++it) {
      const auto at = static_cast<size_t>(it->position());
      const std::string call = text.substr(at, text.find_first_of(";{", at) - at);
      EXPECT_TRUE(call.find("error") != std::string::npos ||
                  call.find("ignored") != std::string::npos ||
                  call.find("(status)") != std::string::npos)
          << file << ": " << call;
    }
    EXPECT_FALSE(std::regex_search(text, loop)) << file << ": the increment throws";
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
  const bool answered =
      version != nullptr && std::fgets(line.data(), line.size(), version) != nullptr;
  if (version != nullptr) pclose(version);
  // Other versions break lines elsewhere; the tree is formatted with Debian 12's.
  if (!answered || std::string(line.data()).find("version 14.") == std::string::npos) {
    GTEST_SKIP() << "clang-format 14 is not installed";
  }
  std::string files;
  for (const std::string& file : project_files()) {
    if (has_extension(file, {".h", ".cc"})) files += " '" + kRoot + "/" + file + "'";
  }
  std::FILE* check = popen(
      ("clang-format --dry-run --Werror --style=file" + files + " 2>&1 | grep -c 'error:'").c_str(),
      "r");
  ASSERT_NE(check, nullptr);
  ASSERT_NE(std::fgets(line.data(), line.size(), check), nullptr);
  pclose(check);
  EXPECT_EQ(std::stoi(line.data()), 0) << "run clang-format -i on the changed files";
}

}  // namespace
}  // namespace jangwon
