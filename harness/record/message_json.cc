#include "harness/record/message_json.h"

#include <nlohmann/json.hpp>

#include "runtime/base/json.h"

namespace jangwon::harness {

namespace {

const std::string* text_at(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found == json.end() ? nullptr : found->get_ptr<const std::string*>();
}

}  // namespace

Json message_json(const Message& message) {
  if (message.is_value()) {
    const Message* korean = message.find("korean");
    if (korean == nullptr) return message.text();
    return {{"text", message.text()}, {"korean", korean->text()}};
  }
  Json arguments = Json::object();
  for (const Message::Argument& argument : message.arguments())
    arguments[argument.name] = message_json(argument.value);
  return {{"template", message.text()}, {"arguments", arguments}};
}

Result<Message> parse_message(const Json& json) {
  if (json.is_string()) return Message::value(json.get<std::string>());
  if (json.is_object()) {
    const std::string *text = text_at(json, "text"), *korean = text_at(json, "korean");
    if (text != nullptr && korean != nullptr) return Message::value(*text, *korean);
    const std::string* words = text_at(json, "template");
    const auto given = json.find("arguments");
    if (words != nullptr && given != json.end() && given->is_object()) {
      std::vector<Message::Argument> arguments;
      for (const auto& [name, value] : given->items()) {
        JANGWON_ASSIGN_OR_RETURN(Message argument, parse_message(value));
        arguments.emplace_back(name, std::move(argument));
      }
      return Message::stored(*words, std::move(arguments));
    }
  }
  return invalid_argument("a stored message is neither a text nor a template with arguments");
}

}  // namespace jangwon::harness
