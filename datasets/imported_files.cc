#include "datasets/imported_files.h"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "runtime/base/file.h"
#include "runtime/base/json.h"

namespace jangwon::datasets {

namespace {

constexpr const char* kSchema = "jangwon-data-1";

std::string record_path(const std::string& data_folder, const std::string& name) {
  return (std::filesystem::path(data_folder) / name / "record.json").string();
}

Result<DataFile> file_of(const Json& item) {
  DataFile file;
  const Status wrong = invalid_argument(
      "a file entry needs path, format, sha256, rows and tag; import the data set again");
  if (!item.is_object()) return wrong;
  for (const char* key : {"path", "format", "sha256", "tag"}) {
    if (!item.contains(key) || !item[key].is_string()) return wrong;
  }
  if (!item.contains("rows") || !item["rows"].is_number_integer()) return wrong;
  file.path = item["path"];
  file.sha256 = item["sha256"].get<std::string>();
  file.num_rows = item["rows"].get<int64_t>();
  file.tag = item["tag"];
  JANGWON_ASSIGN_OR_RETURN(file.format, parse_file_format(item["format"]));
  return file;
}

Result<ImportRecord> record_of(const Json& value) {
  const bool shaped = value.is_object() && value.contains("splits") &&
                      value["splits"].is_object() && value.contains("name") &&
                      value["name"].is_string();
  if (!shaped || value.value("schema", "") != kSchema) {
    return invalid_argument("not a record of the schema jangwon-data-1; import the data set again");
  }
  ImportRecord record;
  record.name = value["name"];
  for (const auto& [name, items] : value["splits"].items()) {
    Split split;
    split.name = name;
    for (const Json& item : items) {
      JANGWON_ASSIGN_OR_RETURN(DataFile file, file_of(item));
      split.files.push_back(std::move(file));
    }
    record.splits.push_back(std::move(split));
  }
  return record;
}

}  // namespace

Result<ImportRecord> read_import_record(const std::string& data_folder, const std::string& name) {
  const std::string path = record_path(data_folder, name);
  JANGWON_ASSIGN_OR_RETURN(const Json value, read_json_file(path));
  Result<ImportRecord> record = record_of(value);
  if (!record.ok()) return record.status().at(path);
  return record;
}

Status write_import_record(const std::string& data_folder, const ImportRecord& record) {
  Json value = {{"schema", kSchema}, {"name", record.name}, {"splits", Json::object()}};
  for (const Split& split : record.splits) {
    Json items = Json::array();
    for (const DataFile& file : split.files) {
      items.push_back({{"path", file.path},
                       {"format", name_of(file.format)},
                       {"sha256", file.sha256.value_or("")},
                       {"rows", file.num_rows.value_or(0)},
                       {"tag", file.tag}});
    }
    value["splits"][split.name] = std::move(items);
  }
  return write_file_atomically(record_path(data_folder, record.name), to_json_text(value));
}

}  // namespace jangwon::datasets
