// A run resumes by writing into a folder that is there, so what it may overwrite must be decided by
// what stands in it. run.json is the marker; the other names are common ones (results.json, site),
// and without the marker they are taken for somebody else's. Kinds are looked at with lstat,
// because a link of one of our names would send a journal elsewhere. Nothing is removed that this
// program cannot have written. tests/e2e/run_folder_test.cc.

#include "harness/record/run_folder_claim.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>

#include "harness/record/run_json.h"
#include "runtime/base/file.h"
#include "runtime/base/json.h"
#include "runtime/base/new_file.h"

namespace jangwon::harness {

namespace {

// What a run may write into its folder, the marker first.
constexpr const char* kNames[] = {"run.json",     "samples.jsonl", "samples.jsonl.cut",
                                  "results.json", "report.md",     "site",
                                  "lock",         "lock.owner"};

// The kind of what stands there (S_IFREG, …); absent: nothing.
Result<std::optional<mode_t>> kind_of(const std::string& path) {
  struct stat info {};
  if (::lstat(path.c_str(), &info) == 0) return std::optional<mode_t>(info.st_mode & S_IFMT);
  if (errno == ENOENT) return std::optional<mode_t>();
  return unavailable("cannot look at {path}: {cause}",
                     {{"path", path}, {"cause", Message::system_error(errno)}});
}

// What a process that was killed had not yet given its name.
bool is_temporary(const std::string& name) {
  return std::any_of(std::begin(kNames), std::end(kNames),
                     [&](const std::string ours) { return is_temporary_name(name, ours); });
}

bool may_be_of_a_run(const std::string& name) {
  return is_temporary(name) ||
         std::find(std::begin(kNames), std::end(kNames), name) != std::end(kNames);
}

Status check_kinds(const std::string& run_folder, bool is_run) {
  for (const std::string name : kNames) {
    const std::string path = run_folder + "/" + name;
    JANGWON_ASSIGN_OR_RETURN(const std::optional<mode_t> kind, kind_of(path));
    if (!kind) continue;
    if (!is_run)
      return invalid_argument(
          "the folder {run_folder} holds {name} and no run of this program; choose another folder "
          "with -o",
          {{"run_folder", run_folder}, {"name", name}});
    if (*kind == S_IFLNK)
      return invalid_argument(
          "{run_folder}/{name} is a link, and links are not followed; choose another folder with "
          "-o",
          {{"run_folder", run_folder}, {"name", name}});
    if (*kind != (name == "site" ? S_IFDIR : S_IFREG))
      return invalid_argument(
          "{run_folder}/{name} is not what a run writes under this name; choose another folder "
          "with -o",
          {{"run_folder", run_folder}, {"name", name}});
  }
  return ok_status();
}

}  // namespace

Result<Json> read_earlier_run(const std::string& run_folder) {
  const std::string path = run_folder + "/run.json";
  JANGWON_ASSIGN_OR_RETURN(const std::optional<mode_t> kind, kind_of(path));
  if (!kind) return Json::object();
  if (*kind != S_IFREG)
    return invalid_argument(
        "{run_folder}/run.json is a link or no file; choose another folder with -o",
        {{"run_folder", run_folder}});
  Result<Json> run = read_run_json(run_folder);
  if (run.ok() || run.status().code() == StatusCode::kUnavailable) return run;
  return invalid_argument("{cause}; choose another folder with -o",
                          {{"cause", run.status().sentence()}});
}

Status claim_run_folder(const std::string& run_folder) {
  std::error_code error;
  std::filesystem::create_directories(run_folder, error);
  if (error)
    return unavailable("cannot create the run folder {run_folder}: {cause}",
                       {{"run_folder", run_folder}, {"cause", Message::system_error(error)}});
  JANGWON_ASSIGN_OR_RETURN(const Json run, read_earlier_run(run_folder));
  return check_kinds(run_folder, !run.empty());
}

Status check_new_run_folder(const std::string& run_folder) {
  JANGWON_ASSIGN_OR_RETURN(const Json run, read_earlier_run(run_folder));
  if (!run.empty())
    return invalid_argument("the folder {run_folder} holds a run already; choose another with -o",
                            {{"run_folder", run_folder}});
  return check_kinds(run_folder, false);
}

Status claim_unfinished_run(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  JANGWON_ASSIGN_OR_RETURN(const std::optional<mode_t> kind, kind_of(path));
  if (kind && *kind != S_IFDIR)
    return invalid_argument("{path} is a link or no folder; move it away first", {{"path", path}});
  if (error)
    return unavailable("cannot create the run folder {run_folder}: {cause}",
                       {{"run_folder", path}, {"cause", Message::system_error(error)}});
  JANGWON_ASSIGN_OR_RETURN(const std::vector<std::string> names, names_in_folder(path));
  for (const std::string& name : names) {
    if (!may_be_of_a_run(name))
      return invalid_argument(
          "{path}/{name} is no file of a run that was being made; move it away first",
          {{"path", path}, {"name", name}});
  }
  return ok_status();
}

Status clear_unfinished_run(const std::string& path) {
  JANGWON_ASSIGN_OR_RETURN(const std::vector<std::string> names, names_in_folder(path));
  for (const std::string& name : names) {
    const bool stays = name == "lock" || name == "lock.owner";  // held by us
    if (!stays && ::unlink((path + "/" + name).c_str()) != 0)
      return unavailable("cannot remove {path}/{name}: {cause}",
                         {{"path", path}, {"name", name}, {"cause", Message::system_error(errno)}});
  }
  return ok_status();
}

void remove_leftovers(const std::string& run_folder) {
  const Result<std::vector<std::string>> found = names_in_folder(run_folder);
  if (!found.ok()) return;
  for (const std::string& name : *found) {
    if (is_temporary(name)) ::unlink((run_folder + "/" + name).c_str());
  }
}

void give_up_run_folder(const std::string& run_folder) {
  struct stat info {};
  const std::string journal = run_folder + "/samples.jsonl";
  if (::lstat(journal.c_str(), &info) != 0 || info.st_size > 0) return;
  for (const char* name : {"samples.jsonl", "lock", "run.json"})
    ::unlink((run_folder + "/" + name).c_str());
  ::rmdir(run_folder.c_str());
}

}  // namespace jangwon::harness
