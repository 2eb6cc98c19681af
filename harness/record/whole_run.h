// The folder of a command that makes a whole run at once (score, merge). It is built as
// FOLDER.unfinished and gets its name at the end: what a process that was killed leaves is no run,
// is not gone on with by `jangwon run`, and makes way for the next call.

#pragma once

#include <memory>
#include <string>

#include "harness/record/journal.h"
#include "runtime/base/status.h"

namespace jangwon::harness {

class WholeRun {
 public:
  // Errors: FOLDER holds a run or something of somebody else's, FOLDER.unfinished too; another
  // process is at it.
  static Result<std::unique_ptr<WholeRun>> begin(const std::string& folder);
  ~WholeRun();  // what has not got its name is removed
  WholeRun(const WholeRun&) = delete;
  WholeRun& operator=(const WholeRun&) = delete;

  const std::string& path() const { return path_; }  // where it is built
  Journal& journal() { return *journal_; }

  // Closes the journal and gives the folder its name.
  Status finish();

 private:
  WholeRun() = default;
  std::string folder_;
  std::string path_;
  std::unique_ptr<Journal> journal_;
};

}  // namespace jangwon::harness
