#include "runtime/base/file.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>

#include "runtime/base/new_file.h"
#include "runtime/base/sha256.h"

namespace jangwon {
namespace {

using testing::AllOf;
using testing::HasSubstr;

// Standard input that gives `text` and then the error EIO: a terminal whose other side is gone.
class FailingInput {
 public:
  explicit FailingInput(const std::string& text) : saved_(dup(STDIN_FILENO)) {
    const int terminal = posix_openpt(O_RDWR | O_NOCTTY);
    const char* name = terminal >= 0 && grantpt(terminal) == 0 && unlockpt(terminal) == 0
                           ? ptsname(terminal)
                           : nullptr;
    const int writer = name != nullptr ? open(name, O_RDWR | O_NOCTTY) : -1;
    if (writer >= 0) {
      termios raw{};
      tcgetattr(writer, &raw);
      cfmakeraw(&raw);
      tcsetattr(writer, TCSANOW, &raw);
      made_ = write(writer, text.data(), text.size()) == static_cast<ssize_t>(text.size());
      close(writer);
    }
    dup2(terminal, STDIN_FILENO);
    if (terminal >= 0) close(terminal);
  }
  ~FailingInput() {
    dup2(saved_, STDIN_FILENO);
    close(saved_);
  }
  bool made() const { return made_; }

