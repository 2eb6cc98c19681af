// jangwon serve as a user starts it, and a run through it beside a run of the embedded engine.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "runtime/base/file.h"
#include "runtime/base/json.h"
#include "tests/e2e/program.h"
#include "tests/fakes/socket_client.h"

namespace jangwon::e2e {
namespace {

constexpr const char* kModel = "standin-k-exaone";

class Server {
 public:
  explicit Server(std::vector<std::string> more = {}) {
    std::vector<std::string> words = {JANGWON_PROGRAM, "serve", "--model", kModel,
                                      "--port",        "0",     "--json"};
    words.insert(words.end(), more.begin(), more.end());
    std::vector<char*> argv;
    for (std::string& word : words)
      argv.push_back(word.data());
    argv.push_back(nullptr);
    int out[2];
    EXPECT_EQ(pipe2(out, O_CLOEXEC), 0);
    child_ = fork();
    if (child_ == 0) {
      dup2(out[1], 1);
      execv(JANGWON_PROGRAM, argv.data());
      _exit(127);
    }
    ::close(out[1]);
    std::string line;
    for (char c = 0; ::read(out[0], &c, 1) == 1 && c != '\n';)
      line += c;
    ::close(out[0]);
    const Json ready = Json::parse(line, nullptr, false);
    EXPECT_TRUE(ready.is_object()) << line;
    if (ready.is_object()) url_ = ready["url"].get<std::string>();
  }
  ~Server() {
    if (child_ > 0) end(SIGKILL);
  }

