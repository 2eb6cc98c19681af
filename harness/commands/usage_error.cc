// The words are walked as CLI11 walks them: commands, flags with their values, what is left. The
// first that cannot stand where it stands is the fault; where none is, something that is
// required is missing.

#include "harness/commands/usage_error.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <set>

#include "harness/commands/help_text.h"
#include "runtime/base/localized.h"
#include "runtime/base/nearest_name.h"
#include "runtime/base/shown_text.h"

namespace jangwon::harness {

namespace {

bool is_flag_word(const std::string& word) {
  if (word.size() < 2 || word[0] != '-') return false;
  return std::isdigit(static_cast<unsigned char>(word[1])) == 0 && word[1] != '.';  // -1 is a value
}

std::vector<std::string> flags_of(const CLI::App& command) {
  std::vector<std::string> names = {"--lang"};
  for (const CLI::Option* option : command.get_options()) {
    for (const std::string& name : option->get_lnames())
      names.push_back("--" + name);
  }
  return names;
}

std::vector<const CLI::App*> commands_of(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App*) { return true; });
}

std::vector<std::string> names_of(const std::vector<const CLI::App*>& commands) {
  std::vector<std::string> names;
  for (const CLI::App* command : commands)
    names.push_back(command->get_name());
  return names;
}

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names)
    text += (text.empty() ? "" : ", ") + name;
  return text;
}

// Names of an enumeration check, {A,B}; empty for every other check.
std::vector<std::string> choices_of(const CLI::Option& option) {
  const std::string type = option.get_type_name();
  const size_t open = type.find(":{");
  std::vector<std::string> choices;
  if (open == std::string::npos || type.back() != '}') return choices;
  std::string name;
  for (char c : type.substr(open + 2, type.size() - open - 3) + ",") {
    if (c != ',') {
      name += c;
      continue;
    }
    choices.push_back(std::move(name));
    name.clear();
  }
  return choices;
}

// A description is in the reader's language already.
Message what_may_be_given(const CLI::Option& option) {
  const std::string description = option.get_description();
  return description.empty() ? what_is_taken(option) : Message::value(description);
}

Status needs_value(const std::string& name, const CLI::Option& option) {
  const Message taken = what_may_be_given(option);
  if (taken.empty()) return invalid_argument("{index} needs a value", {{"index", name}});
  return invalid_argument("{name} needs a value: {taken}", {{"name", name}, {"taken", taken}});
}

// Whether the option takes this value, by its checks. Every option that is a number has one.
bool takes(const CLI::Option& option, const std::string& value) {
  for (int i = 0;; ++i) {
    // get_validator throws behind the last one.
    try {
      std::string copy = value;
      CLI::Option& changeable =
          const_cast<CLI::Option&>(option);  // NOLINT: get_validator is not const in CLI11 2.1
      if (!(*changeable.get_validator(i))(copy).empty()) return false;
    } catch (const CLI::OptionNotFound&) {
      return true;
    }
  }
}

Status check_one_value(const std::string& name, const CLI::Option& option,
                       const std::string& value) {
  if (value.empty()) return needs_value(name, option);
  if (takes(option, value)) return ok_status();
  if (const std::vector<std::string> choices = choices_of(option); !choices.empty())
    return invalid_argument(unknown_name_message(Message("value of {option}", {{"option", name}}),
                                                 shown_value(value), choices));
  return invalid_argument(
      "{name} is \"{text}\"; it must be {range}",
      {{"name", name}, {"text", shown_value(value)}, {"range", what_is_taken(option)}});
}

class Walk {
 public:
  Walk(const CLI::App& app, const std::vector<std::string>& words)
      : command_(&app), path_(app.get_name()), words_(words) {}

  Status run() {
    for (size_t i = 0; i < words_.size(); ++i) {
      const std::string& word = words_[i];
      if (word == "--") return missing();
      if (is_flag_word(word)) {
        JANGWON_RETURN_IF_ERROR(check_flag(word, i));
        continue;
      }
      const std::vector<const CLI::App*> commands = commands_of(*command_);
      const auto next =
          std::find_if(commands.begin(), commands.end(),
                       [&](const CLI::App* command) { return command->check_name(word); });
      if (next != commands.end()) {
        command_ = *next;
        path_ += " " + command_->get_name();
        num_positional_ = 0;
        last_is_given_ = false;
        continue;
      }
      JANGWON_RETURN_IF_ERROR(check_positional(word, commands));
    }
    return missing();
  }

 private:
  // `at` moves behind the words that are the flag's values.
  Status check_flag(const std::string& word, size_t& at) {
    const bool is_long = word.starts_with("--");
    const size_t equals = word.find('=');
    const std::string name = is_long ? word.substr(0, equals) : word.substr(0, 2);
    const CLI::Option* option = command_->get_option_no_throw(name);
    if (option == nullptr) return unknown_flag(name);
    const bool inside = is_long ? equals != std::string::npos : word.size() > 2;
    if (option->get_expected_max() == 0) {
      if (is_long && inside) return invalid_argument("{name} takes no value", {{"name", name}});
      return ok_status();
    }
    if (option->get_items_expected_max() == 1 && !given_.insert(option).second)
      return invalid_argument("{name} is given twice, and takes one value", {{"name", name}});
    const std::string value = !inside ? "" : word.substr(is_long ? equals + 1 : 2);
    if (!value.empty()) return check_option_value(name, *option, value);
    if (inside || at + 1 == words_.size() || is_flag_word(words_[at + 1]))
      return needs_value(name, *option);
    return check_option_value(name, *option, words_[++at]);
  }

