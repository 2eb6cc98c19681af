// What a path names, where the answer only decides which way a command goes on. The library's own
// exists() and is_directory() throw where the system cannot say. A name that cannot be one (too
// long, below a file) names nothing; of everything else that hinders us something is there, and
// whoever opens it says what.

#pragma once

#include <filesystem>
#include <system_error>

namespace jangwon {

inline bool path_exists(const std::filesystem::path& path) {
  std::error_code error;
  const bool exists = std::filesystem::exists(path, error);
  return exists ||
         (error && error != std::errc::filename_too_long && error != std::errc::not_a_directory &&
          error != std::errc::no_such_file_or_directory);
}

inline bool names_folder(const std::filesystem::path& path) {
  std::error_code error;
  return std::filesystem::is_directory(path, error);
}

}  // namespace jangwon
