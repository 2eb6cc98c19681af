// What the remote backend costs the machine it runs on: requests a second and core, and memory with
// 100,000 requests queued, against a server that answers at once. Usage: remote_bench [REQUESTS
// [CONCURRENCY [PROMPT_BYTES]]]
//        remote_bench serve     the server alone, for measuring the whole program: prints its port
//
// The server is another process; counted is the CPU time of this one, user and system.

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>

#include "harness/backends/all_backends.h"
#include "tests/fakes/instant_server.h"

namespace jangwon::harness {
namespace {

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double peak_memory_mb() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024.0;
}

int run(int num_requests, int concurrency, size_t prompt_bytes) {
  int port = 0;
  const int listen_fd = fakes::listen_on_loopback(port);
  const pid_t server = fork();
  if (server == 0) fakes::run_instant_server(listen_fd, "The answer is (C).");
  close(listen_fd);
  const std::string word = "openai:http://127.0.0.1:" + std::to_string(port) +
                           "/v1#m?probe=off&concurrency=" + std::to_string(concurrency);
  Result<std::unique_ptr<Backend>> backend = make_backend(word, {});
  if (!backend.ok()) {
    std::fprintf(stderr, "%s\n", backend.status().message().c_str());
    return 1;
  }
  // As in the run loop, what is queued is a list of keys; a request is made when it is asked for.
  const std::string question(prompt_bytes, 'q');
  int next = 0, answered = 0, failed = 0;
  const double cpu_before = cpu_seconds();
  const auto before = std::chrono::steady_clock::now();
  const Status status = (*backend)->serve(
      [&]() -> std::optional<Request> {
        if (next == num_requests) return std::nullopt;
        Request request;
        request.task = "bench";
        request.sample_id = std::to_string(next++);
        request.messages = {{"user", question}};
        if (!(*backend)->prepare(request).ok()) return std::nullopt;
        return request;
      },
      [&](const Request&, const Completion& completion) {
        ++(completion.finish_reason == FinishReason::kStop ? answered : failed);
      },
      [] { return false; });
  const double wall =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - before).count();
  const double cpu = cpu_seconds() - cpu_before;
  kill(server, SIGKILL);
  waitpid(server, nullptr, 0);
  std::printf("requests %d  answered %d  failed %d  concurrency %d  prompt %zu bytes\n",
              num_requests, answered, failed, concurrency, prompt_bytes);
  std::printf(
      "wall %.2f s (%.0f requests/s)  client CPU %.2f s (%.0f requests/s and core)  peak memory "
      "%.0f MB\n",
      wall, answered / wall, cpu, answered / cpu, peak_memory_mb());
  return status.ok() && answered == num_requests ? 0 : 1;
}

}  // namespace
}  // namespace jangwon::harness

int main(int argc, char** argv) {
  if (argc > 1 && std::string(argv[1]) == "serve") {
    int port = 0;
    const int listen_fd = jangwon::fakes::listen_on_loopback(port);
    std::printf("%d\n", port);
    std::fflush(stdout);
    jangwon::fakes::run_instant_server(listen_fd, "The answer is (C).");
  }
  const auto number = [&](int at, int fallback) {
    return argc > at ? std::atoi(argv[at]) : fallback;
  };
  return jangwon::harness::run(number(1, 100000), number(2, 64),
                               static_cast<size_t>(number(3, 2000)));
}
