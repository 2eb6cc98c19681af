// Examples travel in CLI11's footer, a line each with a tab before the caption, because a footer is
// the one text that an app carries along. tests/e2e/habits_test.cc reads the help of every command.

#include "harness/commands/help_text.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>
#include <sstream>

#include "harness/commands/setting_check.h"
#include "harness/korean/catalogue.h"
#include "reports/display_width.h"
#include "runtime/base/file.h"
#include "runtime/base/install_paths.h"
#include "runtime/base/localized.h"
#include "runtime/base/path_kind.h"
#include "runtime/base/setting_range.h"

namespace jangwon::harness {

namespace {

constexpr int kLeftColumn = 30;
constexpr int kNarrowestHelp = 60;

// The first two folders of tasks by name; placeholders where the program finds none of its files.
std::vector<std::string> example_tasks() {
  std::vector<std::string> names;
  const Result<std::string> folder = find_installed("tasks");
  const Result<std::vector<std::string>> found =
      folder.ok() ? names_in_folder(*folder) : Result<std::vector<std::string>>(folder.status());
  if (found.ok()) names = *found;
  std::erase_if(names, [&](const std::string& name) {
    return !path_exists(*folder + "/" + name + "/task.yaml");
  });
  std::sort(names.begin(), names.end());
  names.resize(2, "TASK");
  return names;
}

int help_width() {
  winsize size{};
  if (isatty(STDOUT_FILENO) != 0 && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
    return std::clamp<int>(size.ws_col, kNarrowestHelp, kWidestHelp);
  return kWidestHelp;
}

// Words in lines of at most `width` columns, those after the first indented by `indent`.
std::string wrapped(const std::string& text, int width, int indent) {
  std::istringstream words(text);
  std::string out, word;
  int column = 0;
  while (words >> word) {
    const int size = reports::display_width(word);
    if (column > 0 && column + 1 + size > width) {
      out += "\n" + std::string(static_cast<size_t>(indent), ' ');
      column = 0;
    }
    if (column > 0) {
      out += ' ';
      ++column;
    }
    out += word;
    column += size;
  }
  return out;
}

// A name and what it means, in two columns.
std::string entry(const std::string& name, const std::string& description) {
  const int width = help_width();
  std::string left = "  " + wrapped(name, width - 2, 6);
  if (description.empty()) return left + "\n";
  const size_t last = left.rfind('\n');
  const int used = reports::display_width(last == std::string::npos ? left : left.substr(last + 1));
  if (last != std::string::npos || used > kLeftColumn - 2) {
    left += "\n" + std::string(kLeftColumn, ' ');
  } else {
    left += std::string(static_cast<size_t>(kLeftColumn - used), ' ');
  }
  return left + wrapped(description, width - kLeftColumn, kLeftColumn) + "\n";
}

// The word for a value: the type without its checks.
std::string value_word(const CLI::Option& option) {
  if (option.get_expected_max() == 0) return "";
  const std::string type = option.get_type_name();
  const size_t colon = type.find(':');
  const std::string word = type.substr(0, colon);
  if (word == "INT" || word == "UINT") return localized("NUMBER");
  if (word == "FLOAT") return localized("DECIMAL");
  return localized("TEXT");
}

// Whether the description names all that an enumeration takes.
bool says_choices(const CLI::Option& option) {
  const std::string type = option.get_type_name();
  const size_t open = type.find(":{");
  if (open == std::string::npos) return false;
  std::istringstream choices(type.substr(open + 2, type.size() - open - 3));
  for (std::string choice; std::getline(choices, choice, ',');) {
    if (option.get_description().find(choice) == std::string::npos) return false;
  }
  return true;
}

std::string description_of(const CLI::Option& option) {
  std::string text = option.get_description();
  const auto add = [&](const std::string& note) {
    text += (text.empty() ? "" : " ") + ("(" + note + ")");
  };
  const bool checked = option.get_type_name().find(':') != std::string::npos;
  if (option.get_expected_max() > 0 && checked && !says_choices(option))
    add(localized(what_is_taken(option)));
  if (!option.get_default_str().empty())
    add(localized("default: {default}", {{"default", option.get_default_str()}}));
  if (option.get_required()) add(localized("required"));
  return text;
}

std::string names_of(const CLI::Option& option) {
  std::string text;
  for (const std::string& name : option.get_snames())
    text += (text.empty() ? "-" : ", -") + name;
  for (const std::string& name : option.get_lnames())
    text += (text.empty() ? "--" : ", --") + name;
  const std::string value = value_word(option);
  return text + (value.empty() ? "" : " " + value);
}

std::string positional_word(const CLI::Option& option) {
  return option.get_name() + (option.get_expected_max() > 1 ? "..." : "");
}

class HelpFormatter : public CLI::Formatter {
 public:
  std::string make_help(const CLI::App* app, std::string name,
                        CLI::AppFormatMode mode) const override {
    (void)mode;
    std::string text =
        wrapped(app->get_description(), help_width(), 0) + "\n\n" + usage(*app, std::move(name));
    std::string positionals;
    for (const CLI::Option* option : app->get_options()) {
      if (!option->nonpositional())
        positionals += entry(positional_word(*option), description_of(*option));
    }
    if (!positionals.empty()) text += "\n" + localized("Positionals:") + "\n" + positionals;
    for (const std::string& group : app->get_groups()) {
      std::string options;
      for (const CLI::Option* option : app->get_options()) {
        if (option->nonpositional() && option->get_group() == group)
          options += entry(names_of(*option), description_of(*option));
      }
      if (!options.empty())
        text += "\n" + (group == "Options" ? localized("Options:") : group + ":") + "\n" + options;
    }
    std::string commands;
    for (const CLI::App* command : app->get_subcommands([](const CLI::App*) { return true; }))
      commands += entry(command->get_name(), command->get_description());
    if (!commands.empty()) text += "\n" + localized("Subcommands:") + "\n" + commands;
    return text + ending(app->get_footer());
  }

 private:
  static std::string usage(const CLI::App& app, std::string name) {
    // CLI11 names the commands above only.
    if (name.empty() || !name.ends_with(app.get_name()))
      name += (name.empty() ? "" : " ") + app.get_name();
    std::string text = localized("Usage:") + " " + name + " [" + localized("OPTIONS") + "]";
    for (const CLI::Option* option : app.get_options()) {
      if (option->nonpositional()) continue;
      text += option->get_required() ? " " + positional_word(*option)
                                     : " [" + positional_word(*option) + "]";
    }
    if (!app.get_subcommands([](const CLI::App*) { return true; }).empty()) {
      const std::string word = localized("COMMAND");
      text += app.get_require_subcommand_min() > 0 ? " " + word : " [" + word + "]";
    }
    return wrapped(text, help_width(), 4) + "\n";
  }

  static std::string ending(const std::string& footer) {
    std::istringstream lines(footer);
    std::string line, examples, notes;
    while (std::getline(lines, line)) {
      if (!line.starts_with("\t")) {
        notes += "\n" + wrapped(line, help_width(), 0) + "\n";
        continue;
      }
      const size_t tab = line.find('\t', 1);
      const std::string command = line.substr(1, tab - 1);
      const std::string caption = tab == std::string::npos ? "" : line.substr(tab + 1);
      if (!caption.empty()) examples += "  # " + wrapped(caption, help_width() - 4, 4) + "\n";
      examples += "  " + command + "\n";
    }
    if (!examples.empty()) examples = "\n" + localized("Examples:") + "\n" + examples;
    return notes + examples;
  }
};

// The examples of a command travel in its footer: a line each, a tab before the caption.
std::string korean_footer(const std::string& footer) {
  std::istringstream lines(footer);
  std::string korean;
  for (std::string line; std::getline(lines, line);) {
    const size_t tab = line.starts_with('\t') ? line.find('\t', 1) : std::string::npos;
    if (tab != std::string::npos) {
      korean +=
          line.substr(0, tab + 1) + std::string(korean_of(std::string_view(line).substr(tab + 1)));
    } else {
      korean += korean_of(line);
    }
    korean += '\n';
  }
  return korean;
}

}  // namespace

std::string with_example_tasks(std::string text) {
  if (text.find("task}") == std::string::npos) return text;
  static const std::vector<std::string> kNames = example_tasks();
  const std::pair<std::string, std::string> places[] = {{"{task}", kNames[0]},
                                                        {"{other task}", kNames[1]}};
  for (const auto& [place, name] : places) {
    for (size_t at = text.find(place); at != std::string::npos;
         at = text.find(place, at + name.size()))
      text.replace(at, place.size(), name);
  }
  return text;
}

void set_examples(CLI::App& command, const std::vector<CommandExample>& examples,
                  const std::string& note) {
  std::string footer = note.empty() ? "" : note + "\n";
  for (const CommandExample& example : examples) {
    footer += "\t" + with_example_tasks(example.command);
    if (!example.caption.empty()) footer += "\t" + example.caption;
    footer += "\n";
  }
  command.footer(footer);
}

std::vector<std::string> examples_of(const CLI::App& command) {
  std::vector<std::string> commands;
  std::istringstream lines(command.get_footer());
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("\t")) commands.push_back(line.substr(1, line.find('\t', 1) - 1));
  }
  return commands;
}

