// Files of rows: JSON Lines, one JSON array, CSV. A row is a JSON object; the values of a CSV row
// are all strings.

#pragma once

#include <cstddef>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "runtime/base/status.h"

namespace jangwon::datasets {

enum class FileFormat { kJsonl, kJson, kCsv };

const char* name_of(FileFormat format);

// "jsonl", "json" or "csv".
Result<FileFormat> parse_file_format(const std::string& name);

// By the ending of the file's name.
Result<FileFormat> file_format_of(const std::string& path);

// `number` is the line of the row, or its position in a JSON array, from 1. The row
// may be moved from.
using RowVisitor = std::function<Status(nlohmann::ordered_json& row, size_t number)>;

// Visits the rows in file order and stops at the first failure. The text must be UTF-8; a
// byte-order mark in front is skipped. JSON Lines: blank lines are skipped. CSV: the first record
// names the columns; a record with another number of fields is an error. Errors begin with "line
// N" (or "row N").
Status visit_rows(std::string_view text, FileFormat format, const RowVisitor& visit);

}  // namespace jangwon::datasets
