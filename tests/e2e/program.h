// The built program, as a user calls it.

#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

namespace jangwon::e2e {

struct ProgramResult {
  int exit_code = -1;  // 128 + signal when a signal ended it
  std::string out;
  std::string err;
};

ProgramResult run_program(const std::vector<std::string>& arguments,
                          const std::string& stdin_text = "");

// What the program finds instead of pipes that are read to their end.
struct ProgramStreams {
  int stdout_fd = -1;
  int stderr_fd = -1;
  bool close_stdout = false;
  uint64_t address_space_bytes = 0;  // 0: no limit
};
ProgramResult run_program(const std::vector<std::string>& arguments, const ProgramStreams& streams);

// Starts the program without waiting; its output goes nowhere.
pid_t start_program(const std::vector<std::string>& arguments);

struct ShellResult {
  int exit_code = -1;
  std::string out;  // stdout and stderr
};

// A line of shell, for programs other than ours.
ShellResult shell(const std::string& command);

// A folder of this test alone, empty.
std::string fresh_folder(const std::string& name);

}  // namespace jangwon::e2e
