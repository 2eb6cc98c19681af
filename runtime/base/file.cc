// A file is written under a name beside it that nobody can guess, synced, and then given its own:
// whoever reads sees the old file or the new one, and a loss of power cannot leave half of one. A
// descriptor that another program shares with us may be non-blocking, so every call that would
// block is waited for and made again. tests/runtime/base/file_test.cc reads from files that fail.

#include "runtime/base/file.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "runtime/base/new_file.h"

namespace jangwon {

namespace {

constexpr std::string_view kTemporary = ".tmp.";
constexpr std::string_view kDigits = "0123456789abcdef";

// /proc says ESRCH where a process ended between the opening and the reading.
Status file_error(MessageTemplate what, Message::Arguments arguments, int error) {
  return {error == ENOENT || error == ESRCH ? StatusCode::kNotFound : StatusCode::kUnavailable,
          Message::system_error(error).at(Message(what, arguments))};
}

Status too_large(const std::string& path, uint64_t max_bytes) {
  return invalid_argument("cannot read {path}: it is larger than the limit of {max_bytes} bytes",
                          {{"path", path}, {"max_bytes", max_bytes}});
}

// Whether a call that failed has to be made again. A descriptor that somebody else made
// non-blocking, as terminals shared with other programs are, is waited for.
bool goes_on(int fd, int error, short events) {
  if (error == EINTR) return true;
  if (error != EAGAIN && error != EWOULDBLOCK) return false;
  pollfd wait = {fd, events, 0};
  return ::poll(&wait, 1, -1) >= 0 || errno == EINTR;
}

Result<std::string> read_all(FileReader file, uint64_t max_bytes) {
  max_bytes = file.max_bytes(max_bytes);
  if (file.size_hint() > max_bytes) return too_large(file.path(), max_bytes);
  std::string content;
  content.reserve(file.size_hint() + 1);
  std::vector<char> buffer(1 << 16);
  while (true) {
    JANGWON_ASSIGN_OR_RETURN(const size_t got, file.read(buffer.data(), buffer.size()));
    if (got == 0) return content;
    if (content.size() + got > max_bytes) return too_large(file.path(), max_bytes);
    content.append(buffer.data(), got);
  }
}

// A fresh file beside `path`.
Result<std::pair<std::string, int>> create_beside(const std::string& path) {
  for (int attempt = 0;; ++attempt) {
    JANGWON_ASSIGN_OR_RETURN(std::string name, new_name_beside(path));
    const int fd = ::open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (fd >= 0) return std::pair(name, fd);
    if (errno != EEXIST || attempt == 10)
      return file_error("cannot write {path}", {{"path", path}}, errno);
  }
}

// The name itself must outlive a loss of power, not only what stands under it. Some file systems
// cannot sync folders.
int sync_folder_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  const std::string folder =
      slash == std::string::npos ? "." : path.substr(0, std::max<size_t>(slash, 1));
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return errno == EACCES ? 0 : errno;  // a folder that may be written but not read
  const int error = ::fsync(fd) == 0 || errno == EINVAL ? 0 : errno;
  ::close(fd);
  return error;
}

// `give_name` moves the finished file to its place: 0, or -1 and errno.
template <typename GiveName>
Status write_beside(const std::string& path, std::string_view content, GiveName give_name) {
  JANGWON_ASSIGN_OR_RETURN(const auto temporary, create_beside(path));
  const auto& [name, fd] = temporary;
  int error = write_fully(fd, content);
  if (error == 0 && ::fsync(fd) != 0 && errno != EINVAL) error = errno;
  if (::close(fd) != 0 && error == 0) error = errno;
  if (error == 0 && give_name(name.c_str(), path.c_str()) != 0) error = errno;
  if (error != 0) {
    ::unlink(name.c_str());
    return file_error("cannot write {path}", {{"path", path}}, error);
  }
  error = sync_folder_of(path);
  return error == 0 ? ok_status() : file_error("cannot write {path}", {{"path", path}}, error);
}

}  // namespace

Result<FileReader> FileReader::open(const std::string& path) {
  int fd = -1;
  do {
    fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  } while (fd < 0 && errno == EINTR);
  if (fd < 0) return file_error("cannot open {path}", {{"path", path}}, errno);
  FileReader file(path, fd);
  struct stat info {};
  if (::fstat(fd, &info) != 0) return file_error("cannot read {path}", {{"path", path}}, errno);
  if (S_ISDIR(info.st_mode))
    return invalid_argument("cannot read {path}: it is a folder, a file is needed",
                            {{"path", path}});
  if (S_ISREG(info.st_mode)) file.size_hint_ = static_cast<uint64_t>(info.st_size);
  file.is_device_ = S_ISCHR(info.st_mode);
  return file;
}

