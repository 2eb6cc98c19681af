// Files in and out. Everything that reads a file reads it through here, because an error must
// never pass for the end: a stream of the standard library gives the same answer to both, and
// what was read until then looks like a whole file. Everything that writes one is told when a
// byte did not get there.
//
// Messages name the file and the system's reason. tests/runtime/base/file_test.cc reads from
// files that fail.

#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/status.h"

namespace jangwon {

// A file that is read from its beginning to its end: a regular one, a pipe, a device.
class FileReader {
 public:
  // A folder is refused here and not at the first read.
  static Result<FileReader> open(const std::string& path);
  static FileReader standard_input();

  FileReader(FileReader&& other) noexcept;
  FileReader& operator=(FileReader&& other) noexcept;
  ~FileReader();

  // The next bytes, at most `size`, as many as are there; 0 at the end and only there.
  Result<size_t> read(char* buffer, size_t size);

  // Exactly `size` bytes from `offset` on, wherever read() stands; a file that ends
  // before is an error.
  Result<std::string> read_at(uint64_t offset, size_t size) const;

  const std::string& path() const { return path_; }  // for messages
  uint64_t size_hint() const { return size_hint_; }  // what a regular file announces; 0 for others
  // How much of it a caller should hold at once who would hold `wanted`: of a device, which may
  // have no end, 64 MiB at most.
  uint64_t max_bytes(uint64_t wanted) const;

 private:
  FileReader(std::string path, int fd) : path_(std::move(path)), fd_(fd) {}
  std::string path_;
  int fd_ = -1;
  bool owned_ = true;
  bool is_device_ = false;
  uint64_t size_hint_ = 0;
};

// The lines of a file, one at a time, whatever its size.
class LineReader {
 public:
  // A line longer than the limit is an error: foreign input must not fill the memory.
  explicit LineReader(FileReader file, uint64_t max_line_bytes = uint64_t{1} << 30);

  // The next line without its newline, valid until the next call; false at the end.
  Result<bool> next(std::string_view& line);

  // Of the line that next() gave last.
  bool ended_by_newline() const {
    return ended_by_newline_;
  }                                                 // false: the file ends in the middle of it
  uint64_t offset() const { return line_offset_; }  // of its first byte in the file
  uint64_t number() const { return line_number_; }  // from 1

  // Whether a further line can be had without reading, which may wait for whoever
  // writes into a pipe.
  bool has_line_at_hand() const;

 private:
  FileReader file_;
  uint64_t max_line_bytes_;
  std::vector<char> buffer_;
  size_t begin_ = 0;     // what next() has not given yet
  size_t filled_ = 0;    // bytes in the buffer
  size_t searched_ = 0;  // no newline from begin_ to here
  bool at_end_ = false;
  bool ended_by_newline_ = false;
  uint64_t buffer_offset_ = 0;  // of the buffer's first byte in the file
  uint64_t line_offset_ = 0;
  uint64_t line_number_ = 0;
};

// The whole content of a regular file, a pipe or a device. `max_bytes` bounds what foreign input
// can make us hold (FileReader::max_bytes()).
Result<std::string> read_file(const std::string& path, uint64_t max_bytes = uint64_t{1} << 34);
Result<std::string> read_standard_input(uint64_t max_bytes = uint64_t{1} << 34);

// Whether something of that name is there; an error when the system does not say,
// which is no absence.
Result<bool> file_exists(const std::string& path);
Result<bool> is_folder(const std::string& path);  // false where there is nothing, too

// What lies in a folder, sorted; an error when the list could not be read to its end.
Result<std::vector<std::string>> names_in_folder(const std::string& path);

// Writes beside the target, syncs and renames: a reader sees the old content or the new, never a
// part, and when this returns the new content outlives a loss of power. A link in the target's
// place is replaced, not followed.
Status write_file_atomically(const std::string& path, std::string_view content);

// Gives a finished file its name, on the same terms.
Status move_into_place(const std::string& from, const std::string& to);

// A file that grows at its end.
class FileWriter {
 public:
  enum class Start { kEmpty, kAtEnd };
  static Result<FileWriter> open(const std::string& path, Start start);

  FileWriter(FileWriter&& other) noexcept;
  FileWriter& operator=(FileWriter&& other) noexcept;
  ~FileWriter();

  // Every byte is with the kernel when it returns.
  Status append(std::string_view bytes);
  Status sync();
  // Some file systems tell of a full disk only now; without it that error is lost.
  Status close();

 private:
  FileWriter(std::string path, int fd) : path_(std::move(path)), fd_(fd) {}
  std::string path_;
  int fd_ = -1;
};

// All bytes to a descriptor, whatever interrupts; errno's number where one cannot be written, else
// 0. For writers that have their own file and their own sentence.
int write_fully(int fd, std::string_view bytes);

}  // namespace jangwon
