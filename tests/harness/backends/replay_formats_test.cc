#include "harness/backends/replay_formats.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "harness/backends/replay_backend.h"
#include "runtime/base/file.h"

namespace jangwon::harness {
namespace {

class ReplayFormats : public testing::Test {
 protected:
  ReplayFormats() : folder_(testing::TempDir() + "/replay_formats_" + std::to_string(getpid())) {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }
  ~ReplayFormats() override { std::filesystem::remove_all(folder_); }
  std::string write(const std::string& name, const std::string& text) {
    EXPECT_TRUE(write_file_atomically(folder_ + "/" + name, text).ok());
    return folder_ + "/" + name;
  }
  std::vector<RecordedReply> read(const std::string& text) {
    std::vector<RecordedReply> replies;
    const Status status = read_replies(write("file", text), replies);
    EXPECT_TRUE(status.ok()) << status.message();
    return replies;
  }
  static std::string summary(const std::vector<RecordedReply>& replies) {
    std::string text;
    for (const RecordedReply& reply : replies)
      text +=
          reply.sample_id + "/" + std::to_string(reply.repeat) + "=" + reply.completion.text + ";";
    return text;
  }
  static Completion ask(Backend& backend, const std::string& task, const std::string& id,
                        const std::string& prompt) {
    Request request;
    request.task = task;
    request.sample_id = id;
    request.messages = {{"user", prompt}};
    EXPECT_TRUE(backend.prepare(request).ok());
    bool asked = false;
    Completion reply;
    EXPECT_TRUE(
        backend
            .serve(
                [&]() -> std::optional<Request> {
                  if (asked) return std::nullopt;
                  asked = true;
                  return request;
                },
                [&](const Request&, Completion completion) { reply = std::move(completion); },
                [] { return false; })
            .ok());
    return reply;
  }
  std::string folder_;
};

TEST_F(ReplayFormats, RowsOfEveryFormatAreUnderstood) {
  const struct {
    const char* name;
    const char* text;
    const char* expected;
  } cases[] = {
      {"our rows",
       "{\"id\": 7, \"output\": \"a\"}\n\n{\"id\": \"7\", \"repeat\": 1, \"output\": \"b\"}\n",
       "7/0=a;7/1=b;"},
      {"our rows as a list", R"([{"id": 7, "output": "a"}])", "7/0=a;"},
      {"lm-eval, by question_id",
       R"({"doc_id": 0, "doc": {"question_id": 70}, "resps": [["x"]], "filter": "none"})",
       "70/0=x;"},
      {"lm-eval, repeats", R"({"doc_id": 3, "doc": {}, "resps": [["x", "y"]]})", "3/0=x;3/1=y;"},
      {"lm-eval, a line a filter",
       "{\"doc_id\": 1, \"doc\": {}, \"resps\": [[\"x\"]], \"filter\": \"strict\"}\n"
       "{\"doc_id\": 1, \"doc\": {}, \"resps\": [[\"x\"]], \"filter\": \"flexible\"}\n",
       "1/0=x;"},
      {"LiveCodeBench",
       R"([{"question_id": "abc_a", "output_list": ["p", "q"], "code_list": ["1", "2"]}])",
       "abc_a/0=p;abc_a/1=q;"},
      {"LiveCodeBench, programs alone",
       R"j([{"question_id": "abc_a", "code_list": ["print(1)"]}])j",
       "abc_a/0=```python\nprint(1)\n```;"},
      {"MMLU-Pro",
       R"j([{"question_id": 70, "question": "Q", "model_outputs": "The answer is (A)."}])j",
       "70/0=The answer is (A).;"},
      {"nulls that say nothing",
       R"([{"id": 7, "task": null, "repeat": null, "model": null, "output": "a", "reasoning": null,
            "finish_reason": null, "continuation_logprobs": null}])",
       "7/0=a;"},
  };
  for (const auto& c : cases)
    EXPECT_EQ(summary(read(c.text)), c.expected) << c.name;
}

