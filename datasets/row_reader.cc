// Each format names its own place (line, row, line of a CSV record), so that a fault can be found
// with an editor. UTF-8 is checked once, over the whole text, because what comes after counts
// characters and hashes rows. A CSV file is strict: a row with another number of fields than the
// first line, or a column that stands twice, is an error, since a shifted row would be another
// question. tests/datasets/row_reader_test.cc; tests/fuzz/rows_fuzz.cc feeds noise.

#include "datasets/row_reader.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "datasets/csv.h"
#include "datasets/utf8.h"
#include "runtime/base/json.h"
#include "runtime/base/nearest_name.h"

namespace jangwon::datasets {

namespace {

constexpr FileFormat kFormats[] = {FileFormat::kJsonl, FileFormat::kJson, FileFormat::kCsv};

Status check_object(const Json& row, const Message& place) {
  if (row.is_object()) return ok_status();
  return invalid_argument("a row must be a JSON object, not {row}", {{"row", row.type_name()}})
      .at(place);
}

Status visit_json_lines(std::string_view text, const RowVisitor& visit) {
  size_t line = 0;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view content = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    ++line;
    if (content.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    const Message place("line {line}", {{"line", line}});
    Result<Json> row = parse_json(content);
    if (!row.ok()) return row.status().at(place);
    JANGWON_RETURN_IF_ERROR(check_object(*row, place));
    if (Status status = visit(*row, line); !status.ok()) return status.at(place);
  }
  return ok_status();
}

Status visit_json_array(std::string_view text, const RowVisitor& visit) {
  JANGWON_ASSIGN_OR_RETURN(Json rows, parse_json(text));
  if (!rows.is_array())
    return invalid_argument("a JSON array of rows is expected, not {rows}",
                            {{"rows", rows.type_name()}});
  for (size_t i = 0; i < rows.size(); ++i) {
    const Message place("row {row}", {{"row", i + 1}});
    JANGWON_RETURN_IF_ERROR(check_object(rows[i], place));
    if (Status status = visit(rows[i], i + 1); !status.ok()) return status.at(place);
  }
  return ok_status();
}

Status visit_csv(std::string_view text, const RowVisitor& visit) {
  CsvReader reader(text);
  if (reader.at_end()) {
    return invalid_argument("the file is empty; its first line must name the columns")
        .at(Message("line {line}", {{"line", 1}}));
  }
  JANGWON_ASSIGN_OR_RETURN(const CsvRecord header, reader.next());
  for (size_t i = 0; i < header.fields.size(); ++i) {
    if (std::count(header.fields.begin(), header.fields.end(), header.fields[i]) > 1) {
      return invalid_argument("the column \"{column}\" stands twice",
                              {{"column", header.fields[i]}})
          .at(Message("line {line}", {{"line", 1}}));
    }
  }
  while (!reader.at_end()) {
    JANGWON_ASSIGN_OR_RETURN(CsvRecord record, reader.next());
    const Message place("line {line}", {{"line", record.line}});
    // a blank line
    if (record.fields.size() == 1 && record.fields[0].empty() && header.fields.size() > 1) continue;
    if (record.fields.size() != header.fields.size()) {
      return invalid_argument("{fields} fields where the first line names {columns} columns",
                              {{"fields", record.fields.size()}, {"columns", header.fields.size()}})
          .at(place);
    }
    Json row = Json::object();
    for (size_t i = 0; i < header.fields.size(); ++i)
      row[header.fields[i]] = std::move(record.fields[i]);
    if (Status status = visit(row, record.line); !status.ok()) return status.at(place);
  }
  return ok_status();
}

}  // namespace

const char* name_of(FileFormat format) {
  switch (format) {
    case FileFormat::kJsonl:
      return "jsonl";
    case FileFormat::kJson:
      return "json";
    case FileFormat::kCsv:
      return "csv";
  }
  return "";
}

Result<FileFormat> parse_file_format(const std::string& name) {
  for (const FileFormat format : kFormats) {
    if (name == name_of(format)) return format;
  }
  return invalid_argument(unknown_name_message("file format", name, {"jsonl", "json", "csv"}));
}

Result<FileFormat> file_format_of(const std::string& path) {
  for (const FileFormat format : kFormats) {
    if (path.ends_with(std::string(".") + name_of(format))) return format;
  }
  return invalid_argument(
      "the format of {path} does not show in its name; it must end in .jsonl, .json or .csv",
      {{"path", path}});
}

Status visit_rows(std::string_view text, FileFormat format, const RowVisitor& visit) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  if (const auto offset = find_invalid_utf8(text)) {
    const auto line =
        1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(*offset), '\n');
    return invalid_argument("not UTF-8; convert the file to UTF-8")
        .at(Message("line {line}", {{"line", line}}));
  }
  switch (format) {
    case FileFormat::kJsonl:
      return visit_json_lines(text, visit);
    case FileFormat::kJson:
      return visit_json_array(text, visit);
    case FileFormat::kCsv:
      return visit_csv(text, visit);
  }
  return ok_status();
}

}  // namespace jangwon::datasets
