// Opens a data set: which files, are they the ones recorded, which rows, in which order. The hash
// of the selected rows goes into every run record, because two of the four benchmarks have changed
// in place under one name. tests/datasets/dataset_test.cc.

#include "datasets/dataset.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "datasets/imported_files.h"
#include "runtime/base/file.h"
#include "runtime/base/json.h"
#include "runtime/base/sha256.h"
#include "runtime/base/shown_text.h"
#include "runtime/base/utc_time.h"

namespace jangwon::datasets {

namespace {

// "2025-01-04" or "2025-01-04T18:30:00" → the second form; these compare as text in
// the order of time.
Result<std::string> parse_date(const std::string& text) {
  if (is_date(text)) return text + "T00:00:00";
  if (is_date_and_time(text)) return text;
  return invalid_argument(
      "the date \"{date}\" must be written as 2025-01-31 or 2025-01-31T18:30:00",
      {{"date", shown_value(text)}});
}

// What a row must satisfy to be selected; everything that can be told before the row is decoded.
struct Selection {
  std::string date_column;
  std::string start, end;  // as parse_date gives them; empty: open
  std::vector<std::pair<std::string, std::string>> where;

  Result<bool> accepts(const Json& row) const {
    if (!start.empty() || !end.empty()) {
      JANGWON_ASSIGN_OR_RETURN(const std::string text, column_text(row, date_column));
      JANGWON_ASSIGN_OR_RETURN(const std::string date, parse_date(text));
      if (!start.empty() && date < start) return false;
      if (!end.empty() && date > end) return false;
    }
    for (const auto& [column, wanted] : where) {
      JANGWON_ASSIGN_OR_RETURN(const std::string text, column_text(row, column));
      if (text != wanted) return false;
    }
    return true;
  }
};

Result<std::string> window_end(const std::string& text) {
  if (text.empty()) return std::string();
  return parse_date(text);
}

Result<Selection> make_selection(const Manifest& manifest, const DataOptions& options) {
  Selection selection;
  selection.date_column = manifest.columns.date;
  selection.where = options.where;
  JANGWON_ASSIGN_OR_RETURN(selection.start, window_end(options.start_date));
  JANGWON_ASSIGN_OR_RETURN(selection.end, window_end(options.end_date));
  const bool window = !selection.start.empty() || !selection.end.empty();
  if (window && manifest.columns.date.empty()) {
    return invalid_argument(
        "the data set {data_set} has no dates, so a window selects nothing in it",
        {{"data_set", manifest.name}});
  }
  if (!selection.start.empty() && !selection.end.empty() && selection.end < selection.start) {
    return invalid_argument("the window ends ({end_date}) before it starts ({start_date})",
                            {{"end_date", options.end_date}, {"start_date", options.start_date}});
  }
  return selection;
}

std::string join(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names)
    text += (text.empty() ? "" : ", ") + name;
  return text;
}

// An imported split with the tags that the manifest gives its files.
Result<Split> imported_split(const Manifest& manifest, const Split& published,
                             const std::string& data_folder) {
  const Status missing = not_found(
      "the data set {data_set} ({published}) is not on this machine; get it from {source} and "
      "import it: jangwon data "
      "import {data_set} FILE --split {published}",
      {{"data_set", manifest.name}, {"published", published.name}, {"source", manifest.source}});
  const Result<ImportRecord> record = read_import_record(data_folder, manifest.name);
  if (!record.ok())
    return record.status().code() == StatusCode::kNotFound ? missing : record.status();
  for (const Split& split : record->splits) {
    if (split.name == published.name && !split.files.empty()) return split;
  }
  return missing;
}

Result<std::vector<DataFile>> files_of(const Manifest& manifest, const Split& published,
                                       const DataOptions& options, std::string& folder) {
  JANGWON_ASSIGN_OR_RETURN(const std::vector<DataFile> wanted,
                           select_files(manifest, published, options.tag));
  if (manifest.files_from == FilesFrom::kManifestFolder) {
    folder = manifest.folder;
    return wanted;
  }
  std::string data_folder = options.data_folder;
  if (data_folder.empty()) {
    JANGWON_ASSIGN_OR_RETURN(data_folder, default_data_folder());
  }
  folder = (std::filesystem::path(data_folder) / manifest.name).string();
  JANGWON_ASSIGN_OR_RETURN(const Split imported, imported_split(manifest, published, data_folder));
  std::vector<DataFile> files;
  if (!has_parts(published)) {
    files = imported.files;
    for (DataFile& file : files)
      file.added = wanted.front().added;
    return files;
  }
  std::vector<std::string> missing;
  for (const DataFile& file : wanted) {
    const auto found =
        std::find_if(imported.files.begin(), imported.files.end(), [&](const DataFile& candidate) {
          const DataFile* stands_for = find_published_file(published, candidate.path);
          return stands_for != nullptr && stands_for->path == file.path;
        });
    if (found != imported.files.end()) {
      files.push_back(*found);
      files.back().added = file.added;
    } else {
      missing.push_back(file.path);
    }
  }
  if (missing.empty()) return files;
  if (wanted.front().tag.empty()) {
    return not_found(
        "the data set {data_set} ({published}) lacks the part {missing}; fetch or import what is "
        "missing",
        {{"data_set", manifest.name}, {"published", published.name}, {"missing", join(missing)}});
  }
  return not_found(missing.size() == 1
                       ? Message("the data set {data_set} lacks {missing} of the release that was "
                                 "asked for; import it, or ask for an increment that is here",
                                 {{"data_set", manifest.name}, {"missing", join(missing)}})
                       : Message("the data set {data_set} lacks {missing} of the release that was "
                                 "asked for; import them, or ask for an increment that is here",
                                 {{"data_set", manifest.name}, {"missing", join(missing)}}));
}

// Collects the selected rows of all files.
class Loader {
 public:
  Loader(const Manifest& manifest, const DataOptions& options, Selection selection,
         Dataset& dataset)
      : columns_(manifest.columns),
        options_(options),
        selection_(std::move(selection)),
        wanted_ids_(options.sample_ids.begin(), options.sample_ids.end()),
        dataset_(dataset) {}

