#include "harness/record/whole_run.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>

#include "harness/record/run_json.h"
#include "runtime/base/file.h"

namespace jangwon::harness {
namespace {

namespace fs = std::filesystem;

class WholeRunTest : public testing::Test {
 protected:
  WholeRunTest()
      : root_(testing::TempDir() + "/whole_run_" + std::to_string(getpid())),
        folder_(root_ + "/run") {
    fs::remove_all(root_);
    fs::create_directories(root_);
  }
  ~WholeRunTest() override { fs::remove_all(root_); }

  static void fill(WholeRun& run) {
    SampleRecord record;
    record.key = {"m", "t", "1", 0};
    ASSERT_TRUE(run.journal().append(record).ok());
    ASSERT_TRUE(write_file_atomically(run.path() + "/run.json",
                                      std::string("{\"schema\": \"") + kRunSchema + "\"}")
                    .ok());
  }
  // What ends before its time: a process that is killed half-way.
  void leave_half() const {
    const pid_t child = fork();
    if (child == 0) {
      auto run = WholeRun::begin(folder_);
      if (!run.ok()) _exit(1);
      fill(**run);
      ::kill(getpid(), SIGKILL);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << status;
  }
  Status make() const {
    JANGWON_ASSIGN_OR_RETURN(const auto run, WholeRun::begin(folder_));
    fill(*run);
    EXPECT_FALSE(fs::exists(folder_ + "/run.json")) << "no run before it is whole";
    return run->finish();
  }

  std::string root_;
  std::string folder_;
};

TEST_F(WholeRunTest, GetsItsNameAtTheEnd) {
  ASSERT_TRUE(make().ok());
  EXPECT_TRUE(fs::exists(folder_ + "/run.json"));
  EXPECT_TRUE(fs::exists(folder_ + "/samples.jsonl"));
  EXPECT_FALSE(fs::exists(folder_ + ".unfinished"));
  EXPECT_NE(make().message().find("holds a run already"), std::string::npos);
}

TEST_F(WholeRunTest, WhatAKilledProcessLeavesIsNoRunAndMakesWay) {
  leave_half();
  EXPECT_FALSE(fs::exists(folder_));
  EXPECT_TRUE(fs::exists(folder_ + ".unfinished/samples.jsonl"));
  leave_half();
  const Status made = make();
  ASSERT_TRUE(made.ok()) << made.message();
  int records = 0;
  ASSERT_TRUE(read_journal(folder_, [&](const SampleRecord&) {
                ++records;
                return ok_status();
              }).ok());
  EXPECT_EQ(records, 1) << "nothing of the earlier ones";
}

TEST_F(WholeRunTest, WhatIsGivenUpIsRemoved) {
  {
    const auto run = WholeRun::begin(folder_);
    ASSERT_TRUE(run.ok());
    fill(**run);
  }
  EXPECT_TRUE(fs::is_empty(root_));
}

TEST_F(WholeRunTest, TwoAtOnceAreTold) {
  const auto first = WholeRun::begin(folder_);
  ASSERT_TRUE(first.ok());
  fill(**first);
  const auto second = WholeRun::begin(folder_);
  ASSERT_FALSE(second.ok());
  EXPECT_NE(second.status().message().find("in use by process"), std::string::npos)
      << second.status().message();
  EXPECT_TRUE((*first)->finish().ok()) << "the first loses nothing by it";
}

TEST_F(WholeRunTest, OtherFilesInTheFolderStay) {
  fs::create_directories(folder_);
  ASSERT_TRUE(write_file_atomically(folder_ + "/notes.txt", "mine").ok());
  const Status made = make();
  ASSERT_TRUE(made.ok()) << made.message();
  EXPECT_EQ(*read_file(folder_ + "/notes.txt"), "mine");
  EXPECT_TRUE(fs::exists(folder_ + "/run.json"));
  EXPECT_FALSE(fs::exists(folder_ + ".unfinished"));
}

TEST_F(WholeRunTest, AnEmptyFolderAndASlashAtTheEndChangeNothing) {
  fs::create_directories(folder_);
  folder_ += "/";
  const Status made = make();
  ASSERT_TRUE(made.ok()) << made.message();
  EXPECT_TRUE(fs::exists(root_ + "/run/run.json"));
  EXPECT_EQ(std::distance(fs::directory_iterator(root_), fs::directory_iterator()), 1);
}

TEST_F(WholeRunTest, SomebodyElsesFilesAreNotRemoved) {
  fs::create_directories(folder_ + ".unfinished");
  ASSERT_TRUE(write_file_atomically(folder_ + ".unfinished/thesis.txt", "mine").ok());
  EXPECT_NE(make().message().find("thesis.txt is no file of a run"), std::string::npos);
  EXPECT_EQ(*read_file(folder_ + ".unfinished/thesis.txt"), "mine");
  fs::remove_all(folder_ + ".unfinished");
  fs::create_directories(root_ + "/theirs");
  fs::create_symlink(root_ + "/theirs", folder_ + ".unfinished");
  EXPECT_NE(make().message().find("is a link or no folder"), std::string::npos);
  EXPECT_TRUE(fs::is_empty(root_ + "/theirs"));
}

}  // namespace
}  // namespace jangwon::harness