FileReader FileReader::standard_input() {
  FileReader file("standard input", STDIN_FILENO);
  file.owned_ = false;
  struct stat info {};
  file.is_device_ = ::fstat(STDIN_FILENO, &info) == 0 && S_ISCHR(info.st_mode);
  return file;
}

uint64_t FileReader::max_bytes(uint64_t wanted) const {
  constexpr uint64_t kMaxDeviceBytes = uint64_t{1} << 26;
  return is_device_ ? std::min(wanted, kMaxDeviceBytes) : wanted;
}

FileReader::FileReader(FileReader&& other) noexcept
    : path_(std::move(other.path_)),
      fd_(std::exchange(other.fd_, -1)),
      owned_(other.owned_),
      is_device_(other.is_device_),
      size_hint_(other.size_hint_) {}

FileReader& FileReader::operator=(FileReader&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(fd_, other.fd_);
  std::swap(owned_, other.owned_);
  std::swap(is_device_, other.is_device_);
  std::swap(size_hint_, other.size_hint_);
  return *this;
}

FileReader::~FileReader() {
  if (fd_ >= 0 && owned_) ::close(fd_);
}

Result<size_t> FileReader::read(char* buffer, size_t size) {
  while (true) {
    const ssize_t got = ::read(fd_, buffer, size);
    if (got >= 0) return static_cast<size_t>(got);
    if (!goes_on(fd_, errno, POLLIN))
      return file_error("cannot read {path}", {{"path", path_}}, errno);
  }
}

Result<std::string> FileReader::read_at(uint64_t offset, size_t size) const {
  std::string bytes(size, '\0');
  for (size_t filled = 0; filled < size;) {
    const ssize_t got =
        ::pread(fd_, bytes.data() + filled, size - filled, static_cast<off_t>(offset + filled));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return file_error("cannot read {path}", {{"path", path_}}, errno);
    if (got == 0)
      return unavailable("cannot read {path} again; has it changed meanwhile?", {{"path", path_}});
    filled += static_cast<size_t>(got);
  }
  return bytes;
}

LineReader::LineReader(FileReader file, uint64_t max_line_bytes)
    : file_(std::move(file)), max_line_bytes_(file_.max_bytes(max_line_bytes)), buffer_(1 << 16) {}

Result<bool> LineReader::next(std::string_view& line) {
  while (true) {
    const char* unsearched = buffer_.data() + searched_;
    const void* newline =
        searched_ < filled_ ? std::memchr(unsearched, '\n', filled_ - searched_) : nullptr;
    const size_t end = newline != nullptr
                           ? static_cast<size_t>(static_cast<const char*>(newline) - buffer_.data())
                           : filled_;
    if (end - begin_ > max_line_bytes_) {
      return invalid_argument(
          "cannot read {file}: line {line_number} is longer than the limit of {max_line_bytes} "
          "bytes",
          {{"file", file_.path()},
           {"line_number", line_number_ + 1},
           {"max_line_bytes", max_line_bytes_}});
    }
    if (newline != nullptr || (at_end_ && begin_ < filled_)) {
      line = std::string_view(buffer_.data() + begin_, end - begin_);
      ended_by_newline_ = newline != nullptr;
      line_offset_ = buffer_offset_ + begin_;
      ++line_number_;
      begin_ = searched_ = end + (newline != nullptr ? 1 : 0);
      return true;
    }
    if (at_end_) return false;
    searched_ = filled_;
    std::memmove(buffer_.data(), buffer_.data() + begin_, filled_ - begin_);
    buffer_offset_ += begin_;
    filled_ -= begin_;
    searched_ -= begin_;
    begin_ = 0;
    if (filled_ == buffer_.size()) buffer_.resize(buffer_.size() * 2);
    JANGWON_ASSIGN_OR_RETURN(const size_t got,
                             file_.read(buffer_.data() + filled_, buffer_.size() - filled_));
    filled_ += got;
    at_end_ = got == 0;
  }
}

bool LineReader::has_line_at_hand() const {
  return at_end_ || (begin_ < filled_ &&
                     std::memchr(buffer_.data() + begin_, '\n', filled_ - begin_) != nullptr);
}

Result<std::string> read_file(const std::string& path, uint64_t max_bytes) {
  JANGWON_ASSIGN_OR_RETURN(FileReader file, FileReader::open(path));
  return read_all(std::move(file), max_bytes);
}

Result<std::string> read_standard_input(uint64_t max_bytes) {
  return read_all(FileReader::standard_input(), max_bytes);
}

Result<bool> file_exists(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) == 0) return true;
  if (errno == ENOENT || errno == ENOTDIR) return false;
  return file_error("cannot look for {path}", {{"path", path}}, errno);
}