  Status load_file(const std::string& folder, const DataFile& file) {
    LoadedFile loaded;
    loaded.path = (std::filesystem::path(folder) / file.path).lexically_normal().string();
    JANGWON_ASSIGN_OR_RETURN(const std::string text, read_file(loaded.path));
    loaded.sha256 = sha256_hex(text);
    if (file.sha256 && *file.sha256 != loaded.sha256) {
      return invalid_argument(
                 "the file has changed: its SHA-256 is {sha256}, recorded is {sha256_2}; import "
                 "the data set again, or "
                 "put the file back",
                 {{"sha256", loaded.sha256}, {"sha256_2", *file.sha256}})
          .at(loaded.path);
    }
    name_ = std::filesystem::path(loaded.path).filename().string();
    columns_.added = file.added;
    const Status status = visit_rows(text, file.format, [&](Json& row, size_t number) {
      ++loaded.num_rows;
      return add(row, number);
    });
    if (!status.ok()) return status.at(loaded.path);
    if (file.num_rows && *file.num_rows != loaded.num_rows) {
      dataset_.defects.push_back(row_count_defect(name_, loaded.num_rows, *file.num_rows));
    }
    dataset_.files.push_back(std::move(loaded));
    return ok_status();
  }

  Status finish() {
    std::vector<std::string> absent;
    for (const std::string& id : wanted_ids_) {
      if (!first_places_.contains(id)) absent.push_back(id);
    }
    const std::string where = dataset_.name + " (" + dataset_.split + ")";
    if (!absent.empty() && !full())
      return not_found(
          "the data set {dataset} ({split}) has no sample {absent}",
          {{"dataset", dataset_.name}, {"split", dataset_.split}, {"absent", join(absent)}});
    if (dataset_.samples.empty())
      return invalid_argument("the selection leaves no sample of the data set {dataset} ({split})",
                              {{"dataset", dataset_.name}, {"split", dataset_.split}});
    dataset_.rows_sha256 = hash_.hex();
    return ok_status();
  }

