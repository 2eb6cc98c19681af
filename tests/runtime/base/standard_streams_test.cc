// Each case runs in a process of its own, whose standard output is something else.

#include "runtime/base/standard_streams.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>
#include <string>

#include "runtime/base/file.h"

namespace jangwon {
namespace {

using testing::HasSubstr;

// What `body` says on the way out of a process whose descriptor 1 is `fd`; -1 closes it.
std::string say_with_output(int fd, const std::function<std::string()>& body) {
  int answer[2];
  EXPECT_EQ(pipe(answer), 0);
  const pid_t child = fork();
  if (child == 0) {
    if (fd >= 0) dup2(fd, STDOUT_FILENO);
    if (fd < 0) close(STDOUT_FILENO);
    open_standard_streams();
    (void)write_fully(answer[1], body());
    _exit(0);
  }
  close(answer[1]);
  std::string said = *read_file("/dev/fd/" + std::to_string(answer[0]));
  close(answer[0]);
  int status = 0;
  waitpid(child, &status, 0);
  if (WIFSIGNALED(status)) said += "signal " + std::to_string(WTERMSIG(status));
  return said;
}

std::string print_and_close(size_t size) {
  write_output(std::string(size, 'x'));
  return close_output().message();
}

TEST(StandardStreams, EverythingArrivesInOrder) {
  const std::string path = testing::TempDir() + "standard_streams_" + std::to_string(getpid());
  const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC, 0600);
  EXPECT_EQ(say_with_output(fd,
                            [] {
                              write_output("a");
                              write_output(std::string(70000, 'b'));
                              write_output("c");
                              return close_output().message();
                            }),
            "");
  EXPECT_EQ(*read_file(path), "a" + std::string(70000, 'b') + "c");
  close(fd);
  unlink(path.c_str());
}

TEST(StandardStreams, AFullDeviceIsToldAtTheEndHoweverLittleWasPrinted) {
  const int full = open("/dev/full", O_WRONLY);
  for (const size_t size : {1, 70000})
    EXPECT_THAT(say_with_output(full, [&] { return print_and_close(size); }),
                HasSubstr("No space left on device"));
  // nothing was to be written
  EXPECT_EQ(say_with_output(full, [] { return close_output().message(); }), "");
  EXPECT_EQ(say_with_output(full,
                            [] {
                              write_output("x");
                              flush_output();
                              return std::string(output_failed() ? "failed" : "goes on");
                            }),
            "failed");
  close(full);
}

TEST(StandardStreams, AClosedOutputIsNoFileOfOurs) {
  EXPECT_THAT(say_with_output(-1, [] { return print_and_close(1); }),
              HasSubstr("Bad file descriptor"));
  EXPECT_EQ(say_with_output(-1, [] { return close_output().message(); }), "");
  EXPECT_EQ(
      say_with_output(-1,
                      [] {
                        const int fd = open("/dev/null", O_WRONLY);
                        return std::string(fd > STDERR_FILENO ? "beyond" : "taken for an output");
                      }),
      "beyond");
}

TEST(StandardStreams, AReaderThatLeftEndsTheProgramAsOthersEnd) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  close(ends[0]);
  EXPECT_EQ(say_with_output(ends[1],
                            [] {
                              write_output("x");
                              // no signal yet: the command may have files to finish
                              flush_output();
                              EXPECT_FALSE(close_output().ok());
                              return std::string(reader_of_output_left() ? "left" : "other");
                            }),
            "left");
  EXPECT_EQ(say_with_output(ends[1], []() -> std::string { end_by_broken_pipe(); }),
            "signal " + std::to_string(SIGPIPE));
  close(ends[1]);
}

TEST(StandardStreams, NotesThatCannotBeWrittenAreNoFailure) {
  const int full = open("/dev/full", O_WRONLY);
  EXPECT_EQ(say_with_output(full,
                            [&] {
                              dup2(full, STDERR_FILENO);
                              write_note("x\n");
                              return close_output().message();
                            }),
            "");
  close(full);
}

}  // namespace
}  // namespace jangwon
