#include <algorithm>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "reports/display_width.h"
#include "reports/escape.h"
#include "runtime/base/check.h"
#include "runtime/base/json.h"
#include "runtime/base/shown_text.h"

// Text that leaves: no format can be broken by it. tests/reports/hostile_text_test.cc says
// what each may hold.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace jangwon;
  using namespace jangwon::reports;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto has_control = [](const std::string& written) {
    return std::any_of(written.begin(), written.end(),
                       [](char c) { return static_cast<unsigned char>(c) < 0x20; });
  };
  for (const std::string& written : {html_escape(text), markdown_escape(text), latex_escape(text),
                                     csv_field(text), shown_value(text)}) {
    JANGWON_CHECK(!has_control(written));
    JANGWON_CHECK(parse_json(to_json_line(written)).value() == Json(written));  // it is UTF-8
    JANGWON_CHECK(display_width(written) >= 0);
  }
  JANGWON_CHECK(html_escape(text).find_first_of("<>\"'") == std::string::npos);
  JANGWON_CHECK(visible_text(visible_text(text)) == visible_text(text));
  const std::string line = to_json_line(Json{{"text", std::string(text)}});
  JANGWON_CHECK(parse_json(json_for_script(line)).value() == parse_json(line).value());
  return 0;
}