  Status unknown_flag(const std::string& name) const {
    const std::string nearest = nearest_name(name, flags_of(*command_));
    if (!nearest.empty() && name.size() > 2)
      return invalid_argument("unknown flag {flag}; did you mean {nearest}?",
                              {{"flag", name}, {"nearest", nearest}});
    return invalid_argument("unknown flag {flag}; `{path} --help` lists those there are",
                            {{"flag", name}, {"path", path_}});
  }

  Status check_positional(const std::string& word, const std::vector<const CLI::App*>& commands) {
    std::vector<const CLI::Option*> positionals;
    for (const CLI::Option* option : command_->get_options()) {
      if (!option->nonpositional()) positionals.push_back(option);
    }
    if (num_positional_ < positionals.size()) {
      const CLI::Option& option = *positionals[num_positional_];
      if (option.get_expected_max() <= 1) {
        ++num_positional_;
      } else {
        last_is_given_ = true;  // a list takes the rest
      }
      return check_option_value(option.get_name(), option, word);
    }
    if (!commands.empty())
      return invalid_argument(unknown_name_message(
          Message("command of `{path}`", {{"path", path_}}), word, names_of(commands)));
    return invalid_argument(
        "\"{word}\" is one word too many; `{path} --help` shows what may stand there",
        {{"word", word}, {"path", path_}});
  }

  // Nothing stands where it must not; what is required and absent?
  Status missing() const {
    const std::vector<const CLI::App*> commands = commands_of(*command_);
    if (command_->get_require_subcommand_min() > 0 && !commands.empty())
      return invalid_argument("`{path}` needs one of its commands: {commands}",
                              {{"path", path_}, {"commands", listed(names_of(commands))}});
    size_t positional = 0;
    for (const CLI::Option* option : command_->get_options()) {
      const bool given = option->nonpositional()
                             ? was_given(*option)
                             : positional++ < num_positional_ + (last_is_given_ ? 1 : 0);
      if (!option->get_required() || given || option->count() > 0) continue;
      const std::string name =
          option->nonpositional() ? "--" + option->get_lnames().front() : option->get_name();
      const Message taken = what_may_be_given(*option);
      if (taken.empty())
        return invalid_argument(
            option->nonpositional()
                ? Message("`{path}` needs --{flag}",
                          {{"path", path_}, {"flag", option->get_lnames().front()}})
                : Message("`{path}` needs {command}",
                          {{"path", path_}, {"command", option->get_name()}}));
      return invalid_argument(
          option->nonpositional()
              ? Message("`{path}` needs --{flag}: {taken}",
                        {{"path", path_}, {"flag", option->get_lnames().front()}, {"taken", taken}})
              : Message("`{path}` needs {command}: {taken}",
                        {{"path", path_}, {"command", option->get_name()}, {"taken", taken}}));
    }
    return ok_status();
  }

  bool was_given(const CLI::Option& option) const {
    return std::any_of(words_.begin(), words_.end(), [&](const std::string& word) {
      return is_flag_word(word) &&
             command_->get_option_no_throw(word.substr(0, word.find('='))) == &option;
    });
  }

  const CLI::App* command_;
  std::string path_;
  const std::vector<std::string>& words_;
  std::set<const CLI::Option*> given_;
  size_t num_positional_ = 0;  // that have their word
  bool last_is_given_ = false;
};

}  // namespace

Status check_option_value(const std::string& name, const CLI::Option& option,
                          const std::string& value) {
  if (option.get_delimiter() == '\0') return check_one_value(name, option, value);
  std::string one;
  for (const char c : value + option.get_delimiter()) {
    if (c != option.get_delimiter()) {
      one += c;
      continue;
    }
    JANGWON_RETURN_IF_ERROR(check_one_value(name, option, one));
    one.clear();
  }
  return ok_status();
}

Status check_empty_values(const CLI::App& app, const std::vector<std::string>& words) {
  const bool empty = std::any_of(words.begin(), words.end(), [](const std::string& word) {
    return word.empty() || (word.starts_with("--") && word.find('=') == word.size() - 1);
  });
  return empty ? Walk(app, words).run() : ok_status();
}

Status explain_usage_error(const CLI::App& app, const std::vector<std::string>& words) {
  const Status found = Walk(app, words).run();
  return found.ok() ? invalid_argument(
                          "the command line is not understood; `{command} COMMAND --help` shows "
                          "what may stand there",
                          {{"command", app.get_name()}})
                    : found;
}

}  // namespace jangwon::harness
