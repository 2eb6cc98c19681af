// jangwon completion bash|zsh|fish: a script made from the commands and flags that this program
// declares, so that it cannot fall out of step with them. tests/e2e/habits_test.cc asks the shells.

#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <memory>

#include "harness/backends/all_backends.h"
#include "harness/commands/command.h"
#include "harness/commands/help_text.h"
#include "harness/task/task_catalogue.h"
#include "runtime/base/nearest_name.h"
#include "runtime/base/standard_streams.h"

namespace jangwon::harness {

namespace {

struct Word {
  std::string text;  // a command's name, or a flag with its dashes
  std::string description;
};

// What may follow a path of commands: "" (the program), " run", " models show".
struct Level {
  std::string path;
  std::vector<const CLI::Option*> options;
  std::vector<Word> commands;
};

std::string one_line(const std::string& text) {
  std::string line;
  for (char c : text)
    line += c == '\n' ? ' ' : c;
  return line;
}

void collect(const CLI::App& app, const std::string& path, std::vector<Level>& levels) {
  Level level;
  level.path = path;
  for (const CLI::Option* option : app.get_options()) {
    if (option->nonpositional()) level.options.push_back(option);
  }
  const std::vector<const CLI::App*> commands =
      app.get_subcommands([](const CLI::App*) { return true; });
  for (const CLI::App* command : commands)
    level.commands.push_back({command->get_name(), one_line(command->get_description())});
  levels.push_back(std::move(level));
  for (const CLI::App* command : commands)
    collect(*command, path + " " + command->get_name(), levels);
}

std::vector<Word> words_of(const Level& level) {
  std::vector<Word> words = level.commands;
  for (const CLI::Option* option : level.options) {
    for (const std::string& name : option->get_lnames())
      words.push_back({"--" + name, one_line(option->get_description())});
  }
  return words;
}

std::string joined(const std::vector<std::string>& words, const std::string& separator) {
  std::string text;
  for (const std::string& word : words)
    text += (text.empty() ? "" : separator) + word;
  return text;
}

// In single quotes of a shell.
std::string shell_word(const std::string& text) {
  std::string out = "'";
  for (char c : text)
    out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

// Values that are names: --tasks and --model.
struct Names {
  std::vector<std::string> tasks;
  std::vector<std::string> models;
};

Result<Names> known_names() {
  Names names;
  JANGWON_ASSIGN_OR_RETURN(const std::vector<TaskSpec> tasks, list_tasks(""));
  for (const TaskSpec& task : tasks)
    names.tasks.push_back(task.name);
  names.models = registered_models();
  return names;
}

// Pattern of the paths one command longer than the program, as a `case` of all three POSIX-like
// shells takes it.
std::string path_pattern(const std::vector<Level>& levels) {
  std::vector<std::string> paths;
  for (const Level& level : levels) {
    if (!level.path.empty()) paths.push_back("\"" + level.path + "\"");
  }
  return joined(paths, "|");
}

std::string bash_script(const std::vector<Level>& levels, const Names& names) {
  std::string script = fmt::format(
      "# bash completion for jangwon; made by `jangwon completion bash`\n"
      "_jangwon() {{\n"
      "  local cur=\"${{COMP_WORDS[COMP_CWORD]}}\" prev=\"${{COMP_WORDS[COMP_CWORD-1]}}\" "
      "path=\"\" word words=\"\"\n"
      "  for word in \"${{COMP_WORDS[@]:1:COMP_CWORD-1}}\"; do\n"
      "    case \"$path $word\" in {}) path=\"$path $word\" ;; esac\n"
      "  done\n"
      "  case \"$prev\" in\n"
      "    -t|--tasks|--task) words=\"{}\" ;;\n"
      "    -m|-M|--model|--models) words=\"{}\" ;;\n"
      "    *) case \"$path\" in\n",
      path_pattern(levels), joined(names.tasks, " "), joined(names.models, " "));
  for (const Level& level : levels) {
    std::vector<std::string> words;
    for (const Word& word : words_of(level))
      words.push_back(word.text);
    script += fmt::format("      \"{}\") words=\"{}\" ;;\n", level.path, joined(words, " "));
  }
  return script +
         "    esac ;;\n"
         "  esac\n"
         "  COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
         "}\n"
         "complete -o default -F _jangwon jangwon\n";
}

std::string zsh_script(const std::vector<Level>& levels, const Names& names) {
  const auto array = [](const std::vector<std::string>& values) {
    std::string text;
    for (const std::string& value : values)
      text += " " + shell_word(value);
    return "choices=(" + text + " )";
  };
  std::string script = fmt::format(
      "#compdef jangwon\n"
      "# zsh completion for jangwon; made by `jangwon completion zsh`\n"
      "_jangwon() {{\n"
      "  local path_so_far=\"\" word i\n"
      "  local -a choices\n"
      "  for ((i = 2; i < CURRENT; i++)); do\n"
      "    word=$words[i]\n"
      "    case \"$path_so_far $word\" in ({}) path_so_far=\"$path_so_far $word\" ;; esac\n"
      "  done\n"
      "  case \"$words[CURRENT-1]\" in\n"
      "    (-t|--tasks|--task) {} ;;\n"
      "    (-m|-M|--model|--models) {} ;;\n"
      "    (*) case \"$path_so_far\" in\n",
      path_pattern(levels), array(names.tasks), array(names.models));
  for (const Level& level : levels) {
    std::vector<std::string> words;
    for (const Word& word : words_of(level)) {
      std::string name;
      for (char c : word.text)
        name += c == ':' ? std::string("\\:") : std::string(1, c);
      words.push_back(name + ":" + word.description);
    }
    script += fmt::format("      (\"{}\") {} ;;\n", level.path, array(words));
  }
  return script +
         "    esac ;;\n"
         "  esac\n"
         "  _describe 'jangwon' choices || _files\n"
         "}\n"
         "if [ \"$funcstack[1]\" = \"_jangwon\" ]; then _jangwon \"$@\"; else compdef _jangwon "
         "jangwon; fi\n";
}

std::string fish_script(const std::vector<Level>& levels, const Names& names) {
  std::string script = "# fish completion for jangwon; made by `jangwon completion fish`\n";
  for (const Level& level : levels) {
    std::string condition = "__fish_use_subcommand";
    if (!level.path.empty()) {
      condition.clear();
      std::string word;
      for (char c : level.path.substr(1) + " ") {
        if (c != ' ') {
          word += c;
          continue;
        }
        condition += (condition.empty() ? "" : "; and ") + ("__fish_seen_subcommand_from " + word);
        word.clear();
      }
    }
    for (const Word& command : level.commands) {
      script += fmt::format("complete -c jangwon -n {} -f -a {} -d {}\n", shell_word(condition),
                            command.text, shell_word(command.description));
    }
    for (const CLI::Option* option : level.options) {
      std::string line = "complete -c jangwon -n " + shell_word(condition);
      for (const std::string& name : option->get_snames())
        line += " -s " + name;
      for (const std::string& name : option->get_lnames())
        line += " -l " + name;
      if (option->get_expected_max() != 0) line += " -r";
      if (option->check_lname("tasks")) line += " -f -a " + shell_word(joined(names.tasks, " "));
      if (option->check_lname("model")) line += " -a " + shell_word(joined(names.models, " "));
      script += line + " -d " + shell_word(one_line(option->get_description())) + "\n";
    }
  }
  return script;
}

Status print_completion(const CLI::App& app, const std::string& shell) {
  const std::vector<std::string> shells = {"bash", "zsh", "fish"};
  if (std::find(shells.begin(), shells.end(), shell) == shells.end()) {
    return invalid_argument(unknown_name_message("shell", shell, shells));
  }
  JANGWON_ASSIGN_OR_RETURN(const Names names, known_names());
  std::vector<Level> levels;
  collect(app, "", levels);
  const std::string script = shell == "bash"  ? bash_script(levels, names)
                             : shell == "zsh" ? zsh_script(levels, names)
                                              : fish_script(levels, names);
  write_output(script);
  return ok_status();
}

}  // namespace

void add_completion_command(CLI::App& app, CommandContext& context) {
  CLI::App& command =
      *app.add_subcommand("completion", "Print a completion script for bash, zsh or fish");
  auto shell = std::make_shared<std::string>();
  command.add_option("shell", *shell, "bash, zsh or fish")->required();
  set_examples(command,
               {{"jangwon completion bash > ~/.local/share/bash-completion/completions/jangwon",
                 "for every new shell"},
                {"source <(jangwon completion zsh)", "for this shell only"},
                {"jangwon completion fish > ~/.config/fish/completions/jangwon.fish", ""}});
  command.callback([&app, shell, &context] { context.status = print_completion(app, *shell); });
}

}  // namespace jangwon::harness
