// A library parses; what stands here refuses what two readers could read differently (a key twice
// in one object, text behind a NUL) and says in a person's words where a mistake is.
// tests/runtime/base and tests/fuzz hold it.

#include "runtime/base/json.h"

#include <nlohmann/json.hpp>
#include <set>
#include <vector>

#include "runtime/base/file.h"

namespace jangwon {

namespace {

constexpr int kMaxDepth = 200;

// Builds the document by the library's own DOM handler after the two checks that the
// library does not make: depth (its destructor and dump recurse) and duplicate keys (it
// keeps the last silently).
class StrictHandler : public nlohmann::detail::json_sax_dom_parser<Json> {
 public:
  using Base = nlohmann::detail::json_sax_dom_parser<Json>;
  explicit StrictHandler(Json& root) : Base(root, false) {}

  bool start_object(std::size_t size) {
    if (!descend()) return false;
    keys_.emplace_back();
    return Base::start_object(size);
  }
  bool key(std::string& name) {
    if (!keys_.back().insert(name).second)
      return refuse("the key \"{key}\" stands twice in one object", {{"key", name}});
    return Base::key(name);
  }
  bool end_object() {
    --depth_;
    keys_.pop_back();
    return Base::end_object();
  }
  bool start_array(std::size_t size) { return descend() && Base::start_array(size); }
  bool end_array() {
    --depth_;
    return Base::end_array();
  }
  template <class Exception>
  bool parse_error(std::size_t position, const std::string& token, const Exception& error) {
    problem_position_ = position;
    problem_ = token.empty()
                   ? Message("unexpected end")
                   : Message("unexpected {token}",
                             {{"token", token.size() > 40 ? token.substr(0, 40) + "…" : token}});
    static_cast<void>(error);
    return false;
  }

  const Message& problem() const { return problem_; }
  std::size_t problem_position() const { return problem_position_; }

 private:
  bool descend() {
    return ++depth_ <= kMaxDepth ||
           refuse("nested deeper than {max_depth} levels", {{"max_depth", kMaxDepth}});
  }
  bool refuse(MessageTemplate text, Message::Arguments arguments) {
    problem_ = Message(text, arguments);
    return false;
  }

  int depth_ = 0;
  std::vector<std::set<std::string>> keys_;
  Message problem_;
  std::size_t problem_position_ = 0;
};

// One line is a line of something larger, whose number the caller knows.
Message place_of(std::string_view text, std::size_t position) {
  std::size_t line = 1, column = 1;
  for (std::size_t i = 0; i + 1 < position && i < text.size(); ++i) {
    if (text[i] == '\n') {
      ++line;
      column = 1;
    } else {
      ++column;
    }
  }
  if (text.find('\n') == std::string_view::npos)
    return Message("column {column}", {{"column", column}});
  return Message("line {line}, column {column}", {{"line", line}, {"column", column}});
}

}  // namespace

Result<Json> parse_json(std::string_view text) {
  // The parser takes one for the end of the text, whatever comes behind it.
  if (const size_t nul = text.find('\0'); nul != std::string_view::npos) {
    return invalid_argument(
        "not valid JSON at {place}: {problem}",
        {{"place", place_of(text, nul + 1)}, {"problem", Message("a NUL byte")}});
  }
  Json root;
  StrictHandler handler(root);
  if (Json::sax_parse(text.begin(), text.end(), &handler)) return root;
  if (handler.problem_position() == 0)
    return invalid_argument("not valid JSON: {problem}", {{"problem", handler.problem()}});
  return invalid_argument(
      "not valid JSON at {place}: {problem}",
      {{"place", place_of(text, handler.problem_position())}, {"problem", handler.problem()}});
}

Result<Json> read_json_file(const std::string& path) {
  constexpr uint64_t kMaxBytes = uint64_t{1} << 30;  // a parsed value takes several times its text
  JANGWON_ASSIGN_OR_RETURN(std::string text, read_file(path, kMaxBytes));
  Result<Json> value = parse_json(text);
  if (!value.ok()) return value.status().at(path);
  return value;
}

std::string to_json_line(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string to_json_text(const Json& value) {
  return value.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace jangwon
