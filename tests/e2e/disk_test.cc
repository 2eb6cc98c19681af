// A disk that fails, at every file that a command reads or writes: an error is neither an end nor a
// success. tests/fakes/faulty_disk.cc is preloaded; what a command touches is taken from its log,
// so that files of a new kind are covered the day they are read.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <map>
#include <set>
#include <sstream>
#include <utility>

#include "runtime/base/file.h"
#include "runtime/base/sanitized.h"
#include "tests/e2e/printing_calls.h"
#include "tests/e2e/program.h"

namespace jangwon::e2e {
namespace {

using testing::HasSubstr;

namespace fs = std::filesystem;

class Disk : public testing::Test {
 protected:
  void SetUp() override {
#if defined(JANGWON_SANITIZED)
    GTEST_SKIP() << "nothing can be loaded before a sanitizer";
#endif
    if (root().empty()) {
      root() = fs::canonical(fresh_folder("disk")).string();
      calls() = printing_calls(root());
    }
  }
  static void TearDownTestSuite() {
    fs::remove_all(root());
  }
  static std::string& root() {
    static std::string path;
    return path;
  }
  static std::map<std::string, std::vector<std::string>>& calls() {
    static std::map<std::string, std::vector<std::string>> made;
    return made;
  }

  // With a fault as faulty_disk.cc has it, or with none; OUT is a fresh folder that lies
  // where it lay before.
  static ProgramResult run_on_disk(std::vector<std::string> words, const std::string& fault) {
    fs::remove_all(root() + "/out");
    for (std::string& word : words)
      word = word == "OUT" ? root() + "/out" : word;
    setenv("LD_PRELOAD", JANGWON_FAULTY_DISK, 1);
    if (!fault.empty()) setenv("JANGWON_DISK_FAULT", fault.c_str(), 1);
    const ProgramResult result = run_program(words);
    for (const char* variable : {"LD_PRELOAD", "JANGWON_DISK_FAULT"})
      unsetenv(variable);
    return result;
  }

  // The calls that reached files: "read PATH", in order.
  static std::vector<std::string> log_of(const std::vector<std::string>& words) {
    const std::string log = root() + "/log";
    fs::remove(log);
    setenv("JANGWON_DISK_LOG", log.c_str(), 1);
    const ProgramResult result = run_on_disk(words, "");
    unsetenv("JANGWON_DISK_LOG");
    EXPECT_EQ(result.exit_code, 0) << result.err;
    std::vector<std::string> lines;
    std::istringstream text(*read_file(log));
    for (std::string line; std::getline(text, line);)
      lines.push_back(line);
    return lines;
  }

  static std::set<std::string> files_in(const std::vector<std::string>& log,
                                        const std::string& call) {
    std::set<std::string> files;
    for (const std::string& line : log) {
      if (line.starts_with(call + " ") &&
          fs::is_regular_file(name_at_the_end(line.substr(call.size() + 1))))
        files.insert(line.substr(call.size() + 1));
    }
    return files;
  }

  // A whole run is built beside its name.
  static std::string name_at_the_end(std::string file) {
    const std::string built = root() + "/out.unfinished/";
    return file.starts_with(built) ? root() + "/out/" + file.substr(built.size()) : file;
  }

