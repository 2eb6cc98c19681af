// fetch.json, beside the record of the import, is where a hash that nobody had seen is written down
// at the first fetch:
//
//   {"schema": "jangwon-fetch-1", "name": "mmlu_pro",
//    "files": [{"path": "test/test.jsonl", "url": "…", "revision": "…", "rows_sha256":
//    "…", "rows": 12032,
//               "fetched_at": "2026-01-31T12:00:00Z"}]}
//
// The hash is one of rows and not of bytes, because the rows API writes the same rows in other
// bytes from one year to the next. Two of the four sets have changed in place under one name; this
// is how such a change is seen.

#include "datasets/fetch/hub_fetch.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <utility>

#include "datasets/data_place.h"
#include "runtime/base/caught_exception.h"
#include "runtime/base/file.h"
#include "runtime/base/json.h"
#include "runtime/base/path_kind.h"
#include "runtime/base/utc_time.h"

namespace jangwon::datasets {

namespace {

namespace fs = std::filesystem;

constexpr const char* kSchema = "jangwon-fetch-1";

std::string record_path(const std::string& data_folder, const std::string& name) {
  return (fs::path(data_folder) / name / "fetch.json").string();
}

Result<std::vector<FetchedFile>> read_record(const std::string& data_folder,
                                             const std::string& name) {
  const std::string path = record_path(data_folder, name);
  std::vector<FetchedFile> files;
  if (!path_exists(path)) return files;
  JANGWON_ASSIGN_OR_RETURN(const Json value, read_json_file(path));
  try {
    if (value.at("schema") != kSchema)
      return unsupported("not a record of the schema jangwon-fetch-1").at(path);
    for (const Json& item : value.at("files")) {
      FetchedFile file;
      file.path = item.at("path");
      file.url = item.at("url");
      file.revision = item.at("revision");
      file.rows_sha256 = item.at("rows_sha256");
      file.num_rows = item.at("rows");
      file.fetched_at = item.at("fetched_at");
      files.push_back(std::move(file));
    }
  } catch (const Json::exception&) {
    return invalid_argument("{cause}; remove the file and fetch again",
                            {{"cause", caught_exception().sentence()}})
        .at(path);
  }
  return files;
}

Status write_record(const std::string& data_folder, const std::string& name,
                    const std::vector<FetchedFile>& files) {
  Json items = Json::array();
  for (const FetchedFile& file : files) {
    items.push_back({{"path", file.path},
                     {"url", file.url},
                     {"revision", file.revision},
                     {"rows_sha256", file.rows_sha256},
                     {"rows", file.num_rows},
                     {"fetched_at", file.fetched_at}});
  }
  return write_file_atomically(
      record_path(data_folder, name),
      to_json_text(Json{{"schema", kSchema}, {"name", name}, {"files", items}}));
}

FetchedFile* find_file(std::vector<FetchedFile>& files, const std::string& path) {
  const auto found = std::find_if(files.begin(), files.end(),
                                  [&](const FetchedFile& file) { return file.path == path; });
  return found == files.end() ? nullptr : &*found;
}

// A manifest of this one file, so that the import's own checks hold what the manifest says of it.
Manifest manifest_of_one(const Manifest& manifest, const std::string& split, const DataFile& file) {
  Manifest one = manifest;
  one.splits = {Split{split, {file}}};
  return one;
}

// Held while a set is fetched; a process that dies lets go of it.
class FetchLock {
 public:
  static Result<FetchLock> take(const std::string& data_folder, const std::string& name) {
    JANGWON_RETURN_IF_ERROR(check_data_place(data_folder, name + "/fetch.lock"));
    const fs::path folder = fs::path(data_folder) / name;
    std::error_code error;
    fs::create_directories(folder, error);
    const std::string path = (folder / "fetch.lock").string();
    FetchLock lock(::open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0666));
    if (lock.fd_ < 0)
      return unavailable("cannot write {path}: {cause}",
                         {{"path", path}, {"cause", Message::system_error(errno)}});
    if (flock(lock.fd_, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
      return unavailable("another process is fetching {name} into {data_folder}; wait for it",
                         {{"name", name}, {"data_folder", data_folder}});
    }
    return lock;  // a file system without locks is used without
  }
  FetchLock(FetchLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  FetchLock& operator=(FetchLock&&) = delete;
  ~FetchLock() {
    if (fd_ >= 0) ::close(fd_);
  }

 private:
  explicit FetchLock(int fd) : fd_(fd) {}
  int fd_;
};

class Fetcher {
 public:
  Fetcher(const Manifest& manifest, const HubAccess& access, const FetchOptions& options,
          const Split* published, HubSource source, std::string data_folder)
      : manifest_(manifest),
        access_(access),
        options_(options),
        published_(published),
        source_(std::move(source)),
        data_folder_(std::move(data_folder)) {}

