// yaml-cpp parses; what it lets pass is refused here once, before anybody reads a value: keys that
// stand twice, nesting without end, aliases that spell a billion values out of a few lines, a
// second document that nobody would read. Numbers are read by our own rules, because the library
// takes hexadecimal and nan for numbers. Fuzzed by tests/fuzz/yaml_fuzz.cc.

#include "runtime/base/yaml.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>
#include <sstream>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

#include "runtime/base/file.h"
#include "runtime/base/nearest_name.h"

namespace jangwon {

namespace {

constexpr size_t kMaxBytes = 1 << 20;
constexpr int kMaxDepth = 50;
constexpr int kMaxNodes = 1000000;

std::string place_of(const std::string& source, const YAML::Mark& mark) {
  return mark.is_null() ? source : source + ":" + std::to_string(mark.line + 1);
}

// yaml-cpp keeps duplicate keys and allows unbounded nesting; both are refused here, once, so that
// the rest can trust the tree. `num_nodes` counts what aliases stand for as well: a few lines of
// them spell a billion values.
Status check_tree(const YAML::Node& node, const std::string& source, int depth, int& num_nodes) {
  if (depth > kMaxDepth)
    return invalid_argument("nested deeper than 50 levels").at(place_of(source, node.Mark()));
  if (++num_nodes > kMaxNodes)
    return invalid_argument("its aliases stand for more than a million values")
        .at(place_of(source, node.Mark()));
  if (node.IsScalar() && node.Scalar().find('\0') != std::string::npos)
    return invalid_argument("a NUL character may not stand in a text")
        .at(place_of(source, node.Mark()));
  if (node.IsSequence()) {
    for (const auto& item : node)
      JANGWON_RETURN_IF_ERROR(check_tree(item, source, depth + 1, num_nodes));
  }
  if (!node.IsMap()) return ok_status();
  std::vector<std::string> seen;
  for (const auto& pair : node) {
    if (!pair.first.IsScalar()) {
      return invalid_argument("a key must be a plain word").at(place_of(source, pair.first.Mark()));
    }
    JANGWON_RETURN_IF_ERROR(check_tree(pair.first, source, depth + 1, num_nodes));
    const std::string& key = pair.first.Scalar();
    if (std::find(seen.begin(), seen.end(), key) != seen.end()) {
      return invalid_argument("the key \"{key}\" stands twice", {{"key", key}})
          .at(place_of(source, pair.first.Mark()));
    }
    seen.push_back(key);
    JANGWON_RETURN_IF_ERROR(check_tree(pair.second, source, depth + 1, num_nodes));
  }
  return ok_status();
}

bool is_plain(const YAML::Node& node) {
  return node.Tag() != "!";
}  // yaml-cpp tags quoted scalars with "!"

template <typename T>
std::optional<T> parse_number(const std::string& text) {
  T value{};
  const char* begin = text.data() + (text.starts_with('+') ? 1 : 0);
  const auto [end, error] = std::from_chars(begin, text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<bool> parse_bool(const std::string& text) {
  if (text == "true" || text == "True") return true;
  if (text == "false" || text == "False") return false;
  return std::nullopt;
}

bool is_null_word(const std::string& text) {
  return text.empty() || text == "~" || text == "null" || text == "Null";
}

nlohmann::ordered_json json_of(const YAML::Node& node) {
  using Json = nlohmann::ordered_json;
  if (!node.IsDefined() || node.IsNull()) return Json();
  if (node.IsSequence()) {
    Json list = Json::array();
    for (const auto& item : node)
      list.push_back(json_of(item));
    return list;
  }
  if (node.IsMap()) {
    Json object = Json::object();
    for (const auto& pair : node)
      object[pair.first.Scalar()] = json_of(pair.second);
    return object;
  }
  const std::string& text = node.Scalar();
  if (!is_plain(node)) return text;
  if (is_null_word(text)) return Json();
  if (const auto value = parse_bool(text)) return *value;
  if (const auto value = parse_number<int64_t>(text)) return *value;
  if (const auto value = parse_number<double>(text); value && std::isfinite(*value)) return *value;
  return text;
}

template <typename T>
Status read_as(const YamlNode& map, const std::string& key, Result<T> (YamlNode::*convert)() const,
               T& value) {
  JANGWON_ASSIGN_OR_RETURN(const YamlNode child, map.at(key));
  JANGWON_ASSIGN_OR_RETURN(value, (child.*convert)());
  return ok_status();
}

// Where documents begin; everything else of the text is passed over.
class DocumentStarts : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark& mark) override { marks.push_back(mark); }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t,
                const std::string&) override {}
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {}
  void OnMapEnd() override {}

