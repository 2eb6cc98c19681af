// One function an instruction, in a table with the parameters that it needs. The patterns of
// IFEval's own checkers are written out as scans, because a reply has no bounded length; what each
// pattern matches stands above its scan.
//
// Two of IFEval's checkers ask a trained model, which a program of rules cannot repeat: sentences
// (the punkt tokenizer; here a full stop, question or exclamation mark with a blank behind it, save
// abbreviations) and the language of a reply (langdetect; here reply_language.h).
// tests/harness/scorers/instruction_rules_test.cc holds a table an instruction.

#include "harness/scorers/instruction_rules.h"

#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>

#include "harness/extractors/scan_text.h"
#include "harness/scorers/python_value.h"
#include "harness/scorers/reply_language.h"
#include "runtime/base/json.h"
#include "runtime/base/nearest_name.h"

namespace jangwon::harness {

namespace {

constexpr size_t npos = std::string_view::npos;

// What a rule may look at.
struct Reply {
  std::string_view text;
  std::string_view prompt;
  InstructionReading reading;
  bool korean() const { return reading == InstructionReading::kKorean; }
};

// --- text

std::string_view strip(std::string_view text) {
  while (!text.empty()) {
    const CodePoint point = decode_utf8(text, 0);
    if (!is_python_space(point.value)) break;
    text.remove_prefix(point.num_bytes);
  }
  while (!text.empty()) {
    size_t begin = text.size() - 1;
    while (begin > 0 && (static_cast<unsigned char>(text[begin]) & 0xc0) == 0x80)
      --begin;
    if (!is_python_space(decode_utf8(text, begin).value)) break;
    text.remove_suffix(text.size() - begin);
  }
  return text;
}

bool is_blank_text(std::string_view text) {
  return strip(text).empty();
}

std::string to_lower(std::string_view text) {
  std::string lower;
  for (size_t i = 0; i < text.size();) {
    const CodePoint point = decode_utf8(text, i);
    if (point.num_bytes == 1) {
      const char c = text[i];
      lower += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    } else {
      utf8proc_uint8_t bytes[4];
      const auto size =
          utf8proc_encode_char(utf8proc_tolower(static_cast<utf8proc_int32_t>(point.value)), bytes);
      lower.append(reinterpret_cast<const char*>(bytes), static_cast<size_t>(size));
    }
    i += point.num_bytes;
  }
  return lower;
}

std::vector<std::string_view> split(std::string_view text, std::string_view separator) {
  std::vector<std::string_view> parts;
  for (size_t begin = 0;;) {
    const size_t end = text.find(separator, begin);
    parts.push_back(text.substr(begin, end == npos ? npos : end - begin));
    if (end == npos) return parts;
    begin = end + separator.size();
  }
}

size_t count_of(std::string_view text, std::string_view part) {
  size_t count = 0;
  for (size_t at = text.find(part); at != npos; at = text.find(part, at + part.size()))
    ++count;
  return count;
}

bool is_word_at(std::string_view text, size_t i) {
  return i < text.size() && is_python_word(decode_utf8(text, i).value);
}
bool is_word_before(std::string_view text, size_t i) {
  return i > 0 && is_python_word(ScanText(text).code_point_before(i).value);
}

bool has_hangul(std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    const CodePoint point = decode_utf8(text, i);
    if (point.value >= 0xac00 && point.value <= 0xd7a3) return true;
    i += point.num_bytes;
  }
  return false;
}

std::string_view take_first_word(std::string_view text) {
  size_t end = 0;
  while (end < text.size() && !is_python_space(decode_utf8(text, end).value))
    end += decode_utf8(text, end).num_bytes;
  return text.substr(0, end);
}

// --- parameters

std::string text_of(const Json& parameters, const char* name) {
  const Json& value = parameters.at(name);
  return value.is_string() ? value.get<std::string>() : value.dump();
}
int64_t number_of(const Json& parameters, const char* name) {
  return parameters.at(name).get<int64_t>();
}
std::vector<std::string> texts_of(const Json& parameters, const char* name) {
  return parameters.at(name).get<std::vector<std::string>>();
}

bool is_at_least(const std::string& relation) {
  return relation == "at least" || relation == "이상";
}
bool is_relation(const std::string& relation) {
  return is_at_least(relation) || relation == "less than" || relation == "미만";
}

bool holds_relation(size_t count, const Json& parameters, const char* relation,
                    const char* number) {
  const auto wanted = static_cast<size_t>(std::max<int64_t>(0, number_of(parameters, number)));
  return is_at_least(text_of(parameters, relation)) ? count >= wanted : count < wanted;
}

// --- keywords

bool has_keywords(const Json& parameters, const Reply& reply) {
  const std::string text = to_lower(reply.text);
  const std::vector<std::string> keywords = texts_of(parameters, "keywords");
  return std::all_of(keywords.begin(), keywords.end(), [&](const std::string& keyword) {
    return text.find(to_lower(keyword)) != std::string::npos;
  });
}

bool has_keyword_often(const Json& parameters, const Reply& reply) {
  const size_t count = count_of(to_lower(reply.text), to_lower(text_of(parameters, "keyword")));
  return holds_relation(count, parameters, "relation", "frequency");
}

bool has_word(std::string_view text, std::string_view word, bool anywhere) {
  for (size_t at = text.find(word); at != npos && !word.empty(); at = text.find(word, at + 1)) {
    // \bWORD\b: a boundary lies between a letter and what is none.
    const bool begins = is_word_before(text, at) != is_word_at(text, at);
    const size_t end = at + word.size();
    const bool ends = is_word_before(text, end) != is_word_at(text, end);
    if (anywhere || (begins && ends)) return true;
  }
  return false;
}

bool lacks_words(const Json& parameters, const Reply& reply) {
  const std::string text = to_lower(reply.text);
  const std::vector<std::string> words = texts_of(parameters, "forbidden_words");
  return std::none_of(words.begin(), words.end(), [&](const std::string& word) {
    return has_word(text, to_lower(word), reply.korean() && has_hangul(word));
  });
}

bool has_letter_often(const Json& parameters, const Reply& reply) {
  const size_t count = count_of(to_lower(reply.text), to_lower(text_of(parameters, "letter")));
  return holds_relation(count, parameters, "let_relation", "let_frequency");
}

// --- language

bool is_in_wanted_language(const Json& parameters, const Reply& reply) {
  return is_in_language(reply.text, text_of(parameters, "language"));
}

// --- length

constexpr std::array<std::string_view, 20> kAbbreviations = {
    "mr",  "mrs", "ms", "dr",  "prof", "st", "jr",  "sr",  "vs",  "etc",
    "e.g", "i.e", "no", "inc", "ltd",  "co", "u.s", "a.m", "p.m", "fig"};

// Whether the full stop at i ends no sentence: it belongs to an abbreviation or to the
// initial of a name.
bool is_abbreviated(std::string_view text, size_t i) {
  size_t begin = i;
  while (begin > 0 && i - begin < 8 && (is_word_before(text, begin) || text[begin - 1] == '.') &&
         static_cast<unsigned char>(text[begin - 1]) < 0x80)
    --begin;
  const std::string_view word = text.substr(begin, i - begin);
  if (word.size() == 1 && word[0] >= 'A' && word[0] <= 'Z') return true;
  return std::find(kAbbreviations.begin(), kAbbreviations.end(), to_lower(word)) !=
         kAbbreviations.end();
}

// "1." or "12)." at the start of a line.
bool is_list_number(std::string_view text, size_t i) {
  size_t begin = i;
  while (begin > 0 && text[begin - 1] >= '0' && text[begin - 1] <= '9')
    --begin;
  if (begin == i) return false;
  while (begin > 0 && text[begin - 1] == ' ')
    --begin;
  return begin == 0 || text[begin - 1] == '\n';
}

bool is_terminator(char32_t c, bool korean) {
  if (c == U'.' || c == U'?' || c == U'!') return true;
  return korean && (c == 0x3002 || c == 0xff01 || c == 0xff1f || c == 0x2026);
}

bool closes(char32_t c) {
  return c == U'"' || c == U'\'' || c == U')' || c == U']' || c == U'*' || c == U'_' ||
         c == 0x201d || c == 0x2019 || c == 0x300d || c == 0x300f;
}

size_t count_sentences(const Reply& reply) {
  size_t count = 0;
  bool said = false;   // something that is no blank, since the last sentence ended
  bool ended = false;  // a terminator stands behind it; closing marks may follow
  for (size_t i = 0; i < reply.text.size();) {
    const CodePoint point = decode_utf8(reply.text, i);
    const bool line_end = reply.korean() && point.value == U'\n';
    if ((is_python_space(point.value) && ended) || (line_end && said)) {
      ++count;
      said = ended = false;
    } else if (is_terminator(point.value, reply.korean())) {
      const bool mere_stop =
          point.value == U'.' &&
          (is_abbreviated(reply.text, i) || (reply.korean() && is_list_number(reply.text, i)));
      if (!mere_stop) ended = said;
      if (!said && !mere_stop) said = true;
    } else if (!is_python_space(point.value)) {
      // A mark or a word: a word behind a terminator without a blank goes on with the
      // sentence, as in 3.5.
      if (is_python_word(point.value) || !reply.korean() || !closes(point.value)) said = true;
      if (!closes(point.value)) ended = false;
    }
    i += point.num_bytes;
  }
  return count + (said ? 1 : 0);
}

bool has_sentences(const Json& parameters, const Reply& reply) {
  return holds_relation(count_sentences(reply), parameters, "relation", "num_sentences");
}

// Original: \w+ tokens. Korean: what blanks part, if a letter or a digit is in it.
size_t count_words(const Reply& reply) {
  size_t count = 0;
  bool in_word = false;
  for (size_t i = 0; i < reply.text.size();) {
    const CodePoint point = decode_utf8(reply.text, i);
    const bool word = is_python_word(point.value);
    const bool ends = reply.korean() ? is_python_space(point.value) : !word;
    if (word && !in_word) ++count;
    in_word = ends ? false : (in_word || word);
    i += point.num_bytes;
  }
  return count;
}

bool has_words(const Json& parameters, const Reply& reply) {
  return holds_relation(count_words(reply), parameters, "relation", "num_words");
}

bool has_letters(const Json& parameters, const Reply& reply) {
  size_t count = 0;
  for (size_t i = 0; i < reply.text.size();) {
    const CodePoint point = decode_utf8(reply.text, i);
    count += is_python_space(point.value) ? 0 : 1;
    i += point.num_bytes;
  }
  return holds_relation(count, parameters, "relation", "num_letters");
}

// Paragraphs between lines of "***": a blank one counts as none at the ends and is
// wrong in between.
bool has_paragraphs(const Json& parameters, const Reply& reply) {
  const std::vector<std::string_view> paragraphs = split(reply.text, "***");
  size_t count = paragraphs.size();
  for (size_t i = 0; i < paragraphs.size(); ++i) {
    if (!is_blank_text(paragraphs[i])) continue;
    if (i != 0 && i + 1 != paragraphs.size()) return false;
    --count;
  }
  return count == static_cast<size_t>(number_of(parameters, "num_paragraphs"));
}

constexpr std::array<std::string_view, 8> kLeadingMarks = {"*", "#", "_",  ">",
                                                           "“", "‘", "「", "『"};

std::string first_word_of(std::string_view paragraph, bool korean) {
  if (korean) {
    for (bool found = true; found;) {
      found = false;
      for (std::string_view mark : kLeadingMarks) {
        if (!paragraph.starts_with(mark)) continue;
        paragraph = strip(paragraph.substr(mark.size()));
        found = true;
      }
    }
  }
  std::string_view word = take_first_word(paragraph);
  while (word.starts_with('\''))
    word.remove_prefix(1);
  while (word.starts_with('"'))
    word.remove_prefix(1);
  word = word.substr(0, word.find_first_of(".,?!'\""));
  while (korean && word.ends_with('*'))
    word.remove_suffix(1);
  return to_lower(word);
}

// Paragraphs between empty lines; the Nth is that of the split, blank ones included,
// as IFEval counts.
bool begins_paragraph(const Json& parameters, const Reply& reply) {
  const std::vector<std::string_view> paragraphs = split(reply.text, "\n\n");
  const auto count = static_cast<int64_t>(std::count_if(
      paragraphs.begin(), paragraphs.end(), [](std::string_view p) { return !is_blank_text(p); }));
  const int64_t nth = number_of(parameters, "nth_paragraph");
  if (nth < 1 || nth > count) return false;
  const std::string_view paragraph = strip(paragraphs[static_cast<size_t>(nth - 1)]);
  if (paragraph.empty()) return false;
  return count == number_of(parameters, "num_paragraphs") &&
         first_word_of(paragraph, reply.korean()) == to_lower(text_of(parameters, "first_word"));
}

// --- content

// \[.*?\] within a line.
bool has_placeholders(const Json& parameters, const Reply& reply) {
  int64_t count = 0;
  bool open = false;
  for (const char c : reply.text) {
    if (c == '\n') {
      open = false;
    } else if (c == '[') {
      open = true;
    } else if (c == ']' && open) {
      ++count;
      open = false;
    }
  }
  return count >= number_of(parameters, "num_placeholders");
}

// P.P.S and P.S. may have blanks between their letters; any other marker stands as it is.
bool has_postscript(const Json& parameters, const Reply& reply) {
  const std::string marker = text_of(parameters, "postscript_marker");
  const std::string text = to_lower(reply.text);
  if (marker != "P.P.S" && marker != "P.S.")
    return text.find(to_lower(marker)) != std::string::npos;
  const std::vector<std::string_view> letters =
      marker == "P.S." ? std::vector<std::string_view>{"p.", "s."}
                       : std::vector<std::string_view>{"p.", "p.", "s"};
  for (size_t begin = text.find(letters.front()); begin != std::string::npos;
       begin = text.find(letters.front(), begin + 1)) {
    std::string_view rest = std::string_view(text).substr(begin);
    const bool fits = std::all_of(letters.begin(), letters.end(), [&](std::string_view letter) {
      if (rest.starts_with(' ') || rest.starts_with('\n')) rest.remove_prefix(1);
      if (!rest.starts_with(letter)) return false;
      rest.remove_prefix(letter.size());
      return true;
    });
    if (fits) return true;
  }
  return false;
}

// --- format

// Lines of "* item" and "- item"; a line that begins "**" is bold and no bullet.
bool has_bullets(const Json& parameters, const Reply& reply) {
  int64_t count = 0;
  for (std::string_view line : split(reply.text, "\n")) {
    while (!line.empty() && is_blank_text(line.substr(0, 1)))
      line.remove_prefix(1);
    const bool star = line.size() > 1 && line[0] == '*' && line[1] != '*';
    const bool dot = reply.korean() && (line.starts_with("•") || line.starts_with("·"));
    count += star || line.starts_with('-') || dot ? 1 : 0;
  }
  return count == number_of(parameters, "num_bullets");
}

// What stands between quotation marks in the prompt.
std::vector<std::string> quoted_in(std::string_view prompt) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kQuotes = {
      std::pair{std::string_view("\""), std::string_view("\"")},
      std::pair{std::string_view("“"), std::string_view("”")},
      std::pair{std::string_view("‘"), std::string_view("’")},
      std::pair{std::string_view("'"), std::string_view("'")}};
  std::vector<std::string> quoted;
  for (const auto& [open, close] : kQuotes) {
    for (size_t at = prompt.find(open); at != npos;) {
      const size_t begin = at + open.size();
      const size_t end = prompt.find(close, begin);
      if (end == npos) break;
      if (const std::string_view text = strip(prompt.substr(begin, end - begin)); !text.empty())
        quoted.emplace_back(text);
      at = prompt.find(open, end + close.size());
    }
  }
  return quoted;
}

