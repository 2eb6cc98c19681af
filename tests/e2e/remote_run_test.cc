// A run on a server that misbehaves, killed at random moments and called again, ends with the
// results of a calm run on a server that behaves; and the key is nowhere in what is left behind.

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <random>
#include <set>

#include "harness/record/journal.h"
#include "runtime/base/file.h"
#include "runtime/base/json.h"
#include "tests/e2e/program.h"
#include "tests/fakes/fake_server.h"
#include "tests/fakes/openai_fake.h"

namespace jangwon::e2e {
namespace {

using fakes::Manner;
using fakes::OpenAiFake;

constexpr const char* kKey = "sk-e2e-0123456789abcdef";

// What the probe asks is answered well, so that run.json says the same of every server.
bool is_probe(const std::string& question) {
  return question == "Name a random animal.";
}

std::vector<std::string> run_arguments(const std::string& word, const std::string& folder) {
  return {"run",       "--model", word,     "--tasks", "aime25,mmlu_pro", "--limit", "20",
          "--repeats", "2",       "--seed", "7",       "--temperature",   "0.8",     "--max-tokens",
          "64",        "-o",      folder};
}

class RemoteRun : public testing::Test {
 protected:
  RemoteRun() { setenv("OPENAI_API_KEY", kKey, 1); }
  ~RemoteRun() override { unsetenv("OPENAI_API_KEY"); }
};

void expect_no_key_below(const std::string& folder) {
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    EXPECT_EQ(read_file(entry.path().string())->find(kKey), std::string::npos) << entry.path();
  }
}

TEST_F(RemoteRun, KilledRunOnAHostileServerEndsWithTheResultsOfACalmOne) {
  OpenAiFake good([](const std::string&, int) { return Manner::kGood; });
  OpenAiFake hostile([](const std::string& question, int attempt) {
    if (is_probe(question)) return Manner::kGood;
    static const Manner kManners[] = {
        Manner::kResetInBody,       Manner::k429RetryAfter, Manner::kTruncatedStream,
        Manner::kErrorInsideStream, Manner::kHtml,          Manner::kGood,
        Manner::k503RetryAfterMs,   Manner::kResetAtOnce,   Manner::kWrongJson,
        Manner::kKeepAlives};
    // A third of the attempts is answered well, which third depends on the question.
    const size_t turn = std::hash<std::string>()(question) + static_cast<size_t>(attempt);
    return turn % 3 == 0 ? Manner::kGood : kManners[turn % std::size(kManners)];
  });
  hostile.thinking_time = std::chrono::milliseconds(15);

  const std::string calm = fresh_folder("remote_calm"), killed = fresh_folder("remote_killed");
  const ProgramResult undisturbed =
      run_program(run_arguments(good.word("?retry_ms=1&concurrency=4"), calm));
  ASSERT_EQ(undisturbed.exit_code, 0) << undisturbed.err;

  const std::vector<std::string> arguments =
      run_arguments(hostile.word("?retry_ms=1&concurrency=4"), killed);
  std::mt19937 random(20260102);
  int kills = 0;
  for (int round = 0; round < 5; ++round) {
    const pid_t child = start_program(arguments);
    usleep(100000 + static_cast<useconds_t>(random() % 300000));
    kill(child, SIGKILL);
    int status = 0;
    waitpid(child, &status, 0);
    kills += WIFSIGNALED(status) ? 1 : 0;
  }
  EXPECT_GT(kills, 0) << "no call was killed in the middle: the test proves nothing";
  const ProgramResult last = run_program(arguments);
  ASSERT_EQ(last.exit_code, 0) << last.err;

  std::set<harness::RecordKey> keys;
  const Status read = harness::read_journal(killed, [&](harness::SampleRecord record) {
    EXPECT_TRUE(keys.insert(record.key).second)
        << record.key.task << " " << record.key.sample_id << " stands twice";
    EXPECT_NE(record.verdict, harness::Verdict::kInfraError) << record.error;
    return ok_status();
  });
  ASSERT_TRUE(read.ok()) << read.message();
  Json calm_results = *read_json_file(calm + "/results.json"),
       results = *read_json_file(killed + "/results.json");
  EXPECT_EQ(results, calm_results);
  expect_no_key_below(killed);
  expect_no_key_below(calm);
  for (const std::string& text : {last.out, last.err, undisturbed.out, undisturbed.err})
    EXPECT_EQ(text.find(kKey), std::string::npos);
}

TEST_F(RemoteRun, RequestThatFailedForGoodIsAnErrorOfOursAndAskedAgainLater) {
  std::atomic<bool> repaired = false;
  OpenAiFake fake([&](const std::string& question, int) {
    if (is_probe(question) || repaired) return Manner::kGood;
    return std::hash<std::string>()(question) % 2 == 0 ? Manner::kUnauthorized : Manner::kEchoesKey;
  });
  const std::string folder = fresh_folder("remote_errors");
  const std::vector<std::string> arguments =
      run_arguments(fake.word("?retry_ms=1&attempts=2"), folder);
  const ProgramResult first = run_program(arguments);
  EXPECT_EQ(first.exit_code, 5) << first.err;
  int errors = 0;
  ASSERT_TRUE(harness::read_journal(folder, [&](harness::SampleRecord record) {
                errors += record.verdict == harness::Verdict::kInfraError ? 1 : 0;
                return ok_status();
              }).ok());
  EXPECT_GT(errors, 0);
  expect_no_key_below(folder);
  for (const std::string& text : {first.out, first.err})
    EXPECT_EQ(text.find(kKey), std::string::npos);
  repaired = true;
  EXPECT_EQ(run_program(arguments).exit_code, 0);
  EXPECT_TRUE(read_json_file(folder + "/results.json")->at("complete").get<bool>());
}

TEST_F(RemoteRun, KeysInsideOfSettingsReachNoFileAndNoOutput) {
  constexpr const char* kHidden = "hidden-e2e-0123456789";
  OpenAiFake fake([&](const std::string& question, int) {
    return is_probe(question)                            ? Manner::kGood
           : std::hash<std::string>()(question) % 2 == 0 ? Manner::kUnauthorized
                                                         : Manner::kGood;
  });
  const std::string body =
      std::string("%7B%22api_key%22%3A%22") + kHidden + "%22%2C%22effort%22%3A%22high%22%7D";
  const std::string header = std::string("%7B%22x-auth-token%22%3A%22") + kHidden + "%22%7D";
  const std::string folder = fresh_folder("remote_hidden"),
                    config = fresh_folder("remote_hidden_config");
  const std::string file = config + "/endpoint.yaml";
  ASSERT_TRUE(write_file_atomically(file, "url: " + fake.server().url() +
                                              "/v1\nmodel: fake-model\nretry_ms: 1\nattempts: 1\n" +
                                              "extra_body: {api_key: " + kHidden +
                                              ", effort: high}\n")
                  .ok());
  ASSERT_TRUE(write_file_atomically(
                  config + "/run.yaml",
                  "model: \"" + fake.word("?retry_ms=1&attempts=1&extra_body=" + body) + "\"\n")
                  .ok());
  const std::string word =
      fake.word("?retry_ms=1&attempts=1&extra_body=" + body + "&headers=" + header);
  const std::vector<std::vector<std::string>> ways = {{"--model", word},
                                                      {"--model=" + word},
                                                      {"--set", "model=" + word},
                                                      {"--config", config + "/run.yaml"},
                                                      {"--model", "openai:" + file}};
  for (size_t i = 0; i < ways.size(); ++i) {
    const std::string run = folder + "/" + std::to_string(i);
    std::vector<std::string> arguments = {"run", "--tasks", "mmlu_pro", "--limit", "4", "-o", run};
    arguments.insert(arguments.end(), ways[i].begin(), ways[i].end());
    const ProgramResult result = run_program(arguments);
    EXPECT_TRUE(result.exit_code == 0 || result.exit_code == 5) << result.err;
    EXPECT_EQ(fake.server().requests().back().body.find(kHidden) == std::string::npos, false)
        << "it is sent";
    EXPECT_EQ((result.out + result.err).find(kHidden), std::string::npos);
    for (const auto& entry : std::filesystem::recursive_directory_iterator(run)) {
      if (!entry.is_regular_file()) continue;
      EXPECT_EQ(read_file(entry.path().string())->find(kHidden), std::string::npos) << entry.path();
    }
    EXPECT_EQ(run_program(arguments).exit_code, result.exit_code) << "the same call goes on";
  }
  const ProgramResult alone = run_program({"run", "-o", folder + "/0"});
  EXPECT_EQ(alone.exit_code, 2) << "what was not written down cannot be sent";
  EXPECT_NE(alone.err.find("name the model with its key again"), std::string::npos) << alone.err;
}

// The first questions have their own waits; without the signal they would last for minutes.
TEST_F(RemoteRun, SignalDuringTheFirstQuestionsEndsThem) {
  std::unique_ptr<fakes::FakeServer> silent;
  silent =
      std::make_unique<fakes::FakeServer>([&](const fakes::FakeRequest&, fakes::FakeConnection&) {
        silent->wait(std::chrono::hours(1));
      });
  for (const int signal : {SIGINT, SIGTERM}) {
    const int before = silent->num_requests();
    const std::string folder = fresh_folder("remote_signal");
    const pid_t child = start_program(run_arguments("openai:" + silent->url() + "/v1#m", folder));
    while (silent->num_requests() == before)
      usleep(10000);
    kill(child, signal);
    int status = 0;
    waitpid(child, &status, 0);
    ASSERT_TRUE(WIFEXITED(status));
    EXPECT_EQ(WEXITSTATUS(status), 5) << "interrupted, and not a server that does not answer";
  }
}

// A server whose every reply is the same.
fakes::FakeServer::Handler same_reply(const std::string& choice) {
  return [choice](const fakes::FakeRequest& request, fakes::FakeConnection& connection) {
    if (request.path() == "/v1/models") return connection.reply(200, R"({"data":[{"id":"m"}]})");
    if (request.path() != "/v1/chat/completions") return connection.reply(404, "{}");
    connection.reply(200, R"({"choices":[)" + choice + R"(],"usage":{"completion_tokens":"5"}})");
  };
}

TEST_F(RemoteRun, UnknownFinishReasonIsSaidOnceAndKept) {
  fakes::FakeServer server(same_reply(
      R"({"index":0,"message":{"content":"The answer is (H)."},"finish_reason":"tired"})"));
  const std::string folder = fresh_folder("remote_tired");
  const ProgramResult result = run_program({"run", "--model", "openai:" + server.url() + "/v1#m",
                                            "--tasks", "mmlu_pro", "--limit", "3", "-o", folder});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  int named = 0;
  const Json results = *read_json_file(folder + "/results.json");
  for (const Json& warning : results.at("warnings"))
    named += warning.get<std::string>().find("3 replies ended with the finish_reason \"tired\"") !=
             std::string::npos;
  EXPECT_EQ(named, 1);
  ASSERT_TRUE(harness::read_journal(folder, [&](harness::SampleRecord record) {
                EXPECT_EQ(record.completion.server_finish_reason, "tired");
                EXPECT_FALSE(record.truncated);
                return ok_status();
              }).ok());
}

TEST_F(RemoteRun, ThinkingThatStandsInTheTextAsWellIsNoAnswer) {
  struct Case {
    const char* choice;
    const char* markers;
    harness::Verdict verdict;
    bool unterminated;
  };
  const Case cases[] = {
      {R"({"message":{"content":"<think>(A)? No.</think>The answer is (H).","reasoning_content":"(A)? No."},"finish_reason":"stop"})",
       "", harness::Verdict::kCorrect, false},
      {R"({"message":{"content":"<think>The answer is (H). But","reasoning":"The answer is (H). But"},"finish_reason":"length"})",
       "", harness::Verdict::kNoAnswer, true},
      {R"({"message":{"content":"The answer is (H). But","reasoning":"The answer is (H). But"},"finish_reason":"length"})",
       "", harness::Verdict::kNoAnswer, true},
      {R"({"message":{"content":"{{The answer is (A).}}The answer is (H)."},"finish_reason":"stop"})",
       "{{...}}", harness::Verdict::kCorrect, false},
      {R"({"message":{"content":"{{The answer is (H)."},"finish_reason":"length"})", "{{...}}",
       harness::Verdict::kNoAnswer, true},
  };
  for (const Case& c : cases) {
    fakes::FakeServer server(same_reply(c.choice));
    for (const bool per_model : {false, true}) {
      const std::string folder = fresh_folder("remote_thinking");
      std::string word = "openai:" + server.url() + "/v1#m?probe=off";
      std::vector<std::string> arguments = {"run", "--tasks", "mmlu_pro", "--limit",
                                            "1",   "-o",      folder};
      if (*c.markers != '\0' && per_model) word += std::string("&thinking_markers=") + c.markers;
      if (*c.markers != '\0' && !per_model)
        arguments.insert(arguments.end(), {"--thinking-markers", c.markers});
      arguments.insert(arguments.end(), {"--model", word});
      const ProgramResult result = run_program(arguments);
      EXPECT_EQ(result.exit_code, 0) << result.err;
      const auto expect_as_said = [&](const std::string& run) {
        ASSERT_TRUE(harness::read_journal(run, [&](harness::SampleRecord record) {
                      EXPECT_EQ(record.verdict, c.verdict) << c.choice;
                      EXPECT_EQ(record.unterminated_reasoning, c.unterminated) << c.choice;
                      return ok_status();
                    }).ok());
      };
      expect_as_said(folder);
      const std::string again = folder + "-again";
      std::filesystem::remove_all(again);
      EXPECT_EQ(run_program({"score", folder, "-o", again}).exit_code, 0);
      expect_as_said(again);
    }
  }
}

TEST_F(RemoteRun, SamplingThatNobodySetIsTheServersAndGreedyRepeatsAreSaid) {
  fakes::FakeServer server(
      same_reply(R"({"message":{"content":"\\boxed{1}"},"finish_reason":"stop"})"));
  const auto warned = [&](const std::vector<std::string>& flags) {
    const std::string folder = fresh_folder("remote_sampling");
    std::vector<std::string> arguments = {"run",     "--model", "openai:" + server.url() + "/v1#m",
                                          "--tasks", "aime25",  "--limit",
                                          "1",       "-o",      folder};
    arguments.insert(arguments.end(), flags.begin(), flags.end());
    const ProgramResult result = run_program(arguments);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    const Json sampling =
        read_json_file(folder + "/run.json")->at("models")[0]["sampling"]["aime25"];
    EXPECT_EQ(sampling["top_p"]["value"], Json());
    EXPECT_EQ(sampling["top_p"]["origin"], "the server's default");
    EXPECT_EQ(Json::parse(server.requests().back().body).contains("temperature"), !flags.empty());
    return read_file(folder + "/results.json")->find("are the same run") != std::string::npos;
  };
  EXPECT_FALSE(warned({}));
  EXPECT_TRUE(warned({"--temperature", "0"}));
  EXPECT_TRUE(warned({"--temperature", "1", "--top-k", "1"}));
  EXPECT_FALSE(warned({"--temperature", "0.6"}));
}

// A name comes from a recording as it is, and from the command line into a message.
TEST_F(RemoteRun, ProbeOfAnEstimateMeasuresTheServerAndWritesNothing) {
  OpenAiFake server([](const std::string&, int) { return Manner::kGood; });
  const std::string folder = fresh_folder("remote_estimate");
  std::vector<std::string> arguments =
      run_arguments(server.word("?concurrency=4"), folder + "/run");
  arguments.insert(arguments.end(), {"--dry-run", "--json"});
  const ProgramResult silent = run_program(arguments);
  ASSERT_EQ(silent.exit_code, 0) << silent.err;
  EXPECT_TRUE(server.answered().empty());  // nobody was asked
  EXPECT_TRUE(parse_json(silent.out)->at("models").at(0).at("tokens_a_second").is_null());

  arguments.push_back("--probe");
  const ProgramResult probed = run_program(arguments);
  ASSERT_EQ(probed.exit_code, 0) << probed.err;
  const Json model = parse_json(probed.out)->at("models").at(0);
  EXPECT_GT(model.at("tokens_a_second").get<double>(), 0.0);
  EXPECT_EQ(model.at("tokens_a_second_from"), "--probe");
  EXPECT_EQ(model.at("prompt_tokens_counted_by"), "server");
  int asked = 0;
  for (const auto& [question, times] : server.answered())
    asked += is_probe(question) || question.find("capital") != std::string::npos ? 0 : times;
  EXPECT_LE(asked, 12);  // eight of the tasks, and what tells the server's ways apart
  EXPECT_GE(asked, 8);
  EXPECT_TRUE(std::filesystem::is_empty(folder));
}

TEST_F(RemoteRun, ProbeOfAServerThatFailsIsARefusal) {
  OpenAiFake server([](const std::string& question, int) {
    return is_probe(question) ? Manner::kGood : Manner::kUnauthorized;
  });
  const std::string folder = fresh_folder("remote_estimate_refused");
  std::vector<std::string> arguments =
      run_arguments(server.word("?concurrency=4&retry_ms=1"), folder + "/run");
  arguments.insert(arguments.end(), {"--dry-run", "--json", "--probe"});
  const ProgramResult probed = run_program(arguments);
  EXPECT_EQ(probed.exit_code, 2);
  EXPECT_FALSE(parse_json(probed.out)->at("refusal").is_null()) << probed.out;
  EXPECT_EQ(probed.out.find(kKey), std::string::npos);
  EXPECT_EQ(probed.err.find(kKey), std::string::npos);
}

TEST_F(RemoteRun, NameOfAModelSteersNoTerminal) {
  const std::string folder = fresh_folder("remote_names"), rows = folder + "/rows.jsonl";
  ASSERT_TRUE(
      write_file_atomically(
          rows,
          R"({"id": "none", "output": "x", "model": "name\u001b[31m\u009b2J\u202egpj\u2066\u007f"})"
          "\n")
          .ok());
  const std::vector<std::vector<std::string>> calls = {
      {"run", "--model", "replay:" + rows, "--tasks", "mmlu_pro", "--limit", "1", "-o",
       folder + "/run"},
      {"report", folder + "/run", "--format", "csv"},
      {"report", folder + "/run", "--format", "json"},
      {"compare", folder + "/run", folder + "/run"},
      {"run", "--model", "name\x1b[31m\u009b2J\u202egpj\u2066\x7f", "--tasks", "mmlu_pro"}};
  bool named = false;
  for (const std::vector<std::string>& call : calls) {
    const ProgramResult result = run_program(call);
    named = named || result.out.find("gpj") != std::string::npos;
    for (const char* steering : {"\x1b", "\u009b", "\u202e", "\u2066", "\x7f"})
      EXPECT_EQ((result.out + result.err).find(steering), std::string::npos) << call.front();
  }
  EXPECT_TRUE(named) << "the name was never shown";
}

TEST_F(RemoteRun, WrongModelWordsAreOneSentenceWithoutTheKey) {
  for (const std::string& word :
       {std::string("openai:http://") + kKey + "@127.0.0.1:1/v1#m",
        std::string("openai:http://127.0.0.1:1/v1?key=") + kKey + "#m",
        std::string("openai:http://127.0.0.1:1/v1#m?attempts=1&retry_ms=1")}) {
    const ProgramResult result = run_program(run_arguments(word, fresh_folder("remote_wrong")));
    EXPECT_EQ(result.exit_code, 2);
    EXPECT_EQ((result.out + result.err).find(kKey), std::string::npos) << result.err;
  }
}

}  // namespace
}  // namespace jangwon::e2e