  std::vector<YAML::Mark> marks;
};

// Two documents are looked for and no more: behind some malformed ones the parser finds
// another without end.
std::optional<YAML::Mark> find_second_document(const std::string& text) {
  std::istringstream stream(text);
  YAML::Parser parser(stream);
  DocumentStarts starts;
  if (parser.HandleNextDocument(starts)) parser.HandleNextDocument(starts);
  if (starts.marks.size() < 2) return std::nullopt;
  return starts.marks[1];
}

}  // namespace

struct YamlNode::State {
  YAML::Node node;
  std::string source;
};

Result<YamlNode> YamlNode::parse(std::string_view text, const std::string& source) {
  if (text.size() > kMaxBytes)
    return invalid_argument("larger than 1 MB, which no file of this kind is").at(source);
  try {
    auto state = std::make_shared<State>();
    if (const std::optional<YAML::Mark> second = find_second_document(std::string(text))) {
      return invalid_argument(
                 "a second document begins here, and only one is read; give each a file of its own")
          .at(place_of(source, *second));
    }
    state->node = YAML::Load(std::string(text));
    state->source = source;
    int num_nodes = 0;
    JANGWON_RETURN_IF_ERROR(check_tree(state->node, source, 0, num_nodes));
    return YamlNode(std::move(state));
  } catch (const YAML::Exception& problem) {
    return invalid_argument("not valid YAML: {reason}", {{"reason", problem.msg}})
        .at(place_of(source, problem.mark));
  }
}

Result<YamlNode> YamlNode::read_file(const std::string& path) {
  JANGWON_ASSIGN_OR_RETURN(const std::string text, jangwon::read_file(path, kMaxBytes));
  return parse(text, path);
}

bool YamlNode::is_map() const {
  return state_->node.IsMap();
}
bool YamlNode::is_list() const {
  return state_->node.IsSequence();
}
bool YamlNode::is_scalar() const {
  return state_->node.IsScalar();
}
bool YamlNode::is_null() const {
  return state_->node.IsNull();
}
std::string YamlNode::place() const {
  return place_of(state_->source, state_->node.Mark());
}
Status YamlNode::error(Message sentence) const {
  return invalid_argument(std::move(sentence)).at(place());
}
Status YamlNode::error(MessageTemplate text, Message::Arguments arguments) const {
  return error(Message(text, arguments));
}

Status YamlNode::expect_keys(const std::vector<std::string>& known) const {
  if (!is_map()) return error("a mapping of keys to values is expected here");
  for (const auto& pair : state_->node) {
    const std::string& key = pair.first.Scalar();
    if (std::find(known.begin(), known.end(), key) == known.end()) {
      return invalid_argument(unknown_name_message("key", key, known))
          .at(place_of(state_->source, pair.first.Mark()));
    }
  }
  return ok_status();
}

bool YamlNode::has(const std::string& key) const {
  return is_map() && state_->node[key].IsDefined();
}

std::vector<std::string> YamlNode::keys() const {
  std::vector<std::string> names;
  if (is_map()) {
    for (const auto& pair : state_->node)
      names.push_back(pair.first.Scalar());
  }
  return names;
}