  Result<FetchReport> run(const std::vector<DataFile>& files) {
    JANGWON_ASSIGN_OR_RETURN(record_, read_record(data_folder_, manifest_.name));
    JANGWON_ASSIGN_OR_RETURN(const std::vector<SplitPresence> presences,
                             find_presence(manifest_, data_folder_));
    FetchReport report;
    for (const DataFile& file : files) {
      if (options_.mode == FetchMode::kMissing && is_here(presences, file)) {
        FetchedFile here;
        here.path = options_.split + "/" + fs::path(file.path).filename().string();
        if (const FetchedFile* known = find_file(record_, here.path)) here = *known;
        here.was_here = true;
        report.files.push_back(std::move(here));
        continue;
      }
      JANGWON_RETURN_IF_ERROR(fetch(file, report));
    }
    return report;
  }

 private:
  bool is_here(const std::vector<SplitPresence>& presences, const DataFile& file) const {
    for (const SplitPresence& presence : presences) {
      if (presence.split != options_.split) continue;
      return std::any_of(presence.files.begin(), presence.files.end(), [&](const DataFile& here) {
        const DataFile* stands_for = find_published_file(*published_, here.path);
        return stands_for != nullptr && stands_for->path == file.path;
      });
    }
    return false;
  }

  Status fetch(const DataFile& file, FetchReport& report) {
    const std::string name = fs::path(file.path).filename().string();
    const fs::path folder = fs::path(data_folder_) / manifest_.name / "fetching" / options_.split;
    const std::string local = (folder / name).string();
    for (const char* ending : {"", ".part", ".state"}) {
      JANGWON_RETURN_IF_ERROR(check_data_place(
          data_folder_, manifest_.name + "/fetching/" + options_.split + "/" + name + ending));
    }
    Result<Downloaded> downloaded =
        source_.method == HubMethod::kFiles
            ? download_file(access_, source_, file.path, local)
            : download_rows(access_, source_of(file), hub_split(), local);
    if (!downloaded.ok()) return downloaded.status();
    FetchedFile fetched;
    fetched.path = options_.split + "/" + name;
    fetched.url = downloaded->url;
    fetched.revision = downloaded->revision;
    fetched.fetched_at = utc_now();
    const Status imported = import(file, local, fetched, report);
    // what was refused is not kept: it would be taken for a part of the next fetch
    std::error_code ignored;
    fs::remove(local, ignored);
    fs::remove(folder, ignored);
    fs::remove(folder.parent_path(), ignored);
    return imported;
  }

  // The rows API knows a part by its config.
  const HubSource& source_of(const DataFile& file) {
    if (source_.config_by_file) source_.config = fs::path(file.path).stem().string();
    return source_;
  }

  std::string hub_split() const {
    const auto found = source_.splits.find(options_.split);
    return found == source_.splits.end() ? options_.split : found->second;
  }

  // Everything is checked before anything is replaced.
  Status import(const DataFile& file, const std::string& local, FetchedFile& fetched,
                FetchReport& report) {
    Manifest here = manifest_of_one(manifest_, options_.split, file);
    here.files_from = FilesFrom::kManifestFolder;
    here.default_tag.clear();
    here.folder = "/";
    here.splits.front().files.front().path = fs::absolute(local).string();
    const Result<SplitReport> verified = verify_split(here, options_.split, data_folder_);
    if (!verified.ok()) {
      return Status(verified.status().code(),
                    "what came from {url} cannot be used, so nothing was imported: {cause}",
                    {{"url", fetched.url}, {"cause", verified.status().sentence()}})
          .at(manifest_.name);
    }
    const SplitReport& looked_at = *verified;
    for (const RowDefect& defect : looked_at.defects) {
      if (defect.kind != DefectKind::kRowCount || options_.mode == FetchMode::kAcceptChanges)
        continue;
      return invalid_argument(
                 "{place} has {detail}; the published set is another one, or the fetch went wrong; "
                 "--accept-changes "
                 "takes it",
                 {{"place", defect.place}, {"detail", defect.detail}})
          .at(manifest_.name);
    }
    fetched.rows_sha256 = looked_at.rows_sha256;
    fetched.num_rows = looked_at.num_samples;
    JANGWON_RETURN_IF_ERROR(compare(fetched));
    // The record first: a file without one would count as present and be compared with nothing.
    remember(fetched);
    JANGWON_RETURN_IF_ERROR(write_record(data_folder_, manifest_.name, record_));
    ImportOptions import_options;
    import_options.split = options_.split;
    import_options.data_folder = data_folder_;
    JANGWON_RETURN_IF_ERROR(import_files(manifest_, {local}, import_options).status());
    report.defects.insert(report.defects.end(), looked_at.defects.begin(), looked_at.defects.end());
    report.files.push_back(fetched);
    return ok_status();
  }

