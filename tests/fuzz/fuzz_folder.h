// For parsers that take a path: a folder of this process for the files that the fuzzer writes,
// gone at its end.

#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "runtime/base/check.h"

namespace jangwon {

class FuzzFolder {
 public:
  FuzzFolder() : path_((std::filesystem::temp_directory_path() / "jangwon_fuzz_XXXXXX").string()) {
    JANGWON_CHECK(mkdtemp(path_.data()) != nullptr);
  }
  ~FuzzFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  const std::string& path() const { return path_; }

  std::string write(const std::string& name, std::string_view bytes) const {
    std::ofstream file(path_ + "/" + name, std::ios::binary | std::ios::trunc);
    file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    return path_ + "/" + name;
  }

 private:
  std::string path_;
};

}  // namespace jangwon
