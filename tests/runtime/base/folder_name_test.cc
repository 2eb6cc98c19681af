#include "runtime/base/folder_name.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

namespace jangwon {
namespace {

namespace fs = std::filesystem;

class FolderNameTest : public testing::Test {
 protected:
  FolderNameTest()
      : before_(fs::current_path()),
        root_(testing::TempDir() + "/names_" + std::to_string(getpid())) {
    fs::remove_all(root_);
    fs::create_directories(root_ +
                           "/hub/models--LGAI-EXAONE--K-EXAONE-236B/snapshots/0f1e2d/original");
    fs::create_directories(root_ + "/hub/models--gpt2/snapshots/main");
    fs::create_directories(root_ + "/plain/m");
  }
  ~FolderNameTest() override {
    fs::current_path(before_);
    fs::remove_all(root_);
  }
  fs::path before_;
  std::string root_;
};

TEST_F(FolderNameTest, IsTheLastPartOfThePath) {
  for (const char* path : {"plain/m", "plain/m/", "plain/m//", "plain/./m", "plain/x/../m", "m"})
    EXPECT_EQ(name_of_folder(path), "m") << path;
  EXPECT_EQ(name_of_model_folder("standin-axk1"), "standin-axk1");
}

TEST_F(FolderNameTest, OfAPathThatSaysOnlyWhereIsThatOfTheRealFolder) {
  fs::current_path(root_ + "/plain/m");
  for (const char* path : {".", "./", "", "../m/.", "../m"})
    EXPECT_EQ(name_of_folder(path), "m") << path;
  EXPECT_EQ(name_of_folder(".."), "plain");
  EXPECT_EQ(name_of_model_folder("."), "m");
}

TEST_F(FolderNameTest, OfAModelInTheHubsCacheIsThatOfTheRepository) {
  const std::string snapshot = root_ + "/hub/models--LGAI-EXAONE--K-EXAONE-236B/snapshots/0f1e2d";
  EXPECT_EQ(name_of_model_folder(snapshot), "K-EXAONE-236B");
  EXPECT_EQ(name_of_model_folder(snapshot + "/"), "K-EXAONE-236B");
  EXPECT_EQ(name_of_model_folder(root_ + "/hub/models--gpt2/snapshots/main"), "gpt2");
  fs::current_path(snapshot);
  EXPECT_EQ(name_of_model_folder("."), "K-EXAONE-236B");
  EXPECT_EQ(name_of_model_folder("original"), "original");
  fs::current_path(snapshot + "/..");
  EXPECT_EQ(name_of_model_folder("0f1e2d"), "K-EXAONE-236B");
  fs::create_directory_symlink(snapshot + "/../..", root_ + "/repository");
  EXPECT_EQ(name_of_model_folder(root_ + "/repository/snapshots/0f1e2d"), "K-EXAONE-236B");
}

TEST_F(FolderNameTest, OfALinkIsTheOneThatItWasGiven) {
  fs::create_directory_symlink(root_ + "/hub/models--gpt2/snapshots/main", root_ + "/small");
  EXPECT_EQ(name_of_model_folder(root_ + "/small"), "small");
}

}  // namespace
}  // namespace jangwon
