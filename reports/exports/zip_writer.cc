#include "reports/exports/zip_writer.h"

#include <minizip/zip.h>
#include <zlib.h>

#include <utility>

namespace jangwon::reports {

Result<ZipWriter> ZipWriter::create(const std::string& path) {
  zipFile file = zipOpen64(path.c_str(), APPEND_STATUS_CREATE);
  if (file == nullptr) return unavailable("cannot write {path}", {{"path", path}});
  return ZipWriter(path, file);
}

ZipWriter::ZipWriter(ZipWriter&& other) noexcept
    : path_(std::move(other.path_)), file_(std::exchange(other.file_, nullptr)) {}

ZipWriter::~ZipWriter() {
  if (file_ != nullptr) zipClose(file_, nullptr);
}

Status ZipWriter::failure(Message what) const {
  return unavailable("cannot write {what} of {path}", {{"what", std::move(what)}, {"path", path_}});
}

Status ZipWriter::add(const std::string& name, std::string_view content) {
  zip_fileinfo info{};                   // no time: the same run gives the same bytes
  info.dosDate = (1 << 21) | (1 << 16);  // 1980-01-01, the first day that the format knows
  constexpr uLong kNamesAreUtf8 = 1 << 11;
  constexpr int kNeedsZip64 = 1;
  const int opened = zipOpenNewFileInZip4_64(
      file_, name.c_str(), &info, nullptr, 0, nullptr, 0, nullptr, Z_DEFLATED,
      Z_DEFAULT_COMPRESSION, 0, -MAX_WBITS, DEF_MEM_LEVEL, Z_DEFAULT_STRATEGY, nullptr, 0, 0,
      kNamesAreUtf8, content.size() > 0xfffffff0 ? kNeedsZip64 : 0);
  if (opened != ZIP_OK) return failure(Message::value(name));
  while (!content.empty()) {
    const std::string_view block = content.substr(0, 1 << 20);
    if (zipWriteInFileInZip(file_, block.data(), static_cast<unsigned>(block.size())) != ZIP_OK)
      return failure(Message::value(name));
    content.remove_prefix(block.size());
  }
  return zipCloseFileInZip(file_) == ZIP_OK ? ok_status() : failure(Message::value(name));
}

Status ZipWriter::close() {
  return zipClose(std::exchange(file_, nullptr), nullptr) == ZIP_OK
             ? ok_status()
             : failure(Message("the directory"));
}

}  // namespace jangwon::reports
