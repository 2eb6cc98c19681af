// A server of the OpenAI API that knows nothing and answers everything, well or badly: what it says
// is a function of the question, so that a test can tell every reply from every other.

#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "tests/fakes/fake_server.h"

namespace jangwon::fakes {

enum class Manner {
  kGood,
  kWholeThoughStreamWasAsked,  // ignores "stream"
  kWrongJson,
  kHtml,
  kNotAReply,          // JSON, but of another kind
  kTruncatedStream,    // ends in good order before the reply does
  kErrorInsideStream,  // after status 200 and a piece of text
  kKeepAlives,         // comments between the pieces
  kEndlessKeepAlives,  // and nothing else
  kResetInBody,        // RST after a piece of text
  kResetAtOnce,        // RST instead of a reply
  k429,                // with and without a hint how long to wait
  k429RetryAfter,
  k503,
  k503RetryAfterMs,
  k500,
  kSlowFirstByte,
  kChoicesOutOfOrder,
  kContentNull,  // all text in reasoning_content, content null; the end of thinking never came
  kReasoningContent,
  kReasoning,
  kInlineThinking,
  kHugeReply,
  kInvalidUtf8,
  kRedirect,      // to `elsewhere`
  kUnauthorized,  // repeats the key in its message
  kContextTooLong,
  kLateLength,  // says "stop" although the limit was reached
  kEchoesKey,   // a reply that holds the Authorization header
  kContentFilter,
};

class OpenAiFake {
 public:
  // What becomes of attempt `attempt` (from 0) at the question `question` (the last user
  // message, or the prompt).
  using Plan = std::function<Manner(const std::string& question, int attempt)>;

  explicit OpenAiFake(Plan plan, const std::string& certificate_host = "");

  FakeServer& server() { return *server_; }
  std::string word(const std::string& options = "") const;  // for --model; `options` as in "?n=2"

  // Replies that were sent whole and well, by question: how often the same work was done twice.
  std::map<std::string, int> answered() const;
  int most_at_once() const;  // generations in flight

  // The reply to a question; `choice` is the index of n, `seed` is 0 for a greedy request.
  static std::string answer_to(const std::string& question, int choice, int64_t seed);

  std::string elsewhere = "http://127.0.0.1:1/v1";  // where kRedirect points
  bool honours_n = true;
  bool has_tokenize = false;
  // of every generation
  std::atomic<std::chrono::milliseconds> thinking_time{std::chrono::milliseconds(0)};
  size_t huge_reply_bytes = size_t{8} << 20;

 private:
  void handle(const FakeRequest& request, FakeConnection& connection);
  void generate(const FakeRequest& request, FakeConnection& connection);
  void behave(Manner manner, const FakeRequest& request, FakeConnection& connection);

  Plan plan_;
  mutable std::mutex mutex_;
  std::map<std::string, int> attempts_;
  std::map<std::string, int> answered_;
  int at_once_ = 0;
  int most_at_once_ = 0;
  std::unique_ptr<FakeServer> server_;  // last: its threads use the rest
};

}  // namespace jangwon::fakes
