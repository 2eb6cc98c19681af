// A strict interpreter of the Jinja language as chat templates and task prompts use it.
//
// The dialect is that of Hugging Face's chat templates: Jinja 3.1 in its immutable sandbox with
// trim_blocks, lstrip_blocks, loop controls, `{% generation %}`, `raise_exception`, `strftime_now`,
// and `tojson` without HTML escapes. What Jinja renders is rendered the same; what it refuses is
// refused; and a construct of Jinja or Python that is not implemented here is an error that names
// it. Nothing is ever rendered approximately.
//
// A template is foreign input: it can neither loop for ever nor eat the memory (RenderLimits), nor
// reach anything but its context.

#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/base/json.h"
#include "runtime/base/status.h"

namespace jangwon::jinja {

struct RenderLimits {
  // evaluated nodes, produced items, and 1 for every 16 bytes of text made
  uint64_t max_steps = 20'000'000;
  uint64_t max_memory_bytes = 256ull << 20;  // values alive at one time
  uint64_t max_output_bytes = 64ull << 20;   // of the rendered text
  // what strftime_now sees (local time); unset: the clock
  std::optional<int64_t> now_unix_seconds;
};

struct ParsedTemplate;  // in parser.h

// Immutable, cheap to copy, usable from several threads at once.
class Template {
 public:
  // `name` stands in error messages: "NAME:LINE: what". Errors: syntax, an unknown tag, filter or
  // test, nesting beyond 150 levels.
  static Result<Template> parse(std::string_view source, std::string name);

  // Renders with the members of `context`, an object, as variables.
  Result<std::string> render(const Json& context, const RenderLimits& limits = {}) const;

  const std::string& name() const;

 private:
  explicit Template(std::shared_ptr<const ParsedTemplate> parsed) : parsed_(std::move(parsed)) {}
  std::shared_ptr<const ParsedTemplate> parsed_;
};

}  // namespace jangwon::jinja