// IFEval allows three English sentences. In other languages the allowed answers stand in
// quotation marks in the prompt; how the Korean set words its checker is not known, and so the
// prompt itself speaks.
bool is_constrained(const Json&, const Reply& reply) {
  std::vector<std::string> allowed = {"My answer is yes.", "My answer is no.",
                                      "My answer is maybe."};
  const std::vector<std::string> quoted = quoted_in(reply.prompt);
  allowed.insert(allowed.end(), quoted.begin(), quoted.end());
  return std::any_of(allowed.begin(), allowed.end(),
                     [&](const std::string& answer) { return reply.text.find(answer) != npos; });
}

// `\*[^\n\*]*\*` and `\*\*[^\n\*]*\*\*`, each from the left without overlap. Those that hold
// something count, so that bold text counts by the second pattern alone: the first sees two pairs
// of asterisks with nothing between.
size_t count_highlights(std::string_view text, std::string_view mark) {
  size_t count = 0;
  for (size_t at = text.find(mark); at != npos;) {
    const size_t begin = at + mark.size();
    const size_t end = text.find_first_of("*\n", begin);
    if (end == npos) break;
    if (!text.substr(end).starts_with(mark)) {
      at = text.find(mark, at + 1);
      continue;
    }
    count += is_blank_text(text.substr(begin, end - begin)) ? 0 : 1;
    at = text.find(mark, end + mark.size());
  }
  return count;
}