 private:
  bool full() const {
    return options_.limit && static_cast<int64_t>(dataset_.samples.size()) >= *options_.limit;
  }

  Status add(Json& row, size_t number) {
    const size_t row_number = num_seen_++;
    if (full()) return ok_status();
    JANGWON_RETURN_IF_ERROR(complete_row(row, columns_));
    JANGWON_ASSIGN_OR_RETURN(const bool accepted, selection_.accepts(row));
    if (!accepted) return ok_status();
    JANGWON_ASSIGN_OR_RETURN(DecodedRow decoded,
                             decode_row(row, columns_, row_number, options_.decode));
    if (!wanted_ids_.empty() && !wanted_ids_.contains(decoded.sample.id)) return ok_status();
    const std::string place = name_ + ":" + std::to_string(number);
    const auto [before, is_new] = first_places_.emplace(decoded.sample.id, place);
    if (!is_new) {
      return invalid_argument(
          "the id \"{id}\" stands twice, first at {before}; ids must tell samples apart",
          {{"id", decoded.sample.id}, {"before", before->second}});
    }
    add_defects(decoded, place);
    hash_.update(decoded.canonical);
    hash_.update("\n");
    dataset_.samples.push_back(std::move(decoded.sample));
    return ok_status();
  }

  void add_defects(const DecodedRow& decoded, const std::string& place) {
    const Sample& sample = decoded.sample;
    for (const DefectKind kind : decoded.defects) {
      dataset_.defects.push_back(
          {kind, sample.id, place,
           kind == DefectKind::kAnswerConflict ? decoded.detail : Message()});
    }
    // What the official files repeat stays, so that scores compare; it is said here.
    const std::string asked =
        sample.context.empty() ? sample.question : sample.context + "\n" + sample.question;
    const std::string whole = to_json_line(Json::array({asked, sample.choices, sample.target}));
    const auto [row, new_row] = rows_.emplace(sha256_hex(whole), sample.id);
    const auto [question, new_question] = questions_.emplace(sha256_hex(asked), sample.id);
    if (!new_row) {
      dataset_.defects.push_back({DefectKind::kDuplicateRow, sample.id, place,
                                  Message("the same as {row}", {{"row", row->second}})});
    } else if (!new_question) {
      dataset_.defects.push_back({DefectKind::kDuplicateQuestion, sample.id, place,
                                  Message("asks the same as {row}", {{"row", question->second}})});
    }
  }

  ColumnMap columns_;  // of the manifest, with what the file in hand adds
  const DataOptions& options_;
  Selection selection_;
  std::set<std::string> wanted_ids_;
  Dataset& dataset_;
  std::string name_;
  size_t num_seen_ = 0;  // rows over all files
  std::map<std::string, std::string> first_places_, rows_, questions_;
  Sha256 hash_;
};

// How many samples the selection leaves; rows are not decoded. Sample ids that are asked for
// must all be there.
Result<int64_t> count_selected(const std::string& folder, const std::vector<DataFile>& files,
                               ColumnMap columns, const Selection& selection,
                               const DataOptions& options) {
  if (!options.sample_ids.empty()) return static_cast<int64_t>(options.sample_ids.size());
  int64_t count = 0;
  for (const DataFile& file : files) {
    const std::string path =
        (std::filesystem::path(folder) / file.path).lexically_normal().string();
    JANGWON_ASSIGN_OR_RETURN(const std::string text, read_file(path));
    columns.added = file.added;
    const Status status = visit_rows(text, file.format, [&](Json& row, size_t) -> Status {
      JANGWON_RETURN_IF_ERROR(complete_row(row, columns));
      JANGWON_ASSIGN_OR_RETURN(const bool accepted, selection.accepts(row));
      count += accepted ? 1 : 0;
      return ok_status();
    });
    if (!status.ok()) return status.at(path);
  }
  return count;
}

}  // namespace

