// The composition root: runs the program's commands and sees to it that whatever happens ends as a
// sentence and an exit code.

#include <cstdlib>
#include <exception>

#include "harness/commands/program.h"
#include "runtime/base/caught_exception.h"
#include "runtime/base/standard_streams.h"

namespace {

using jangwon::harness::tell_failure;

// An exception that leaves a thread can go nowhere else. What was computed lies in the journal; the
// rest ends as a failure in the main thread does.
[[noreturn]] void end_by_uncaught_exception() {
  if (std::current_exception() == nullptr) std::abort();
  try {
    throw;
  } catch (...) {
    std::_Exit(tell_failure(jangwon::caught_exception()));
  }
}

}  // namespace

int main(int argc, char** argv) {
  jangwon::open_standard_streams();
  std::set_terminate(end_by_uncaught_exception);
  int code = 0;
  try {
    code = jangwon::harness::run_program({argv + 1, argv + argc});
  } catch (...) {
    code = tell_failure(jangwon::caught_exception());
  }
  const jangwon::Status written = jangwon::close_output();
  if (written.ok()) return code;
  if (!jangwon::reader_of_output_left()) return tell_failure(written);
  // A verdict or a failure says more than that somebody has seen enough.
  if (code == 0) jangwon::end_by_broken_pipe();
  return code;
}