std::shared_ptr<CLI::FormatterBase> make_help_formatter() {
  return std::make_shared<HelpFormatter>();
}

// CLI11 writes a check behind the type: "TEXT:{A,B}" for choices; settings are known by the
// name of their check.
Message what_is_taken(const CLI::Option& option) {
  if (const std::string range = range_of(option); !range.empty())
    return text_of(setting_range(range));
  const std::string type_name = option.get_type_name();
  const size_t colon = type_name.find(':');
  const std::string check = colon == std::string::npos ? "" : type_name.substr(colon + 1);
  if (!check.starts_with("{") || !check.ends_with("}")) return Message::value(check);
  std::string list;
  for (char c : check.substr(1, check.size() - 2))
    list += c == ',' ? std::string(", ") : std::string(1, c);
  return Message("one of {list}", {{"list", list}});
}

void translate_help(CLI::App& app) {
  const auto korean = [](const std::string& english) { return std::string(korean_of(english)); };
  app.description(korean(app.get_description()));
  app.footer(korean_footer(app.get_footer()));
  for (CLI::Option* option : app.get_options()) {
    option->description(korean(option->get_description()));
    option->group(korean(option->get_group()));
  }
  for (CLI::App* command : app.get_subcommands([](CLI::App*) { return true; }))
    translate_help(*command);
}

}  // namespace jangwon::harness