bool has_highlights(const Json& parameters, const Reply& reply) {
  const size_t count = count_highlights(reply.text, "*") + count_highlights(reply.text, "**");
  return static_cast<int64_t>(count) >= number_of(parameters, "num_highlights");
}

// "SECTION 1", "섹션1": the word and a number.
bool has_sections(const Json& parameters, const Reply& reply) {
  const std::string word = text_of(parameters, "section_spliter");
  int64_t count = 0;
  for (size_t at = reply.text.find(word); at != npos && !word.empty();
       at = reply.text.find(word, at + word.size())) {
    size_t k = at + word.size();
    if (k < reply.text.size() && is_python_space(decode_utf8(reply.text, k).value))
      k += decode_utf8(reply.text, k).num_bytes;
    count += k < reply.text.size() && reply.text[k] >= '0' && reply.text[k] <= '9' ? 1 : 0;
  }
  return count >= number_of(parameters, "num_sections");
}

bool is_json(const Json&, const Reply& reply) {
  std::string_view text = strip(reply.text);
  for (std::string_view fence : {"```json", "```Json", "```JSON", "```"}) {
    if (text.starts_with(fence)) text.remove_prefix(fence.size());
  }
  if (text.ends_with("```")) text.remove_suffix(3);
  return parse_python_json(strip(text)).has_value();
}

