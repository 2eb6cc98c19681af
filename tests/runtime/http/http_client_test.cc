#include "runtime/http/http_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "tests/fakes/fake_server.h"

namespace jangwon {
namespace {

using fakes::FakeConnection;
using fakes::FakeRequest;
using fakes::FakeServer;
using std::chrono::milliseconds;

std::unique_ptr<HttpClient> make_client() {
  Result<std::unique_ptr<HttpClient>> client = HttpClient::create({});
  JANGWON_CHECK(client.ok());
  return std::move(*client);
}

HttpRequest get(const FakeServer& server, const std::string& path = "/") {
  HttpRequest request;
  request.url = server.url() + path;
  return request;
}

TEST(HttpClient, SendsWhatItIsTold) {
  FakeServer server([](const FakeRequest&, FakeConnection& connection) {
    connection.reply(201, "made", {{"X-One", " 1 "}});
  });
  HttpRequest request = get(server, "/p?q=1");
  request.body = "{\"a\": 1}";
  request.bearer_token = "t0ken";
  request.headers = {{"X-Two", "2"}};
  const HttpReply reply = make_client()->fetch(request);
  EXPECT_EQ(reply.failure, HttpFailure::kNone);
  EXPECT_EQ(reply.status, 201);
  EXPECT_EQ(reply.body, "made");
  ASSERT_NE(reply.header("x-one"), nullptr);
  EXPECT_EQ(*reply.header("x-one"), "1");
  const FakeRequest seen = server.requests().at(0);
  EXPECT_EQ(seen.method, "POST");
  EXPECT_EQ(seen.target, "/p?q=1");
  EXPECT_EQ(seen.body, "{\"a\": 1}");
  EXPECT_EQ(seen.header("authorization"), "Bearer t0ken");
  EXPECT_EQ(seen.header("x-two"), "2");
  EXPECT_EQ(seen.header("content-type"), "application/json");
}

TEST(HttpClient, NeverFollowsARedirect) {
  FakeServer server([](const FakeRequest&, FakeConnection& connection) {
    connection.reply(302, "", {{"Location", "/elsewhere"}});
  });
  EXPECT_EQ(make_client()->fetch(get(server)).status, 302);
  EXPECT_EQ(server.num_requests(), 1);
}

TEST(HttpClient, FailuresAreToldApart) {
  FakeServer broken([](const FakeRequest&, FakeConnection& connection) {
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
    connection.close();
  });
  FakeServer large([](const FakeRequest&, FakeConnection& connection) {
    connection.reply(200, std::string(5000, 'x'));
  });
  FakeServer foreign([](const FakeRequest&, FakeConnection& connection) {
    connection.send("SSH-2.0-OpenSSH_9.2\r\n");
    connection.close();
  });
  const auto client = make_client();
  EXPECT_EQ(client->fetch(get(broken)).failure, HttpFailure::kBroken);
  const HttpReply no_http = client->fetch(get(foreign));
  EXPECT_EQ(no_http.failure, HttpFailure::kBroken);
  EXPECT_THAT(no_http.failure_text.english(), testing::HasSubstr("not HTTP"));
  HttpRequest small = get(large);
  small.max_body_bytes = 4999;
  EXPECT_EQ(client->fetch(small).failure, HttpFailure::kTooLarge);
  HttpRequest nowhere;
  nowhere.url = "http://127.0.0.1:1/";
  const HttpReply refused = client->fetch(nowhere);
  EXPECT_EQ(refused.failure, HttpFailure::kConnect);
  EXPECT_THAT(refused.failure_text.english(), testing::HasSubstr("127.0.0.1"));
  HttpRequest wrong;
  wrong.url = "ftp://127.0.0.1/";
  EXPECT_EQ(client->fetch(wrong).failure, HttpFailure::kUrl);
  EXPECT_EQ(
      client->fetch(get(large), [](const HttpReply&, std::string_view) { return false; }).failure,
      HttpFailure::kAborted);
  EXPECT_EQ(client->num_in_flight(), 0);
}

TEST(HttpClient, HeadersAreBounded) {
  FakeServer server([](const FakeRequest&, FakeConnection& connection) {
    std::string head = "HTTP/1.1 200 OK\r\n";
    for (int i = 0; i < 270; ++i)
      head += "x-" + std::to_string(i) + ": " + std::string(1000, 'x') + "\r\n";
    connection.send(head + "Content-Length: 2\r\n\r\nok");
  });
  EXPECT_EQ(make_client()->fetch(get(server)).failure, HttpFailure::kTooLarge);
}

TEST(HttpClient, SilenceEndsARequest) {
  std::atomic<bool> over = false;
  FakeServer server([&](const FakeRequest&, FakeConnection&) {
    while (!over)
      std::this_thread::sleep_for(milliseconds(2));
  });
  HttpRequest request = get(server);
  request.idle_timeout = milliseconds(100);
  EXPECT_EQ(make_client()->fetch(request).failure, HttpFailure::kIdle);
  over = true;
}

TEST(HttpClient, CancelledRequestsAreNotReported) {
  FakeServer server(
      [](const FakeRequest&, FakeConnection& connection) { connection.reply(200, "x"); });
  const auto client = make_client();
  int done = 0;
  const auto first = client->start(get(server), {}, [&](HttpReply) { done += 100; });
  client->start(get(server), {}, [&](HttpReply) { ++done; });
  client->cancel(first);
  client->cancel(first);
  while (client->num_in_flight() > 0)
    client->poll(milliseconds(50));
  EXPECT_EQ(done, 1);
}

TEST(HttpClient, CallbackMayStartTheNextRequest) {
  FakeServer server([](const FakeRequest& request, FakeConnection& connection) {
    connection.reply(200, request.target);
  });
  const auto client = make_client();
  std::vector<std::string> bodies;
  std::function<void(int)> ask = [&](int left) {
    client->start(get(server, "/" + std::to_string(left)), {}, [&, left](HttpReply reply) {
      bodies.push_back(reply.body);
      if (left > 0) ask(left - 1);
    });
  };
  for (int i = 0; i < 3; ++i)
    ask(4);
  while (client->num_in_flight() > 0)
    client->poll(milliseconds(50));
  EXPECT_EQ(bodies.size(), 15u);
}

}  // namespace
}  // namespace jangwon
