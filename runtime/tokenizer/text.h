// UTF-8 and character classes, as the Rust library behind tokenizer.json has them.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace jangwon::runtime {

// Reads the code point at `position` of valid UTF-8 and moves past it.
uint32_t next_code_point(std::string_view text, size_t& position);
void append_code_point(std::string& out, uint32_t code_point);
bool is_valid_utf8(std::string_view text);

bool is_white_space(uint32_t c);  // Unicode's White_Space
bool is_numeric(uint32_t c);      // categories Nd, Nl, No
bool is_punctuation(uint32_t c);  // categories P*, and the ASCII symbols
bool is_word(uint32_t c);         // \w: Alphabetic, marks, decimal digits, connectors, joiners

// The characters that stand for bytes in byte-level vocabularies: printable Latin-1 as itself, the
// rest from U+0100 on.
void append_byte_character(std::string& out, unsigned char byte);
// The byte that a character stands for, -1 for a character that stands for none.
int byte_of_character(uint32_t c);

// Appends what is complete of `bytes` as UTF-8, invalid sequences as U+FFFD (one for each maximal
// part), and returns how many bytes were used up. With `final` all are; otherwise an incomplete
// sequence at the end waits.
size_t append_lossy(std::string& out, std::string_view bytes, bool final);

}  // namespace jangwon::runtime
