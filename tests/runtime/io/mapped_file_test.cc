#include "runtime/io/mapped_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <optional>

#include "runtime/base/file.h"
#include "runtime/base/sanitized.h"

namespace jangwon::runtime {
namespace {

class MappedFileTest : public testing::Test {
 protected:
  MappedFileTest() : path_(testing::TempDir() + "mapped_file_" + std::to_string(getpid())) {
    EXPECT_TRUE(write_file_atomically(path_, std::string(size_t{1} << 20, 'x')).ok());
  }
  ~MappedFileTest() override { std::filesystem::remove(path_); }

  std::string path_;
};

using MappedFileDeathTest = MappedFileTest;

// The last byte, whatever the compiler would like to know beforehand.
char last_byte(const MappedFile& file) {
  return static_cast<char>(
      *static_cast<const volatile std::byte*>(file.data() + file.size_bytes() - 1));
}

TEST_F(MappedFileDeathTest, AFileThatIsCutShortWhileInUseIsNamed) {
  EXPECT_EXIT(
      {
        const MappedFile other = *MappedFile::open("/proc/self/exe");
        const MappedFile file = *MappedFile::open(path_);
        std::filesystem::resize_file(path_, 10);
        (void)last_byte(file);
      },
      testing::ExitedWithCode(2),
      "jangwon: .*mapped_file_.* can no longer be read: it was cut short");
}

// A bus error that has nothing to do with a mapped file of ours must stay what it is.
TEST_F(MappedFileDeathTest, OtherBusErrorsAreNotExplained) {
#if defined(JANGWON_SANITIZED)
  GTEST_SKIP() << "a sanitizer explains every bus error";
#endif
  EXPECT_EXIT(
      {
        std::optional<MappedFile> file = std::move(*MappedFile::open(path_));
        file.reset();
        raise(SIGBUS);
        raise(SIGBUS);
      },
      testing::KilledBySignal(SIGBUS), "^$");
}

TEST_F(MappedFileTest, MapsWhatIsThere) {
  const Result<MappedFile> file = MappedFile::open(path_);
  ASSERT_TRUE(file.ok());
  EXPECT_EQ(file->size_bytes(), size_t{1} << 20);
  EXPECT_EQ(last_byte(*file), 'x');
  EXPECT_EQ(MappedFile::open("/nowhere").status().code(), StatusCode::kNotFound);
  EXPECT_EQ(MappedFile::open("/").status().code(), StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace jangwon::runtime
