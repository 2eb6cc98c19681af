#include "runtime/base/file.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

namespace jangwon {
namespace {

TEST(File, WrittenAtomicallyReadsBack) {
  const std::string path = testing::TempDir() + "/file_test.txt";
  ASSERT_TRUE(write_file_atomically(path, "하나\n").ok());
  ASSERT_TRUE(write_file_atomically(path, "둘\n").ok());
  const Result<std::string> content = read_file(path);
  ASSERT_TRUE(content.ok());
  EXPECT_EQ(*content, "둘\n");
  std::filesystem::remove(path);
}

TEST(File, PipeIsReadToItsEnd) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  ASSERT_EQ(write(ends[1], "abc", 3), 3);
  close(ends[1]);
  const Result<std::string> content = read_file("/dev/fd/" + std::to_string(ends[0]));
  close(ends[0]);
  ASSERT_TRUE(content.ok());
  EXPECT_EQ(*content, "abc");
}

TEST(File, ErrorsNameThePathAndTheReason) {
  const Result<std::string> missing = read_file("/nowhere/x.json");
  EXPECT_EQ(missing.status().code(), StatusCode::kNotFound);
  EXPECT_NE(missing.status().message().find("/nowhere/x.json"), std::string::npos);
  EXPECT_EQ(read_file("/").status().code(), StatusCode::kInvalidArgument);
  EXPECT_FALSE(read_file("/proc/self/status", 10).ok());
}

TEST(File, MoreThanTheLimitIsRefusedBeforeItIsRead) {
  const std::string path = testing::TempDir() + "/file_test.large";
  ASSERT_TRUE(write_file_atomically(path, "").ok());
  std::filesystem::resize_file(path, uint64_t{1} << 36);  // a hole: takes no room, would fill the memory
  const Result<std::string> content = read_file(path);
  std::filesystem::remove(path);
  EXPECT_EQ(content.status().code(), StatusCode::kInvalidArgument);
  EXPECT_NE(content.status().message().find("larger than the limit"), std::string::npos);
}

}  // namespace
}  // namespace jangwon