Result<YamlNode> YamlNode::at(const std::string& key) const {
  if (!has(key)) return error("the key \"{key}\" is missing", {{"key", key}});
  auto state = std::make_shared<State>();
  state->node = state_->node[key];
  state->source = state_->source;
  return YamlNode(std::move(state));
}

Result<std::vector<YamlNode>> YamlNode::items() const {
  if (!is_list()) return error("a list is expected here");
  std::vector<YamlNode> nodes;
  for (const YAML::Node& item : state_->node) {
    auto state = std::make_shared<State>();
    state->node = YAML::Node(item);
    state->source = state_->source;
    nodes.push_back(YamlNode(std::move(state)));
  }
  return nodes;
}

Result<std::string> YamlNode::as_string() const {
  if (!is_scalar()) return error("a text is expected here");
  return state_->node.Scalar();
}

Result<int64_t> YamlNode::as_integer() const {
  const auto value = is_scalar() && is_plain(state_->node)
                         ? parse_number<int64_t>(state_->node.Scalar())
                         : std::nullopt;
  if (!value) return error("an integer is expected here");
  return *value;
}

Result<double> YamlNode::as_number() const {
  const auto value = is_scalar() && is_plain(state_->node)
                         ? parse_number<double>(state_->node.Scalar())
                         : std::nullopt;
  if (!value || !std::isfinite(*value)) return error("a number is expected here");
  return *value;
}

Result<bool> YamlNode::as_bool() const {
  const auto value =
      is_scalar() && is_plain(state_->node) ? parse_bool(state_->node.Scalar()) : std::nullopt;
  if (!value) return error("true or false is expected here");
  return *value;
}

Result<std::vector<std::string>> YamlNode::as_strings() const {
  JANGWON_ASSIGN_OR_RETURN(const std::vector<YamlNode> nodes, items());
  std::vector<std::string> texts;
  for (const YamlNode& node : nodes) {
    JANGWON_ASSIGN_OR_RETURN(std::string text, node.as_string());
    texts.push_back(std::move(text));
  }
  return texts;
}

nlohmann::ordered_json YamlNode::to_json() const {
  return json_of(state_->node);
}

Status YamlNode::read(const std::string& key, std::string& value) const {
  return read_as(*this, key, &YamlNode::as_string, value);
}

Status YamlNode::read(const std::string& key, int64_t& value) const {
  return read_as(*this, key, &YamlNode::as_integer, value);
}

Status YamlNode::read(const std::string& key, double& value) const {
  return read_as(*this, key, &YamlNode::as_number, value);
}

Status YamlNode::read(const std::string& key, bool& value) const {
  return read_as(*this, key, &YamlNode::as_bool, value);
}

Status YamlNode::read(const std::string& key, std::vector<std::string>& value) const {
  return read_as(*this, key, &YamlNode::as_strings, value);
}

Status YamlNode::read(const std::string& key, Message& value) const {
  JANGWON_ASSIGN_OR_RETURN(const YamlNode child, at(key));
  if (!child.is_map()) {
    JANGWON_ASSIGN_OR_RETURN(std::string both, child.as_string());
    value = Message::value(std::move(both));
    return ok_status();
  }
  std::string korean, english;
  JANGWON_RETURN_IF_ERROR(child.expect_keys({"ko", "en"}));
  JANGWON_RETURN_IF_ERROR(child.read("ko", korean));
  JANGWON_RETURN_IF_ERROR(child.read("en", english));
  value = Message::value(std::move(english), std::move(korean));
  return ok_status();
}

Status YamlNode::read(const std::string& key, int& value) const {
  JANGWON_ASSIGN_OR_RETURN(const YamlNode child, at(key));
  JANGWON_ASSIGN_OR_RETURN(const int64_t wide, child.as_integer());
  if (wide < INT32_MIN || wide > INT32_MAX) return child.error("the integer is out of range");
  value = static_cast<int>(wide);
  return ok_status();
}

}  // namespace jangwon