  const std::string& url() const { return url_; }
  int port() const { return std::atoi(url_.c_str() + url_.rfind(':') + 1); }
  // The exit code, or 128 + signal.
  int end(int signal) {
    ::kill(child_, signal);
    int status = 0;
    waitpid(child_, &status, 0);
    child_ = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

 private:
  pid_t child_ = 0;
  std::string url_;
};

std::string run_model(const std::string& word, const std::string& name,
                      const std::vector<std::string>& more) {
  const std::string folder = fresh_folder(name);
  std::vector<std::string> arguments = {"run", "--model",      word,   "--limit", "5",   "--seed",
                                        "3",   "--max-tokens", "2000", "-o",      folder};
  arguments.insert(arguments.end(), more.begin(), more.end());
  const ProgramResult result = run_program(arguments);
  EXPECT_EQ(result.exit_code, 0) << result.err;
  return folder;
}

// What each sample was answered.
std::map<std::string, std::string> replies_of(const std::string& folder) {
  std::map<std::string, std::string> replies;
  std::istringstream lines(read_file(folder + "/samples.jsonl").value());
  for (std::string line; std::getline(lines, line);) {
    const Json row = Json::parse(line);
    const Json& completion = row["completion"];
    replies[row["task"].get<std::string>() + "/" + row["sample_id"].get<std::string>() + "/" +
            row["repeat"].dump()] =
        to_json_line({completion["reasoning"], completion["answer_text"],
                      completion["finish_reason"], row["verdict"]});
  }
  return replies;
}

TEST(ServeProgram, ARunThroughItIsTheRunOfTheEngine) {
  const Server server;
  const std::string word = "openai:" + server.url() + "#" + kModel;
  const std::vector<std::string> tasks = {"--tasks", "aime25,livecodebench_v6,kmmlu_pro,mmlu_pro"};
  std::vector<std::string> greedy = tasks, sampled = tasks;
  greedy.insert(greedy.end(), {"--repeats", "1", "--temperature", "0"});
  sampled.insert(sampled.end(), {"--repeats", "2", "--temperature", "0.9", "--top-p", "0.95"});
  EXPECT_EQ(replies_of(run_model(kModel, "serve_greedy", greedy)),
            replies_of(run_model(word, "serve_greedy_asked", greedy)));
  const auto drawn = replies_of(run_model(kModel, "serve_sampled", sampled));
  EXPECT_EQ(drawn.size(), 40u);
  EXPECT_EQ(drawn, replies_of(run_model(word, "serve_sampled_asked", sampled)));
}

TEST(ServeProgram, EndsCleanlyBySignal) {
  for (const int signal : {SIGTERM, SIGINT}) {
    Server server;
    EXPECT_EQ(server.url(), "http://127.0.0.1:" + std::to_string(server.port()) + "/v1");
    fakes::SocketClient client(server.port());
    client.send(fakes::http_request("GET", "/health", ""));
    EXPECT_EQ(client.read_reply().status, 200);
    EXPECT_EQ(server.end(signal), 0);
  }
}

TEST(ServeProgram, TakesItsKeyFromAFileOrAVariable) {
  const std::string folder = fresh_folder("serve_key");
  ASSERT_TRUE(write_file_atomically(folder + "/key", "sk-0123456789\n").ok());
  setenv("JANGWON_TEST_KEY", "sk-0123456789", 1);
  for (const std::vector<std::string>& flags :
       {std::vector<std::string>{"--api-key-file", folder + "/key"},
        std::vector<std::string>{"--api-key-env", "JANGWON_TEST_KEY"}}) {
    const Server server(flags);
    fakes::SocketClient client(server.port());
    client.send(fakes::http_request("GET", "/v1/models", ""));
    EXPECT_EQ(client.read_reply().status, 401);
    client.send(
        fakes::http_request("GET", "/v1/models", "", "Authorization: Bearer sk-0123456789\r\n"));
    EXPECT_EQ(client.read_reply().status, 200);
  }
  unsetenv("JANGWON_TEST_KEY");
}

TEST(ServeProgram, SaysInOneSentenceWhatIsWrong) {
  const Server server;
  const std::string port = std::to_string(server.port());
  const std::vector<std::pair<std::vector<std::string>, std::string>> cases = {
      {{"--model", kModel, "--port", port}, "cannot listen on 127.0.0.1 port " + port},
      {{"--model", kModel, "--port", "65536"}, "--port"},
      {{"--model", kModel, "--host", "no.such.host.invalid"},
       "cannot listen on no.such.host.invalid"},
      {{"--model", "no_model"}, "no_model"},
      {{"--model", kModel, "--api-key-env", "JANGWON_NO_SUCH_KEY"},
       "JANGWON_NO_SUCH_KEY is not set"},
      {{"--model", kModel, "--api-key-file", "/nowhere/key"}, "/nowhere/key"},
      {{"--model", kModel, "--chat-template-args", "[]"}, "--chat-template-args"},
  };
  for (const auto& [flags, part] : cases) {
    std::vector<std::string> words = {"serve"};
    words.insert(words.end(), flags.begin(), flags.end());
    const ProgramResult result = run_program(words);
    EXPECT_EQ(result.exit_code, 2) << result.err;
    EXPECT_NE(result.err.find(part), std::string::npos) << result.err;
  }
}

// --- other people's clients ---

// JANGWON_CLIENT_PYTHON names the Python that has them.
class ServeClients : public testing::TestWithParam<const char*> {};

TEST_P(ServeClients, GetWhatTheRunHas) {
  const char* given = std::getenv("JANGWON_CLIENT_PYTHON");
  const std::string python = given != nullptr ? given : "python3";
  const std::string folder = fresh_folder(std::string("serve_client_") + GetParam());
  const std::string run =
      run_model(kModel, std::string("serve_client_run_") + GetParam(),
                {"--tasks", "aime25,kmmlu_pro,mmlu_pro", "--repeats", "1", "--temperature", "0"});
  const Server server;
  const ShellResult result = shell(
      "'" + python + "' '" + JANGWON_SOURCE_DIR + "/tests/peers/serve_clients.py' " + GetParam() +
      " " + server.url() + " " + kModel + " '" + run + "/samples.jsonl' '" + folder + "'");
  if (result.exit_code == 77)
    GTEST_SKIP() << "the Python package of " << GetParam() << " is not installed";
  EXPECT_EQ(result.exit_code, 0) << result.out;
}

INSTANTIATE_TEST_SUITE_P(Packages, ServeClients, testing::Values("openai", "lm_eval", "inspect"));

}  // namespace
}  // namespace jangwon::e2e