  static void expect_refusal(const std::string& name, const std::string& fault,
                             const std::string& file, const char* reason) {
    const ProgramResult result = run_on_disk(calls().at(name), fault);
    EXPECT_EQ(result.exit_code, 2) << name << ", " << fault << "\n" << result.err;
    EXPECT_THAT(result.err, HasSubstr(reason)) << name << ", " << fault;
    EXPECT_THAT(result.err, HasSubstr(fs::path(file).filename().string())) << name << ", " << fault;
  }
};

TEST_F(Disk, AReadErrorIsNotTheEndOfAFile) {
  // the same file in the same folder of code needs no second look by a similar command
  std::set<std::string> seen;
  for (const char* name :
       {"run", "score", "report", "grade", "export", "compare", "merge", "baseline verify", "gate",
        "plan", "data verify", "data import", "tasks render", "models show", "models tokenize",
        "models render", "models verify", "gate explain"}) {
    const std::set<std::string> files = files_in(log_of(calls().at(name)), "read");
    EXPECT_FALSE(files.empty()) << name;
    bool registry = false;
    // taken now: a refused call may not come to write a file that it reads
    std::map<std::string, uint64_t> sizes;
    for (const std::string& file : files)
      sizes[file] = fs::file_size(name_at_the_end(file));
    for (const auto& [file, size] : sizes) {
      if (!file.starts_with(root()) && !seen.insert(file).second) continue;
      // One page of the registry stands for all.
      if (file.find("/registry/models/") != std::string::npos && std::exchange(registry, true))
        continue;
      expect_refusal(name, "read " + file + " " + std::to_string(size / 2), file,
                     "Input/output error");
    }
  }
}

TEST_F(Disk, AResumeAfterAReadErrorLosesNothing) {
  ASSERT_EQ(run_on_disk(calls().at("run"), "").exit_code, 0);
  const std::string out = root() + "/out";
  const std::string kept = root() + "/kept";
  fs::copy(out, kept, fs::copy_options::recursive);
  for (const char* file : {"samples.jsonl", "run.json"}) {
    const std::string before = *read_file(kept + "/" + file);
    const ProgramResult result =
        run_on_disk({"run", "-o", kept},
                    "read " + kept + "/" + file + " " + std::to_string(before.size() * 2 / 3));
    EXPECT_EQ(result.exit_code, 2) << file << "\n" << result.err;
    EXPECT_THAT(result.err, HasSubstr("Input/output error"));
    EXPECT_TRUE(*read_file(kept + "/" + file) == before) << file;
  }
  EXPECT_EQ(run_on_disk({"run", "-o", kept}, "").exit_code, 0);
}

TEST_F(Disk, AFileThatCannotBeWrittenIsSaid) {
  for (const char* name : {"run", "score", "merge", "export", "baseline accept", "data import"}) {
    const std::vector<std::string> log = log_of(calls().at(name));
    bool page = false;
    std::map<std::string, uint64_t> sizes;
    for (const std::string& file : files_in(log, "write"))
      sizes[file] = fs::file_size(name_at_the_end(file));
    const std::set<std::string> renamed = files_in(log, "rename");
    for (const auto& [file, size] : sizes) {
      if (file == root() + "/log") continue;
      // One page of a site stands for all.
      if (file.find("/site/") != std::string::npos && std::exchange(page, true)) continue;
      expect_refusal(name, "write " + file + " " + std::to_string(size / 2), file,
                     "No space left on device");
      expect_refusal(name, "sync " + file + " 0", file, "Input/output error");
    }
    for (const std::string& file : renamed) {
      if (file.find("/site/") != std::string::npos) continue;
      expect_refusal(name, "rename " + file + " 0", file, "Input/output error");
      EXPECT_FALSE(fs::exists(name_at_the_end(file))) << "half a file has the name";
    }
  }
}

// What has its name must outlive a loss of power: its bytes before it gets the name, the name
// itself afterwards.
TEST_F(Disk, NamesAreGivenToWhatIsOnTheDisk) {
  for (const char* name : {"run", "score", "merge", "export", "baseline accept", "data import"}) {
    const std::vector<std::string> log = log_of(calls().at(name));
    int renamed = 0;
    for (size_t i = 0; i < log.size(); ++i) {
      if (!log[i].starts_with("rename ")) continue;
      ++renamed;
      const std::string file = log[i].substr(7);
      // Nothing is written to a folder itself; what is in it has had its turn.
      const std::string built = fs::is_directory(file) ? file + ".unfinished" : file;
      const auto before =
          std::vector<std::string>(log.begin(), log.begin() + static_cast<std::ptrdiff_t>(i));
      const auto last_write = std::find(before.rbegin(), before.rend(), "write " + built);
      const auto last_sync = std::find(before.rbegin(), before.rend(), "sync " + built);
      EXPECT_LT(last_sync - before.rbegin(), last_write - before.rbegin()) << name << ": " << file;
      ASSERT_LT(i + 1, log.size());
      EXPECT_EQ(log[i + 1], "sync " + fs::path(file).parent_path().string())
          << name << ": " << file;
    }
    EXPECT_GT(renamed, 0) << name;
  }
  for (const char* name : {"score", "merge"}) {
    const std::vector<std::string> log = log_of(calls().at(name));
    const auto last = [&](const std::string& line) {
      return std::find(log.rbegin(), log.rend(), line) - log.rbegin();
    };
    const std::string journal = root() + "/out.unfinished/samples.jsonl";
    EXPECT_LT(last("sync " + journal), last("write " + journal)) << name;
    EXPECT_LT(last("rename " + root() + "/out"), last("sync " + journal)) << name;
  }
  const std::vector<std::string> run = log_of(calls().at("run"));
  const auto last = [&](const std::string& line) {
    return std::find(run.rbegin(), run.rend(), line) - run.rbegin();
  };
  const std::string journal = root() + "/out/samples.jsonl";
  EXPECT_LT(last("sync " + journal), last("write " + journal));
  // first the truth
  EXPECT_LT(last("rename " + root() + "/out/results.json"), last("sync " + journal));
}

}  // namespace
}  // namespace jangwon::e2e
