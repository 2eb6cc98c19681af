// A zip file, written member by member; the same members give the same bytes.

#pragma once

#include <string>
#include <string_view>

#include "runtime/base/status.h"

namespace jangwon::reports {

class ZipWriter {
 public:
  static Result<ZipWriter> create(const std::string& path);
  ~ZipWriter();
  ZipWriter(ZipWriter&&) noexcept;
  ZipWriter(const ZipWriter&) = delete;

  // A member, deflated; its name is UTF-8.
  Status add(const std::string& name, std::string_view content);
  // Writes the directory; without it the file is no zip.
  Status close();

 private:
  ZipWriter(std::string path, void* file) : path_(std::move(path)), file_(file) {}
  Status failure(Message what) const;
  std::string path_;
  void* file_;  // minizip's handle; null once closed
};

}  // namespace jangwon::reports
