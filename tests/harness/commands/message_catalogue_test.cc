// The catalogue against the sources: no message without Korean, no Korean without a message, and a lookup that finds
// the entry that was meant.

#include "harness/commands/message_catalogue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <map>
#include <set>

#include "runtime/base/file.h"
#include "tests/harness/commands/message_scan.h"

namespace jangwon::harness {
namespace {

namespace fs = std::filesystem;

const std::string kRoot = JANGWON_SOURCE_DIR;

// Sources whose texts no user of the command line needs in Korean.
const struct {
  const char* path;
  const char* reason;
} kWithoutKorean[] = {
    {"runtime/jinja/", "Jinja2's own wording, which authors of templates look up as it is"},
    {"runtime/base/status.", "makes a Status of what it is given"},
    {"harness/commands/korean/", "the catalogue"},
};

// Where a Status takes its sentence from a variable: what is in it was read elsewhere.
const struct {
  const char* expression;
  const char* reason;
} kPassedOn[] = {
    {"harness/backends/openai_endpoint.cc: known", "names of choices"},
    {"harness/backends/openai_endpoint.cc: text_of ( setting_range ( range ) )", "the table of settings"},
    {"harness/commands/grade_row.cc: std :: move ( message )", "the JSON parser's sentence without its line"},
    {"harness/commands/help_text.cc: check", "the table of settings"},
    {"harness/commands/help_text.cc: line", "what set_examples was called with"},
    {"harness/commands/help_text.cc: line . substr ( tab + 1 )", "what set_examples was called with"},
    {"harness/record/sample_record.cc: problem_", "assignments to problem_ are read"},
    {"harness/run_loop/run_manifest.cc: difference", "a JSON pointer and two values"},
    {"harness/sandbox/python_sandbox.cc: error", "what fail() was called with"},
    {"reports/exports/zip_writer.cc: name", "a file's name"},
    {"runtime/base/json.cc: std :: move ( problem )", "what refuse() was called with"},
    {"runtime/tokenizer/tokenizer_file.cc: std :: move ( problem )", "what refuse() was called with"},
    {"runtime/tokenizer/tokenizer_file.cc: handler . problem ( )", "what refuse() was called with"},
};

const SourceMessages& source_messages() {
  static const SourceMessages found = [] {
    SourceMessages found;
    for (const char* folder : {"runtime", "datasets", "harness", "reports"}) {
      for (fs::recursive_directory_iterator it(kRoot + "/" + folder), end; it != end; ++it) {
        const std::string extension = it->path().extension().string();
        if (extension != ".cc" && extension != ".h") continue;
        const std::string file = fs::relative(it->path(), kRoot).string();
        if (std::any_of(std::begin(kWithoutKorean), std::end(kWithoutKorean),
                        [&](const auto& without) { return file.starts_with(without.path); }))
          continue;
        scan_messages(file, *read_file(it->path().string()), found);
      }
    }
    return found;
  }();
  return found;
}

SourceMessages scan(const std::string& source, const std::string& file = "harness/run_loop/x.cc") {
  SourceMessages found;
  scan_messages(file, source, found);
  return found;
}

std::vector<std::string> texts_of(const std::string& source, const std::string& file = "harness/run_loop/x.cc") {
  std::vector<std::string> texts;
  for (const SourceMessage& message : scan(source, file).messages)
    texts.push_back(message.text);
  return texts;
}

// A value that is part of no message.
std::string probe(size_t index) {
  return "«" + std::string(1, static_cast<char>('p' + index)) + "»";
}

std::string filled(std::string_view pattern) {
  std::string text;
  size_t next = 0;
  for (size_t i = 0; i < pattern.size(); ++i) {
    if (pattern.substr(i, 2) == "{}") {
      text += probe(next++);
      ++i;
    } else if (i + 2 < pattern.size() && pattern[i] == '{' && std::isdigit(pattern[i + 1]) != 0 &&
               pattern[i + 2] == '}') {
      text += probe(static_cast<size_t>(pattern[i + 1] - '0'));
      i += 2;
    } else {
      text += pattern[i];
    }
  }
  return text;
}

// The indices that the Korean takes, in their order; plain {} are 0, 1, ….
std::vector<int> places_of(std::string_view pattern) {
  std::vector<int> places;
  int next = 0;
  for (size_t i = 0; i + 1 < pattern.size(); ++i) {
    if (pattern.substr(i, 2) == "{}") places.push_back(next++);
    if (i + 2 < pattern.size() && pattern[i] == '{' && std::isdigit(pattern[i + 1]) != 0 && pattern[i + 2] == '}')
      places.push_back(pattern[i + 1] - '0');
  }
  return places;
}

TEST(MessageScan, ReadsWhatACallSays) {
  EXPECT_THAT(texts_of(R"(return invalid_argument("no " + name + " at " + std::to_string(n) + path + ", sorry");)"),
              testing::ElementsAre("no {} at {}, sorry"));
  EXPECT_THAT(texts_of(R"(unavailable(fmt::format("{:>3} of {} {{x}} " "here", a, b)))"),
              testing::ElementsAre("{} of {} {x} here"));
  EXPECT_THAT(texts_of(R"(not_found("a " + (n == 1 ? "test" : "tests") + " left"))"),
              testing::ElementsAre("a test left", "a tests left"));
  EXPECT_THAT(texts_of(R"(const std::string again = "; go " + on;
                          return {StatusCode::kIncomplete, "stopped" + again};)"),
              testing::ElementsAre("stopped; go {}"));
  EXPECT_THAT(texts_of(R"(void f() { const std::string name = "x"; }
                          void g(std::string name) { return invalid_argument("no " + name); })"),
              testing::ElementsAre("no {}"));
  EXPECT_THAT(texts_of(R"(invalid_argument(unknown_name_message("task", name, known));)"),
              testing::ElementsAre("unknown task \"{}\"; did you mean \"{}\"?", "unknown task \"{}\"; known are {}"));
  EXPECT_THAT(texts_of("// invalid_argument(\"a comment\")\nStatus invalid_argument(std::string message);"),
              testing::IsEmpty());
  EXPECT_THAT(texts_of(R"(command.add_option("--x", x, "what x is")->group("Speed");)", "harness/commands/x.cc"),
              testing::ElementsAre("what x is", "Speed"));
}

TEST(MessageScan, NamesCallsThatItCannotRead) {
  EXPECT_THAT(scan("return invalid_argument(text);").unreadable, testing::ElementsAre("harness/run_loop/x.cc: text"));
  EXPECT_THAT(scan("return invalid_argument(other.status().message());").unreadable, testing::IsEmpty());
}

TEST(MessageCatalogue, EveryMessageHasKorean) {
  std::map<std::string_view, std::string_view> korean;
  for (const auto table : korean_tables()) {
    for (const MessageEntry& entry : table)
      korean.emplace(entry.english, entry.korean);
  }
  ASSERT_GT(source_messages().messages.size(), 900u) << "the scan finds less than there was";
  for (const SourceMessage& message : source_messages().messages)
    EXPECT_TRUE(korean.contains(message.text)) << message.place << ": no Korean for: " << message.text;
}

TEST(MessageCatalogue, EveryEntryHasAMessage) {
  std::set<std::string> said;
  for (int number = 1; number < 200; ++number)
    said.insert(std::strerror(number));
  for (const SourceMessage& message : source_messages().messages)
    said.insert(message.text);
  for (const auto table : korean_tables()) {
    for (const MessageEntry& entry : table)
      EXPECT_TRUE(said.contains(std::string(entry.english))) << "nothing says: " << entry.english;
  }
}

TEST(MessageCatalogue, SentencesAreReadableWhereAStatusIsMade) {
  std::set<std::string> expected, found(source_messages().unreadable.begin(), source_messages().unreadable.end());
  for (const auto& passed_on : kPassedOn)
    expected.insert(passed_on.expression);
  EXPECT_EQ(found, expected) << "write the sentence into the call, or say in kPassedOn where it is read";
}

TEST(MessageCatalogue, KoreanTakesEveryValueOnce) {
  for (const auto table : korean_tables()) {
    for (const MessageEntry& entry : table) {
      std::vector<int> values = places_of(entry.english), places = places_of(entry.korean);
      std::sort(places.begin(), places.end());
      EXPECT_EQ(values, places) << entry.english;
    }
  }
}

TEST(MessageCatalogue, AnEntryStandsOnce) {
  std::set<std::string_view> seen;
  for (const auto table : korean_tables()) {
    for (const MessageEntry& entry : table)
      EXPECT_TRUE(seen.insert(entry.english).second) << entry.english;
  }
}

TEST(MessageCatalogue, TheMostSpecificEntryWins) {
  for (const auto table : korean_tables()) {
    for (const MessageEntry& entry : table)
      EXPECT_EQ(korean_message(filled(entry.english)), filled(entry.korean)) << entry.english;
  }
  EXPECT_EQ(korean_message("the key \"weights\" is missing"), "키 \"weights\"이(가) 없습니다")
      << "and not `{} is missing`";
}

TEST(MessageCatalogue, PlacesAndMessagesWithinMessagesAreTranslated) {
  EXPECT_EQ(korean_message("run.yaml:2: unknown key \"limt\"; did you mean \"limit\"?"),
            "run.yaml:2: 알 수 없는 키 \"limt\"입니다. \"limit\"을(를) 뜻하셨습니까?");
  EXPECT_EQ(korean_message("the option timeout_s of the remote model must be a whole number from 1 to 9"),
            "원격 모델의 옵션 timeout_s에는 1~9 사이의 정수를 주어야 합니다");
  EXPECT_EQ(korean_message("/x/config.json: \"rope_theta\" must be above 1"),
            "/x/config.json: \"rope_theta\"는 1보다 커야 합니다");
}

// A file's name or a server's words may look like parts of a thousand messages; this took for ever once.
TEST(MessageCatalogue, HostileNamesEnd) {
  for (const char* part : {"a b: ", " of x has ", "the key \" and "}) {
    std::string name;
    for (int i = 0; i < 300; ++i)
      name += part;
    EXPECT_NE(korean_message("cannot write " + name), "") << part;
    EXPECT_EQ(korean_message("the task \"" + name + "\" is not known to nobody"),
              "the task \"" + name + "\" is not known to nobody");
  }
}

TEST(MessageCatalogue, ParticlesFollowTheValue) {
  const struct {
    const char* english;
    const char* korean;
  } cases[] = {
      {"cannot write 결과", "결과에 쓸 수 없습니다"},
      {"cannot open 자료", "자료를 열 수 없습니다"},
      {"cannot open 목록", "목록을 열 수 없습니다"},
      {"cannot open x.json", "x.json을(를) 열 수 없습니다"},
      {"unknown task \"aime2\"; did you mean \"aime25\"?",
       "알 수 없는 과제 \"aime2\"입니다. \"aime25\"를 뜻하셨습니까?"},
      {"tensor \"w1\" is missing, and \"w2\" is there", "텐서 \"w1\"이 없고 \"w2\"가 있습니다"},
      {"cannot move 서울.new to 서울: x", "서울.new을(를) 서울로 옮길 수 없습니다: x"},
  };
  for (const auto& c : cases)
    EXPECT_EQ(korean_message(c.english), c.korean);
}

TEST(MessageCatalogue, WhatIsNotKnownStaysAsItIs) {
  for (const char* text : {"", "runs/first", "a sentence that no one wrote", ": ", "a: b: c"})
    EXPECT_EQ(korean_message(text), text);
  const std::string page(100000, ':');
  EXPECT_EQ(korean_message(page), page);
}

// One register: a sentence of a failure ends politely, and no particle is left to the reader's guess.
TEST(MessageCatalogue, KoreanIsInOneRegister) {
  for (const auto table : korean_tables()) {
    for (const MessageEntry& entry : table) {
      for (const char* ending : {"한다", "이다", "없다", "있다", "해요", "세요"}) {
        EXPECT_FALSE(entry.korean.ends_with(ending)) << entry.korean;
        EXPECT_EQ(entry.korean.find(std::string(ending) + "."), std::string_view::npos) << entry.korean;
      }
      for (const char* particle : {"{}은 ", "{}는 ", "{}이 ", "{}가 ", "{}을 ", "{}를 ", "{}\"은 ", "{}\"을 "}) {
        EXPECT_EQ(entry.korean.find(particle), std::string_view::npos) << entry.korean;
      }
    }
  }
}

}  // namespace
}  // namespace jangwon::harness
