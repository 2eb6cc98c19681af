// One pass over the text: what is no prose is passed over, the letters of the rest are counted. A
// syllable of Hangul says as much as two or three Latin letters, so it counts twice towards
// "about a sentence", and once in the share. tests/harness/record/reply_language_test.cc holds
// the table of cases.

#include "harness/record/reply_language.h"

#include <algorithm>
#include <cstdint>
#include <string>

namespace jangwon::harness {

namespace {

constexpr int kSentence = 30;       // letters, a syllable of Hangul for two
constexpr int kHangulPercent = 30;  // from here on a text is Korean
constexpr size_t kLongestFormula = 2000;

struct Span {
  char32_t first;
  char32_t last;
};

constexpr Span kHangul[] = {{0x1100, 0x11FF}, {0x3130, 0x318F}, {0xA960, 0xA97F}, {0xAC00, 0xD7FF}};

// Letters of the scripts in which models write; Latin ones with their accents are in
// the first lines.
constexpr Span kOtherLetters[] = {
    {'A', 'Z'},       {'a', 'z'},       {0x00C0, 0x00D6},  {0x00D8, 0x00F6}, {0x00F8, 0x024F},
    {0x0370, 0x03FF}, {0x0400, 0x052F}, {0x0531, 0x0587},  {0x05D0, 0x05EA}, {0x0620, 0x064A},
    {0x0671, 0x06D3}, {0x0904, 0x0939}, {0x0985, 0x09B9},  {0x0E01, 0x0E30}, {0x1E00, 0x1EFF},
    {0x3041, 0x3096}, {0x30A1, 0x30FA}, {0x3400, 0x4DBF},  {0x4E00, 0x9FFF}, {0xF900, 0xFAFF},
    {0xFF21, 0xFF3A}, {0xFF41, 0xFF5A}, {0x20000, 0x2FA1F}};

template <size_t kCount>
bool is_in(char32_t c, const Span (&spans)[kCount]) {
  return std::any_of(std::begin(spans), std::end(spans),
                     [&](Span span) { return c >= span.first && c <= span.last; });
}

// The code point at `at` and its size; a byte that begins none is one of its own,
// which is no letter.
char32_t code_point_at(std::string_view text, size_t at, size_t& size) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  const uint8_t lead = byte(at);
  size = lead < 0x80 ? 1 : lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
  if (size == 1 || at + size > text.size()) {
    size = 1;
    return lead < 0x80 ? lead : 0;
  }
  char32_t c = lead & (0xFF >> (size + 1));
  for (size_t i = 1; i < size; ++i) {
    if ((byte(at + i) & 0xC0) != 0x80) {
      size = 1;
      return 0;
    }
    c = (c << 6) | (byte(at + i) & 0x3F);
  }
  return c;
}

bool is_latin(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

// Behind the next `closing` that comes before a blank line and not too far away; `from`
// where there is none.
size_t behind(std::string_view text, size_t from, std::string_view closing) {
  std::string_view near = text.substr(std::min(from, text.size()), kLongestFormula);
  near = near.substr(0, near.find("\n\n"));
  const size_t end = near.find(closing);
  return end == std::string_view::npos ? from : from + end + closing.size();
}

// Behind the braces that open at `at`.
size_t behind_braces(std::string_view text, size_t at) {
  int depth = 0;
  for (size_t i = at; i < std::min(text.size(), at + kLongestFormula); ++i) {
    if (text[i] == '{') ++depth;
    if (text[i] == '}' && --depth == 0) return i + 1;
  }
  return at;
}

// A command of LaTeX with its arguments, or a formula in \( \) or \[ \].
size_t behind_command(std::string_view text, size_t at) {
  if (text.substr(at).starts_with("\\(")) return behind(text, at + 2, "\\)");
  if (text.substr(at).starts_with("\\[")) return behind(text, at + 2, "\\]");
  size_t end = at + 1;
  while (end < text.size() && is_latin(text[end]))
    ++end;
  while (end < text.size() && text[end] == '{') {
    const size_t after = behind_braces(text, end);
    if (after == end) break;
    end = after;
  }
  return end;
}

// Where prose goes on behind what is none and begins at `at`; `at` where it is prose.
size_t behind_foreign_matter(std::string_view text, size_t at) {
  const std::string_view rest = text.substr(at);
  if (rest.starts_with("```")) {
    const size_t end = text.find("```", at + 3);
    return end == std::string_view::npos ? text.size() : end + 3;
  }
  if (rest.front() == '`') {
    const size_t after = behind(text, at + 1, "`");
    return after == at + 1 ? at : after;
  }
  if (rest.starts_with("$$")) {
    const size_t end = text.find("$$", at + 2);
    return end == std::string_view::npos ? at : end + 2;
  }
  if (rest.front() == '$') {
    const size_t after = behind(text, at + 1, "$");
    return after == at + 1 ? at : after;
  }
  if (rest.front() == '\\') return behind_command(text, at);
  if (rest.starts_with("http://") || rest.starts_with("https://"))
    return std::min(text.find_first_of(" \t\r\n)>", at), text.size());
  return at;
}

}  // namespace

const char* name_of(ReplyLanguage language) {
  switch (language) {
    case ReplyLanguage::kKorean:
      return "ko";
    case ReplyLanguage::kOther:
      return "other";
    case ReplyLanguage::kUndecided:
      return "undecided";
  }
  return "";
}

std::optional<ReplyLanguage> reply_language_of_name(std::string_view name) {
  for (const ReplyLanguage language :
       {ReplyLanguage::kKorean, ReplyLanguage::kOther, ReplyLanguage::kUndecided}) {
    if (name == name_of(language)) return language;
  }
  return std::nullopt;
}

ReplyLanguage language_of_reply(std::string_view text) {
  int64_t hangul = 0, others = 0;
  // letters of the Latin word that is being read: alone, one is an option or a variable
  int64_t word = 0;
  const auto end_word = [&] {
    if (word > 1) others += word;
    word = 0;
  };
  for (size_t at = 0; at < text.size();) {
    const size_t after = behind_foreign_matter(text, at);
    if (after > at) {
      end_word();
      at = after;
      continue;
    }
    size_t size = 1;
    const char32_t c = code_point_at(text, at, size);
    if (c < 0x80 && is_latin(static_cast<char>(c))) {
      ++word;
    } else {
      end_word();
      if (is_in(c, kHangul)) ++hangul;
      if (is_in(c, kOtherLetters)) ++others;
    }
    at += size;
  }
  end_word();
  if (2 * hangul + others < kSentence) return ReplyLanguage::kUndecided;
  return 100 * hangul >= kHangulPercent * (hangul + others) ? ReplyLanguage::kKorean
                                                            : ReplyLanguage::kOther;
}

ReplyLanguages languages_of_reply(std::string_view question_language, std::string_view answer,
                                  std::string_view thinking) {
  ReplyLanguages languages;
  if (question_language != "ko") return languages;
  if (!answer.empty()) languages.answer = language_of_reply(answer);
  if (!thinking.empty()) languages.thinking = language_of_reply(thinking);
  return languages;
}

}  // namespace jangwon::harness
