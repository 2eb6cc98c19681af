// From words to an exit code. The order matters: keys are taken out of words first, so that no
// later message can repeat one; the language comes before the parse, because the parser's own
// complaints are translated; the settings file of `run` becomes flags before CLI11 sees them, so
// that one set of checks holds for both. Everything that fails becomes one sentence and the code of
// its kind (fail).
//
// The words are parsed by CLI11 and explained by usage_error.h, since a wrong flag should name the
// nearest right one. tests/e2e/cli_test.cc, tests/e2e/habits_test.cc.

#include "harness/commands/program.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>
#include <sstream>

#include "harness/commands/command.h"
#include "harness/commands/help_text.h"
#include "harness/commands/run_settings.h"
#include "harness/commands/usage_error.h"
#include "harness/korean/catalogue.h"
#include "harness/run_loop/build_info.h"
#include "reports/language.h"
#include "runtime/base/localized.h"
#include "runtime/base/nearest_name.h"
#include "runtime/base/standard_streams.h"
#include "runtime/http/secret.h"

namespace jangwon::harness {

namespace {

using reports::Language;

// The command of that name or alias, or null.
const CLI::App* find_command(const CLI::App& app, const std::string& word) {
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (command->check_name(word)) return command;
  }
  return nullptr;
}

// The first word must be a command; CLI11 would only say that one is required.
Status check_command(const CLI::App& app, const std::vector<std::string>& words) {
  if (words.empty() || words.front().starts_with("-")) return ok_status();
  if (find_command(app, words.front()) != nullptr) return ok_status();
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; }))
    names.push_back(command->get_name());
  return invalid_argument(unknown_name_message("command", words.front(), names));
}

// Hyphens and underscores in the names of flags mean the same; all flags are declared with
// hyphens. LiveCodeBench's --n for repeats cannot be declared beside -n: CLI11 from 2.3 on
// takes them for one.
void write_as_declared(std::vector<std::string>& words) {
  for (std::string& word : words) {
    if (!word.starts_with("--")) continue;
    const auto end =
        word.begin() + static_cast<std::ptrdiff_t>(std::min(word.find('='), word.size()));
    std::replace(word.begin(), end, '_', '-');
    if (word == "--n" || word.starts_with("--n=")) word.replace(0, 3, "--repeats");
  }
}

// Whether the command that the words call has a flag --lang of its own.
bool command_takes_language(const CLI::App& app, const std::vector<std::string>& words) {
  const CLI::App* command = &app;
  for (const std::string& word : words) {
    const CLI::App* next = find_command(*command, word);
    if (next == nullptr) break;
    command = next;
  }
  return command != &app && command->get_option_no_throw("--lang") != nullptr;
}

// The value of --lang, which every command takes, the last one where it is given again. A command
// that has a flag of that name keeps the words, and gets them where they stand in front of it.
Result<std::string> take_language(const CLI::App& app, std::vector<std::string>& words) {
  std::string value;
  for (size_t i = 0; i < words.size() && words[i] != "--";) {
    const bool inside = words[i].starts_with("--lang=");
    if (!inside && words[i] != "--lang") {
      ++i;
      continue;
    }
    value = inside ? words[i].substr(7) : i + 1 < words.size() ? words[i + 1] : "";
    if (value.empty()) return invalid_argument("--lang needs a value: ko or en");
    const auto first = words.begin() + static_cast<std::ptrdiff_t>(i);
    words.erase(first, first + (inside ? 1 : 2));
  }
  if (!value.empty() && command_takes_language(app, words)) words.push_back("--lang=" + value);
  return value;
}

int fail(const Status& status, Language language) {
  const char* no_color = std::getenv("NO_COLOR");
  const char* terminal = std::getenv("TERM");
  const bool colours = isatty(2) != 0 && (no_color == nullptr || *no_color == '\0') &&
                       (terminal == nullptr || std::string_view(terminal) != "dumb");
  const std::string message =
      language == Language::kKorean ? korean_message(status.sentence()) : status.message();
  write_control(colours ? "\033[1;31m" : "");
  write_note("jangwon:");
  write_control(colours ? "\033[0m" : "");
  write_note(" " + message + "\n");
  return exit_code(status.code());
}

}  // namespace

Status check_words(std::vector<std::string> words) {
  CLI::App app;
  CommandContext context;
  add_commands(app, context);
  // Asked when everything is parsed and checked, before the command's own callback.
  app.parse_complete_callback([] { throw CLI::Success(); });
  write_as_declared(words);
  const Result<std::string> language = take_language(app, words);
  if (!language.ok()) return language.status();
  JANGWON_RETURN_IF_ERROR(check_command(app, words));
  JANGWON_RETURN_IF_ERROR(check_empty_values(app, words));
  try {
    app.parse(std::vector<std::string>(words.rbegin(), words.rend()));
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() != 0) return explain_usage_error(app, words);
  }
  return ok_status();
}

int tell_failure(const Status& status) {
  return fail(status, reports::language_of_environment());
}

int run_program(std::vector<std::string> words) {
  CLI::App app;
  app.set_version_flag("--version", "jangwon " + program_version(), "the version");
  CommandContext context;
  add_commands(app, context);

  // From here on nothing holds a key that stood inside of a word.
  for (std::string& word : words)
    word = withheld_keys::hide_in_word(word);
  write_as_declared(words);
  const Result<std::string> flag = take_language(app, words);
  if (!flag.ok()) return tell_failure(flag.status());
  const Result<Language> language = reports::chosen_language(*flag);
  if (!language.ok()) return tell_failure(language.status());
  if (!flag->empty())
    setenv("LC_ALL", *language == Language::kKorean ? "ko_KR.UTF-8" : "C.UTF-8", 1);
  if (*language == Language::kKorean) {
    set_localizer([](const Message& message) { return korean_message(message); });
    translate_help(app);
  }

  if (const Status known = check_command(app, words); !known.ok()) return fail(known, *language);
  if (!words.empty() && find_command(app, words.front()) == app.get_subcommand("run")) {
    const Result<std::vector<std::string>> resolved =
        resolve_settings(*app.get_subcommand("run"), {words.begin() + 1, words.end()});
    if (!resolved.ok()) return fail(resolved.status(), *language);
    words.resize(1);
    for (const std::string& word : *resolved)  // a settings file may hold keys, too
      words.push_back(withheld_keys::hide_in_word(word));
  }
  if (const Status given = check_empty_values(app, words); !given.ok())
    return fail(given, *language);
  try {
    std::vector<std::string> reversed(words.rbegin(), words.rend());
    app.parse(std::move(reversed));
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) {  // --help, --version
      std::ostringstream text;
      app.exit(error, text, text);
      write_output(text.str());
      return 0;
    }
    return fail(explain_usage_error(app, words), *language);
  }
  return context.status.ok() ? 0 : fail(context.status, *language);
}

}  // namespace jangwon::harness