// <<[^\n]+>> with something in it.
bool has_title(const Json&, const Reply& reply) {
  for (std::string_view line : split(reply.text, "\n")) {
    const size_t begin = line.find("<<");
    const size_t end = line.rfind(">>");
    if (begin == npos || end == npos || end < begin + 3) continue;
    std::string_view title = line.substr(begin, end + 2 - begin);
    while (title.starts_with('<'))
      title.remove_prefix(1);
    while (title.ends_with('>'))
      title.remove_suffix(1);
    if (!is_blank_text(title)) return true;
  }
  return false;
}

// --- combination, start and end

bool has_two_answers(const Json&, const Reply& reply) {
  std::vector<std::string_view> answers;
  const std::vector<std::string_view> parts = split(reply.text, "******");
  for (size_t i = 0; i < parts.size(); ++i) {
    if (!is_blank_text(parts[i])) {
      answers.push_back(strip(parts[i]));
    } else if (i != 0 && i + 1 != parts.size()) {
      return false;
    }
  }
  return answers.size() == 2 && answers[0] != answers[1];
}

bool repeats_prompt(const Json& parameters, const Reply& reply) {
  return to_lower(strip(reply.text))
      .starts_with(to_lower(strip(text_of(parameters, "prompt_to_repeat"))));
}

