// A thousand clients, and clients that leave, lie, stall or do not read: the server answers the
// others on, and gives back what it held.

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <fstream>

#include "runtime/base/sanitized.h"
#include "tests/runtime/serve/served_engine.h"

namespace jangwon::runtime {
namespace {

using fakes::http_request;
using fakes::SocketClient;
using fakes::SocketReply;
using std::chrono::milliseconds;

constexpr const char* kText = "/v1/completions";
constexpr const char* kUsed = "jangwon_cache_blocks_used";
constexpr const char* kLeft = "jangwon_ended_early_total{reason=\"client left\"}";
constexpr const char* kTooSlow = "jangwon_ended_early_total{reason=\"client too slow\"}";

Json body_of(int max_tokens, const std::string& prompt = "1, 2, 3,") {
  return {{"model", "m"}, {"prompt", prompt}, {"max_tokens", max_tokens}, {"ignore_eos", true}};
}

std::string stream_request(Json body) {
  body["stream"] = true;
  return http_request("POST", kText, to_json_line(body));
}

std::string streamed_text(const SocketReply& reply) {
  std::string text;
  for (size_t at = 0; (at = reply.body.find("data: {", at)) != std::string::npos; ++at) {
    const Json chunk = Json::parse(reply.body.substr(at + 6, reply.body.find("\n\n", at) - at - 6));
    if (chunk.contains("choices")) text += chunk["choices"][0]["text"].get<std::string>();
  }
  return text;
}

int64_t resident_kb() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmRSS:")) return std::atoll(line.c_str() + 6);
  }
  return 0;
}

bool allow_descriptors(rlim_t count) {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = std::max(limit.rlim_cur, std::min(count, limit.rlim_max));
  setrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_cur >= count;
}

TEST(LoadTest, AThousandStreamsAtATime) {
  if (!allow_descriptors(2200))
    GTEST_SKIP() << "this machine gives a process fewer than 2200 descriptors";
  const ServedEngine served;
  std::vector<std::string> expected;
  for (int i = 0; i < 10; ++i)
    expected.push_back(
        served.ask_json(kText, body_of(6, std::to_string(i) + ","))["choices"][0]["text"]);
  [[maybe_unused]] const int64_t before_kb = resident_kb();
  std::vector<std::unique_ptr<SocketClient>> clients;
  for (int i = 0; i < 1000; ++i) {
    clients.push_back(std::make_unique<SocketClient>(served.port()));
    clients.back()->send(stream_request(body_of(6, std::to_string(i % 10) + ",")));
  }
  EXPECT_GE(served.figure("jangwon_connections"), 1000);
  for (int i = 0; i < 1000; ++i) {
    const SocketReply reply = clients[static_cast<size_t>(i)]->read_reply();
    ASSERT_TRUE(reply.is_whole) << i << ": " << reply.status << reply.body;
    ASSERT_TRUE(reply.body.ends_with("data: [DONE]\n\n")) << i;
    ASSERT_EQ(streamed_text(reply), expected[static_cast<size_t>(i % 10)]) << i;
  }
  // Of a stream a buffer or two and its reply, on both ends of the connection.
#if !defined(JANGWON_SANITIZED)  // which keeps what was freed
  EXPECT_LT(resident_kb() - before_kb, 200 * 1024);
#endif
  clients.clear();
  EXPECT_TRUE(served.wait_for_figure(kUsed, 0));
  EXPECT_TRUE(served.wait_for_figure("jangwon_connections", 1));
}

// --- clients that leave ---

TEST(LoadTest, AStreamThatIsLeftGivesItsBlocksBack) {
  const ServedEngine served;
  for (int round = 0; round < 3; ++round) {
    SocketClient client(served.port());
    client.send(stream_request(body_of(4000)));
    EXPECT_NE(client.read_until("\"text\":\""), "");
    EXPECT_GT(served.figure(kUsed), 0);
    client.close();
    EXPECT_TRUE(served.wait_for_figure(kLeft, round + 1));
    EXPECT_TRUE(served.wait_for_figure(kUsed, 0));
  }
  EXPECT_EQ(served.figure("jangwon_choices"), 0);
  EXPECT_EQ(served.ask("POST", kText, to_json_line(body_of(3))).status, 200);
}

TEST(LoadTest, AWholeReplyThatIsLeftGivesItsBlocksBack) {
  const ServedEngine served;
  SocketClient client(served.port());
  client.send(http_request("POST", kText, to_json_line(body_of(4000))));
  EXPECT_TRUE(served.wait_for_figure("jangwon_choices", 1));
  client.close();
  EXPECT_TRUE(served.wait_for_figure(kLeft, 1));
  EXPECT_TRUE(served.wait_for_figure(kUsed, 0));
}

TEST(LoadTest, AHalfClosedConnectionGetsItsReply) {
  const ServedEngine served;
  const std::string text =
      served.ask_json(kText, body_of(300))["choices"][0]["text"].get<std::string>();
  for (const bool streams : {false, true}) {
    SocketClient client(served.port());
    client.send(streams ? stream_request(body_of(300))
                        : http_request("POST", kText, to_json_line(body_of(300))));
    client.shut_writing();
    const SocketReply reply = client.read_reply();
    ASSERT_TRUE(reply.is_whole);
    EXPECT_EQ(streams ? streamed_text(reply)
                      : Json::parse(reply.body)["choices"][0]["text"].get<std::string>(),
              text);
  }
}

