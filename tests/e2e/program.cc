#include "tests/e2e/program.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <thread>

namespace jangwon::e2e {

namespace {

std::vector<char*> argv_of(std::vector<std::string>& words) {
  std::vector<char*> argv;
  for (std::string& word : words)
    argv.push_back(word.data());
  argv.push_back(nullptr);
  return argv;
}

std::string read_all(int fd) {
  std::string text;
  char buffer[1 << 14];
  for (ssize_t got; (got = ::read(fd, buffer, sizeof buffer)) > 0;)
    text.append(buffer, static_cast<size_t>(got));
  ::close(fd);
  return text;
}

}  // namespace

namespace {

ProgramResult run(const std::vector<std::string>& arguments, const std::string& stdin_text,
                  const ProgramStreams& streams) {
  std::vector<std::string> words = {JANGWON_PROGRAM};
  words.insert(words.end(), arguments.begin(), arguments.end());
  int in[2], out[2], err[2];
  EXPECT_EQ(pipe2(in, O_CLOEXEC) | pipe2(out, O_CLOEXEC) | pipe2(err, O_CLOEXEC), 0);
  const pid_t child = fork();
  if (child == 0) {
    dup2(in[0], 0);
    dup2(out[1], 1);
    dup2(err[1], 2);
    if (streams.stdout_fd >= 0) dup2(streams.stdout_fd, 1);
    if (streams.stderr_fd >= 0) dup2(streams.stderr_fd, 2);
    if (streams.close_stdout) ::close(1);
    const rlimit space = {streams.address_space_bytes, streams.address_space_bytes};
    if (streams.address_space_bytes > 0) setrlimit(RLIMIT_AS, &space);
    execv(JANGWON_PROGRAM, argv_of(words).data());
    _exit(127);
  }
  for (int fd : {in[0], out[1], err[1]})
    ::close(fd);
  ProgramResult result;
  std::thread feeder([&] {
    size_t sent = 0;
    while (sent < stdin_text.size()) {
      const ssize_t put = ::write(in[1], stdin_text.data() + sent, stdin_text.size() - sent);
      if (put <= 0) break;
      sent += static_cast<size_t>(put);
    }
    ::close(in[1]);
  });
  std::thread errors([&] { result.err = read_all(err[0]); });
  result.out = read_all(out[0]);
  errors.join();
  feeder.join();
  int status = 0;
  waitpid(child, &status, 0);
  result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return result;
}

}  // namespace

ProgramResult run_program(const std::vector<std::string>& arguments,
                          const std::string& stdin_text) {
  return run(arguments, stdin_text, {});
}

ProgramResult run_program(const std::vector<std::string>& arguments,
                          const ProgramStreams& streams) {
  return run(arguments, "", streams);
}

pid_t start_program(const std::vector<std::string>& arguments) {
  std::vector<std::string> words = {JANGWON_PROGRAM};
  words.insert(words.end(), arguments.begin(), arguments.end());
  const pid_t child = fork();
  if (child == 0) {
    const int nowhere = open("/dev/null", O_RDWR);
    for (int fd : {0, 1, 2})
      dup2(nowhere, fd);
    execv(JANGWON_PROGRAM, argv_of(words).data());
    _exit(127);
  }
  return child;
}

std::string fresh_folder(const std::string& name) {
  const std::string folder =
      testing::TempDir() + "jangwon_e2e_" + std::to_string(getpid()) + "_" + name;
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  return folder;
}

ShellResult shell(const std::string& command) {
  ShellResult result;
  std::FILE* pipe = popen((command + " 2>&1").c_str(), "r");
  if (pipe == nullptr) return result;
  char buffer[4096];
  for (size_t got; (got = std::fread(buffer, 1, sizeof buffer, pipe)) > 0;)
    result.out.append(buffer, got);
  const int status = pclose(pipe);
  result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return result;
}

}  // namespace jangwon::e2e
