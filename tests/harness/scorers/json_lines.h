// Reads a file of one JSON value a line.

#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace jangwon::harness {

inline std::vector<nlohmann::json> read_json_lines(const std::string& path) {
  std::vector<nlohmann::json> rows;
  std::ifstream file(path);
  EXPECT_TRUE(file.good()) << path;
  for (std::string line; std::getline(file, line);)
    rows.push_back(nlohmann::json::parse(line));
  return rows;
}

inline std::string golden_path(const std::string& name) {
  return std::string(JANGWON_SOURCE_DIR) + "/tests/golden/sandbox/" + name;
}

}  // namespace jangwon::harness