bool ends_with_phrase(const Json& parameters, const Reply& reply) {
  std::string_view text = strip(reply.text);
  while (text.starts_with('"'))
    text.remove_prefix(1);
  while (text.ends_with('"'))
    text.remove_suffix(1);
  return to_lower(text).ends_with(to_lower(strip(text_of(parameters, "end_phrase"))));
}

bool is_quoted(const Json&, const Reply& reply) {
  const std::string_view text = strip(reply.text);
  if (reply.korean() && text.starts_with("“") && text.ends_with("”")) return true;
  return text.size() > 1 && text.front() == '"' && text.back() == '"';
}

// --- case and punctuation

enum class LetterCase { kUpper, kLower };

bool is_cased(std::string_view text, LetterCase wanted) {
  bool cased = false;
  for (size_t i = 0; i < text.size();) {
    const CodePoint point = decode_utf8(text, i);
    const auto category = utf8proc_category(static_cast<utf8proc_int32_t>(point.value));
    const bool upper = category == UTF8PROC_CATEGORY_LU || category == UTF8PROC_CATEGORY_LT;
    const bool lower = category == UTF8PROC_CATEGORY_LL;
    if (wanted == LetterCase::kUpper ? lower : upper) return false;
    cased = cased || upper || lower;
    i += point.num_bytes;
  }
  return cased;
}

bool is_english_capital(const Json&, const Reply& reply) {
  return is_cased(reply.text, LetterCase::kUpper) && is_in_language(to_lower(reply.text), "en");
}

bool is_english_lowercase(const Json&, const Reply& reply) {
  return is_cased(reply.text, LetterCase::kLower) && is_in_language(reply.text, "en");
}

