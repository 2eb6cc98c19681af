// What the program says to people: an English template with named places, and what stands in them.
// Whoever writes the sentence says it once, in English; another language is a look-up by the
// template (harness/korean), so no value can be taken for a part of the sentence, whatever it says.
//
//   return invalid_argument("tensor \"{tensor}\" is missing from {file}", {{"tensor", name},
//   {"file", path}});
//
// An argument may be a message itself: the cause within a failure, a word that has its own
// translation. Texts that have none are values: names, numbers, what a server says.
// tests/harness/korean/catalogue_test.cc holds every template to its arguments and to its Korean.

#pragma once

#include <concepts>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace jangwon {

// A part of a template: text between places, or the name of a place.
struct TemplatePiece {
  std::string text;
  bool is_place = false;
};
std::vector<TemplatePiece> pieces_of(std::string_view text);

// {name} is a place, {{ and }} are braces; a name has small letters, digits and underscores.
constexpr bool is_template(std::string_view text) {
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '{' && text[i] != '}') continue;
    if (i + 1 < text.size() && text[i + 1] == text[i]) {
      ++i;
      continue;
    }
    const size_t end = text.find('}', i);
    if (text[i] == '}' || end == std::string_view::npos || end == i + 1) return false;
    for (++i; i < end; ++i) {
      const char c = text[i];
      if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '_') return false;
    }
  }
  return true;
}

// The English of a message: a literal, so that the test of the catalogue finds it in the sources.
// One that is no template does not compile.
class MessageTemplate {
 public:
  template <size_t N>
  consteval MessageTemplate(const char (&text)[N])
      : text_(text, N - 1) {  // NOLINT: implicit on purpose
    if (!is_template(text_)) throw "a brace stands alone, or a place has no name";
  }
  constexpr std::string_view text() const { return text_; }

 private:
  std::string_view text_;
};

class Message {
 public:
  struct Argument;
  using Arguments = std::initializer_list<Argument>;

  // Explicit, because the test of the catalogue looks for the name of the class.
  explicit Message(MessageTemplate text, Arguments arguments = {});

  // What stands as it is in every language: a name, a number, a foreign text.
  static Message value(std::string text);
  // A value that somebody wrote in both languages: a title out of a file.
  static Message value(std::string english, std::string korean);
  // What the system says of an error; the catalogue has the Korean of the usual ones.
  static Message system_error(int number);
  static Message system_error(const std::error_code& error);

  // One that was written down (text(), arguments()) and is read again. A text that is no
  // template is a value.
  static Message stored(std::string text, std::vector<Argument> arguments);

  Message();  // says nothing
  ~Message();
  Message(const Message&);
  Message(Message&&) noexcept;
  Message& operator=(const Message&);
  Message& operator=(Message&&) noexcept;

  // "PLACE: message"
  Message at(Message place) const;
  Message at(std::string place) const;

  bool empty() const { return text_.empty(); }
  bool operator==(const Message& other) const;
  bool is_value() const { return is_value_; }
  std::string_view text() const { return text_; }  // the template, or the value
  const std::vector<Argument>& arguments() const { return arguments_; }
  // Null where no argument has that name. The Korean of a value is its argument "korean".
  const Message* find(std::string_view name) const;

  std::string english() const;

  // The same with every value changed: a key taken out of it, say.
  Message with_values(const std::function<std::string(std::string)>& change) const;

 private:
  std::string text_;
  bool is_value_ = true;
  std::vector<Argument> arguments_;
};

struct Message::Argument {
  Argument(std::string_view argument, Message message);
  Argument(std::string_view argument, std::string text);
  Argument(std::string_view argument, std::string_view text);
  Argument(std::string_view argument, const char* text);
  Argument(std::string_view argument, double number);  // the shortest decimal that reads back as it
  Argument(std::string_view argument, char character);
  Argument(std::string_view argument, bool truth) = delete;  // would be a number
  template <std::integral T>
  Argument(std::string_view argument, T number) : Argument(argument, std::to_string(number)) {}

  std::string name;
  Message value;
};

}  // namespace jangwon
