#include "datasets/csv.h"

namespace jangwon::datasets {

Result<CsvRecord> CsvReader::next() {
  JANGWON_CHECK(!at_end());
  CsvRecord record;
  record.line = line_;
  while (true) {
    std::string field;
    const bool quoted = !at_end() && text_[position_] == '"';
    JANGWON_RETURN_IF_ERROR(quoted ? read_quoted(field) : read_bare(field));
    record.fields.push_back(std::move(field));
    if (at_end() || take_line_break()) return record;
    if (text_[position_] != ',') return error("text stands after the closing quote of a field");
    ++position_;
  }
}

Status CsvReader::read_quoted(std::string& field) {
  const size_t first_line = line_;
  for (++position_; !at_end(); ++position_) {
    const char c = text_[position_];
    if (c == '"') {
      const bool doubled = position_ + 1 < text_.size() && text_[position_ + 1] == '"';
      if (!doubled) {
        ++position_;
        return ok_status();
      }
      ++position_;
    }
    if (c == '\n') ++line_;
    field += c;
  }
  return invalid_argument("the quoted field that begins here never closes")
      .at(Message("line {line}", {{"line", first_line}}));
}

Status CsvReader::read_bare(std::string& field) {
  const size_t end = text_.find_first_of(",\r\n\"", position_);
  const size_t size = (end == std::string_view::npos ? text_.size() : end) - position_;
  field = text_.substr(position_, size);
  position_ += size;
  if (at_end() || text_[position_] == ',' || text_[position_] == '\n') return ok_status();
  if (text_[position_] == '"') return error("a quote stands inside a field that is not quoted");
  if (text_.substr(position_).starts_with("\r\n")) return ok_status();
  return error("a carriage return stands alone");
}

bool CsvReader::take_line_break() {
  const std::string_view rest = text_.substr(position_);
  const size_t size = rest.starts_with("\r\n") ? 2 : rest.starts_with('\n') ? 1 : 0;
  position_ += size;
  if (size > 0) ++line_;
  return size > 0;
}

Status CsvReader::error(MessageTemplate what) const {
  return invalid_argument(what).at(Message("line {line}", {{"line", line_}}));
}

}  // namespace jangwon::datasets
