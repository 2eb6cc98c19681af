// Claiming comes before the writing and signing after it, because the attribute lies on the file
// itself, and a file that is replaced by a rename is another one. Everything is looked at with
// lstat: a link, even to a file of ours, could lead out of the folder. A run folder is the
// exception that needs no signature; the run itself wrote report.md and site there, and a copy of
// the folder may have lost its attributes. tests/reports/output_claim_test.cc.

#include "reports/output_claim.h"

#include <sys/stat.h>
#include <sys/xattr.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>

#include "harness/record/run_json.h"
#include "runtime/base/file.h"

namespace jangwon::reports {

namespace {

namespace fs = std::filesystem;

constexpr const char* kMarker = "/.jangwon";
constexpr const char* kAttribute = "user.jangwon";

enum class Found { kNothing, kFile, kFolder, kLink, kOther };

Result<Found> look_at(const std::string& path) {
  struct stat info {};
  if (::lstat(path.c_str(), &info) != 0) {
    if (errno == ENOENT) return Found::kNothing;
    return unavailable("cannot look at {path}: {cause}",
                       {{"path", path}, {"cause", Message::system_error(errno)}});
  }
  if (S_ISLNK(info.st_mode)) return Found::kLink;
  return S_ISREG(info.st_mode)   ? Found::kFile
         : S_ISDIR(info.st_mode) ? Found::kFolder
                                 : Found::kOther;
}

Status refuse_link(const std::string& path) {
  return invalid_argument(
      "{path} is a link, and links are not followed; choose another folder with -o",
      {{"path", path}});
}

Status refuse_foreign(const std::string& path) {
  return invalid_argument(
      "{path} is there and was not written by this program; move it away or choose another folder "
      "with -o",
      {{"path", path}});
}

// The folders between `folder` and the name; none may be a link.
Status make_parents(const std::string& folder, const std::string& name) {
  for (size_t slash = name.find('/'); slash != std::string::npos;
       slash = name.find('/', slash + 1)) {
    const std::string parent = folder + "/" + name.substr(0, slash);
    JANGWON_ASSIGN_OR_RETURN(const Found found, look_at(parent));
    if (found == Found::kLink) return refuse_link(parent);
    if (found == Found::kFile || found == Found::kOther) return refuse_foreign(parent);
    std::error_code error;
    if (found == Found::kNothing) fs::create_directory(parent, error);
    if (error)
      return unavailable("cannot make the folder {folder}/{slash}: {cause}",
                         {{"folder", folder},
                          {"slash", name.substr(0, slash)},
                          {"cause", Message::system_error(error)}});
  }
  return ok_status();
}

Status check_no_link_below(const std::string& folder) {
  std::error_code error;
  for (fs::recursive_directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    if (entry->is_symlink()) return refuse_link(entry->path().string());
  }
  return error ? unavailable("cannot read the folder {folder}: {cause}",
                             {{"folder", folder}, {"cause", Message::system_error(error)}})
               : ok_status();
}

bool is_signed(const std::string& path) {
  return ::lgetxattr(path.c_str(), kAttribute, nullptr, 0) >= 0;
}

// Whatever a run writes into its own folder.
bool is_of_the_run(const std::string& folder, const std::string& name) {
  return (name == "report.md" || name == "site") && harness::read_run_json(folder).ok();
}

// The names that could not be signed.
Result<std::set<std::string>> read_list(const std::string& folder) {
  const std::string path = folder + kMarker;
  std::set<std::string> names;
  JANGWON_ASSIGN_OR_RETURN(const Found found, look_at(path));
  if (found == Found::kLink) return refuse_link(path);
  if (found == Found::kNothing) return names;
  JANGWON_ASSIGN_OR_RETURN(const std::string text, read_file(path));
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    names.insert(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return names;
}

}  // namespace

Status claim_output(const std::string& folder, const std::vector<std::string>& names) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error)
    return unavailable("cannot make the folder {target}: {cause}",
                       {{"target", folder}, {"cause", Message::system_error(error)}});
  JANGWON_ASSIGN_OR_RETURN(const std::set<std::string> listed, read_list(folder));
  for (const std::string& name : names) {
    JANGWON_RETURN_IF_ERROR(make_parents(folder, name));
    const std::string path = folder + "/" + name;
    JANGWON_ASSIGN_OR_RETURN(const Found found, look_at(path));
    if (found == Found::kNothing) continue;
    if (found == Found::kLink) return refuse_link(path);
    if (!is_signed(path) && !listed.contains(name) && !is_of_the_run(folder, name))
      return refuse_foreign(path);
    if (found == Found::kFolder) JANGWON_RETURN_IF_ERROR(check_no_link_below(path));
  }
  return ok_status();
}

Status sign_output(const std::string& folder, const std::vector<std::string>& names) {
  std::vector<std::string> unsigned_names;
  for (const std::string& name : names) {
    const bool is_signed = ::setxattr((folder + "/" + name).c_str(), kAttribute, "1", 1, 0) == 0;
    if (!is_signed && !is_of_the_run(folder, name)) unsigned_names.push_back(name);
  }
  if (unsigned_names.empty()) return ok_status();
  JANGWON_ASSIGN_OR_RETURN(std::set<std::string> listed, read_list(folder));
  listed.insert(unsigned_names.begin(), unsigned_names.end());
  std::string text;
  for (const std::string& name : listed)
    text += name + "\n";
  return write_file_atomically(folder + kMarker, text);
}

}  // namespace jangwon::reports
