// CSV as RFC 4180 defines it: comma, double quotes, "" inside quotes, line breaks inside quotes; LF
// or CRLF ends a record.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/status.h"

namespace jangwon::datasets {

struct CsvRecord {
  size_t line = 1;  // where it begins, from 1
  std::vector<std::string> fields;
};

// Reads one record after another.
class CsvReader {
 public:
  explicit CsvReader(std::string_view text) : text_(text) {}

  bool at_end() const { return position_ >= text_.size(); }
  // The next record. A quote that never closes, a quote inside a bare field and text after a
  // closing quote are errors with their line. REQUIRES: !at_end().
  Result<CsvRecord> next();

 private:
  Status read_quoted(std::string& field);
  Status read_bare(std::string& field);
  bool take_line_break();
  Status error(MessageTemplate what) const;

  std::string_view text_;
  size_t position_ = 0;
  size_t line_ = 1;
};

}  // namespace jangwon::datasets
