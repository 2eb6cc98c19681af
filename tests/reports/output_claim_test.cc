#include "reports/output_claim.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "runtime/base/file.h"

namespace jangwon::reports {
namespace {

namespace fs = std::filesystem;

class OutputClaimTest : public testing::Test {
 protected:
  OutputClaimTest()
      : root_(testing::TempDir() + "/claim_" + std::to_string(getpid())), folder_(root_ + "/out") {
    fs::remove_all(root_);
    fs::create_directories(root_);
  }
  ~OutputClaimTest() override { fs::remove_all(root_); }
  std::string refusal(const std::vector<std::string>& names) const {
    const Status status = claim_output(folder_, names);
    return status.ok() ? "" : status.message();
  }
  std::string root_, folder_;
};

TEST_F(OutputClaimTest, WhatWasWrittenOnceMayBeWrittenAgain) {
  for (int round = 0; round < 2; ++round) {
    ASSERT_EQ(refusal({"report.md", "model/part/results.json", "site"}), "");
    ASSERT_TRUE(write_file_atomically(folder_ + "/report.md", "ours").ok());
    ASSERT_TRUE(write_file_atomically(folder_ + "/model/part/results.json", "ours").ok());
    fs::create_directories(folder_ + "/site/data");
    ASSERT_TRUE(sign_output(folder_, {"report.md", "model/part/results.json", "site"}).ok());
  }
}

TEST_F(OutputClaimTest, FilesOfOthersAreRefusedAndLeftUnsigned) {
  fs::create_directories(folder_ + "/model");
  ASSERT_TRUE(write_file_atomically(folder_ + "/report.md", "mine").ok());
  ASSERT_TRUE(write_file_atomically(folder_ + "/model/results.json", "mine").ok());
  EXPECT_NE(refusal({"report.md"}).find("was not written by this program"), std::string::npos);
  EXPECT_NE(refusal({"report.csv", "model/results.json"}).find("results.json is there"),
            std::string::npos);
  EXPECT_NE(refusal({"report.md"}).find("was not written by this program"), std::string::npos)
      << "asking signs nothing";
  EXPECT_EQ(refusal({"report.csv"}), "") << "other names are free";
}

TEST_F(OutputClaimTest, LinksAreRefusedWhereverTheyStand) {
  ASSERT_EQ(refusal({"report.md", "site", "model/results.json"}), "");
  fs::create_directories(root_ + "/theirs");
  fs::create_symlink(root_ + "/nowhere", folder_ + "/report.md");
  EXPECT_NE(refusal({"report.md"}).find("is a link"), std::string::npos);
  fs::create_directories(folder_ + "/site");
  ASSERT_TRUE(sign_output(folder_, {"site"}).ok());
  fs::create_directory_symlink(root_ + "/theirs", folder_ + "/site/data");
  EXPECT_NE(refusal({"site"}).find("is a link"), std::string::npos);
  fs::remove(folder_ + "/model");
  fs::create_directory_symlink(root_ + "/theirs", folder_ + "/model");
  EXPECT_NE(refusal({"model/results.json"}).find("is a link"), std::string::npos);
  fs::remove(folder_ + "/.jangwon");
  fs::create_symlink(root_ + "/nowhere", folder_ + "/.jangwon");
  EXPECT_NE(refusal({"report.csv"}).find(".jangwon is a link"), std::string::npos);
  EXPECT_TRUE(fs::is_empty(root_ + "/theirs"));
  EXPECT_FALSE(fs::exists(root_ + "/nowhere"));
}

TEST_F(OutputClaimTest, ARunsOwnFilesAreOursInItsFolder) {
  fs::create_directories(folder_ + "/site");
  ASSERT_TRUE(write_file_atomically(folder_ + "/run.json", R"({"schema": "jangwon-run-1"})").ok());
  ASSERT_TRUE(write_file_atomically(folder_ + "/report.md", "ours").ok());
  EXPECT_EQ(refusal({"report.md", "site"}), "");
  EXPECT_FALSE(fs::exists(folder_ + "/.jangwon"));
}

}  // namespace
}  // namespace jangwon::reports
