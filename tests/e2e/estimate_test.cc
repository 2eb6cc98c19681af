// An estimate is held against the run that follows it: requests and prompt tokens to the last one,
// and nothing written.

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "harness/record/journal.h"
#include "runtime/base/file.h"
#include "runtime/base/json.h"
#include "tests/e2e/program.h"

namespace jangwon::e2e {
namespace {

using Words = std::vector<std::string>;

Words with(Words words, const Words& more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

Json estimate_of(const Words& arguments, int exit_code = 0) {
  const ProgramResult result = run_program(with(arguments, {"--dry-run", "--json"}));
  EXPECT_EQ(result.exit_code, exit_code) << result.err;
  const Result<Json> json = parse_json(result.out);
  EXPECT_TRUE(json.ok()) << result.out;
  return json.ok() ? *json : Json::object();
}

struct Made {
  int64_t requests = 0;
  int64_t prompt_tokens = 0;
  int64_t reply_tokens = 0;
};

// What the journal says was made, by (model, task).
std::map<std::pair<std::string, std::string>, Made> made_by(const std::string& folder) {
  std::map<std::pair<std::string, std::string>, Made> made;
  const Status read = harness::read_journal(folder, [&made](const harness::SampleRecord& record) {
    Made& sums = made[{record.key.model, record.key.task}];
    ++sums.requests;
    sums.prompt_tokens += record.completion.num_prompt_tokens;
    sums.reply_tokens += static_cast<int64_t>(record.completion.token_ids.size());
    return ok_status();
  });
  EXPECT_TRUE(read.ok()) << read.message();
  return made;
}

// Every file below a folder, with its size.
std::set<std::pair<std::string, uintmax_t>> files_below(const std::string& folder) {
  std::set<std::pair<std::string, uintmax_t>> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
    files.emplace(entry.path().string(), entry.is_regular_file() ? entry.file_size() : 0);
  return files;
}

void expect_foretold(const Json& estimate, const std::string& folder) {
  const auto made = made_by(folder);
  size_t seen = 0;
  for (const Json& model : estimate.at("models")) {
    EXPECT_EQ(model.at("prompt_tokens_counted_by"), "tokenizer");
    for (const Json& task : model.at("tasks")) {
      const auto sums = made.find({model.at("model"), task.at("task")});
      ASSERT_NE(sums, made.end()) << task;
      EXPECT_EQ(task.at("requests"), sums->second.requests) << task;
      EXPECT_EQ(task.at("prompt_tokens"), sums->second.prompt_tokens) << task;
      EXPECT_GE(model.at("most_reply_tokens"), sums->second.reply_tokens) << task;
      ++seen;
    }
  }
  EXPECT_EQ(seen, made.size());
}

TEST(Estimate, RequestsAndPromptTokensAreThoseOfTheRunThatFollows) {
  const std::string folder = fresh_folder("estimate") + "/run";
  const Words words = {"run",
                       "--model",
                       "standin-axk1,standin-solar-open",
                       "--tasks",
                       "aime25,kmmlu_pro,livecodebench_v6,mmlu_pro",
                       "--limit",
                       "3",
                       "--max-tokens",
                       "48",
                       "-o",
                       folder};
  const Json estimate = estimate_of(words);
  EXPECT_FALSE(std::filesystem::exists(folder));
  ASSERT_EQ(estimate.at("models").size(), 2u);
  for (const Json& model : estimate.at("models")) {
    EXPECT_TRUE(model.at("refusal").is_null());
    EXPECT_TRUE(model.at("reply_tokens").is_null());  // nobody knows them yet
    EXPECT_GT(model.at("memory_plan").at("total_bytes"), 0);
    for (const Json& task : model.at("tasks")) {
      // MMLU-Pro is asked with five worked questions, the others with none.
      const bool shots = task.at("task") == "mmlu_pro";
      EXPECT_EQ(task.at("fewshot_tokens") > 0, shots) << task;
      EXPECT_LT(task.at("fewshot_tokens"), task.at("prompt_tokens"));
    }
  }
  const ProgramResult run = run_program(words);
  ASSERT_EQ(run.exit_code, 0) << run.err;
  expect_foretold(estimate, folder);
  EXPECT_NE(run.err.find("standin-axk1: 21 requests, "), std::string::npos) << run.err;
  EXPECT_NE(run.err.find("standin-solar-open: 21 requests, "), std::string::npos) << run.err;
}

TEST(Estimate, AnEarlierRunSaysHowLongRepliesAre) {
  const std::string folder = fresh_folder("estimate_like");
  const Words words = {"run",     "--model", "standin-k-exaone", "--tasks", "aime25,mmlu_pro",
                       "--limit", "4"};
  ASSERT_EQ(run_program(with(words, {"-o", folder + "/first"})).exit_code, 0);
  const auto made = made_by(folder + "/first");
  const Json estimate = estimate_of(
      with(words, {"--like", folder + "/first", "-o", folder + "/second", "--tokens-per-second",
                   "10", "--prompt-price", "2", "--reply-price", "10"}));
  const Json& model = estimate.at("models").at(0);
  int64_t replies = 0, prompts = 0;
  for (const auto& [key, sums] : made) {
    replies += sums.reply_tokens;
    prompts += sums.prompt_tokens;
  }
  EXPECT_EQ(model.at("reply_tokens"), replies);
  EXPECT_EQ(model.at("reply_tokens_from"), folder + "/first");
  EXPECT_NEAR(model.at("seconds").get<double>(), static_cast<double>(replies) / 10.0, 1e-6);
  EXPECT_NEAR(model.at("cost").get<double>(), static_cast<double>(2 * prompts + 10 * replies) / 1e6,
              1e-9);
  const auto journal_bytes =
      static_cast<double>(std::filesystem::file_size(folder + "/first/samples.jsonl"));
  EXPECT_NEAR(model.at("journal_bytes").get<double>(), journal_bytes, 10.0);
}

TEST(Estimate, OfARunThatHasBegunCountsWhatIsLeft) {
  const std::string folder = fresh_folder("estimate_left") + "/run";
  const Words words = {"run",     "--model", "standin-axk1", "--tasks", "kmmlu_pro,mmlu_pro",
                       "--limit", "4",       "-o",           folder};
  const Json whole = estimate_of(words);
  ASSERT_EQ(run_program(words).exit_code, 0);
  const std::string journal = folder + "/samples.jsonl";
  const std::string text = *read_file(journal);
  size_t end = 0;
  for (int line = 0; line < 5; ++line)
    end = text.find('\n', end) + 1;
  ASSERT_EQ(truncate(journal.c_str(), static_cast<off_t>(end)), 0);
  const auto made = made_by(folder);
  const auto before = files_below(folder);

  const Json left = estimate_of({"run", "-o", folder});
  EXPECT_EQ(files_below(folder), before);
  int64_t done = 0, prompt_tokens = 0;
  for (const auto& [key, sums] : made) {
    done += sums.requests;
    prompt_tokens += sums.prompt_tokens;
  }
  EXPECT_EQ(done, 5);
  EXPECT_EQ(left.at("models").at(0).at("requests"), 3);
  EXPECT_EQ(left.at("models").at(0).at("prompt_tokens"),
            whole.at("models").at(0).at("prompt_tokens").get<int64_t>() - prompt_tokens);

  // What the run would refuse is refused here, and named.
  const Json other = estimate_of({"run", "-o", folder, "--seed", "8"}, 2);
  EXPECT_NE(other.at("refusal").get<std::string>().find(
                "this folder holds a run with other settings: /seed"),
            std::string::npos)
      << other;
}

TEST(Estimate, WhatWouldRefuseOneModelIsSaidBesideTheOthers) {
  const std::string folder = fresh_folder("estimate_refused");
  std::filesystem::create_directories(folder + "/broken");
  for (const char* file : {"config.json", "tokenizer.json", "tokenizer_config.json"})
    std::filesystem::copy_file(
        std::string(JANGWON_SOURCE_DIR) + "/runtime/stand_ins/standin-axk1/" + file,
        folder + "/broken/" + file);
  const Json estimate = estimate_of({"run", "--model", "standin-axk1," + folder + "/broken",
                                     "--tasks", "kmmlu_pro", "--limit", "2", "-o", folder + "/run"},
                                    2);
  EXPECT_TRUE(estimate.at("models").at(0).at("refusal").is_null());
  EXPECT_EQ(estimate.at("models").at(0).at("requests"), 2);
  EXPECT_NE(estimate.at("models").at(1).at("refusal").get<std::string>().find("broken"),
            std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(folder + "/run"));
}

TEST(Estimate, ATokenizerFolderCountsForAServerThatIsNotAsked) {
  const std::string folder = fresh_folder("estimate_tokenizer") + "/run";
  // Nobody listens there.
  const Words words = {"run",     "--model",  "openai:http://127.0.0.1:9/v1#served",
                       "--tasks", "mmlu_pro", "--limit",
                       "3",       "-o",       folder};
  const Json by_text = estimate_of(words);
  EXPECT_EQ(by_text.at("models").at(0).at("prompt_tokens_counted_by"), "text");
  const Json counted = estimate_of(with(words, {"--tokenizer", "standin-axk1"}));
  const Json embedded = estimate_of(
      {"run", "--model", "standin-axk1", "--tasks", "mmlu_pro", "--limit", "3", "-o", folder});
  EXPECT_EQ(counted.at("models").at(0).at("prompt_tokens"),
            embedded.at("models").at(0).at("prompt_tokens"));
}

}  // namespace
}  // namespace jangwon::e2e