Result<std::string> default_data_folder() {
  const auto from = [](const char* variable) {
    const char* value = std::getenv(variable);
    return std::filesystem::path(value != nullptr ? value : "");
  };
  if (const auto folder = from("JANGWON_DATA_DIR"); !folder.empty()) return folder.string();
  if (const auto folder = from("XDG_DATA_HOME"); !folder.empty())
    return (folder / "jangwon").string();
  if (const auto folder = from("HOME"); !folder.empty())
    return (folder / ".local" / "share" / "jangwon").string();
  return unavailable("no folder for data sets: set JANGWON_DATA_DIR");
}

Result<Dataset> load_dataset(const Manifest& manifest, const std::string& split,
                             const DataOptions& asked) {
  DataOptions options = asked;
  if (options.limit && *options.limit < 1)
    return invalid_argument("the limit on samples must be at least 1");
  JANGWON_ASSIGN_OR_RETURN(const Split* published, find_split(manifest, split));
  JANGWON_ASSIGN_OR_RETURN(Selection selection, make_selection(manifest, options));
  std::string folder;
  JANGWON_ASSIGN_OR_RETURN(const std::vector<DataFile> files,
                           files_of(manifest, *published, options, folder));
  if (options.share) {
    JANGWON_CHECK(!options.limit && *options.share > 0 && *options.share <= 1);
    JANGWON_ASSIGN_OR_RETURN(const int64_t count,
                             count_selected(folder, files, manifest.columns, selection, options));
    options.limit = static_cast<int64_t>(std::ceil(static_cast<double>(count) * *options.share));
  }
  Dataset dataset;
  dataset.name = manifest.name;
  dataset.split = split;
  dataset.source = manifest.source;
  dataset.licence = manifest.licence;
  dataset.revision = manifest.revision;
  dataset.tag = options.tag.empty() ? manifest.default_tag : options.tag;
  dataset.start_date = options.start_date;
  dataset.end_date = options.end_date;
  Loader loader(manifest, options, std::move(selection), dataset);
  for (const DataFile& file : files)
    JANGWON_RETURN_IF_ERROR(loader.load_file(folder, file));
  JANGWON_RETURN_IF_ERROR(loader.finish());
  return dataset;
}

RowDefect row_count_defect(const std::string& place, int64_t rows, int64_t expected) {
  return {DefectKind::kRowCount, "", place,
          Message("{rows} rows where {expected} are expected",
                  {{"rows", rows}, {"expected", expected}})};
}

namespace {

Message summary_of(DefectKind kind, size_t rows, const RowDefect& first) {
  if (kind == DefectKind::kRowCount)
    return Message("{kind}: {place}: {detail}",
                   {{"kind", name_of(kind)}, {"place", first.place}, {"detail", first.detail}});
  const Message summary =
      rows == 1
          ? Message("{kind}: 1 row, first at {place} ({sample})",
                    {{"kind", name_of(kind)}, {"place", first.place}, {"sample", first.sample_id}})
          : Message("{kind}: {rows} rows, first at {place} ({sample})",
                    {{"kind", name_of(kind)},
                     {"rows", rows},
                     {"place", first.place},
                     {"sample", first.sample_id}});
  if (first.detail.empty()) return summary;
  return Message("{summary}: {detail}", {{"summary", summary}, {"detail", first.detail}});
}

}  // namespace

std::vector<Message> summarize_defects(const std::vector<RowDefect>& defects) {
  struct Group {
    size_t count = 0;
    const RowDefect* first = nullptr;
  };
  std::map<DefectKind, Group> groups;
  for (const RowDefect& defect : defects) {
    Group& group = groups[defect.kind];
    if (group.count++ == 0) group.first = &defect;
  }
  std::vector<Message> lines;
  for (const auto& [kind, group] : groups)
    lines.push_back(summary_of(kind, group.count, *group.first));
  return lines;
}

}  // namespace jangwon::datasets
