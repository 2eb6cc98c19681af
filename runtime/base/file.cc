#include "runtime/base/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace jangwon {

namespace {

Status file_error(const std::string& what) {
  const int error = errno;
  return {error == ENOENT ? StatusCode::kNotFound : StatusCode::kUnavailable, what + ": " + std::strerror(error)};
}

Status too_large(const std::string& path, uint64_t max_bytes) {
  return invalid_argument("cannot read " + path + ": it is larger than the limit of " + std::to_string(max_bytes) +
                          " bytes");
}

}  // namespace

Result<std::string> read_file(const std::string& path, uint64_t max_bytes) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return file_error("cannot open " + path);
  std::string content;
  struct stat info {};
  if (::fstat(fd, &info) == 0 && S_ISDIR(info.st_mode)) {
    ::close(fd);
    return invalid_argument("cannot read " + path + ": it is a folder, a file is needed");
  }
  if (S_ISREG(info.st_mode) && static_cast<uint64_t>(info.st_size) > max_bytes) {
    ::close(fd);
    return too_large(path, max_bytes);
  }
  if (S_ISREG(info.st_mode)) content.reserve(static_cast<size_t>(info.st_size) + 1);
  char buffer[1 << 16];
  while (true) {
    const ssize_t got = ::read(fd, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      Status status = file_error("cannot read " + path);
      ::close(fd);
      return status;
    }
    if (got == 0) break;
    content.append(buffer, static_cast<size_t>(got));
    if (content.size() > max_bytes) {
      ::close(fd);
      return too_large(path, max_bytes);
    }
  }
  ::close(fd);
  return content;
}

Status write_file_atomically(const std::string& path, std::string_view content) {
  const std::string temporary = path + ".tmp." + std::to_string(::getpid());
  const int fd = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (fd < 0) return file_error("cannot create " + temporary);
  size_t written = 0;
  while (written < content.size()) {
    const ssize_t put = ::write(fd, content.data() + written, content.size() - written);
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) {
      Status status = file_error("cannot write " + temporary);
      ::close(fd);
      ::unlink(temporary.c_str());
      return status;
    }
    written += static_cast<size_t>(put);
  }
  if (::fsync(fd) != 0 || ::close(fd) != 0 || ::rename(temporary.c_str(), path.c_str()) != 0) {
    Status status = file_error("cannot write " + path);
    ::unlink(temporary.c_str());
    return status;
  }
  return ok_status();
}

}  // namespace jangwon
