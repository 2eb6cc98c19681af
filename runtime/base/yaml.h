// Strict YAML: every configuration file of ours is read through this, so that a wrong key is always
// an error with its line and the nearest right name, and never a default.
//
//   JANGWON_ASSIGN_OR_RETURN(YamlNode root, YamlNode::parse(text, "tasks/NAME/task.yaml"));
//   JANGWON_RETURN_IF_ERROR(root.expect_keys({"name", "repeats"}));
//   JANGWON_RETURN_IF_ERROR(root.read("name", spec.name));                   // required
//   JANGWON_RETURN_IF_ERROR(root.read_if_present("repeats", spec.repeats));  // else the default

#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/message.h"
#include "runtime/base/status.h"

namespace jangwon {

class YamlNode {
 public:
  // `source` stands in every message. Duplicate keys, anchors that refer to themselves, a second
  // document and more than 1 MB are refused.
  static Result<YamlNode> parse(std::string_view text, const std::string& source);
  static Result<YamlNode> read_file(const std::string& path);

  bool is_map() const;
  bool is_list() const;
  bool is_scalar() const;
  bool is_null() const;
  std::string place() const;  // "tasks/NAME/task.yaml:12"
  // invalid_argument with the place in front
  Status error(MessageTemplate text, Message::Arguments arguments = {}) const;
  Status error(Message sentence) const;

  // The node must be a mapping whose keys are all among `known`.
  Status expect_keys(const std::vector<std::string>& known) const;

  bool has(const std::string& key) const;
  std::vector<std::string> keys() const;              // of a mapping, in file order
  Result<YamlNode> at(const std::string& key) const;  // a missing key is an error
  Result<std::vector<YamlNode>> items() const;        // of a list

  Result<std::string> as_string() const;
  Result<int64_t> as_integer() const;
  Result<double> as_number() const;
  Result<bool> as_bool() const;
  Result<std::vector<std::string>> as_strings() const;  // a list of scalars
  nlohmann::ordered_json to_json() const;               // quoted scalars stay strings

  Status read(const std::string& key, std::string& value) const;
  Status read(const std::string& key, int& value) const;
  Status read(const std::string& key, int64_t& value) const;
  Status read(const std::string& key, double& value) const;
  Status read(const std::string& key, bool& value) const;
  Status read(const std::string& key, std::vector<std::string>& value) const;
  // A text of the file's author: {ko: …, en: …}, or one for both languages.
  Status read(const std::string& key, Message& value) const;
  template <typename T>
  Status read(const std::string& key, std::optional<T>& value) const {  // null is absent
    JANGWON_ASSIGN_OR_RETURN(const YamlNode child, at(key));
    value.reset();
    if (child.is_null()) return ok_status();
    T inner{};
    JANGWON_RETURN_IF_ERROR(read(key, inner));
    value = std::move(inner);
    return ok_status();
  }
  template <typename T>
  Status read_if_present(const std::string& key, T& value) const {
    return has(key) ? read(key, value) : ok_status();
  }

 private:
  struct State;
  explicit YamlNode(std::shared_ptr<const State> state) : state_(std::move(state)) {}
  std::shared_ptr<const State> state_;  // shared: nodes are views of one parsed document
};

}  // namespace jangwon
