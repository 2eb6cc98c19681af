// The program with an emulated GPU, which --device auto and cuda then take: the operators of
// runtime/kernels/cuda on tests/cuda_emulator. `cuda_emulated verify DIR [--json]` is `jangwon
// models verify DIR`; all other words are the program's.

#include <string>
#include <vector>

#include "harness/commands/program.h"
#include "runtime/base/caught_exception.h"
#include "runtime/base/standard_streams.h"

int main(int argc, char** argv) {
  jangwon::open_standard_streams();
  std::vector<std::string> words(argv + 1, argv + argc);
  if (!words.empty() && words.front() == "verify") words.insert(words.begin(), "models");
  int code = 0;
  try {
    code = jangwon::harness::run_program(words);
  } catch (...) {
    code = jangwon::harness::tell_failure(jangwon::caught_exception());
  }
  const jangwon::Status written = jangwon::close_output();
  return written.ok() ? code : jangwon::harness::tell_failure(written);
}
