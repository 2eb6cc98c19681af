// One writer (run_lock.h), many readers. tests/harness/record/journal_test.cc cuts a journal at
// every byte and opens it again.

#include "harness/record/journal.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "runtime/base/file.h"

namespace jangwon::harness {

namespace {

Status system_error(MessageTemplate what, Message::Arguments arguments, int error) {
  return unavailable(Message::system_error(error)).at(Message(what, arguments));
}

// What the end of the file is like, once it was seen.
struct JournalEnd {
  uint64_t whole = 0;      // bytes of whole lines
  std::string incomplete;  // the line behind them, which was being written
};

// Every whole line with the place where it begins, in file order.
Result<JournalEnd> read_lines(const std::string& run_folder,
                              const std::function<Status(std::string_view, uint64_t)>& visit) {
  const std::string path = journal_path(run_folder);
  Result<FileReader> file = FileReader::open(path);
  if (!file.ok() && file.status().code() == StatusCode::kNotFound)
    return not_found("cannot open {path}; is {run_folder} a run folder?",
                     {{"path", path}, {"run_folder", run_folder}});
  if (!file.ok()) return file.status();
  LineReader lines(std::move(file).value());
  JournalEnd end;
  while (true) {
    std::string_view line;
    JANGWON_ASSIGN_OR_RETURN(const bool is_line, lines.next(line));
    if (!is_line) return end;
    if (!lines.ended_by_newline()) {
      end.incomplete = line;
      return end;
    }
    const Status status = visit(line, lines.offset());
    if (!status.ok()) return status.at(path + ":" + std::to_string(lines.number()));
    end.whole = lines.offset() + line.size() + 1;
  }
}

Result<int> open_to_append(const std::string& path) {
  const int fd = ::open(path.c_str(),
                        O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0666);
  if (fd < 0 && errno == ELOOP)
    return invalid_argument(
        "{path} is a link, and links are not followed; choose another folder with -o",
        {{"path", path}});
  if (fd < 0) return system_error("cannot open {path}", {{"path", path}}, errno);
  return fd;
}

// Behind the cut parts of earlier calls, one a line.
Status keep_cut(const std::string& path, const std::string& bytes) {
  JANGWON_ASSIGN_OR_RETURN(const int fd, open_to_append(path));
  int error = write_fully(fd, bytes + "\n");
  if (error == 0 && ::fsync(fd) != 0 && errno != EINVAL) error = errno;
  if (::close(fd) != 0 && error == 0) error = errno;
  return error == 0 ? ok_status() : system_error("cannot write {path}", {{"path", path}}, error);
}

}  // namespace

std::string journal_path(const std::string& run_folder) {
  return run_folder + "/samples.jsonl";
}

Result<std::unique_ptr<Journal>> Journal::open(const std::string& run_folder) {
  std::unique_ptr<Journal> journal(new Journal);
  std::error_code error;
  std::filesystem::create_directories(run_folder, error);
  if (error)
    return unavailable("cannot create the run folder {run_folder}: {cause}",
                       {{"run_folder", run_folder}, {"cause", Message::system_error(error)}});
  journal->path_ = journal_path(run_folder);

  JANGWON_ASSIGN_OR_RETURN(journal->lock_, RunLock::acquire(run_folder, LockSharing::kExclusive));
  JANGWON_ASSIGN_OR_RETURN(journal->fd_, open_to_append(journal->path_));
  JANGWON_RETURN_IF_ERROR(journal->load(run_folder));
  return journal;
}

// Leaves in the file what stays: whole lines that are no errors of ours. Nothing is changed before
// the file was read to its end.
Status Journal::load(const std::string& run_folder) {
  std::string kept;    // filled only once there is something to take out
  uint64_t whole = 0;  // bytes of the lines so far
  JANGWON_ASSIGN_OR_RETURN(
      const JournalEnd end, read_lines(run_folder, [&](std::string_view line, uint64_t) -> Status {
        JANGWON_ASSIGN_OR_RETURN(const SampleRecord record, parse_journal_line(line));
        const bool ours = !counts(record.verdict);
        if (ours && num_errors_taken_out_++ == 0) {
          JANGWON_ASSIGN_OR_RETURN(kept, read_file(path_));
          kept.resize(whole);
        }
        whole += line.size() + 1;
        if (ours) return ok_status();
        if (num_errors_taken_out_ > 0) (kept += line) += "\n";
        if (keys_.insert(record.key).second) return ok_status();
        return invalid_argument("sample {sample_id} of {task} stands twice",
                                {{"sample_id", record.key.sample_id}, {"task", record.key.task}});
      }));
  if (!end.incomplete.empty()) JANGWON_RETURN_IF_ERROR(keep_cut(path_ + ".cut", end.incomplete));
  if (num_errors_taken_out_ > 0) {
    JANGWON_RETURN_IF_ERROR(write_file_atomically(path_, kept));
    ::close(fd_);
    JANGWON_ASSIGN_OR_RETURN(fd_, open_to_append(path_));
  } else if (!end.incomplete.empty() && ::ftruncate(fd_, static_cast<off_t>(end.whole)) != 0) {
    return system_error("cannot cut off the incomplete last line of {path}", {{"path", path_}},
                        errno);
  }
  return ok_status();
}

Journal::~Journal() {
  if (fd_ >= 0) ::close(fd_);
}

Status Journal::append(const SampleRecord& record) {
  JANGWON_CHECK(keys_.insert(record.key).second, "a record was appended twice");
  if (append_error_ == 0) append_error_ = write_fully(fd_, to_journal_line(record) + "\n");
  return append_error_ == 0
             ? ok_status()
             : system_error("cannot append to {path}", {{"path", path_}}, append_error_);
}

Status Journal::sync() {
  if (::fsync(fd_) != 0 && errno != EINVAL)
    return system_error("cannot sync {path}", {{"path", path_}}, errno);
  return ok_status();
}

Status read_journal(const std::string& run_folder,
                    const std::function<Status(SampleRecord)>& visit) {
  return read_journal_lines(run_folder, [&](std::string_view line, uint64_t) -> Status {
    JANGWON_ASSIGN_OR_RETURN(SampleRecord record, parse_journal_line(line));
    return visit(std::move(record));
  });
}

Status read_journal_lines(
    const std::string& run_folder,
    const std::function<Status(std::string_view line, uint64_t offset)>& visit) {
  return read_lines(run_folder, visit).status();
}

}  // namespace jangwon::harness
