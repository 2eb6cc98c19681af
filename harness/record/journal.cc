// One writer (run_lock.h), many readers. tests/harness/record/journal_test.cc cuts a journal at every byte and opens it
// again.

#include "harness/record/journal.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "runtime/base/file.h"

namespace jangwon::harness {

namespace {

Status system_error(const std::string& what) {
  return unavailable(what + ": " + std::strerror(errno));
}

// Every whole line with its record, in file order.
Status read_lines(const std::string& run_folder, const std::function<Status(const std::string&, SampleRecord)>& visit) {
  const std::string path = journal_path(run_folder);
  std::ifstream file(path, std::ios::binary);
  if (!file) return not_found("cannot open " + path + "; is " + run_folder + " a run folder?");
  std::string line;
  for (int number = 1; std::getline(file, line); ++number) {
    if (file.eof()) break;  // no newline: the line was being written
    Result<SampleRecord> record = parse_journal_line(line);
    if (!record.ok()) return record.status().at(path + ":" + std::to_string(number));
    const Status status = visit(line, std::move(record).value());
    if (!status.ok()) return status.at(path + ":" + std::to_string(number));
  }
  return ok_status();
}

}  // namespace

std::string journal_path(const std::string& run_folder) {
  return run_folder + "/samples.jsonl";
}

Result<std::unique_ptr<Journal>> Journal::open(const std::string& run_folder) {
  std::unique_ptr<Journal> journal(new Journal);
  std::error_code error;
  std::filesystem::create_directories(run_folder, error);
  if (error) return unavailable("cannot create the run folder " + run_folder + ": " + error.message());
  journal->path_ = journal_path(run_folder);

  JANGWON_ASSIGN_OR_RETURN(journal->lock_, RunLock::acquire(run_folder, LockSharing::kExclusive));
  JANGWON_RETURN_IF_ERROR(journal->load(run_folder));
  journal->fd_ = ::open(journal->path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (journal->fd_ < 0) return system_error("cannot open " + journal->path_);
  return journal;
}

// Leaves in the file what stays: whole lines that are no errors of ours.
Status Journal::load(const std::string& run_folder) {
  if (!std::filesystem::exists(path_)) return ok_status();
  std::string kept;  // filled only once there is something to take out
  off_t end = 0;     // behind the last whole line
  JANGWON_RETURN_IF_ERROR(read_lines(run_folder, [&](const std::string& line, SampleRecord record) {
    const bool ours = !counts(record.verdict);
    if (ours && num_errors_taken_out_++ == 0) {
      JANGWON_ASSIGN_OR_RETURN(kept, read_file(path_));
      kept.resize(static_cast<size_t>(end));
    }
    end += static_cast<off_t>(line.size()) + 1;
    if (ours) return ok_status();
    if (num_errors_taken_out_ > 0) kept += line + "\n";
    if (keys_.insert(record.key).second) return ok_status();
    return invalid_argument("sample " + record.key.sample_id + " of " + record.key.task + " stands twice");
  }));
  if (num_errors_taken_out_ > 0) return write_file_atomically(path_, kept);
  if (::truncate(path_.c_str(), end) != 0) return system_error("cannot cut off the incomplete last line of " + path_);
  return ok_status();
}

Journal::~Journal() {
  if (fd_ >= 0) ::close(fd_);
}

Status Journal::append(const SampleRecord& record) {
  JANGWON_CHECK(keys_.insert(record.key).second, "a record was appended twice");
  const std::string line = to_journal_line(record) + "\n";
  size_t written = 0;
  while (written < line.size()) {
    const ssize_t put = ::write(fd_, line.data() + written, line.size() - written);
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return system_error("cannot append to " + path_);
    written += static_cast<size_t>(put);
  }
  return ok_status();
}

Status Journal::sync() {
  if (::fsync(fd_) != 0 && errno != EINVAL) return system_error("cannot sync " + path_);
  return ok_status();
}

Status read_journal(const std::string& run_folder, const std::function<Status(SampleRecord)>& visit) {
  return read_lines(run_folder, [&](const std::string&, SampleRecord record) { return visit(std::move(record)); });
}

}  // namespace jangwon::harness
