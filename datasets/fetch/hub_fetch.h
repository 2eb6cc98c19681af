// Fetching a published set: download, decode every row, compare, import, remember what the
// first fetch saw.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "datasets/data_import.h"
#include "datasets/fetch/hub_download.h"
#include "datasets/manifest.h"
#include "runtime/base/status.h"

namespace jangwon::datasets {

enum class FetchMode {
  kMissing,        // files that are here are left alone
  kAgain,          // fetched again; rows other than those of the first fetch are refused
  kAcceptChanges,  // fetched again; what has changed is accepted and remembered
};

struct FetchOptions {
  std::string split = "test";
  std::string tag;          // releases; empty: the manifest's default
  std::string data_folder;  // empty: default_data_folder()
  FetchMode mode = FetchMode::kMissing;
};

struct FetchedFile {
  std::string path;  // below the data folder, as imported
  std::string url;
  std::string revision;     // the commit that the hub named; empty: none
  std::string rows_sha256;  // of the canonical rows, see datasets/README.md
  int64_t num_rows = 0;
  std::string fetched_at;  // RFC 3339, UTC
  bool was_here = false;   // nothing was fetched: it lies in the data folder already
};

struct FetchReport {
  std::vector<FetchedFile> files;
  std::vector<RowDefect> defects;  // of what was fetched now
};

// Each file is imported as soon as it is whole and right: a row that cannot be decoded, a SHA-256
// other than the manifest's, another number of rows, or other rows than at the first fetch refuse
// it, and what was there stays.
Result<FetchReport> fetch_split(const Manifest& manifest, const HubAccess& access,
                                const FetchOptions& options);

// Compares a verified split with what the first fetch saw (DATA_FOLDER/NAME/fetch.json). Ok where
// it was never fetched.
Status compare_with_first_fetch(const Manifest& manifest, const SplitReport& report,
                                const std::string& data_folder);

}  // namespace jangwon::datasets
