#include "harness/record/whole_run.h"

#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "harness/record/run_folder_claim.h"
#include "harness/record/run_lock.h"
#include "runtime/base/file.h"

namespace jangwon::harness {

namespace {

namespace fs = std::filesystem;

constexpr const char* kUnfinished = ".unfinished";

// Without what would put the suffix elsewhere: slashes at the end, "." and "..".
std::string plain_path(const std::string& folder) {
  std::error_code error;
  const fs::path real = fs::canonical(folder, error);
  if (!error) return real.string();
  return folder.substr(0, folder.find_last_not_of('/') + 1);
}

// What an earlier process has left makes way; one that still runs holds the lock.
Status make_way(const std::string& path) {
  JANGWON_ASSIGN_OR_RETURN(const std::unique_ptr<RunLock> lock,
                           RunLock::acquire(path, LockSharing::kExclusive));
  return clear_unfinished_run(path);
}

// Into a folder that holds other files already. run.json comes last: it says that
// the rest is a run.
Status move_files(const std::string& from, const std::string& to) {
  JANGWON_ASSIGN_OR_RETURN(const std::vector<std::string> names, names_in_folder(from));
  for (const std::string& name : names) {
    if (name != "run.json")
      JANGWON_RETURN_IF_ERROR(move_into_place(from + "/" + name, to + "/" + name));
  }
  JANGWON_RETURN_IF_ERROR(move_into_place(from + "/run.json", to + "/run.json"));
  ::rmdir(from.c_str());
  return ok_status();
}

}  // namespace

Result<std::unique_ptr<WholeRun>> WholeRun::begin(const std::string& folder) {
  JANGWON_RETURN_IF_ERROR(check_new_run_folder(folder));
  std::unique_ptr<WholeRun> run(new WholeRun());
  run->folder_ = plain_path(folder);
  const std::string path = run->folder_ + kUnfinished;
  JANGWON_RETURN_IF_ERROR(claim_unfinished_run(path));
  JANGWON_RETURN_IF_ERROR(make_way(path));
  JANGWON_ASSIGN_OR_RETURN(run->journal_, Journal::open(path));
  run->path_ = path;  // from here on ours to remove
  return run;
}

WholeRun::~WholeRun() {
  if (path_.empty()) return;
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

Status WholeRun::finish() {
  JANGWON_RETURN_IF_ERROR(journal_->sync());
  std::error_code error;
  const bool in_place = fs::is_directory(folder_, error) && !fs::is_empty(folder_, error);
  JANGWON_RETURN_IF_ERROR(in_place ? move_files(path_, folder_) : move_into_place(path_, folder_));
  path_.clear();
  journal_.reset();
  return ok_status();
}

}  // namespace jangwon::harness
