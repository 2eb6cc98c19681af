// A template is taken apart whenever it is rendered: that happens once, when a failure is printed,
// so nothing is kept for it. What the system says of an error is a template without places, because
// the catalogue has its Korean.

#include "runtime/base/message.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace jangwon {

std::vector<TemplatePiece> pieces_of(std::string_view text) {
  std::vector<TemplatePiece> pieces(1);
  for (size_t i = 0; i < text.size(); ++i) {
    const bool brace = text[i] == '{' || text[i] == '}';
    const bool twice = brace && i + 1 < text.size() && text[i + 1] == text[i];
    const size_t end = text[i] == '{' && !twice ? text.find('}', i) : std::string_view::npos;
    if (end == std::string_view::npos) {
      pieces.back().text += text[i];
      i += twice ? 1 : 0;
      continue;
    }
    pieces.push_back({std::string(text.substr(i + 1, end - i - 1)), true});
    pieces.push_back({});
    i = end;
  }
  return pieces;
}

Message::Message(MessageTemplate text, Arguments arguments)
    : text_(text.text()), is_value_(false), arguments_(arguments) {}

Message::Message() = default;
Message::~Message() = default;
Message::Message(const Message&) = default;
Message::Message(Message&&) noexcept = default;
Message& Message::operator=(const Message&) = default;
Message& Message::operator=(Message&&) noexcept = default;

Message Message::value(std::string text) {
  Message message;
  message.text_ = std::move(text);
  return message;
}

Message Message::value(std::string english, std::string korean) {
  Message message = value(std::move(english));
  message.arguments_.emplace_back("korean", std::move(korean));
  return message;
}

Message Message::stored(std::string text, std::vector<Argument> arguments) {
  Message message;
  message.is_value_ = !is_template(text);
  message.text_ = std::move(text);
  message.arguments_ = std::move(arguments);
  return message;
}

namespace {

std::string with_braces_doubled(std::string_view text) {
  std::string doubled;
  for (const char c : text)
    doubled += c == '{' || c == '}' ? std::string(2, c) : std::string(1, c);
  return doubled;
}

}  // namespace

Message Message::system_error(int number) {
  Message message;
  message.text_ = with_braces_doubled(std::strerror(number));
  message.is_value_ = false;
  return message;
}

Message Message::system_error(const std::error_code& error) {
  Message message;
  message.text_ = with_braces_doubled(error.message());
  message.is_value_ = false;
  return message;
}

bool Message::operator==(const Message& other) const {
  return text_ == other.text_ && is_value_ == other.is_value_ &&
         std::equal(arguments_.begin(), arguments_.end(), other.arguments_.begin(),
                    other.arguments_.end(), [](const Argument& a, const Argument& b) {
                      return a.name == b.name && a.value == b.value;
                    });
}

Message Message::at(Message place) const {
  return Message("{place}: {message}", {{"place", std::move(place)}, {"message", *this}});
}

Message Message::at(std::string place) const {
  return at(value(std::move(place)));
}

const Message* Message::find(std::string_view name) const {
  for (const Argument& argument : arguments_) {
    if (argument.name == name) return &argument.value;
  }
  return nullptr;
}

std::string Message::english() const {
  if (is_value_) return text_;
  std::string english;
  for (const TemplatePiece& piece : pieces_of(text_)) {
    const Message* value = piece.is_place ? find(piece.text) : nullptr;
    english += value == nullptr ? piece.text : value->english();
  }
  return english;
}

Message Message::with_values(const std::function<std::string(std::string)>& change) const {
  Message changed = *this;
  if (is_value_) changed.text_ = change(std::move(changed.text_));
  for (Argument& argument : changed.arguments_)
    argument.value = argument.value.with_values(change);
  return changed;
}

Message::Argument::Argument(std::string_view argument, Message message)
    : name(argument), value(std::move(message)) {}
Message::Argument::Argument(std::string_view argument, std::string text)
    : name(argument), value(Message::value(std::move(text))) {}
Message::Argument::Argument(std::string_view argument, std::string_view text)
    : Argument(argument, std::string(text)) {}
Message::Argument::Argument(std::string_view argument, const char* text)
    : Argument(argument, std::string(text)) {}
Message::Argument::Argument(std::string_view argument, char character)
    : Argument(argument, std::string(1, character)) {}
Message::Argument::Argument(std::string_view argument, double number)
    : Argument(argument, fmt::format("{}", number)) {}

}  // namespace jangwon
