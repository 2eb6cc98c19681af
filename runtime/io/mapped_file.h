// A read-only memory mapping of a regular file.
//
// Of a file that is cut short while it is mapped, or whose disk fails, the system tells by
// the signal SIGBUS, wherever the bytes are used. There is nothing to go on with then: the
// program says which file it was and ends with exit code 2. What it has answered until then
// stands in the journal.

#pragma once

#include <cstddef>
#include <string>

#include "runtime/base/status.h"

namespace jangwon::runtime {

class MappedFile {
 public:
  static Result<MappedFile> open(const std::string& path);
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;
  ~MappedFile();

  const std::string& path() const { return path_; }
  const std::byte* data() const { return data_; }
  size_t size_bytes() const { return size_bytes_; }

 private:
  MappedFile() = default;
  std::string path_;
  const std::byte* data_ = nullptr;
  size_t size_bytes_ = 0;
};

}  // namespace jangwon::runtime
