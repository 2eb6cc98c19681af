// load_dataset: a manifest, a split and a selection → samples in a stable order, with the hash of
// what was selected.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "datasets/manifest.h"
#include "datasets/row_decoder.h"
#include "datasets/sample.h"
#include "runtime/base/status.h"

namespace jangwon::datasets {

struct DataOptions {
  // Selection, applied in this order; the order of the samples stays that of the files.
  std::string tag;                                         // release; empty: the manifest's default
  std::string start_date;                                  // YYYY-MM-DD; empty: open
  std::string end_date;                                    // likewise
  std::vector<std::pair<std::string, std::string>> where;  // only rows whose column has this text
  std::vector<std::string> sample_ids;                     // only these; each must be there
  std::optional<int64_t> limit;                            // the first so many of what is left
  // or this share of it, above 0, rounded up
  std::optional<double> share;

  DecodeOptions decode;
  std::string data_folder;  // of imported sets; empty: default_data_folder()
};

struct LoadedFile {
  std::string path;
  std::string sha256;    // of the bytes
  int64_t num_rows = 0;  // in the file, before any selection
};

struct Dataset {
  std::string name;
  std::string split;
  std::string source;
  std::string licence;
  std::optional<std::string> revision;
  // as selected; the tag with the manifest's default filled in
  std::string tag, start_date, end_date;
  std::vector<LoadedFile> files;
  std::vector<Sample> samples;
  std::string rows_sha256;         // over the selected samples, see datasets/README.md
  std::vector<RowDefect> defects;  // of the selected samples
};

// $JANGWON_DATA_DIR, else $XDG_DATA_HOME/jangwon, else ~/.local/share/jangwon.
Result<std::string> default_data_folder();

// Window rule of LiveCodeBench's own compute_scores: start ≤ date ≤ end, both at midnight, so that
// a problem of the end day with a time of day falls out. Errors: files that are missing (the
// message says how to import them), a hash that is not the recorded one, a row that cannot be
// decoded (file and line), an id that stands twice, a selection of nothing.
Result<Dataset> load_dataset(const Manifest& manifest, const std::string& split,
                             const DataOptions& options = {});

RowDefect row_count_defect(const std::string& place, int64_t rows, int64_t expected);

// "answer_conflict: 1 row, …": one line a kind of defect with its count and its first place.
std::vector<Message> summarize_defects(const std::vector<RowDefect>& defects);

}  // namespace jangwon::datasets