  Status compare(const FetchedFile& fetched) {
    const FetchedFile* first = find_file(record_, fetched.path);
    if (first == nullptr || first->rows_sha256 == fetched.rows_sha256) return ok_status();
    if (options_.mode == FetchMode::kAcceptChanges) return ok_status();
    return invalid_argument(
        "{manifest} has changed on the hub: the rows of {fetched} have the SHA-256 {sha256}, at "
        "the fetch of "
        "{fetched_at} they had {sha256_2}; scores of the two must not be compared; "
        "--accept-changes takes the new ones",
        {{"manifest", manifest_.name},
         {"fetched", fetched.path},
         {"sha256", fetched.rows_sha256},
         {"fetched_at", first->fetched_at},
         {"sha256_2", first->rows_sha256}});
  }

  void remember(const FetchedFile& fetched) {
    if (FetchedFile* known = find_file(record_, fetched.path)) {
      *known = fetched;
    } else {
      record_.push_back(fetched);
    }
  }

  const Manifest& manifest_;
  const HubAccess& access_;
  const FetchOptions& options_;
  const Split* published_;
  HubSource source_;
  std::string data_folder_;
  std::vector<FetchedFile> record_;
};

}  // namespace

Result<FetchReport> fetch_split(const Manifest& manifest, const HubAccess& access,
                                const FetchOptions& options) {
  if (manifest.files_from != FilesFrom::kDataFolder) {
    return invalid_argument(
        "the data set {data_set} comes with the program; there is nothing to fetch",
        {{"data_set", manifest.name}});
  }
  JANGWON_ASSIGN_OR_RETURN(HubSource source, find_hub_source(manifest.name));
  JANGWON_ASSIGN_OR_RETURN(const Split* split, find_split(manifest, options.split));
  JANGWON_ASSIGN_OR_RETURN(const std::vector<DataFile> files,
                           select_files(manifest, *split, options.tag));
  std::string data_folder = options.data_folder;
  if (data_folder.empty()) {
    JANGWON_ASSIGN_OR_RETURN(data_folder, default_data_folder());
  }
  JANGWON_ASSIGN_OR_RETURN(const FetchLock lock, FetchLock::take(data_folder, manifest.name));
  return Fetcher(manifest, access, options, split, std::move(source), std::move(data_folder))
      .run(files);
}

Status compare_with_first_fetch(const Manifest& manifest, const SplitReport& report,
                                const std::string& data_folder) {
  std::string folder = data_folder;
  if (folder.empty()) {
    JANGWON_ASSIGN_OR_RETURN(folder, default_data_folder());
  }
  // The hash of several files is not that of their parts; those are compared by their own SHA-256
  // when they are loaded.
  if (report.files.size() != 1) return ok_status();
  JANGWON_ASSIGN_OR_RETURN(std::vector<FetchedFile> files, read_record(folder, manifest.name));
  const std::string path =
      report.split + "/" + fs::path(report.files.front().path).filename().string();
  const FetchedFile* first = find_file(files, path);
  if (first == nullptr || first->rows_sha256 == report.rows_sha256) return ok_status();
  return invalid_argument(
      "{manifest} {split}: the rows have the SHA-256 {sha256}, when they were fetched "
      "({fetched_at}) they had "
      "{sha256_2}; fetch them again: jangwon data fetch {manifest} --again",
      {{"manifest", manifest.name},
       {"split", report.split},
       {"sha256", report.rows_sha256},
       {"fetched_at", first->fetched_at},
       {"sha256_2", first->rows_sha256}});
}

}  // namespace jangwon::datasets
