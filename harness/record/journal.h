// The journal: samples.jsonl, append-only. A line is complete or is cut off when the journal is
// opened again; a process killed at any moment loses at most what was in flight. The format stands
// in harness/record/README.md.

#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>

#include "harness/record/run_lock.h"
#include "harness/record/sample_record.h"

namespace jangwon::harness {

class Journal {
 public:
  // Opens or creates RUN/samples.jsonl, takes the lock of the run folder (released by the kernel
  // when the process dies), reads the keys of what is there and cuts off an incomplete last line,
  // whose bytes go to samples.jsonl.cut. Errors, and then nothing is changed: another process holds
  // the lock; the file cannot be read to its end; a complete line that cannot be parsed (its line
  // number is named: nothing is repaired silently); the file is a link.
  static Result<std::unique_ptr<Journal>> open(const std::string& run_folder);
  ~Journal();
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  const std::set<RecordKey>& keys() const { return keys_; }
  int num_errors_taken_out() const { return num_errors_taken_out_; }

  // Appends one line and hands it to the kernel before it returns. A key that is there already is
  // an error of the caller.
  Status append(const SampleRecord& record);

  // fsync; called at the end of a run and every few seconds by the run loop.
  Status sync();

 private:
  Journal() = default;
  Status load(const std::string& run_folder);

  std::unique_ptr<RunLock> lock_;
  int fd_ = -1;
  std::string path_;
  std::set<RecordKey> keys_;
  int num_errors_taken_out_ = 0;
  int append_error_ = 0;  // the first one: behind half a line no other may be written
};

std::string journal_path(const std::string& run_folder);

// Calls `visit` for every record in file order; an incomplete last line is skipped. Stops at the
// first Status that is not ok. A read error is one, and never the end.
Status read_journal(const std::string& run_folder,
                    const std::function<Status(SampleRecord)>& visit);

// The same of the lines as they stand, with the byte at which each begins.
Status read_journal_lines(
    const std::string& run_folder,
    const std::function<Status(std::string_view line, uint64_t offset)>& visit);

}  // namespace jangwon::harness
