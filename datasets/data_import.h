// Importing, listing and verifying the data sets that come from outside: what `jangwon data` does.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "datasets/dataset.h"
#include "datasets/manifest.h"
#include "runtime/base/status.h"

namespace jangwon::datasets {

struct ImportOptions {
  std::string split = "test";
  std::optional<FileFormat> format;  // absent: by the ending of the file's name
  std::string data_folder;           // empty: default_data_folder()
};

// What a split of an imported or bundled data set is like.
struct SplitReport {
  std::string split;
  std::vector<LoadedFile> files;
  int64_t num_samples = 0;
  std::string rows_sha256;
  std::vector<RowDefect> defects;
};

// Copies files in the published column layout into the data folder, after every row of them has
// been decoded: a file with a wrong row is refused with its line and nothing is written. Files of
// a split with several parts or releases are told apart by the published file names and add to
// what is there; otherwise they replace the split. The report names defects of rows that are
// loaded as they are.
Result<SplitReport> import_files(const Manifest& manifest, const std::vector<std::string>& paths,
                                 const ImportOptions& options);

// The split as it lies on this machine: hashes compared with the recorded ones, every row decoded,
// rows counted against the published number (DefectKind::kRowCount). Where it has parts or
// releases, those that are here.
Result<SplitReport> verify_split(const Manifest& manifest, const std::string& split,
                                 const std::string& data_folder);

enum class Presence {
  kBundled,   // comes with the program
  kImported,  // in the data folder, at least in part
  kAbsent,
};

const char* name_of(Presence presence);

struct SplitPresence {
  std::string split;
  Presence presence = Presence::kAbsent;
  int64_t num_rows = 0;         // of the files that are here, as recorded
  int64_t num_published = 0;    // rows as the manifest says; 0: it does not
  std::vector<DataFile> files;  // that are here
};

// What is here of each split; looks at records and file names only.
Result<std::vector<SplitPresence>> find_presence(const Manifest& manifest,
                                                 const std::string& data_folder);

}  // namespace jangwon::datasets
