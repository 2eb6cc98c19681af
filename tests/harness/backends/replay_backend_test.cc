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

  static Completion ask(Backend& backend, const std::string& task, const std::string& id, int repeat) {
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
        [&](const Request&, Completion completion) { reply = std::move(completion); }, [] { return false; });
    EXPECT_TRUE(status.ok()) << status.message();
    return reply;
  }

  std::string folder_;
};

TEST_F(ReplayBackendTest, RowsAreFoundByTaskIdAndRepeat) {
  const auto backend = make_replay_backend(
      write_rows(R"({"id": 7, "output": "any task", "model": "m"})"
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
  for (const char* row :
       {R"({"id": 1})", R"({"id": 1, "output": 5})", R"(["x"])", R"({"id": 1, "output": "", "finish_reason": "tired"})",
        R"({"id": 1, "output": "", "repeat": "x"})", "{"}) {
    const auto backend = make_replay_backend(write_rows(std::string("{\"id\": 0, \"output\": \"\"}\n") + row + "\n"));
    ASSERT_FALSE(backend.ok()) << row;
    EXPECT_NE(backend.status().message().find("rows.jsonl:2"), std::string::npos) << backend.status().message();
  }
  EXPECT_FALSE(make_replay_backend(write_rows("{\"id\": 0, \"output\": \"\"}\n{\"id\": 0, \"output\": \"\"}\n")).ok());
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
  EXPECT_NE(make_backend("standin-axk", {}).status().message().find("did you mean \"standin-axk1\"?"),
            std::string::npos);
  EXPECT_NE(make_backend("/nowhere/model", {}).status().message().find("/nowhere/model"), std::string::npos);
  EXPECT_EQ(backend_name("runs/x/../y/"), "y");
  EXPECT_EQ(backend_name("replay:out/gpt.jsonl"), "gpt");
}

}  // namespace
}  // namespace jangwon::harness
