// The remote backend against a peer's real server: `transformers serve` (Python) on a stand-in
// gives the same greedy replies as the engine in this program. Skipped where it is absent;
// JANGWON_TRANSFORMERS names its program where it is not on the path.

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <thread>

#include "harness/backends/all_backends.h"
#include "runtime/base/file.h"
#include "runtime/base/install_paths.h"
#include "runtime/http/http_client.h"

namespace jangwon::harness {
namespace {

namespace fs = std::filesystem;

int free_port() {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  EXPECT_EQ(bind(fd, reinterpret_cast<sockaddr*>(&address), size), 0);
  getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  close(fd);
  return ntohs(address.sin_port);
}

class TransformersServer {
 public:
  TransformersServer(const std::string& model, const std::string& folder)
      : port_(free_port()), log_(folder + "/serve.log") {
    const char* named = std::getenv("JANGWON_TRANSFORMERS");
    const std::string program = named != nullptr ? named : "transformers";
    const std::string port = std::to_string(port_);
    fs::create_directories(folder + "/hub");
    child_ = fork();
    if (child_ == 0) {
      const int log = open(log_.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
      dup2(log, 1);
      dup2(log, 2);
      setenv("HF_HUB_OFFLINE", "1", 1);
      setenv("HF_HUB_CACHE", (folder + "/hub").c_str(), 1);
      execlp(program.c_str(), program.c_str(), "serve", model.c_str(), "--host", "127.0.0.1",
             "--port", port.c_str(), "--device", "cpu", "--dtype", "float32", nullptr);
      _exit(127);
    }
  }
  ~TransformersServer() {
    if (child_ <= 0) return;
    kill(child_, SIGKILL);
    waitpid(child_, nullptr, 0);
  }

  // Waits until it answers; false when the program ended instead.
  bool comes_up() {
    const auto client = HttpClient::create({});
    EXPECT_TRUE(client.ok()) << client.status().message();
    while (client.ok() && waitpid(child_, nullptr, WNOHANG) == 0) {
      HttpRequest request;
      request.url = url() + "/models";
      if ((*client)->fetch(request).status == 200) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(200));
    }
    child_ = -1;
    return false;
  }

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/v1"; }
  std::string last_words() const {
    std::string text = read_file(log_).ok() ? *read_file(log_) : "";
    while (text.ends_with('\n'))
      text.pop_back();
    return text.substr(text.rfind('\n') == std::string::npos ? 0 : text.rfind('\n') + 1);
  }

 private:
  int port_;
  std::string log_;
  pid_t child_ = -1;
};

std::vector<std::string> greedy_replies(const std::string& model) {
  // as the server computes
  Result<std::unique_ptr<Backend>> backend = make_backend(model, {.numerics = "float32"});
  EXPECT_TRUE(backend.ok()) << backend.status().message();
  if (!backend.ok()) return {};
  const std::vector<std::string> questions = {"What is the last digit of 2^11?",
                                              "Compute 4 + 8 + 3 + 7.",
                                              "How many positive divisors does 74 have?",
                                              "What is the greatest common divisor of 84 and 126?",
                                              "정답을 고르시오. 1+1은? A. 1 B. 2 C. 3 D. 4"};
  std::vector<std::string> replies(questions.size());
  size_t next = 0;
  const Status served = (*backend)->serve(
      [&]() -> std::optional<Request> {
        if (next == questions.size()) return std::nullopt;
        Request request;
        request.sample_id = std::to_string(next);
        request.messages = {{"user", questions[next++]}};
        request.sampling.max_tokens = 48;
        request.set_sampling = {.temperature = true, .max_tokens = true};
        EXPECT_TRUE((*backend)->prepare(request).ok());
        return request;
      },
      [&](const Request& request, const Completion& completion) {
        EXPECT_NE(completion.finish_reason, FinishReason::kError) << completion.error;
        replies[std::stoul(request.sample_id)] = completion.text;
      },
      [] { return false; });
  EXPECT_TRUE(served.ok()) << served.message();
  return replies;
}

TEST(TransformersServe, GivesTheGreedyRepliesOfTheEmbeddedEngine) {
  const std::string folder = testing::TempDir() + "jangwon_serve_" + std::to_string(getpid());
  const std::string model = folder + "/standin-k-exaone";
  fs::create_directories(folder);
  const Result<std::string> stand_in = find_installed("runtime/stand_ins/standin-k-exaone");
  ASSERT_TRUE(stand_in.ok());
  fs::copy(*stand_in, model);
  // The published checkpoint spells its class otherwise than the released package does.
  std::string config = *read_file(model + "/config.json");
  const std::string published = "ExaoneMoEForCausalLM";
  ASSERT_NE(config.find(published), std::string::npos);
  config.replace(config.find(published), published.size(), "ExaoneMoeForCausalLM");
  ASSERT_TRUE(write_file_atomically(model + "/config.json", config).ok());
  {
    TransformersServer server(model, folder);
    if (!server.comes_up()) {
      const std::string why = server.last_words();
      fs::remove_all(folder);
      GTEST_SKIP() << "`transformers serve` is not usable here: "
                   << (why.empty() ? "it is not installed" : why);
    }
    EXPECT_EQ(greedy_replies("openai:" + server.url() + "#" + model),
              greedy_replies("standin-k-exaone"));
  }
  fs::remove_all(folder);
}

}  // namespace
}  // namespace jangwon::harness
