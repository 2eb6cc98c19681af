// A checkpoint of hundreds of gigabytes is mapped and not read: pages come as they are used and are
// shared between processes. The price is SIGBUS. Its handler may take no lock and free nothing, so
// mappings stand in a list that only grows and whose entries are used again; the sentence is made
// when the file is mapped, because nothing can be formatted in a handler.
// tests/runtime/io/mapped_file_test.cc cuts a mapped file short.

#include "runtime/io/mapped_file.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <utility>

#include "runtime/base/localized.h"

namespace jangwon::runtime {

namespace {

// What a signal handler may look at: no locks, and nothing is ever freed.
struct Mapping {
  std::atomic<const std::byte*> begin = nullptr;  // null: free for another file
  std::atomic<size_t> size_bytes = 0;
  std::string sentence;  // changes only while begin is null
  Mapping* next = nullptr;
};

std::atomic<Mapping*> g_mappings = nullptr;
std::mutex g_mutex;  // among those who change the list
struct sigaction g_handler_before;

void end_by_unreadable_file(int, siginfo_t* info, void*) {
  const auto* address = static_cast<const std::byte*>(info->si_addr);
  for (const Mapping* mapping = g_mappings.load(); mapping != nullptr; mapping = mapping->next) {
    const std::byte* begin = mapping->begin.load();
    if (begin == nullptr || address < begin || address >= begin + mapping->size_bytes.load())
      continue;
    // Nothing can be done where this cannot be written either.
    [[maybe_unused]] const ssize_t put =
        ::write(STDERR_FILENO, mapping->sentence.data(), mapping->sentence.size());
    ::_exit(exit_code(StatusCode::kUnavailable));
  }
  // None of ours; the instruction is tried again and meets whoever handled the signal before.
  sigaction(SIGBUS, &g_handler_before, nullptr);
}

void watch(const std::string& path, const std::byte* begin, size_t size_bytes) {
  const std::lock_guard lock(g_mutex);
  if (g_mappings.load() == nullptr) {
    struct sigaction handler {};
    handler.sa_sigaction = end_by_unreadable_file;
    handler.sa_flags = SA_SIGINFO;
    sigaction(SIGBUS, &handler, &g_handler_before);
  }
  Mapping* mapping = g_mappings.load();
  while (mapping != nullptr && mapping->begin.load() != nullptr)
    mapping = mapping->next;
  const bool is_new = mapping == nullptr;
  if (is_new) mapping = new Mapping;
  mapping->sentence =
      "jangwon: " +
      localized(
          "{path} can no longer be read: it was cut short while it was in use, or its disk fails",
          {{"path", path}}) +
      "\n";
  mapping->size_bytes = size_bytes;
  mapping->begin = begin;
  if (!is_new) return;
  mapping->next = g_mappings.load();
  g_mappings = mapping;
}

void unwatch(const std::byte* begin) {
  for (Mapping* mapping = g_mappings.load(); mapping != nullptr; mapping = mapping->next) {
    if (mapping->begin.load() == begin) mapping->begin = nullptr;
  }
}

}  // namespace

Result<MappedFile> MappedFile::open(const std::string& path) {
  // A pipe in the file's place must not make us wait for its writer.
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0)
    return not_found("cannot open {path}: {cause}",
                     {{"path", path}, {"cause", Message::system_error(errno)}});
  struct stat info {};
  if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) {
    ::close(fd);
    return invalid_argument("{path} is not a regular file", {{"path", path}});
  }
  MappedFile file;
  file.path_ = path;
  file.size_bytes_ = static_cast<size_t>(info.st_size);
  if (file.size_bytes_ > 0) {
    void* memory = mmap(nullptr, file.size_bytes_, PROT_READ, MAP_PRIVATE, fd, 0);
    if (memory == MAP_FAILED) {
      const int error = errno;
      ::close(fd);
      return unavailable("cannot map {path}: {cause}",
                         {{"path", path}, {"cause", Message::system_error(error)}});
    }
    // What is read into the page cache through the mapping then comes in large pieces, whatever the
    // disk's setting, and stands in huge pages. Refused, it comes as the system likes.
    madvise(memory, file.size_bytes_, MADV_HUGEPAGE);
    file.data_ = static_cast<const std::byte*>(memory);
    watch(path, file.data_, file.size_bytes_);
  }
  ::close(fd);
  return file;
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : path_(std::move(other.path_)),
      data_(std::exchange(other.data_, nullptr)),
      size_bytes_(std::exchange(other.size_bytes_, 0)) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(data_, other.data_);
  std::swap(size_bytes_, other.size_bytes_);
  return *this;
}

MappedFile::~MappedFile() {
  if (data_ == nullptr) return;
  unwatch(data_);
  munmap(const_cast<std::byte*>(data_), size_bytes_);
}

}  // namespace jangwon::runtime
