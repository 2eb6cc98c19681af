// The record of what was imported: DATA_FOLDER/NAME/record.json, beside the copied files.
//
//   {"schema": "jangwon-data-1", "name": "mmlu_pro",
//    "splits": {"test": [{"path": "test/test.jsonl", "format": "jsonl", "sha256": "…", "rows":
//    12032, "tag": ""}]}}

#pragma once

#include <string>

#include "datasets/manifest.h"
#include "runtime/base/status.h"

namespace jangwon::datasets {

struct ImportRecord {
  std::string name;
  // paths relative to the folder of the data set; sha256 and num_rows always set
  std::vector<Split> splits;
};

// Not found: nothing was imported under this name.
Result<ImportRecord> read_import_record(const std::string& data_folder, const std::string& name);

Status write_import_record(const std::string& data_folder, const ImportRecord& record);

}  // namespace jangwon::datasets
