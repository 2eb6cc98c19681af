// May a file of a data set take this place in the data folder?

#pragma once

#include <string>

#include "runtime/base/status.h"

namespace jangwon::datasets {

// `path` lies below the data folder. Errors: a part of it below that folder is a link (what is
// written would land elsewhere), or something that is no regular file stands there.
Status check_data_place(const std::string& data_folder, const std::string& path);

}  // namespace jangwon::datasets
