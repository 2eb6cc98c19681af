#include "datasets/data_place.h"

#include <filesystem>
#include <system_error>

namespace jangwon::datasets {

namespace fs = std::filesystem;

Status check_data_place(const std::string& data_folder, const std::string& path) {
  fs::path place = data_folder;
  std::error_code error;
  fs::file_status status;
  for (const fs::path& part : fs::path(path)) {
    place /= part;
    status = fs::symlink_status(place, error);
    if (fs::is_symlink(status)) {
      return invalid_argument(
          "{place} is a link, and nothing is written through links; remove it, or name another "
          "data folder with "
          "--data-dir",
          {{"place", place.string()}});
    }
    if (!fs::exists(status)) break;
  }
  const bool whole = place == fs::path(data_folder) / path;
  if (whole && fs::exists(status) && !fs::is_regular_file(status))
    return invalid_argument("{place} is not a regular file; remove it",
                            {{"place", place.string()}});
  return ok_status();
}

}  // namespace jangwon::datasets
