#include "harness/run_loop/ungraded_replies.h"

#include <filesystem>

#include "runtime/base/file.h"

namespace jangwon::harness {

namespace {

std::string path_of(const std::string& run_folder) {
  return run_folder + "/ungraded.jsonl";
}

Status write_all(const std::string& run_folder, const std::vector<SampleRecord>& records) {
  if (records.empty()) {
    std::error_code ignored;  // a file that stays does no harm: its keys are in the journal
    std::filesystem::remove(path_of(run_folder), ignored);
    return ok_status();
  }
  std::string text;
  for (const SampleRecord& record : records)
    text += to_journal_line(record) + "\n";
  return write_file_atomically(path_of(run_folder), text);
}

}  // namespace

Status keep_ungraded(const std::string& run_folder, const std::vector<SampleRecord>& records) {
  if (records.empty()) return ok_status();
  JANGWON_ASSIGN_OR_RETURN(std::vector<SampleRecord> all, read_ungraded(run_folder));
  all.insert(all.end(), records.begin(), records.end());
  return write_all(run_folder, all);
}

Result<std::vector<SampleRecord>> read_ungraded(const std::string& run_folder) {
  std::vector<SampleRecord> records;
  JANGWON_ASSIGN_OR_RETURN(const bool there, file_exists(path_of(run_folder)));
  if (!there) return records;
  JANGWON_ASSIGN_OR_RETURN(FileReader file, FileReader::open(path_of(run_folder)));
  LineReader lines(std::move(file));
  while (true) {
    std::string_view line;
    JANGWON_ASSIGN_OR_RETURN(const bool is_line, lines.next(line));
    if (!is_line) return records;
    Result<SampleRecord> record = parse_journal_line(line);
    if (!record.ok())
      return record.status().at(path_of(run_folder) + ":" + std::to_string(lines.number()));
    records.push_back(std::move(record).value());
  }
}

Status forget_ungraded(const std::string& run_folder, const std::string& model) {
  JANGWON_ASSIGN_OR_RETURN(std::vector<SampleRecord> records, read_ungraded(run_folder));
  const size_t before = records.size();
  std::erase_if(records, [&](const SampleRecord& record) { return record.key.model == model; });
  return records.size() == before ? ok_status() : write_all(run_folder, records);
}

}  // namespace jangwon::harness
