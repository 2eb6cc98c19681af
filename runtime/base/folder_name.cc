#include "runtime/base/folder_name.h"

#include <filesystem>
#include <string_view>
#include <system_error>

namespace jangwon {

namespace {

namespace fs = std::filesystem;

// Without dots in the middle and without a slash at the end.
fs::path plain(const fs::path& path) {
  const fs::path normal = path.lexically_normal();
  return normal.has_filename() ? normal : normal.parent_path();
}

// The NAME of …/models--ORG--NAME/snapshots/COMMIT; repositories of the hub's first years have no
// ORG. Neither part of a repository's id may hold two hyphens in a row.
std::string repository_of(const fs::path& folder) {
  constexpr std::string_view kPrefix = "models--";
  if (folder.parent_path().filename() != "snapshots") return "";
  const std::string repository = folder.parent_path().parent_path().filename().string();
  if (!repository.starts_with(kPrefix)) return "";
  const std::string id = repository.substr(kPrefix.size());
  const size_t separator = id.find("--");
  return separator == std::string::npos ? id : id.substr(separator + 2);
}

}  // namespace

std::string name_of_folder(const std::string& folder) {
  const std::string last = plain(folder).filename().string();
  if (!last.empty() && last != "." && last != "..") return last;
  std::error_code error;
  return plain(fs::weakly_canonical(folder.empty() ? "." : folder, error)).filename().string();
}

std::string name_of_model_folder(const std::string& folder) {
  const std::string name = name_of_folder(folder);
  std::error_code error;
  for (const fs::path& path :
       {plain(fs::absolute(folder, error)), plain(fs::weakly_canonical(folder, error))}) {
    if (path.filename() != name) continue;  // a link keeps the name that it was given
    if (std::string repository = repository_of(path); !repository.empty()) return repository;
  }
  return name.empty() ? "model" : name;
}

}  // namespace jangwon
