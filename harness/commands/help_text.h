// What --help prints: usage, arguments, flags in groups, commands, examples; never wider than the
// terminal or kWidestHelp columns, Korean counted as two columns a letter. CLI11's own formatter
// neither wraps nor is translated.

#pragma once

#include <memory>
#include <string>
#include <vector>

#include "runtime/base/message.h"

namespace CLI {
class App;
class FormatterBase;
class Option;
}  // namespace CLI

namespace jangwon::harness {

constexpr int kWidestHelp = 100;

struct CommandExample {
  std::string command;  // {task} and {other task} stand for tasks that come with the program
  std::string caption;  // what it does, in a few words; may be empty
};

// The text with the names of two tasks that come with the program for {task} and {other task}, so
// that an example can be typed as it stands.
std::string with_example_tasks(std::string text);

// What stands at the end of a command's help. `note` is prose above the examples.
void set_examples(CLI::App& command, const std::vector<CommandExample>& examples,
                  const std::string& note = "");

// The commands of the examples of one level of help.
std::vector<std::string> examples_of(const CLI::App& command);

// Descriptions and examples of all commands and flags in Korean.
void translate_help(CLI::App& app);

// For the program's app, before commands are added: they take it over.
std::shared_ptr<CLI::FormatterBase> make_help_formatter();

// What may be given to an option, in words of the reader's language: "a whole number above 0", "one
// of A, B"; empty where any text may.
Message what_is_taken(const CLI::Option& option);

}  // namespace jangwon::harness
