#include "runtime/jinja/template.h"

#include <nlohmann/json.hpp>

#include "runtime/jinja/interpreter.h"
#include "runtime/jinja/parser.h"
#include "runtime/jinja/python_text.h"

namespace jangwon::jinja {

namespace {

constexpr size_t kMaxSourceBytes = 4 << 20;

Status to_status(const std::string& name, int line, const std::string& message) {
  return invalid_argument(Message::value(name + ":" + std::to_string(line) + ": " + message));
}

}  // namespace

Result<Template> Template::parse(std::string_view source, std::string name) {
  auto parsed = std::make_shared<ParsedTemplate>();
  parsed->name = std::move(name);
  if (source.size() > kMaxSourceBytes)
    return to_status(parsed->name, 1, "the template is longer than 4 MiB");
  if (!is_valid_utf8(source)) return to_status(parsed->name, 1, "the template is not valid UTF-8");
  try {
    parse_template(source, *parsed);
  } catch (const Failure& failure) {
    return to_status(parsed->name, std::max(failure.line, 1), failure.message);
  }
  return Template(std::move(parsed));
}

Result<std::string> Template::render(const Json& context, const RenderLimits& limits) const {
  Interpreter interpreter(*parsed_, limits);
  try {
    return interpreter.render(context);
  } catch (const Failure& failure) {
    return to_status(parsed_->name, failure.line > 0 ? failure.line : interpreter.line(),
                     failure.message);
  }
}

const std::string& Template::name() const {
  return parsed_->name;
}

}  // namespace jangwon::jinja
