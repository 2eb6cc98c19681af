// What is imported is first read as an evaluation would read it, by a manifest made for these files
// alone, so that a file that cannot be used never takes the place of one that can. Files are
// replaced before the record names them, and what no record names is removed last: a kill at any
// point leaves a data set that loads.

#include "datasets/data_import.h"

#include <algorithm>
#include <filesystem>

#include "datasets/data_place.h"
#include "datasets/imported_files.h"
#include "runtime/base/file.h"
#include "runtime/base/nearest_name.h"
#include "runtime/base/sha256.h"

namespace jangwon::datasets {

namespace {

namespace fs = std::filesystem;

Result<std::string> folder_or_default(const std::string& data_folder) {
  if (!data_folder.empty()) return data_folder;
  return default_data_folder();
}

std::string file_name_of(const std::string& path) {
  return fs::path(path).filename().string();
}

// The file as the import will record it, and what the manifest says of it.
Result<DataFile> describe(const Split& published, const std::string& path,
                          const ImportOptions& options) {
  DataFile file;
  const DataFile* entry = find_published_file(published, path);
  if (entry == nullptr) {
    std::vector<std::string> known;
    for (const DataFile& candidate : published.files)
      known.push_back(file_name_of(candidate.path));
    const bool release = !published.files.front().tag.empty();
    return invalid_argument(
        release
            ? Message("which release is {path}? It must have its published name: {unknown}",
                      {{"path", path},
                       {"unknown", unknown_name_message("file name", file_name_of(path), known)}})
            : Message("which part of the set is {path}? It must have its published name: {unknown}",
                      {{"path", path},
                       {"unknown", unknown_name_message("file name", file_name_of(path), known)}}));
  }
  file.tag = entry->tag;
  file.num_rows = entry->num_rows;
  file.sha256 = entry->sha256;
  file.added = entry->added;
  if (options.format) {
    file.format = *options.format;
  } else {
    JANGWON_ASSIGN_OR_RETURN(file.format, file_format_of(path));
  }
  file.path = fs::absolute(path).string();
  return file;
}

// A manifest for exactly these files, so that the one loader checks them.
Manifest manifest_for(const Manifest& manifest, const std::string& split,
                      std::vector<DataFile> files) {
  Manifest local = manifest;
  local.files_from = FilesFrom::kManifestFolder;
  local.default_tag.clear();
  local.folder = "/";
  local.splits = {Split{split, std::move(files)}};
  return local;
}

Result<SplitReport> report_on(const Manifest& manifest, const std::string& split) {
  DataOptions options;
  options.decode.test_storage = TestStorage::kPackedWhenLarge;
  JANGWON_ASSIGN_OR_RETURN(Dataset dataset, load_dataset(manifest, split, options));
  SplitReport report;
  report.split = split;
  report.files = std::move(dataset.files);
  report.num_samples = static_cast<int64_t>(dataset.samples.size());
  report.rows_sha256 = std::move(dataset.rows_sha256);
  report.defects = std::move(dataset.defects);
  return report;
}

Split& split_of(ImportRecord& record, const std::string& name) {
  for (Split& split : record.splits) {
    if (split.name == name) return split;
  }
  record.splits.push_back({name, {}});
  return record.splits.back();
}

// Puts the new files in the place of those they replace. Returns the paths that
// nothing names any more.
std::vector<std::string> merge_files(Split& split, const std::vector<DataFile>& files,
                                     const Split& published) {
  const bool by_part = has_parts(published);
  std::vector<std::string> stale;
  std::vector<DataFile> kept;
  for (DataFile& old : split.files) {
    const bool overwritten = std::any_of(
        files.begin(), files.end(), [&](const DataFile& file) { return file.path == old.path; });
    if (by_part && !overwritten) kept.push_back(old);
    if (!by_part && !overwritten) stale.push_back(old.path);
  }
  kept.insert(kept.end(), files.begin(), files.end());
  // Where a file stands among the published ones is where its rows belong.
  std::stable_sort(kept.begin(), kept.end(), [&](const DataFile& a, const DataFile& b) {
    return find_published_file(published, a.path) < find_published_file(published, b.path);
  });
  split.files = std::move(kept);
  return stale;
}

Status copy_into(const fs::path& folder, const LoadedFile& source, const DataFile& target) {
  std::error_code error;
  fs::create_directories((folder / target.path).parent_path(), error);
  if (error)
    return unavailable("cannot make the folder {target}: {cause}",
                       {{"target", (folder / target.path).parent_path().string()},
                        {"cause", Message::system_error(error)}});
  JANGWON_ASSIGN_OR_RETURN(const std::string content, read_file(source.path));
  return write_file_atomically((folder / target.path).string(), content);
}

// A file that was imported makes way for another; one of the same bytes may be what an import that
// was killed has left.
Status check_free(const std::string& data_folder, const ImportRecord& record,
                  const DataFile& target) {
  JANGWON_RETURN_IF_ERROR(check_data_place(data_folder, record.name + "/" + target.path));
  const std::string path = data_folder + "/" + record.name + "/" + target.path;
  JANGWON_ASSIGN_OR_RETURN(const bool there, file_exists(path));
  if (!there) return ok_status();
  for (const Split& split : record.splits) {
    if (std::any_of(split.files.begin(), split.files.end(),
                    [&](const DataFile& file) { return file.path == target.path; }))
      return ok_status();
  }
  JANGWON_ASSIGN_OR_RETURN(const std::string sha256, sha256_of_file(path));
  if (sha256 == target.sha256) return ok_status();
  return invalid_argument(
      "{data_folder}/{record}/{target} is there and was not imported by this program; move it away",
      {{"data_folder", data_folder}, {"record", record.name}, {"target", target.path}});
}

}  // namespace

Result<SplitReport> import_files(const Manifest& manifest, const std::vector<std::string>& paths,
                                 const ImportOptions& options) {
  if (manifest.files_from != FilesFrom::kDataFolder) {
    return invalid_argument(
        "the data set {data_set} has its files beside its manifest; there is nothing to import",
        {{"data_set", manifest.name}});
  }
  if (paths.empty()) return invalid_argument("no file to import was named");
  JANGWON_ASSIGN_OR_RETURN(const Split* published, find_split(manifest, options.split));
  JANGWON_ASSIGN_OR_RETURN(const std::string data_folder, folder_or_default(options.data_folder));
  std::vector<DataFile> files;
  for (const std::string& path : paths) {
    JANGWON_ASSIGN_OR_RETURN(DataFile file, describe(*published, path, options));
    // the count is of one whole file
    if (paths.size() > 1 && !has_parts(*published)) file.num_rows.reset();
    files.push_back(std::move(file));
  }
  JANGWON_ASSIGN_OR_RETURN(SplitReport report,
                           report_on(manifest_for(manifest, options.split, files), options.split));

  ImportRecord record;
  record.name = manifest.name;
  Result<ImportRecord> before = read_import_record(data_folder, manifest.name);
  if (before.ok()) {
    record = std::move(*before);
  } else if (before.status().code() != StatusCode::kNotFound) {
    return before.status();
  }
  const fs::path folder = fs::path(data_folder) / manifest.name;
  for (size_t i = 0; i < files.size(); ++i) {
    const std::string name = file_name_of(files[i].path);
    for (size_t j = 0; j < i; ++j) {
      if (files[j].path == options.split + "/" + name) {
        return invalid_argument("two of the files are called {name}; give them different names",
                                {{"name", name}});
      }
    }
    files[i].path = options.split + "/" + name;
    files[i].sha256 = report.files[i].sha256;
    files[i].num_rows = report.files[i].num_rows;
  }
  for (const DataFile& file : files)
    JANGWON_RETURN_IF_ERROR(check_free(data_folder, record, file));
  for (size_t i = 0; i < files.size(); ++i)
    JANGWON_RETURN_IF_ERROR(copy_into(folder, report.files[i], files[i]));
  const std::vector<std::string> stale =
      merge_files(split_of(record, options.split), files, *published);
  JANGWON_RETURN_IF_ERROR(write_import_record(data_folder, record));
  for (const std::string& path : stale) {
    std::error_code ignored;  // a file that nothing names does no harm
    fs::remove(folder / path, ignored);
  }
  for (size_t i = 0; i < files.size(); ++i)
    report.files[i].path = (folder / files[i].path).string();
  return report;
}

namespace {

// The import's own record agrees with itself by construction; what was published may have
// more rows, or fewer.
void compare_with_published(const Split& published, const std::vector<DataFile>& here,
                            SplitReport& report) {
  const auto expect = [&](const std::string& place, int64_t rows, int64_t expected) {
    if (rows != expected) report.defects.push_back(row_count_defect(place, rows, expected));
  };
  if (has_parts(published)) {
    for (size_t i = 0; i < here.size(); ++i) {
      const DataFile* file = find_published_file(published, here[i].path);
      if (file != nullptr && file->num_rows)
        expect(file_name_of(here[i].path), report.files[i].num_rows, *file->num_rows);
    }
    return;
  }
  int64_t rows = 0, expected = 0;
  for (const LoadedFile& file : report.files)
    rows += file.num_rows;
  for (const DataFile& file : published.files) {
    if (!file.num_rows) return;  // nobody has counted
    expected += *file.num_rows;
  }
  expect(here.size() == 1 ? file_name_of(here.front().path) : published.name, rows, expected);
}

}  // namespace

Result<SplitReport> verify_split(const Manifest& manifest, const std::string& split,
                                 const std::string& data_folder) {
  JANGWON_ASSIGN_OR_RETURN(const Split* published, find_split(manifest, split));
  if (manifest.files_from == FilesFrom::kManifestFolder) return report_on(manifest, split);
  JANGWON_ASSIGN_OR_RETURN(const std::string root, folder_or_default(data_folder));
  JANGWON_ASSIGN_OR_RETURN(const std::vector<SplitPresence> presences,
                           find_presence(manifest, root));
  for (const SplitPresence& presence : presences) {
    if (presence.split != published->name || presence.files.empty()) continue;
    std::vector<DataFile> files = presence.files;
    for (DataFile& file : files) {
      if (const DataFile* entry = find_published_file(*published, file.path))
        file.added = entry->added;
      file.path = fs::absolute(fs::path(root) / manifest.name / file.path).string();
    }
    JANGWON_ASSIGN_OR_RETURN(SplitReport report,
                             report_on(manifest_for(manifest, split, files), split));
    compare_with_published(*published, files, report);
    return report;
  }
  return not_found(
      "the data set {data_set} ({split}) was not imported; jangwon data import {data_set} FILE "
      "--split {split}",
      {{"data_set", manifest.name}, {"split", split}});
}

const char* name_of(Presence presence) {
  switch (presence) {
    case Presence::kBundled:
      return "bundled";
    case Presence::kImported:
      return "imported";
    case Presence::kAbsent:
      return "absent";
  }
  return "";
}

Result<std::vector<SplitPresence>> find_presence(const Manifest& manifest,
                                                 const std::string& data_folder) {
  const bool bundled = manifest.files_from == FilesFrom::kManifestFolder;
  ImportRecord record;
  if (!bundled) {
    JANGWON_ASSIGN_OR_RETURN(const std::string root, folder_or_default(data_folder));
    Result<ImportRecord> read = read_import_record(root, manifest.name);
    if (!read.ok() && read.status().code() != StatusCode::kNotFound) return read.status();
    if (read.ok()) record = std::move(*read);
  }
  std::vector<SplitPresence> presences;
  for (const Split& published : manifest.splits) {
    SplitPresence presence;
    presence.split = published.name;
    for (const DataFile& file : published.files)
      presence.num_published += file.num_rows.value_or(0);
    presence.files = bundled ? published.files : split_of(record, published.name).files;
    for (const DataFile& file : presence.files)
      presence.num_rows += file.num_rows.value_or(0);
    if (!presence.files.empty())
      presence.presence = bundled ? Presence::kBundled : Presence::kImported;
    presences.push_back(std::move(presence));
  }
  return presences;
}

}  // namespace jangwon::datasets