 private:
  int saved_;
  bool made_ = false;
};

std::string temporary(const std::string& name) {
  return testing::TempDir() + "file_test_" + std::to_string(getpid()) + "_" + name;
}

std::string lines_of(const std::string& content, uint64_t max_line_bytes = uint64_t{1} << 30) {
  const std::string path = temporary("lines");
  EXPECT_TRUE(write_file_atomically(path, content).ok());
  LineReader reader(*FileReader::open(path), max_line_bytes);
  std::string seen;
  while (true) {
    std::string_view line;
    const Result<bool> next = reader.next(line);
    if (!next.ok()) seen += "error: " + next.status().message();
    if (!next.ok() || !*next) break;
    EXPECT_EQ(content.substr(reader.offset(), line.size()), line);
    seen += std::to_string(reader.number()) + ":" + std::string(line) +
            (reader.ended_by_newline() ? "|" : "…");
  }
  std::filesystem::remove(path);
  return seen;
}

TEST(File, WrittenAtomicallyReadsBack) {
  const std::string path = testing::TempDir() + "/file_test.txt" + std::to_string(getpid());
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
  const std::string path = testing::TempDir() + "/file_test.large" + std::to_string(getpid());
  ASSERT_TRUE(write_file_atomically(path, "").ok());
  // a hole: takes no room, would fill the memory
  std::filesystem::resize_file(path, uint64_t{1} << 36);
  const Result<std::string> content = read_file(path);
  std::filesystem::remove(path);
  EXPECT_EQ(content.status().code(), StatusCode::kInvalidArgument);
  EXPECT_NE(content.status().message().find("larger than the limit"), std::string::npos);
}

TEST(File, ADeviceWithoutAnEndDoesNotFillTheMemory) {
  for (const char* path : {"/dev/zero", "/dev/full"}) {
    const std::string whole = read_file(path).status().message();
    EXPECT_THAT(whole, AllOf(HasSubstr(path), HasSubstr("the limit of 67108864 bytes")));
    LineReader lines(FileReader::open(path).value());
    std::string_view line;
    EXPECT_THAT(lines.next(line).status().message(),
                AllOf(HasSubstr(path), HasSubstr("line 1 is longer than the limit of 67108864")));
  }
  EXPECT_EQ(read_file("/dev/null").value(), "");
}

// Reading /proc/self/mem from its beginning is EIO.
TEST(File, AnErrorIsNotTheEnd) {
  const std::string path = "/proc/self/mem";
  for (const Status& status : {read_file(path).status(), sha256_of_file(path).status(),
                               FileReader::open(path)->read_at(0, 1).status()}) {
    EXPECT_EQ(status.code(), StatusCode::kUnavailable);
    EXPECT_THAT(status.message(), HasSubstr("cannot read /proc/self/mem: Input/output error"));
  }
  LineReader lines(*FileReader::open(path));
  std::string_view line;
  EXPECT_FALSE(lines.next(line).ok());
}

TEST(File, AnErrorBehindTheFirstBytesIsNotTheEnd) {
  {
    const FailingInput input("one\ntwo\nthr");
    if (!input.made()) GTEST_SKIP() << "this machine gives no pseudo terminals";
    LineReader lines(FileReader::standard_input());
    std::string_view line;
    ASSERT_TRUE(*lines.next(line));
    EXPECT_EQ(line, "one");
    ASSERT_TRUE(*lines.next(line));
    EXPECT_EQ(line, "two");
    const Result<bool> next = lines.next(line);  // not the line "thr"
    ASSERT_FALSE(next.ok());
    EXPECT_EQ(next.status().message(), "cannot read standard input: Input/output error");
  }
  const FailingInput input("abc");
  EXPECT_EQ(read_standard_input().status().message(),
            "cannot read standard input: Input/output error");
}

TEST(File, AFolderIsNoFile) {
  for (const Status& status :
       {read_file("/").status(), sha256_of_file("/").status(), FileReader::open("/").status()})
    EXPECT_EQ(status.message(), "cannot read /: it is a folder, a file is needed");
}

TEST(File, LinesAreWholeWhereverTheBufferEnds) {
  EXPECT_EQ(lines_of(""), "");
  EXPECT_EQ(lines_of("\n"), "1:|");
  EXPECT_EQ(lines_of("a\n\nbc"), "1:a|2:|3:bc…");
  EXPECT_EQ(lines_of("a\nbc\n"), "1:a|2:bc|");
  for (const size_t size : {65535, 65536, 65537, 200000}) {
    const std::string text(size, 'x');
    EXPECT_EQ(lines_of(text + "\n" + text + "\ny"), "1:" + text + "|2:" + text + "|3:y…") << size;
  }
  EXPECT_THAT(lines_of("ab\n" + std::string(100000, 'x'), 1000),
              HasSubstr("1:ab|error: cannot read "));
  EXPECT_THAT(lines_of("ab\n" + std::string(2000, 'x') + "\n", 1000),
              HasSubstr("line 2 is longer than the limit"));
}

TEST(File, APartThatIsNotThereIsAnError) {
  const std::string path = temporary("part");
  ASSERT_TRUE(write_file_atomically(path, "0123456789").ok());
  const Result<FileReader> file = FileReader::open(path);
  EXPECT_EQ(*file->read_at(3, 4), "3456");
  EXPECT_THAT(file->read_at(8, 4).status().message(), HasSubstr("has it changed meanwhile?"));
  std::filesystem::remove(path);
}

TEST(File, AbsenceIsKnownAndNotGuessed) {
  const std::string loop = temporary("loop");
  std::filesystem::remove(loop);
  std::filesystem::create_symlink(loop, loop);
  EXPECT_TRUE(*file_exists("/"));
  EXPECT_TRUE(*is_folder("/"));
  EXPECT_FALSE(*file_exists("/nowhere/x"));
  EXPECT_FALSE(*is_folder("/dev/null"));
  EXPECT_FALSE(*file_exists("/dev/null/x"));
  for (const Status& status : {file_exists(loop).status(), is_folder(loop).status()})
    EXPECT_THAT(status.message(), HasSubstr("Too many levels of symbolic links"));
  std::filesystem::remove(loop);
  EXPECT_EQ(names_in_folder("/nowhere").status().code(), StatusCode::kNotFound);
  EXPECT_EQ(names_in_folder("/dev/null").status().code(), StatusCode::kUnavailable);
}

TEST(File, AFolderIsListedInOrder) {
  const std::string folder = temporary("folder");
  std::filesystem::create_directories(folder + "/c");
  ASSERT_TRUE(write_file_atomically(folder + "/b", "").ok());
  ASSERT_TRUE(write_file_atomically(folder + "/.a", "").ok());
  EXPECT_THAT(*names_in_folder(folder), testing::ElementsAre(".a", "b", "c"));
  std::filesystem::remove_all(folder);
}

TEST(File, OnlyWholeContentsGetTheName) {
  const std::string folder = temporary("atomic");
  std::filesystem::create_directories(folder);
  ASSERT_TRUE(write_file_atomically(folder + "/x", "old").ok());
  // A limit on the size of files stands for a full disk.
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small = {1000, before.rlim_max};
  setrlimit(RLIMIT_FSIZE, &small);
  const Status status = write_file_atomically(folder + "/x", std::string(2000, 'y'));
  Result<FileWriter> writer = FileWriter::open(folder + "/x", FileWriter::Start::kAtEnd);
  const Status appended = writer->append(std::string(2000, 'z'));
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  EXPECT_THAT(status.message(), HasSubstr("cannot write " + folder + "/x: File too large"));
  EXPECT_THAT(appended.message(), HasSubstr("cannot write " + folder + "/x: File too large"));
  EXPECT_EQ(read_file(folder + "/x")->substr(0, 4), "oldz");
  EXPECT_THAT(*names_in_folder(folder), testing::ElementsAre("x"));  // nothing is left beside it
  std::filesystem::remove_all(folder);
}

TEST(File, LinksAreReplacedAndDevicesAreLeftAlone) {
  const std::string folder = temporary("links");
  std::filesystem::create_directories(folder);
  ASSERT_TRUE(write_file_atomically(folder + "/foreign", "theirs").ok());
  std::filesystem::create_symlink("foreign", folder + "/x");
  ASSERT_TRUE(write_file_atomically(folder + "/x", "ours").ok());
  EXPECT_EQ(*read_file(folder + "/foreign"), "theirs");
  EXPECT_EQ(*read_file(folder + "/x"), "ours");
  ASSERT_EQ(mkfifo((folder + "/pipe").c_str(), 0600), 0);
  EXPECT_THAT(write_file_atomically(folder + "/pipe", "").message(), HasSubstr("no regular file"));
  EXPECT_TRUE(std::filesystem::is_fifo(folder + "/pipe"));
  EXPECT_THAT(write_file_atomically(folder, "").message(), HasSubstr("no regular file"));
  std::filesystem::remove_all(folder);
}

TEST(File, AFullDeviceIsSaid) {
  Result<FileWriter> full = FileWriter::open("/dev/full", FileWriter::Start::kAtEnd);
  EXPECT_EQ(full->append("x").message(), "cannot write /dev/full: No space left on device");
}

TEST(NewFile, TakesNoNameThatIsTaken) {
  const std::string folder = testing::TempDir() + "/new_file_" + std::to_string(getpid());
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  ASSERT_TRUE(write_new_file(folder + "/a", "first").ok());
  EXPECT_FALSE(write_new_file(folder + "/a", "second").ok());
  EXPECT_EQ(*read_file(folder + "/a"), "first");
  std::filesystem::create_symlink("nowhere", folder + "/link");
  EXPECT_FALSE(write_new_file(folder + "/link", "x").ok());
  EXPECT_FALSE(std::filesystem::exists(folder + "/nowhere"));
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder),
                          std::filesystem::directory_iterator()),
            2)
      << "temporary files are left behind";
  std::filesystem::remove_all(folder);
}

TEST(NewFile, TemporaryNamesAreKnownAgainAndNothingElse) {
  const std::string name = *new_name_beside("run.json");
  EXPECT_NE(name, *new_name_beside("run.json"));
  EXPECT_TRUE(is_temporary_name(name, "run.json"));
  for (const std::string& other :
       {name + "0", name.substr(1), std::string("run.json"), std::string("run.json.tmp.1"),
        name.substr(0, name.size() - 1) + "x"})
    EXPECT_FALSE(is_temporary_name(other, "run.json")) << other;
  EXPECT_FALSE(is_temporary_name(name, "results.json"));
}

}  // namespace
}  // namespace jangwon
