#include <cstdint>
#include <nlohmann/json.hpp>

#include "runtime/base/check.h"
#include "runtime/jinja/python_text.h"
#include "runtime/jinja/template.h"

// A template may say anything: rendering ends within its limits, gives valid UTF-8 or an error that
// names a line, and the same again.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace jangwon;
  static const Json context = Json::parse(
      R"({"messages": [{"role": "system", "content": " s "}, {"role": "user", "content": "안녕 <b>"}, {"role": "assistant", "content": null}],
          "tools": [{"function": {"name": "f", "parameters": {"a": 1.5}}}], "bos_token": "<s>", "x": [1, "a", null, true, 2.5], "n": 3})");
  const Result<jinja::Template> parsed =
      jinja::Template::parse({reinterpret_cast<const char*>(data), size}, "t");
  if (!parsed.ok()) {
    JANGWON_CHECK(parsed.status().message().rfind("t:", 0) == 0);
    return 0;
  }
  jinja::RenderLimits limits;
  limits.max_steps = 100'000;
  limits.max_memory_bytes = 16 << 20;
  limits.max_output_bytes = 1 << 20;
  limits.now_unix_seconds = 1700000000;
  const Result<std::string> text = parsed->render(context, limits),
                            again = parsed->render(context, limits);
  JANGWON_CHECK(text.ok() == again.ok());
  if (text.ok()) {
    JANGWON_CHECK(*text == *again && jinja::is_valid_utf8(*text));
  } else {
    JANGWON_CHECK(text.status().message().rfind("t:", 0) == 0 &&
                  text.status().message() == again.status().message());
  }
  return 0;
}