bool has_capital_words(const Json& parameters, const Reply& reply) {
  size_t count = 0;
  for (size_t i = 0; i < reply.text.size();) {
    size_t end = i;
    while (end < reply.text.size() && (is_word_at(reply.text, end) || reply.text[end] == '-'))
      end += decode_utf8(reply.text, end).num_bytes;
    count += is_cased(reply.text.substr(i, end - i), LetterCase::kUpper) ? 1 : 0;
    i = end > i ? end : end + decode_utf8(reply.text, end).num_bytes;
  }
  return holds_relation(count, parameters, "capital_relation", "capital_frequency");
}

bool lacks_commas(const Json&, const Reply& reply) {
  if (reply.text.find(',') != npos) return false;
  return !reply.korean() || (reply.text.find("，") == npos && reply.text.find("、") == npos);
}

// --- the table

enum class ParameterKind { kNone, kText, kTexts, kNumber, kRelation };

struct Parameter {
  const char* name = nullptr;
  ParameterKind kind = ParameterKind::kNone;
};

struct Rule {
  std::string_view id;
  bool (*check)(const Json& parameters, const Reply& reply);
  std::array<Parameter, 3> parameters;
};

using enum ParameterKind;

constexpr std::array kRules = {
    Rule{"keywords:existence", has_keywords, {{{"keywords", kTexts}}}},
    Rule{"keywords:frequency",
         has_keyword_often,
         {{{"keyword", kText}, {"frequency", kNumber}, {"relation", kRelation}}}},
    Rule{"keywords:forbidden_words", lacks_words, {{{"forbidden_words", kTexts}}}},
    Rule{"keywords:letter_frequency",
         has_letter_often,
         {{{"letter", kText}, {"let_frequency", kNumber}, {"let_relation", kRelation}}}},
    Rule{"language:response_language", is_in_wanted_language, {{{"language", kText}}}},
    Rule{"length_constraints:number_sentences",
         has_sentences,
         {{{"num_sentences", kNumber}, {"relation", kRelation}}}},
    Rule{"length_constraints:number_paragraphs", has_paragraphs, {{{"num_paragraphs", kNumber}}}},
    Rule{"length_constraints:number_words",
         has_words,
         {{{"num_words", kNumber}, {"relation", kRelation}}}},
    Rule{"length_constraints:number_letter_excluded",
         has_letters,
         {{{"num_letters", kNumber}, {"relation", kRelation}}}},
    Rule{"length_constraints:nth_paragraph_first_word",
         begins_paragraph,
         {{{"num_paragraphs", kNumber}, {"nth_paragraph", kNumber}, {"first_word", kText}}}},
    Rule{"detectable_content:number_placeholders",
         has_placeholders,
         {{{"num_placeholders", kNumber}}}},
    Rule{"detectable_content:postscript", has_postscript, {{{"postscript_marker", kText}}}},
    Rule{"detectable_format:number_bullet_lists", has_bullets, {{{"num_bullets", kNumber}}}},
    Rule{"detectable_format:constrained_response", is_constrained, {}},
    Rule{"detectable_format:number_highlighted_sections",
         has_highlights,
         {{{"num_highlights", kNumber}}}},
    Rule{"detectable_format:multiple_sections",
         has_sections,
         {{{"section_spliter", kText}, {"num_sections", kNumber}}}},
    Rule{"detectable_format:json_format", is_json, {}},
    Rule{"detectable_format:title", has_title, {}},
    Rule{"combination:two_responses", has_two_answers, {}},
    Rule{"combination:repeat_prompt", repeats_prompt, {{{"prompt_to_repeat", kText}}}},
    Rule{"startend:end_checker", ends_with_phrase, {{{"end_phrase", kText}}}},
    Rule{"startend:quotation", is_quoted, {}},
    Rule{"change_case:capital_word_frequency",
         has_capital_words,
         {{{"capital_frequency", kNumber}, {"capital_relation", kRelation}}}},
    Rule{"change_case:english_capital", is_english_capital, {}},
    Rule{"change_case:english_lowercase", is_english_lowercase, {}},
    Rule{"punctuation:no_comma", lacks_commas, {}},
};

const Rule* find_rule(std::string_view id) {
  const auto found =
      std::find_if(kRules.begin(), kRules.end(), [&](const Rule& rule) { return rule.id == id; });
  return found == kRules.end() ? nullptr : &*found;
}

