// A disk that fails, to be preloaded into a program. JANGWON_DISK_FAULT="CALL PATH BYTES" makes
// CALL (read, write, sync, rename, which is any call that gives a name) fail on the regular file
// PATH with EIO (write: ENOSPC), reading and writing only behind the first BYTES. A temporary file
// PATH.tmp.… counts as PATH. JANGWON_DISK_LOG names a file that gets a line for each call that
// reached a regular file or a folder: what there is to fail.

#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>

namespace {

template <typename Function>
Function* next(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

// A file that is written beside its place is logged under the name that it will have.
std::string plain(const std::string& path) {
  const size_t temporary = path.rfind(".tmp.");
  const bool in_the_name =
      temporary != std::string::npos && path.find('/', temporary) == std::string::npos;
  return in_the_name ? path.substr(0, temporary) : path;
}

// Empty for pipes, devices and the like.
std::string path_of(int fd) {
  struct stat info {};
  if (fstat(fd, &info) != 0 || !(S_ISREG(info.st_mode) || S_ISDIR(info.st_mode))) return "";
  char path[4096];
  const ssize_t size = readlink(("/proc/self/fd/" + std::to_string(fd)).c_str(), path, sizeof path);
  const std::string text(path, size > 0 ? static_cast<size_t>(size) : 0);
  return text.starts_with("/proc/") || text.starts_with("/sys/") ? ""
         : S_ISDIR(info.st_mode)                                 ? text
                                                                 : plain(text);
}

void log(const std::string& line) {
  const char* file = getenv("JANGWON_DISK_LOG");
  if (file == nullptr) return;
  const int saved = errno;
  const int fd = open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  const std::string whole = line + "\n";
  static const auto write_it = next<ssize_t(int, const void*, size_t)>("write");
  (void)!write_it(fd, whole.data(), whole.size());
  close(fd);
  errno = saved;
}

// Whether `call` on `path` is the one that fails, and behind how many bytes.
bool fails(const std::string& call, const std::string& path, size_t* bytes = nullptr) {
  const char* fault = getenv("JANGWON_DISK_FAULT");
  if (fault == nullptr || path.empty()) return false;
  const std::string text = fault;
  const size_t first = text.find(' ');
  const size_t last = text.rfind(' ');
  if (bytes != nullptr) *bytes = strtoul(text.c_str() + last, nullptr, 10);
  return text.substr(0, first) == call && text.substr(first + 1, last - first - 1) == path;
}

// A file gets its name, whichever call gives it.
int give_name(int (*real)(const char*, const char*), const char* from, const char* to) {
  const std::string target = to;
  const size_t name = target.rfind('/') + 1;
  char* folder = realpath((target.substr(0, name) + ".").c_str(), nullptr);
  const std::string path = std::string(folder == nullptr ? "" : folder) + "/" + target.substr(name);
  free(folder);
  if (fails("rename", path)) {
    errno = EIO;
    return -1;
  }
  const int result = real(from, to);
  if (result == 0) log("rename " + path);  // a name that is taken already is not given
  return result;
}

}  // namespace

extern "C" {

ssize_t read(int fd, void* buffer, size_t size) {
  static const auto real = next<ssize_t(int, void*, size_t)>("read");
  const std::string path = path_of(fd);
  if (!path.empty()) log("read " + path);
  size_t limit = 0;
  if (fails("read", path, &limit)) {
    const auto at = static_cast<size_t>(lseek(fd, 0, SEEK_CUR));
    if (at >= limit) {
      errno = EIO;
      return -1;
    }
    if (size > limit - at) size = limit - at;
  }
  return real(fd, buffer, size);
}

ssize_t pread(int fd, void* buffer, size_t size, off_t offset) {
  static const auto real = next<ssize_t(int, void*, size_t, off_t)>("pread");
  const std::string path = path_of(fd);
  if (!path.empty()) log("read " + path);
  size_t limit = 0;
  if (fails("read", path, &limit) && static_cast<size_t>(offset) + size > limit) {
    errno = EIO;
    return -1;
  }
  return real(fd, buffer, size, offset);
}

ssize_t pread64(int fd, void* buffer, size_t size, off_t offset) {
  return pread(fd, buffer, size, offset);
}

ssize_t write(int fd, const void* buffer, size_t size) {
  static const auto real = next<ssize_t(int, const void*, size_t)>("write");
  const std::string path = path_of(fd);
  if (!path.empty()) log("write " + path);
  size_t limit = 0;
  if (fails("write", path, &limit)) {
    struct stat info {};
    fstat(fd, &info);
    const auto at = static_cast<size_t>(info.st_size);
    if (at >= limit) {
      errno = ENOSPC;
      return -1;
    }
    if (size > limit - at) size = limit - at;
  }
  return real(fd, buffer, size);
}

int fsync(int fd) {
  static const auto real = next<int(int)>("fsync");
  const std::string path = path_of(fd);
  if (!path.empty()) log("sync " + path);
  if (!fails("sync", path)) return real(fd);
  errno = EIO;
  return -1;
}

int rename(const char* from, const char* to) {
  static const auto real = next<int(const char*, const char*)>("rename");
  return give_name(real, from, to);
}

int link(const char* from, const char* to) {
  static const auto real = next<int(const char*, const char*)>("link");
  return give_name(real, from, to);
}

}  // extern "C"
