// In which language a text is written, as far as its letters and its commonest words tell.

#pragma once

#include <string_view>

namespace jangwon::harness {

// Whether `text` is in the language of the ISO 639-1 code. The script with most letters decides;
// where several languages share it, the one whose common words or own letters occur most. A text
// without letters is in every language, as IFEval counts what its detector cannot read; a language
// that is not known is written in no text.
bool is_in_language(std::string_view text, std::string_view code);

// Whether the code is one that is_in_language knows.
bool is_known_language(std::string_view code);

}  // namespace jangwon::harness
