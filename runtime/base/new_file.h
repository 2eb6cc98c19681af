// Files and folders that must be new.

#pragma once

#include <string>
#include <string_view>

#include "runtime/base/status.h"

namespace jangwon {

// As write_file_atomically (file.h), but an error where anything has the name, be it a link
// that leads nowhere.
Status write_new_file(const std::string& path, std::string_view content);

// A name beside `path` that cannot be guessed, so that nobody can lay a link in its place
// beforehand: for a file or a folder that is given the name of `path` once it is whole.
Result<std::string> new_name_beside(const std::string& path);
// Whether new_name_beside may have made `name` for `path`: what a process that was killed has left.
bool is_temporary_name(std::string_view name, std::string_view path);

}  // namespace jangwon