// One question without a reply must not cost the others theirs.
TEST_F(ReplayFormats, ANullReplyIsAnErrorOfItsQuestionAlone) {
  const struct {
    const char* name;
    const char* text;
    size_t num_replies;
    size_t null_at;
  } cases[] = {
      {"our rows", "{\"id\": 1, \"output\": \"a\"}\n{\"id\": 2, \"output\": null}\n", 2, 1},
      {"our rows, by reason",
       R"([{"id": 1, "output": "", "finish_reason": "error"}, {"id": 2, "output": "a"}])", 2, 0},
      {"lm-eval", R"({"doc_id": 3, "doc": {}, "resps": [["x", null, "y"]]})", 3, 1},
      {"lm-eval, no list", R"({"doc_id": 3, "doc": {}, "resps": null})", 1, 0},
      {"lm-eval, a list of null", R"({"doc_id": 3, "doc": {}, "resps": [null]})", 1, 0},
      {"lm-eval, by reason",
       R"({"doc_id": 3, "doc": {}, "resps": [["x", ""]], "finish_reasons": ["stop", "error"]})", 2,
       1},
      {"lm-eval, likelihoods",
       R"({"doc_id": 0, "doc": {}, "resps": [[["-1.5", "False"]], [[null, true]]]})", 1, 0},
      {"LiveCodeBench",
       R"([{"question_id": "a", "output_list": [null, "q"], "code_list": ["1", "2"]}])", 2, 0},
      {"LiveCodeBench, programs", R"([{"question_id": "a", "code_list": ["1", null]}])", 2, 1},
      {"LiveCodeBench, no list", R"([{"question_id": "a", "output_list": null}])", 1, 0},
      {"MMLU-Pro", R"([{"question_id": 70, "model_outputs": null}])", 1, 0},
      {"MMLU-Pro, repeats", R"([{"question_id": 70, "model_outputs": ["a", null]}])", 2, 1},
  };
  for (const auto& c : cases) {
    const std::vector<RecordedReply> replies = read(c.text);
    ASSERT_EQ(replies.size(), c.num_replies) << c.name;
    for (size_t i = 0; i < replies.size(); ++i) {
      const bool error = replies[i].completion.finish_reason == FinishReason::kError;
      EXPECT_EQ(error, i == c.null_at) << c.name << " " << i;
      EXPECT_EQ(replies[i].completion.error.empty(), !error) << c.name;
    }
  }
}

TEST_F(ReplayFormats, LikelihoodsOfLmEvalAreKept) {
  const std::vector<RecordedReply> replies =
      read(R"({"doc_id": 0, "doc": {}, "resps": [[["-1.5", "False"]], [[-0.25, true]]]})");
  ASSERT_EQ(replies.size(), 1u);
  EXPECT_EQ(replies[0].completion.continuation_logprobs, (std::vector<double>{-1.5, -0.25}));
}

TEST_F(ReplayFormats, WhatIsNoReplyIsNamedWithItsPlace) {
  const struct {
    const char* text;
    const char* expected;
  } cases[] = {
      {"{\"id\": 1, \"output\": \"a\"}\n{\"answer\": 3}\n", "file:2: a row needs"},
      {R"([{"id": 1, "output": "a"}, 5])", "entry 1: a row is a JSON object"},
      {"{\"id\": 1, \"output\": \"a\"}\n{\"id\": 1, \"output\": \"b\"}\n",
       "file:2: id 1, repeat 0 stands twice"},
      {R"({"doc_id": 0, "doc": {}, "resps": "x"})", "file:1: \"resps\" is not a list"},
      {R"({"doc_id": 0, "doc": {}, "resps": [[{}]]})",
       "\"resps\" of a recorded reply must be a list of texts"},
      {R"({"doc_id": 0, "doc": {}, "resps": [[["x", true]]]})",
       "\"resps\" of a recorded reply must be a list of [["},
      {R"({"id": 1, "output": "a", "repeat": 0.5})",
       "\"repeat\" of a recorded reply must be a whole number"},
      {R"({"id": 1, "output": "a", "repeat": -1})",
       "repeat is \"-1\"; it must be a whole number from 0 to 9999"},
      {R"({"id": 1, "output": "a", "reasoning": 1})",
       "\"reasoning\" of a recorded reply must be a text"},
      {R"({"id": 1, "output": "a", "continuation_logprobs": ["1x"]})", "must be a list of numbers"},
      {R"({"question_id": 1, "output_list": "x"})",
       "\"output_list\" of a recorded reply must be a list of texts"},
      {R"({"question_id": 1, "model_outputs": [5]})",
       "\"model_outputs\" of a recorded reply must be a list of texts"},
      {"{\"id\": 1", "file:1"},
  };
  for (const auto& c : cases) {
    std::vector<RecordedReply> replies;
    const Status status = read_replies(write("file", c.text), replies);
    EXPECT_FALSE(status.ok()) << c.text;
    EXPECT_NE(status.message().find(c.expected), std::string::npos) << status.message();
  }
}

