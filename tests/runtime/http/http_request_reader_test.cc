#include "runtime/http/http_request_reader.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace jangwon {
namespace {

const HttpLimits kLimits = {
    .max_line_bytes = 100, .max_head_bytes = 300, .max_headers = 5, .max_body_bytes = 20};

// "METHOD PATH ? QUERY | BODY" of every request in the bytes, or the status of the refusal.
std::vector<std::string> read_all(const std::string& bytes, size_t piece) {
  HttpRequestReader reader(kLimits);
  std::vector<std::string> read;
  size_t at = 0;
  while (at < bytes.size()) {
    at += reader.feed(std::string_view(bytes).substr(at, piece));
    if (reader.is_refused()) {
      read.push_back(std::to_string(reader.refused_status()));
      EXPECT_FALSE(reader.refusal().empty());
      return read;
    }
    if (!reader.is_whole()) continue;
    const ServerRequest request = reader.take();
    read.push_back(request.method + " " + request.path + "?" + request.query + "|" + request.body);
  }
  if (!reader.is_idle()) read.push_back("more");
  return read;
}

struct Case {
  std::string bytes;
  std::vector<std::string> read;
};

TEST(HttpRequestReaderTest, ReadsWhatTheGrammarSays) {
  const std::string host = "Host: x\r\n";
  const std::vector<Case> cases = {
      {"GET /a HTTP/1.1\r\n" + host + "\r\n", {"GET /a?|"}},
      {"GET /a?b=c HTTP/1.0\r\n\r\n", {"GET /a?b=c|"}},
      {"\r\nGET / HTTP/1.1\r\n" + host + "\r\n", {"GET /?|"}},
      {"POST / HTTP/1.1\r\n" + host + "Content-Length: 3\r\n\r\nabcGET /b HTTP/1.1\r\n" + host +
           "\r\n",
       {"POST /?|abc", "GET /b?|"}},
      {"POST / HTTP/1.1\r\n" + host +
           "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\nT: u\r\n\r\n",
       {"POST /?|abc0123456789"}},
      {"POST / HTTP/1.1\r\n" + host + "Content-Length: 3\r\n\r\nab", {"more"}},

      {"GET / HTTP/1.1\n" + host + "\n", {"400"}},
      {"GET / HTTP/1.1\r\n\r\n", {"400"}},
      {"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", {"400"}},
      {"GET / HTTP/2.0\r\n" + host + "\r\n", {"505"}},
      {"GET http://x/ HTTP/1.1\r\n" + host + "\r\n", {"400"}},
      {"GET /\r\n\r\n", {"400"}},
      {"G@T / HTTP/1.1\r\n" + host + "\r\n", {"400"}},
      {"GET / HTTP/1.1\r\nHost : x\r\n\r\n", {"400"}},
      {"GET / HTTP/1.1\r\nHost: x\r\n folded\r\n\r\n", {"400"}},
      {std::string("GET / HTTP/1.1\r\nHost: a\0b\r\n\r\n", 29), {"400"}},
      {"POST / HTTP/1.1\r\n" + host + "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc", {"400"}},
      {"POST / HTTP/1.1\r\n" + host + "Content-Length: -1\r\n\r\n", {"400"}},
      {"POST / HTTP/1.1\r\n" + host + "Content-Length: +1\r\n\r\n", {"400"}},
      {"POST / HTTP/1.1\r\n" + host + "Content-Length: 1, 1\r\n\r\n", {"400"}},
      {"POST / HTTP/1.1\r\n" + host + "Content-Length: 99999999999999999999999\r\n\r\n", {"400"}},
      {"POST / HTTP/1.1\r\n" + host + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
       {"400"}},
      {"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", {"400"}},
      {"POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: gzip\r\n\r\n", {"501"}},
      {"POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\nxyz\r\n", {"400"}},
      {"POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n", {"400"}},
      {"POST / HTTP/1.1\r\n" + host + "Expect: something\r\n\r\n", {"417"}},
      {"POST / HTTP/1.1\r\n" + host + "Content-Length: 21\r\n\r\n", {"413"}},
      {"POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n15\r\n", {"413"}},
      {"POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n",
       {"413"}},
      {"POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\nA\r\n0123456789\r\nB\r\n",
       {"413"}},
      {"GET /" + std::string(200, 'a') + " HTTP/1.1\r\n", {"414"}},
      {"GET / HTTP/1.1\r\nHost: " + std::string(200, 'a'), {"431"}},
      {"GET / HTTP/1.1\r\n" + host + "a:\r\nb:\r\nc:\r\nd:\r\ne:\r\n\r\n", {"431"}},
  };
  for (const Case& c : cases) {
    for (const size_t piece : {size_t{1}, size_t{2}, size_t{7}, c.bytes.size()})
      EXPECT_EQ(read_all(c.bytes, piece), c.read) << c.bytes << " in pieces of " << piece;
  }
}

TEST(HttpRequestReaderTest, TellsWhetherTheConnectionGoesOn) {
  const auto keeps = [](const std::string& bytes) {
    HttpRequestReader reader(kLimits);
    reader.feed(bytes);
    return reader.take().keep_alive;
  };
  EXPECT_TRUE(keeps("GET / HTTP/1.1\r\nHost: x\r\n\r\n"));
  EXPECT_FALSE(keeps("GET / HTTP/1.1\r\nHost: x\r\nConnection: x, Close\r\n\r\n"));
  EXPECT_FALSE(keeps("GET / HTTP/1.0\r\n\r\n"));
  EXPECT_TRUE(keeps("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"));
}

TEST(HttpRequestReaderTest, AsksOnceForABodyThatWaitsForLeave) {
  HttpRequestReader reader(kLimits);
  reader.feed("POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n");
  EXPECT_FALSE(reader.take_continue_wish());
  reader.feed("\r\n");
  EXPECT_EQ(reader.body_bytes(), 2u);
  EXPECT_TRUE(reader.take_continue_wish());
  EXPECT_FALSE(reader.take_continue_wish());
}

}  // namespace
}  // namespace jangwon
