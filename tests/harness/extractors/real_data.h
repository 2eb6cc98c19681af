// Checks on real data: rows of the files below the folder that JANGWON_DATA names. Where it is not
// set the test is skipped with a line that says so.

#pragma once

#include <gtest/gtest.h>
#include <zlib.h>

#include <cstdlib>
#include <fstream>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace jangwon::harness {

inline std::string real_data_path(const std::string& name) {
  const char* folder = std::getenv("JANGWON_DATA");
  return folder == nullptr ? std::string() : std::string(folder) + "/" + name;
}

#define JANGWON_REQUIRE_REAL_DATA(name)                                                         \
  do {                                                                                          \
    const std::string real_data_path_ = ::jangwon::harness::real_data_path(name);               \
    if (real_data_path_.empty())                                                                \
      GTEST_SKIP() << "JANGWON_DATA is not set: " name " is not checked";                       \
    ASSERT_TRUE(std::ifstream(real_data_path_).good()) << real_data_path_ << " cannot be read"; \
  } while (false)

// Plain or gzipped lines.
inline std::vector<std::string> read_lines(const std::string& path) {
  std::vector<std::string> lines;
  gzFile file = gzopen(path.c_str(), "rb");
  std::string line;
  char buffer[1 << 16];
  for (int size = 0; file != nullptr && (size = gzread(file, buffer, sizeof buffer)) > 0;) {
    for (int i = 0; i < size; ++i) {
      if (buffer[i] != '\n') {
        line += buffer[i];
      } else {
        lines.push_back(std::move(line));
        line.clear();
      }
    }
  }
  if (!line.empty()) lines.push_back(std::move(line));
  if (file != nullptr) gzclose(file);
  return lines;
}

inline void for_each_row(const std::string& name,
                         const std::function<void(const nlohmann::ordered_json&)>& visit) {
  for (const std::string& line : read_lines(real_data_path(name)))
    visit(nlohmann::ordered_json::parse(line));
}

// Rows of a CSV file with a header line, quotes doubled inside quoted fields, line ends
// inside them kept.
inline std::vector<std::map<std::string, std::string>> read_csv(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  std::vector<std::vector<std::string>> records(1);
  std::string field;
  bool quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c != '"') {
        field += c;
      } else if (i + 1 < text.size() && text[i + 1] == '"') {
        field += '"';
        ++i;
      } else {
        quoted = false;
      }
    } else if (c == '"') {
      quoted = true;
    } else if (c == ',' || c == '\n') {
      records.back().push_back(std::move(field));
      field.clear();
      if (c == '\n') records.emplace_back();
    } else if (c != '\r') {
      field += c;
    }
  }
  if (!field.empty() || !records.back().empty()) records.back().push_back(std::move(field));
  std::vector<std::map<std::string, std::string>> rows;
  for (size_t r = 1; r < records.size(); ++r) {
    if (records[r].size() != records[0].size()) continue;
    std::map<std::string, std::string> row;
    for (size_t k = 0; k < records[0].size(); ++k)
      row[records[0][k]] = records[r][k];
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace jangwon::harness
