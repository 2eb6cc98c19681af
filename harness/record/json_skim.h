// Walks a JSON text without building it: what is not asked for is passed over at the speed
// of memchr. A journal of 84,000 records holds gigabytes of transcripts of which a table
// needs a few bytes each.
//
// The text is trusted to be a journal line of ours, not to be well-formed: every step is bounded by
// the text, and the first thing that does not fit makes ok() false for good. Whoever needs a
// message then parses the line strictly.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace jangwon::harness {

class JsonSkimmer {
 public:
  explicit JsonSkimmer(std::string_view text) : text_(text) {}

  bool ok() const { return ok_; }
  bool at_end();  // only white space is left

  // Objects: `if (skim.enter('{')) while (skim.next_key(key)) …read or skip one value…`. Keys with
  // escapes do not occur in our records and fail.
  bool enter(char bracket);
  bool next_key(std::string_view& key);
  // Lists: `if (skim.enter('[')) while (skim.next_item()) …`.
  bool next_item();

  void skip_value();
  std::string_view raw_value();  // the value's own text
  std::string string_value();    // unescaped; fails for other values
  int64_t integer_value();       // fails for other values, fractions included
  bool bool_value();
  bool is_null();  // looks only; true at null

 private:
  void skip_space();
  void skip_string();
  void fail() { ok_ = false; }
  bool take(char c);

  std::string_view text_;
  size_t at_ = 0;
  bool ok_ = true;
  bool first_ = false;  // just entered a list or an object
};

}  // namespace jangwon::harness
