#include "harness/backends/replay_backend.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <map>

#include "harness/backends/all_backends.h"
#include "harness/record/journal.h"
#include "runtime/base/file.h"

namespace jangwon::harness {
namespace {

class ReplayBackendTest : public testing::Test {
 protected:
  ReplayBackendTest() : folder_(testing::TempDir() + "/replay_" + std::to_string(getpid())) {
    std::filesystem::create_directories(folder_);
  }
  ~ReplayBackendTest() override { std::filesystem::remove_all(folder_); }

  std::string write_rows(const std::string& rows) {
    const std::string path = folder_ + "/rows.jsonl";
    EXPECT_TRUE(write_file_atomically(path, rows).ok());
    return path;
  }

  static Completion ask(Backend& backend, const std::string& task, const std::string& id,
                        int repeat) {
    Request request;
    request.task = task;
    request.sample_id = id;
    request.repeat = repeat;
    bool asked = false;
    Completion reply;
    const Status status = backend.serve(
        [&]() -> std::optional<Request> {
          if (asked) return std::nullopt;
          asked = true;
          return request;
        },
        [&](const Request&, Completion completion) { reply = std::move(completion); },
        [] { return false; });
    EXPECT_TRUE(status.ok()) << status.message();
    return reply;
  }

  std::string folder_;
};

TEST_F(ReplayBackendTest, RowsAreFoundByTaskIdAndRepeat) {
  const auto backend = make_replay_backend(write_rows(
      R"({"id": 7, "output": "any task", "model": "m"})"
      "\n\n"
      R"({"id": "7", "task": "t", "repeat": 1, "output": "second", "finish_reason": "length"})"
      "\n"));
  ASSERT_TRUE(backend.ok()) << backend.status().message();
  EXPECT_EQ((*backend)->info().model, "m");
  EXPECT_EQ(ask(**backend, "t", "7", 0).text, "any task");
  EXPECT_EQ(ask(**backend, "t", "7", 1).text, "second");
  EXPECT_EQ(ask(**backend, "t", "7", 1).finish_reason, FinishReason::kLength);
  const Completion missing = ask(**backend, "t", "8", 0);
  EXPECT_EQ(missing.finish_reason, FinishReason::kError);
  EXPECT_NE(missing.error.find("sample 8"), std::string::npos);
}

TEST_F(ReplayBackendTest, BadRowsNameTheirLine) {
  for (const char* row : {R"({"id": 1})", R"({"id": 1, "output": 5})", R"(["x"])",
                          R"({"id": 1, "output": "", "finish_reason": 7})",
                          R"({"id": 1, "output": "", "repeat": "x"})", "{"}) {
    const auto backend = make_replay_backend(
        write_rows(std::string("{\"id\": 0, \"output\": \"\"}\n") + row + "\n"));
    ASSERT_FALSE(backend.ok()) << row;
    EXPECT_NE(backend.status().message().find("rows.jsonl:2"), std::string::npos)
        << backend.status().message();
  }
  EXPECT_FALSE(make_replay_backend(
                   write_rows("{\"id\": 0, \"output\": \"\"}\n{\"id\": 0, \"output\": \"\"}\n"))
                   .ok());
  EXPECT_FALSE(make_replay_backend(write_rows("\n")).ok()) << "a file without replies";
}

TEST_F(ReplayBackendTest, RunFolderIsReplayedButForItsErrors) {
  {
    auto journal = Journal::open(folder_ + "/run");
    ASSERT_TRUE(journal.ok());
    SampleRecord good;
    good.key = {"m", "t", "a", 0};
    good.completion.text = "reply";
    good.scores = {counted_score(ScoreMode::kOfficial, "letter", Verdict::kCorrect)};
    ASSERT_TRUE((*journal)->append(good).ok());
    SampleRecord bad = good;
    bad.key.sample_id = "b";
    bad.completion.finish_reason = FinishReason::kError;
    bad.verdict = Verdict::kInfraError;
    ASSERT_TRUE((*journal)->append(bad).ok());
  }
  const auto backend = make_backend("replay:" + folder_ + "/run", {});
  ASSERT_TRUE(backend.ok()) << backend.status().message();
  EXPECT_EQ(ask(**backend, "t", "a", 0).text, "reply");
  EXPECT_EQ(ask(**backend, "t", "b", 0).finish_reason, FinishReason::kError);
}

TEST(MakeBackend, WordsThatNameNothingAreExplained) {
  EXPECT_NE(
      make_backend("standin-axk", {}).status().message().find("did you mean \"standin-axk1\"?"),
      std::string::npos);
  EXPECT_NE(make_backend("/nowhere/model", {}).status().message().find("/nowhere/model"),
            std::string::npos);
}

// kmmlu_pro's replies are no part of kmmlu's, though one name begins the other.
TEST_F(ReplayBackendTest, RepliesOfATaskWhoseNameBeginsAnothersAreNotTaken) {
  const std::string pro = R"({"id": "0", "task": "kmmlu_pro", "output": "pro"})"
                          "\n";
  const auto only_pro = make_backend("replay:" + write_rows(pro), {});
  ASSERT_TRUE(only_pro.ok()) << only_pro.status().message();
  EXPECT_EQ(ask(**only_pro, "kmmlu_pro", "0", 0).text, "pro");
  EXPECT_EQ(ask(**only_pro, "kmmlu", "0", 0).finish_reason, FinishReason::kError);
  const auto both =
      make_backend("replay:" + write_rows(pro + R"({"id": "0", "task": "kmmlu", "output": "plain"})"
                                                "\n"),
                   {});
  EXPECT_EQ(ask(**both, "kmmlu", "0", 0).text, "plain");
  EXPECT_EQ(ask(**both, "kmmlu_pro", "0", 0).text, "pro");
}

TEST_F(ReplayBackendTest, ModelIsCalledAsTheRecordingSaysElseAsItsFile) {
  const std::string rows =
      "replay:" + write_rows("{\"id\": 0, \"output\": \"\"}\n{\"id\": 1, \"output\": \"\"}\n");
  EXPECT_EQ(identify_model(rows)->name, "rows");
  EXPECT_EQ(identify_model("mine=" + rows)->name, "mine");
  EXPECT_EQ((*make_backend("mine=" + rows, {}))->info().model, "mine");
  write_rows(R"({"id": 0, "output": ""})"
             "\n"
             R"({"id": 1, "output": "", "model": "m"})"
             "\n");
  EXPECT_EQ(identify_model(rows)->name, "m");
  write_rows(R"({"id": 0, "output": "", "model": "n"})"
             "\n"
             R"({"id": 1, "output": "", "model": "m"})"
             "\n");
  EXPECT_NE(identify_model(rows).status().message().find("several models (n, m)"),
            std::string::npos);
}

TEST_F(ReplayBackendTest, ReplayedStandInIsAStandInWhateverItIsCalled) {
  const std::string rows =
      "replay:" + write_rows(R"({"id": 0, "output": "", "model": "standin-axk1"})"
                             "\n");
  EXPECT_TRUE((*make_backend("real=" + rows, {}))->info().stand_in);
  EXPECT_TRUE(identify_model("real=" + rows)->stand_in);
  write_rows(R"({"id": 0, "output": "", "model": "axk1"})"
             "\n");
  EXPECT_FALSE((*make_backend(rows, {}))->info().stand_in);

  // A run says so in its run.json.
  const std::string run = folder_ + "/renamed";
  {
    auto journal = Journal::open(run);
    ASSERT_TRUE(journal.ok());
    SampleRecord record;
    record.key = {"axk1", "t", "a", 0};
    record.scores = {counted_score(ScoreMode::kOfficial, "letter", Verdict::kCorrect)};
    ASSERT_TRUE((*journal)->append(record).ok());
  }
  ASSERT_TRUE(write_file_atomically(
                  run + "/run.json",
                  R"({"schema": "jangwon-run-1", "models": [{"model": "axk1", "stand_in": true}]})")
                  .ok());
  EXPECT_TRUE(identify_model("replay:" + run)->stand_in);
  EXPECT_TRUE((*make_backend("real=replay:" + run, {}))->info().stand_in);
}

TEST(ModelWord, NameStandsBeforeAnyKindOfWord) {
  const struct {
    const char* text;
    const char* name;
    const char* word;
  } cases[] = {{"a=standin-axk1", "a", "standin-axk1"},
               {"a b=./m", "a b", "./m"},
               {"a=replay:x=y.jsonl", "a", "replay:x=y.jsonl"},
               {"a=openai:http://h/v1#m?n=4", "a", "openai:http://h/v1#m?n=4"},
               {"openai:http://h/v1#m?n=4", "", "openai:http://h/v1#m?n=4"},
               {"replay:x=y.jsonl", "", "replay:x=y.jsonl"},
               {"./x=y", "", "./x=y"},
               {"=m", "", "=m"},
               {"a=", "a", ""}};
  for (const auto& c : cases) {
    EXPECT_EQ(split_model_word(c.text).name, c.name) << c.text;
    EXPECT_EQ(split_model_word(c.text).word, c.word) << c.text;
  }
  EXPECT_NE(check_model("a=").message().find("must follow"), std::string::npos);
  EXPECT_NE(check_model("a\x1b[1m=standin-axk1").message().find("control character"),
            std::string::npos);
  EXPECT_EQ(identify_model("a=standin-axk1")->name, "a");
  EXPECT_TRUE(identify_model("a=standin-axk1")->stand_in);
  EXPECT_EQ(identify_model("a=openai:http://h/v1#m?name=b")->name, "a");
  EXPECT_TRUE(identify_model("a=openai:http://h/v1#/models/standin-axk1/")->stand_in);
}

}  // namespace
}  // namespace jangwon::harness