Result<bool> is_folder(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) == 0) return S_ISDIR(info.st_mode);
  if (errno == ENOENT || errno == ENOTDIR) return false;
  return file_error("cannot look for {path}", {{"path", path}}, errno);
}

Result<std::vector<std::string>> names_in_folder(const std::string& path) {
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir(path.c_str()), ::closedir);
  if (folder == nullptr)
    return file_error("cannot open the folder {path}", {{"path", path}}, errno);
  std::vector<std::string> names;
  while (true) {
    errno = 0;
    const dirent* entry = ::readdir(folder.get());
    if (entry == nullptr && errno != 0)
      return file_error("cannot read the folder {path}", {{"path", path}}, errno);
    if (entry == nullptr) break;
    const std::string name = entry->d_name;
    if (name != "." && name != "..") names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

Result<std::string> new_name_beside(const std::string& path) {
  uint64_t number = 0;
  if (::getrandom(&number, sizeof number, 0) != sizeof number)
    return file_error("cannot write {path}", {{"path", path}}, errno);
  std::string name = path + std::string(kTemporary);
  for (int shift = 60; shift >= 0; shift -= 4)
    name += kDigits[number >> shift & 15];
  return name;
}

bool is_temporary_name(std::string_view name, std::string_view path) {
  constexpr size_t kNumDigits = 16;
  if (name.size() != path.size() + kTemporary.size() + kNumDigits || !name.starts_with(path))
    return false;
  name.remove_prefix(path.size());
  return name.starts_with(kTemporary) &&
         name.substr(kTemporary.size()).find_first_not_of(kDigits) == std::string_view::npos;
}

Status write_file_atomically(const std::string& path, std::string_view content) {
  // Renaming over /dev/null would replace the device.
  struct stat target {};
  if (::lstat(path.c_str(), &target) == 0 && !S_ISREG(target.st_mode) && !S_ISLNK(target.st_mode))
    return invalid_argument("cannot write {path}: what stands there is no regular file",
                            {{"path", path}});
  return write_beside(path, content,
                      [](const char* from, const char* to) { return ::rename(from, to); });
}

Status write_new_file(const std::string& path, std::string_view content) {
  return write_beside(path, content, [](const char* from, const char* to) {
    if (::link(from, to) == 0) return ::unlink(from);
    // Some file systems have no hard links.
    if (errno != EPERM && errno != EOPNOTSUPP && errno != ENOSYS) return -1;
    return static_cast<int>(
        ::syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE));
  });
}

Status move_into_place(const std::string& from, const std::string& to) {
  const int fd = ::open(from.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return file_error("cannot open {path}", {{"path", from}}, errno);
  int error = ::fsync(fd) == 0 || errno == EINVAL ? 0 : errno;
  ::close(fd);
  if (error == 0 && ::rename(from.c_str(), to.c_str()) != 0) error = errno;
  if (error == 0) error = sync_folder_of(to);
  return error == 0 ? ok_status() : file_error("cannot write {path}", {{"path", to}}, error);
}

Result<FileWriter> FileWriter::open(const std::string& path, Start start) {
  const int flags = O_WRONLY | O_CREAT | O_CLOEXEC | (start == Start::kEmpty ? O_TRUNC : O_APPEND);
  const int fd = ::open(path.c_str(), flags, 0666);
  if (fd < 0) return file_error("cannot write {path}", {{"path", path}}, errno);
  return FileWriter(path, fd);
}

FileWriter::FileWriter(FileWriter&& other) noexcept
    : path_(std::move(other.path_)), fd_(std::exchange(other.fd_, -1)) {}

FileWriter& FileWriter::operator=(FileWriter&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(fd_, other.fd_);
  return *this;
}

FileWriter::~FileWriter() {
  if (fd_ >= 0) ::close(fd_);
}

Status FileWriter::append(std::string_view bytes) {
  const int error = write_fully(fd_, bytes);
  return error == 0 ? ok_status() : file_error("cannot write {path}", {{"path", path_}}, error);
}

Status FileWriter::sync() {
  return ::fsync(fd_) == 0 || errno == EINVAL
             ? ok_status()
             : file_error("cannot write {path}", {{"path", path_}}, errno);
}

Status FileWriter::close() {
  return ::close(std::exchange(fd_, -1)) == 0
             ? ok_status()
             : file_error("cannot write {path}", {{"path", path_}}, errno);
}

int write_fully(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t put = ::write(fd, bytes.data(), bytes.size());
    if (put >= 0) {
      bytes.remove_prefix(static_cast<size_t>(put));
    } else if (!goes_on(fd, errno, POLLOUT)) {
      return errno;
    }
  }
  return 0;
}

}  // namespace jangwon