// --- clients that do not read ---

TEST(LoadTest, ASlowReaderHoldsNobodyUpAndMissesNothing) {
  const ServedEngine served;
  Json body = body_of(1500);
  body["logprobs"] = 20;  // megabytes of stream
  const SocketReply quick = [&] {
    SocketClient client(served.port());
    client.send(stream_request(body));
    return client.read_reply();
  }();
  SocketClient slow(served.port(), 4096);
  slow.send(stream_request(body));
  EXPECT_TRUE(served.wait_for_figure("jangwon_choices", 1));
  EXPECT_TRUE(served.wait_for_figure("jangwon_choices", 0)) << "the engine waits for a client";
  EXPECT_EQ(served.figure(kUsed), 0);
  EXPECT_EQ(served.figure("jangwon_calls"), 1) << "its reply is not through yet";
  EXPECT_EQ(served.ask("POST", kText, to_json_line(body_of(3))).status, 200);
  const SocketReply reply = slow.read_reply();
  EXPECT_TRUE(reply.body.ends_with("data: [DONE]\n\n"));
  EXPECT_EQ(streamed_text(reply), streamed_text(quick));
}

TEST(LoadTest, AClientThatReadsNothingIsDropped) {
  ServedEngineOptions options;
  options.http.write_time = milliseconds(300);
  const ServedEngine served(options);
  Json body = body_of(2000);
  body["logprobs"] = 20;
  SocketClient client(served.port(), 4096);
  client.send(stream_request(body));
  EXPECT_TRUE(served.wait_for_figure(kTooSlow, 1));
  EXPECT_TRUE(served.wait_for_figure(kUsed, 0));
  EXPECT_TRUE(served.wait_for_figure("jangwon_connections", 1));
}

// --- clients that lie ---

TEST(LoadTest, RequestsThatDoNotComeAreGivenUp) {
  ServedEngineOptions options;
  options.http.head_time = milliseconds(300);
  options.http.body_time = milliseconds(300);
  options.http.idle_time = milliseconds(300);
  const ServedEngine served(options);
  SocketClient silent(served.port()), head(served.port()), body(served.port()), idle(served.port());
  head.send("GET / HTTP/1.1\r\nHost: x\r\nA:");
  body.send("POST /v1/completions HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc");
  idle.send(http_request("GET", "/health", ""));
  EXPECT_EQ(idle.read_reply().status, 200);
  EXPECT_EQ(head.read_reply().status, 408);
  EXPECT_EQ(body.read_reply().status, 408);
  EXPECT_EQ(silent.read_until("x"), "");
  EXPECT_EQ(idle.read_until("x"), "");
  EXPECT_TRUE(served.wait_for_figure("jangwon_connections", 1));
}

// A byte now and then does not put the deadline off.
TEST(LoadTest, AHeadThatTricklesIsGivenUp) {
  ServedEngineOptions options;
  options.http.head_time = milliseconds(500);
  const ServedEngine served(options);
  SocketClient client(served.port());
  client.send("GET / HTTP/1.1\r\n");
  std::atomic<bool> ended = false;
  std::thread trickle([&] {
    while (!ended) {
      client.send("a");
      std::this_thread::sleep_for(milliseconds(20));
    }
  });
  EXPECT_EQ(client.read_reply().status, 408);
  ended = true;
  trickle.join();
}

TEST(LoadTest, ALyingContentLengthHurtsItselfAlone) {
  const ServedEngine served;
  {
    SocketClient more(served.port());  // the rest is a request of its own, and none
    more.send(
        "POST /tokenize HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: "
        "2\r\n\r\n{}garbage\r\n");
    EXPECT_EQ(more.read_reply().status, 400);
    EXPECT_EQ(more.read_reply().status, 400);
    SocketClient fewer(served.port());
    fewer.send(
        "POST /tokenize HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: "
        "200\r\n\r\n{}");
    fewer.shut_writing();
    EXPECT_EQ(fewer.read_until("x"), "");
  }
  EXPECT_TRUE(served.wait_for_figure("jangwon_body_bytes", 0));
  EXPECT_EQ(served.ask("POST", kText, to_json_line(body_of(3))).status, 200);
}

TEST(LoadTest, BodiesTakeNoMoreThanTheirMemory) {
  ServedEngineOptions options;
  options.http.limits.max_body_bytes = 1000;
  options.http.max_bodies_bytes = 1500;
  const ServedEngine served(options);
  SocketClient first(served.port());
  first.send("POST /tokenize HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nabc");
  EXPECT_TRUE(served.wait_for_figure("jangwon_body_bytes", 1000));
  const SocketReply refused = served.ask("POST", "/tokenize", std::string(900, ' '));
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(refused.headers.at("retry-after"), "1");
  first.close();
  EXPECT_TRUE(served.wait_for_figure("jangwon_body_bytes", 0));
  EXPECT_EQ(
      served.ask("POST", "/tokenize", "{\"prompt\": \"" + std::string(900, 'a') + "\"}").status,
      200);
}