TEST_F(ReplayFormats, ReplyToAnotherQuestionIsAnErrorOfOursNotAWrongAnswer) {
  const auto backend = make_replay_backend(write(
      "model_outputs.json",
      R"j([{"question_id": 1, "question": "Which  planet is\nlargest?", "model_outputs": "(B)"}])j"));
  ASSERT_TRUE(backend.ok()) << backend.status().message();
  EXPECT_EQ(ask(**backend, "mmlu_pro", "1", "Answer: Which planet is largest? A) …").text, "(B)");
  const Completion other = ask(**backend, "mmlu_pro", "1", "Which planet is smallest?");
  EXPECT_EQ(other.finish_reason, FinishReason::kError);
  EXPECT_NE(other.error.find("another question"), std::string::npos) << other.error;
}

TEST_F(ReplayFormats, FolderOfLmEvalHoldsSeveralTasks) {
  write("samples_mmlu_pro_biology_2026-01-01T00-00-00.000000.jsonl",
        R"({"doc_id": 0, "doc": {"question_id": 5}, "resps": [["b"]]})");
  write("samples_mmlu_pro_law_2026-01-01T00-00-00.000000.jsonl",
        R"({"doc_id": 0, "doc": {"question_id": 6}, "resps": [["l"]]})");
  write("samples_mmlu_pro_law_2025-01-01T00-00-00.000000.jsonl",
        R"({"doc_id": 0, "doc": {"question_id": 6}, "resps": [["old"]]})");
  write("samples_aime25_2026-01-01T00-00-00.000000.jsonl",
        R"({"doc_id": 0, "doc": {"id": 5}, "resps": [["a"]]})");
  const auto backend = make_replay_backend(folder_);
  ASSERT_TRUE(backend.ok()) << backend.status().message();
  EXPECT_EQ(ask(**backend, "mmlu_pro", "5", "").text, "b");
  EXPECT_EQ(ask(**backend, "mmlu_pro", "6", "").text, "l");
  EXPECT_EQ(ask(**backend, "aime25", "5", "").text, "a");
  EXPECT_EQ(ask(**backend, "kmmlu_pro", "5", "").finish_reason, FinishReason::kError);
}

TEST_F(ReplayFormats, FolderWithoutRepliesSaysWhatIsMissing) {
  const auto backend = make_replay_backend(folder_);
  ASSERT_FALSE(backend.ok());
  EXPECT_NE(backend.status().message().find("samples_*.jsonl"), std::string::npos)
      << backend.status().message();
}

TEST(IsSameTask, PartsAndOtherSpellingsAreTheTask) {
  EXPECT_EQ(match_tasks("mmlu_pro", "mmlu_pro"), TaskMatch::kSame);
  EXPECT_EQ(match_tasks("MMLU-Pro", "mmlu_pro"), TaskMatch::kSame);
  EXPECT_EQ(match_tasks("mmlupro", "mmlu_pro"), TaskMatch::kSame);
  EXPECT_EQ(match_tasks("leaderboard_mmlu_pro", "mmlu_pro"), TaskMatch::kSame);
  EXPECT_EQ(match_tasks("mmlu_pro_biology", "mmlu_pro"), TaskMatch::kPart);
  EXPECT_EQ(match_tasks("livecodebench", "livecodebench_v6"), TaskMatch::kPart);
  // a stranger by the name of a part
  EXPECT_EQ(match_tasks("kmmlu_pro", "kmmlu"), TaskMatch::kPart);
  EXPECT_EQ(match_tasks("mmlu_prox_ko", "mmlu_pro"), TaskMatch::kNone);
  EXPECT_EQ(match_tasks("mmlu_pro", "kmmlu_pro"), TaskMatch::kNone);
  EXPECT_EQ(match_tasks("kmmlu_pro", "mmlu_pro"), TaskMatch::kNone);
  EXPECT_EQ(match_tasks("", "mmlu_pro"), TaskMatch::kNone);
}

TEST(TaskOfSamplesFile, TakesTheDateOff) {
  EXPECT_EQ(task_of_samples_file("samples_mmlu_pro_law_2026-01-01T00-00-00.000000.jsonl"),
            "mmlu_pro_law");
  EXPECT_EQ(task_of_samples_file("results_2026.json"), "");
  EXPECT_EQ(task_of_samples_file("samples.jsonl"), "");
}

}  // namespace
}  // namespace jangwon::harness