bool fits(const Json& value, ParameterKind kind) {
  switch (kind) {
    case kNone:
      break;
    case kText:
      return value.is_string() && !value.get_ref<const std::string&>().empty();
    case kTexts:
      return value.is_array() && !value.empty() &&
             std::all_of(value.begin(), value.end(),
                         [](const Json& item) { return item.is_string(); });
    case kNumber:
      return value.is_number_integer();
    case kRelation:
      return value.is_string() && is_relation(value.get<std::string>());
  }
  return false;
}

// A number that came through a table without missing integers is 3.0.
void mend_number(Json& value) {
  if (!value.is_number_float()) return;
  const double number = value.get<double>();
  if (number == static_cast<double>(static_cast<int64_t>(number)))
    value = static_cast<int64_t>(number);
}

Result<Instruction> read_instruction(const std::string& id, const Json& given) {
  const Rule* rule = find_rule(id);
  if (rule == nullptr)
    return invalid_argument(unknown_name_message("instruction", id, instruction_ids()));
  if (!given.is_object())
    return invalid_argument("the parameters of the instruction {id} are no mapping", {{"id", id}});
  Instruction instruction{id, Json::object()};
  for (const Parameter& parameter : rule->parameters) {
    if (parameter.kind == kNone) continue;
    Json value = given.value(parameter.name, Json());
    mend_number(value);
    if (!fits(value, parameter.kind)) {
      return invalid_argument(
          "the instruction {id} needs the parameter {parameter}, which is {to_json_line}",
          {{"id", id}, {"parameter", parameter.name}, {"to_json_line", to_json_line(value)}});
    }
    instruction.parameters[parameter.name] = std::move(value);
  }
  const std::string language = instruction.parameters.value("language", "en");
  if (!is_known_language(language))
    return invalid_argument("the language \"{language}\" of {id} is not known",
                            {{"language", language}, {"id", id}});
  return instruction;
}

std::string without_asterisks(std::string_view text) {
  std::string plain(text);
  std::erase(plain, '*');
  return plain;
}

}  // namespace

std::vector<std::string> instruction_ids() {
  std::vector<std::string> ids;
  for (const Rule& rule : kRules)
    ids.emplace_back(rule.id);
  return ids;
}

Result<std::vector<Instruction>> read_instructions(const std::vector<std::string>& ids,
                                                   const Json& kwargs) {
  if (kwargs.is_string()) {
    const Result<Json> parsed = parse_json(kwargs.get<std::string>());
    if (!parsed.ok()) return parsed.status().at("kwargs");
    if (parsed->is_string()) return invalid_argument("kwargs is no list of mappings");
    return read_instructions(ids, *parsed);
  }
  if (!kwargs.is_array() || kwargs.size() != ids.size()) {
    return invalid_argument(
        "kwargs must be a list with one mapping for each of the {ids} instructions",
        {{"ids", ids.size()}});
  }
  std::vector<Instruction> instructions;
  for (size_t i = 0; i < ids.size(); ++i) {
    JANGWON_ASSIGN_OR_RETURN(Instruction instruction, read_instruction(ids[i], kwargs[i]));
    instructions.push_back(std::move(instruction));
  }
  return instructions;
}

bool follows(const Instruction& instruction, std::string_view reply, std::string_view prompt,
             InstructionReading reading) {
  if (is_blank_text(reply)) return false;
  return find_rule(instruction.id)->check(instruction.parameters, Reply{reply, prompt, reading});
}

bool follows_loosely(const Instruction& instruction, std::string_view reply,
                     std::string_view prompt, InstructionReading reading) {
  const size_t first_end = reply.find('\n');
  const size_t last_begin = reply.rfind('\n');
  const std::string_view without_first =
      first_end == npos ? "" : strip(reply.substr(first_end + 1));
  const std::string_view without_last =
      last_begin == npos ? "" : strip(reply.substr(0, last_begin));
  const bool has_middle = first_end != npos && first_end < last_begin;
  const std::string_view middle =
      has_middle ? strip(reply.substr(first_end + 1, last_begin - first_end - 1)) : "";
  for (std::string_view variant : {reply, without_first, without_last, middle}) {
    if (follows(instruction, variant, prompt, reading)) return true;
    if (follows(instruction, without_asterisks(variant), prompt, reading)) return true;
  }
  return false;
}

}  // namespace jangwon::harness