TEST(LoadTest, RequestsOnOneConnectionAreAnsweredInTheirOrder) {
  const ServedEngine served;
  SocketClient client(served.port());
  client.send(http_request("POST", kText, to_json_line(body_of(50))) +
              http_request("GET", "/health", "") + stream_request(body_of(5)) +
              "HEAD /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_NE(client.read_reply().body.find("text_completion"), std::string::npos);
  EXPECT_EQ(client.read_reply().body, R"({"status":"ok"})");
  EXPECT_TRUE(client.read_reply().body.ends_with("data: [DONE]\n\n"));
  EXPECT_EQ(client.read_until("\r\n\r\n").substr(0, 15), "HTTP/1.1 200 OK");
  EXPECT_EQ(client.read_until("x"), "");
}

TEST(LoadTest, ABodyMayWaitForLeave) {
  const ServedEngine served;
  SocketClient client(served.port());
  client.send(
      "POST /tokenize HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nExpect: "
      "100-continue\r\n"
      "Content-Length: 15\r\n\r\n");
  EXPECT_EQ(client.read_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  client.send("{\"prompt\": \"a\"}");
  EXPECT_EQ(client.read_reply().status, 200);
}

// --- limits ---

TEST(LoadTest, BeyondTheQueueClientsAreToldToComeAgain) {
  ServedEngineOptions options;
  options.service.max_choices = 3;
  const ServedEngine served(options);
  Json three = body_of(4000);
  three["n"] = 3;
  SocketClient client(served.port());
  client.send(stream_request(three));
  EXPECT_TRUE(served.wait_for_figure("jangwon_choices", 3));
  const SocketReply refused = served.ask("POST", kText, to_json_line(body_of(3)));
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(refused.headers.at("retry-after"), "1");
  EXPECT_EQ(Json::parse(refused.body)["error"]["code"], "queue_full");
  EXPECT_EQ(served.ask("GET", "/health").status, 200);
  client.close();
  EXPECT_TRUE(served.wait_for_figure("jangwon_choices", 0));
  EXPECT_EQ(served.ask("POST", kText, to_json_line(body_of(3))).status, 200);
  three["n"] = 4;
  EXPECT_EQ(served.ask("POST", kText, to_json_line(three)).status, 400);
}

TEST(LoadTest, BeyondTheConnectionsClientsAreTurnedAway) {
  ServedEngineOptions options;
  options.http.max_connections = 2;
  const ServedEngine served(options);
  SocketClient first(served.port()), second(served.port());
  first.send(http_request("GET", "/health", ""));
  EXPECT_EQ(first.read_reply().status, 200);
  EXPECT_EQ(served.ask("GET", "/health").status, 503);
  first.send(http_request("GET", "/health", ""));
  EXPECT_EQ(first.read_reply().status, 200);
}

TEST(LoadTest, ACallThatTakesTooLongIsEnded) {
  ServedEngineOptions options;
  options.service.call_time = std::chrono::seconds(0);
  const ServedEngine served(options);
  const SocketReply whole = served.ask("POST", kText, to_json_line(body_of(4000)));
  EXPECT_EQ(whole.status, 504);
  EXPECT_EQ(Json::parse(whole.body)["error"]["code"], "time_limit");
  EXPECT_TRUE(served.wait_for_figure(kUsed, 0));
}

// --- the end ---

TEST(LoadTest, WhatRunsMayEndAndNothingNewBegins) {
  ServedEngine served;
  SocketClient idle(served.port()), running(served.port()), late(served.port());
  idle.send(http_request("GET", "/health", ""));
  EXPECT_EQ(idle.read_reply().status, 200);
  running.send(stream_request(body_of(1000)));
  running.read_until("\"text\"");
  late.send("GET /hea");  // has begun and will not be refused
  EXPECT_TRUE(served.wait_for_figure("jangwon_choices", 1));
  served.signal();
  EXPECT_EQ(idle.read_until("x"), "") << "an idle connection is closed";
  late.send("lth HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(late.read_reply().status, 503);
  EXPECT_NE(running.read_until("[DONE]").find("finish_reason\":\"length"), std::string::npos);
  served.join();
  EXPECT_EQ(SocketClient(served.port()).read_until("x"), "");
}

TEST(LoadTest, ASecondSignalEndsWhatRuns) {
  ServedEngine served;
  SocketClient streaming(served.port()), waiting(served.port());
  streaming.send(stream_request(body_of(4000)));
  streaming.read_until("\"text\"");
  waiting.send(http_request("POST", kText, to_json_line(body_of(4000))));
  EXPECT_TRUE(served.wait_for_figure("jangwon_choices", 2));
  served.signal();
  served.signal();
  EXPECT_NE(streaming.read_until("[DONE]").find("shutting_down"), std::string::npos);
  EXPECT_EQ(waiting.read_reply().status, 503);
  served.join();
}

}  // namespace
}  // namespace jangwon::runtime
