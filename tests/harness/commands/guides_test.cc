// What documents tell a reader to type is what the program takes: every command line of a fenced
// block, of the examples and of the CI files goes through the program's own parser, and every
// message that the guides quote stands in the catalogue, which another test holds to the sources.

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <regex>
#include <set>

#include "harness/commands/program.h"
#include "harness/korean/catalogue.h"
#include "runtime/base/file.h"

namespace jangwon::harness {
namespace {

namespace fs = std::filesystem;

const std::string kRoot = JANGWON_SOURCE_DIR;

struct CommandLine {
  std::string place;
  std::vector<std::string> words;  // behind the program's name
};

// Words as a shell makes them; ends where another command, a comment or a redirection begins.
std::vector<std::vector<std::string>> commands_of(const std::string& line) {
  std::vector<std::vector<std::string>> commands(1);
  std::string word;
  bool in_word = false;
  const auto end_word = [&] {
    if (in_word) commands.back().push_back(word);
    word.clear();
    in_word = false;
  };
  char quote = 0;
  for (size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (quote != 0) {
      if (c == quote) {
        quote = 0;
      } else {
        word += c;
      }
    } else if (c == '\'' || c == '"') {
      quote = c;
      in_word = true;
    } else if (c == '#' && !in_word) {
      break;
    } else if (c == '&' || c == '|' || c == ';') {
      end_word();
      commands.emplace_back();
    } else if (c == '>' || c == '<') {
      end_word();
      break;
    } else if (c == ' ' || c == '\t') {
      end_word();
    } else {
      word += c;
      in_word = true;
    }
  }
  end_word();
  return commands;
}

bool is_program(const std::string& word) {
  return word == "jangwon" || word.ends_with("/jangwon");
}

// The command lines of this program in a line of shell. `…` stands for whatever a
// reader puts there.
void add_commands_of(const std::string& line, const std::string& place,
                     std::vector<CommandLine>& found) {
  for (const std::vector<std::string>& words : commands_of(line)) {
    const auto program = std::find_if(words.begin(), words.end(), is_program);
    if (program == words.end() || program + 1 == words.end()) continue;
    const bool first = std::all_of(words.begin(), program, [](const std::string& word) {
      return word.find('=') != std::string::npos || word == "exec" || word == "run:" ||
             word == "-" || word == "$";
    });
    const bool unfinished =
        std::any_of(program, words.end(), [](const std::string& word) { return word == "…"; });
    if (first && !unfinished) found.push_back({place, {program + 1, words.end()}});
  }
}

std::vector<CommandLine> command_lines_of(const std::string& file) {
  const std::string text = *read_file(kRoot + "/" + file);
  const bool is_document = file.ends_with(".md");
  std::vector<CommandLine> found;
  bool fenced = false;
  std::string line;
  int number = 0;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    std::string part = text.substr(begin, end - begin);
    begin = end + 1;
    ++number;
    if (is_document && part.starts_with("```")) {
      fenced = !fenced;
      continue;
    }
    if (is_document && !fenced) continue;
    if (part.ends_with("\\")) {
      part.pop_back();
      line += part;
      continue;
    }
    add_commands_of(line + part, file + ":" + std::to_string(number), found);
    line.clear();
  }
  return found;
}

std::vector<std::string> documents() {
  std::vector<std::string> files;
  for (fs::recursive_directory_iterator it(kRoot), end; it != end; ++it) {
    const std::string name = it->path().filename().string();
    if (it->is_directory() && (name.starts_with(".") || name.starts_with("build")))
      it.disable_recursion_pending();
    if (!it->is_regular_file()) continue;
    const std::string file = fs::relative(it->path(), kRoot).string();
    const std::string folder = fs::path(file).parent_path().string();
    const bool is_example = folder == "docs/examples" || folder == "reports/gate/docs";
    if (name.ends_with(".md") || (is_example && !name.ends_with(".service"))) files.push_back(file);
  }
  std::sort(files.begin(), files.end());
  return files;
}

TEST(Guides, EveryCommandLineIsOneThatTheProgramTakes) {
  size_t lines = 0;
  std::set<std::string> commands;
  for (const std::string& file : documents()) {
    for (const CommandLine& line : command_lines_of(file)) {
      ++lines;
      commands.insert(line.words.front());
      const Status status = check_words(line.words);
      std::string said;
      for (const std::string& word : line.words)
        said += " " + word;
      EXPECT_TRUE(status.ok()) << line.place << ": jangwon" << said << "\n" << status.message();
    }
  }
  EXPECT_GT(lines, 90u) << "the documents hold fewer command lines than they did";
  for (const char* command :
       {"run", "report", "compare", "plan", "gate", "baseline", "merge", "data", "export", "grade"})
    EXPECT_TRUE(commands.contains(command)) << command;
}

TEST(Guides, AWrongFlagInADocumentIsNoticed) {
  EXPECT_TRUE(check_words({"run", "--model", "DIR", "--tasks", "aime25"}).ok());
  EXPECT_FALSE(check_words({"run", "--model", "DIR", "--taks", "aime25"}).ok());
  EXPECT_FALSE(check_words({"rnu"}).ok());
  EXPECT_FALSE(check_words({"run", "--temperature", "hot"}).ok());
  EXPECT_FALSE(check_words({"compare", "A"}).ok());
  std::vector<CommandLine> found;
  add_commands_of("HF_TOKEN=x jangwon data fetch 'a b' && build/jangwon tasks list  # both", "here",
                  found);
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].words, (std::vector<std::string>{"data", "fetch", "a b"}));
  EXPECT_EQ(found[1].words, (std::vector<std::string>{"tasks", "list"}));
}

TEST(Guides, MessagesThatAreQuotedStandInTheCatalogue) {
  std::set<std::string_view> known;
  for (const std::span<const MessageEntry> table : korean_tables()) {
    for (const MessageEntry& entry : table)
      known.insert(entry.english);
  }
  size_t quoted = 0;
  const std::string text = *read_file(kRoot + "/docs/guides/troubleshooting.md");
  for (size_t at = 0; (at = text.find("\n### `", at)) != std::string::npos;) {
    at += 6;
    const size_t end = text.find('\n', at);
    const std::string message = text.substr(at, end - at - 1);
    EXPECT_TRUE(known.contains(message)) << message;
    ++quoted;
  }
  EXPECT_GE(quoted, 10u);
}

// A guide that nobody is led to, or a link that leads nowhere.
TEST(Guides, LinksLeadToFiles) {
  const std::regex link(R"(\]\(([A-Za-z0-9_./-]+)(?:#[^)]*)?\))");
  std::set<std::string> linked;
  for (const std::string& file : documents()) {
    if (!file.ends_with(".md")) continue;
    const std::string text = *read_file(kRoot + "/" + file);
    for (std::sregex_iterator it(text.begin(), text.end(), link), end; it != end; ++it) {
      const fs::path target = (fs::path(file).parent_path() / (*it)[1].str()).lexically_normal();
      EXPECT_TRUE(fs::exists(fs::path(kRoot) / target)) << file << " links to " << (*it)[1];
      linked.insert(target.string());
    }
  }
  for (const fs::directory_entry& guide : fs::directory_iterator(kRoot + "/docs/guides")) {
    const std::string name = "docs/guides/" + guide.path().filename().string();
    if (name.ends_with("/README.md")) continue;
    EXPECT_TRUE(linked.contains(name)) << name << " is linked from nowhere";
  }
}

}  // namespace
}  // namespace jangwon::harness
