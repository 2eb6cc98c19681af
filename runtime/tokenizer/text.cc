// Classes of characters are those of the Rust library behind tokenizer.json, which follows
// Unicode's properties; Python's and C's differ in single characters (separators, circled letters),
// and a token boundary follows from each of them. append_lossy replaces by maximal parts, as Rust
// and the browsers do, so that a reply cut in the middle of a syllable has the text that other
// servers give. tests/runtime/tokenizer/components_test.cc; the goldens hold whole tokenizers.

#include "runtime/tokenizer/text.h"

#include <utf8proc.h>

#include <array>

#include "runtime/jinja/python_text.h"

namespace jangwon::runtime {

namespace {

constexpr char kReplacement[] = "\xEF\xBF\xBD";

bool is_byte_itself(unsigned byte) {
  return (byte >= 0x21 && byte <= 0x7E) || (byte >= 0xA1 && byte <= 0xAC) || byte >= 0xAE;
}

struct ByteCharacters {
  std::array<uint16_t, 256> character{};
  std::array<int16_t, 512> byte{};
  ByteCharacters() {
    byte.fill(-1);
    uint16_t next = 0x100;
    for (unsigned b = 0; b < 256; ++b) {
      character[b] = is_byte_itself(b) ? static_cast<uint16_t>(b) : next++;
      byte[character[b]] = static_cast<int16_t>(b);
    }
  }
};

const ByteCharacters& byte_characters() {
  static const ByteCharacters table;
  return table;
}

}  // namespace

uint32_t next_code_point(std::string_view text, size_t& position) {
  return jinja::next_code_point(text, position);
}

void append_code_point(std::string& out, uint32_t code_point) {
  jinja::append_code_point(out, code_point);
}

bool is_valid_utf8(std::string_view text) {
  return jinja::is_valid_utf8(text);
}

bool is_white_space(uint32_t c) {
  return jinja::is_space(c) && !(c >= 0x1C && c <= 0x1F);  // Python counts the four separators too
}

bool is_numeric(uint32_t c) {
  const auto k = utf8proc_category(static_cast<utf8proc_int32_t>(c));
  return k == UTF8PROC_CATEGORY_ND || k == UTF8PROC_CATEGORY_NL || k == UTF8PROC_CATEGORY_NO;
}

bool is_punctuation(uint32_t c) {
  if (c < 0x80)
    return (c >= 0x21 && c <= 0x2F) || (c >= 0x3A && c <= 0x40) || (c >= 0x5B && c <= 0x60) ||
           (c >= 0x7B && c <= 0x7E);
  const auto k = utf8proc_category(static_cast<utf8proc_int32_t>(c));
  return k >= UTF8PROC_CATEGORY_PC && k <= UTF8PROC_CATEGORY_PO;
}

bool is_word(uint32_t c) {
  if (c < 0x80)
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  // Letters in circles and squares are symbols by category and alphabetic by property.
  if ((c >= 0x24B6 && c <= 0x24E9) || (c >= 0x1F130 && c <= 0x1F149) ||
      (c >= 0x1F150 && c <= 0x1F169) || (c >= 0x1F170 && c <= 0x1F189) || c == 0x200C ||
      c == 0x200D) {
    return true;
  }
  const auto k = utf8proc_category(static_cast<utf8proc_int32_t>(c));
  return (k >= UTF8PROC_CATEGORY_LU && k <= UTF8PROC_CATEGORY_ME) || k == UTF8PROC_CATEGORY_ND ||
         k == UTF8PROC_CATEGORY_NL || k == UTF8PROC_CATEGORY_PC;
}

void append_byte_character(std::string& out, unsigned char byte) {
  jinja::append_code_point(out, byte_characters().character[byte]);
}

int byte_of_character(uint32_t c) {
  return c < 512 ? byte_characters().byte[c] : -1;
}

size_t append_lossy(std::string& out, std::string_view bytes, bool final) {
  size_t i = 0;
  const auto at = [&](size_t k) { return static_cast<unsigned char>(bytes[k]); };
  while (i < bytes.size()) {
    const unsigned char first = at(i);
    if (first < 0x80) {
      out += static_cast<char>(first);
      ++i;
      continue;
    }
    size_t length = 0;
    unsigned char low = 0x80, high = 0xBF;  // of the second byte
    if (first >= 0xC2 && first <= 0xDF) {
      length = 2;
    } else if (first >= 0xE0 && first <= 0xEF) {
      length = 3;
      if (first == 0xE0) low = 0xA0;
      if (first == 0xED) high = 0x9F;
    } else if (first >= 0xF0 && first <= 0xF4) {
      length = 4;
      if (first == 0xF0) low = 0x90;
      if (first == 0xF4) high = 0x8F;
    }
    if (length == 0) {
      out += kReplacement;
      ++i;
      continue;
    }
    size_t good = 1;
    while (good < length && i + good < bytes.size()) {
      const unsigned char byte = at(i + good);
      if (byte < (good == 1 ? low : 0x80) || byte > (good == 1 ? high : 0xBF)) break;
      ++good;
    }
    if (good == length) {
      out += bytes.substr(i, length);
    } else if (i + good == bytes.size() && !final) {
      return i;
    } else {
      out += kReplacement;
    }
    i += good;
  }
  return i;
}

}  // namespace jangwon::runtime
