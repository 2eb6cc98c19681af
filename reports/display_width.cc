#include "reports/display_width.h"

#include <utf8proc.h>

namespace jangwon::reports {

int display_width(std::string_view text) {
  const auto* bytes = reinterpret_cast<const utf8proc_uint8_t*>(text.data());
  int width = 0;
  size_t at = 0;
  while (at < text.size()) {
    utf8proc_int32_t code = 0;
    utf8proc_ssize_t length =
        utf8proc_iterate(bytes + at, static_cast<utf8proc_ssize_t>(text.size() - at), &code);
    if (length <= 0) {  // a broken byte shows as one replacement character
      ++width;
      ++at;
      continue;
    }
    width += utf8proc_charwidth(code);
    at += static_cast<size_t>(length);
  }
  return width;
}

std::string pad_to_width(std::string_view text, int width, Align align) {
  int missing = width - display_width(text);
  std::string padding(missing > 0 ? static_cast<size_t>(missing) : 0, ' ');
  return align == Align::kLeft ? std::string(text) + padding : padding + std::string(text);
}

}  // namespace jangwon::reports
