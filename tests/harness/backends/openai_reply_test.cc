#include "harness/backends/openai_reply.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace jangwon::harness {
namespace {

using testing::HasSubstr;

// Feeds in pieces of `size` bytes: no border may matter.
Status read(OpenAiReplyReader& reader, const std::string& text, size_t size) {
  for (size_t at = 0; at < text.size(); at += size) {
    const Status status = reader.feed(std::string_view(text).substr(at, size));
    if (!status.ok()) return status;
  }
  return reader.finish();
}

TEST(OpenAiReply, StreamReadsTheSameWhereverItIsCut) {
  const std::string text =
      "\xEF\xBB\xBF: hello\r\n\r\n"
      "data: {\"choices\":[{\"index\":1,\"delta\":{\"role\":\"assistant\",\"content\":\"둘\"}}]}\r\n\r\n"
      "data:{\"choices\":[{\"index\":0,\"delta\":{\"content\":null,\"reasoning\":\"음\"}}]}\n\n"
      ": keep-alive\n\n"
      "data: {\"choices\":[{\"index\":0,\n"
      "data: \"delta\":{\"content\":\"하나\"},\"finish_reason\":\"stop\"}]}\n\n"
      "data: {\"choices\":[{\"index\":1,\"delta\":{},\"finish_reason\":\"length\"}],\"usage\":null}\r\r"
      "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":5,"
      "\"completion_tokens_details\":{\"reasoning_tokens\":2},\"prompt_tokens_details\":null}}\n\n"
      "data: [DONE]";
  for (size_t size = 1; size < 40; ++size) {
    OpenAiReplyReader reader(2, 1 << 20);
    ASSERT_TRUE(read(reader, text, size).ok()) << size;
    const OpenAiReply& reply = reader.reply();
    ASSERT_EQ(reply.choices.size(), 2u);
    EXPECT_EQ(reply.choices.at(0).text, "하나");
    EXPECT_EQ(reply.choices.at(0).reasoning, "음");
    EXPECT_EQ(reply.choices.at(1).text, "둘");
    EXPECT_EQ(reply.choices.at(1).finish_reason, "length");
    EXPECT_EQ(reply.completion_tokens, 5);
    EXPECT_EQ(reply.reasoning_tokens, 2);
    EXPECT_TRUE(reply.done);
  }
}

TEST(OpenAiReply, ContentMayBeAListOfParts) {
  OpenAiReplyReader reader(1, 1 << 20);
  ASSERT_TRUE(read(reader,
                   R"({"choices":[{"message":{"content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]},
                       "finish_reason":"stop"}]})",
                   7)
                  .ok());
  EXPECT_EQ(reader.reply().choices.at(0).text, "ab");
}

TEST(OpenAiReply, WhatIsNoReplyIsRefused) {
  for (const char* text :
       {"", "   ", "<html>", "[]", "7", "{", R"({"choices": 7})", R"({"choices": [7]})",
        R"({"choices": [{"index": 1}]})", R"({"choices": [{"index": -1}]})", R"({"choices": [{"index": 1e300}]})",
        R"({"choices": [{"message": {"content": 7}}]})", R"({"choices": [{"message": []}]})",
        R"({"choices": [{"finish_reason": 7}]})", R"({"usage": {"prompt_tokens": "7"}})", "data: {\n\n", "data: x\n\n",
        R"({"choices": [{"logprobs": {"token_logprobs": ["x"]}}]})"}) {
    OpenAiReplyReader reader(1, 1 << 20);
    EXPECT_FALSE(read(reader, text, 5).ok()) << text;
  }
}

TEST(OpenAiReply, EventAndReplyAreBounded) {
  OpenAiReplyReader events(1, 1000), whole(1, 1000), blanks(1, 1000);
  EXPECT_FALSE(read(events, "data: " + std::string(5000, 'x'), 100).ok());
  EXPECT_FALSE(read(whole, "{" + std::string(5000, ' '), 100).ok());
  EXPECT_FALSE(read(blanks, std::string(5000, ' '), 100).ok());
}

TEST(OpenAiReply, ErrorsAreClassifiedByStatusAndByTheServersWords) {
  struct Case {
    int status;
    const char* body;
    RetryClass retry;
    const char* message;
  };
  const Case cases[] = {
      {429, R"({"error": {"message": "slow down", "code": "rate_limit_exceeded"}})", RetryClass::kThrottled,
       "slow down"},
      {429, R"({"error": {"message": "pay first", "code": "insufficient_quota"}})", RetryClass::kFinal, "pay first"},
      {400, R"({"object": "error", "message": "too long", "code": 400})", RetryClass::kFinal, "too long"},
      {422, R"({"detail": [{"loc": ["body"], "msg": "field required"}]})", RetryClass::kFinal, "field required"},
      {404, R"({"detail": "Not Found"})", RetryClass::kFinal, "Not Found"},
      {502, "<html>bad gateway</html>", RetryClass::kTransient, "HTML"},
      {503, "", RetryClass::kThrottled, "nothing"},
      {529, R"({"error": {"type": "overloaded_error", "message": "Overloaded"}})", RetryClass::kThrottled,
       "Overloaded"},
  };
  for (const Case& item : cases) {
    HttpReply reply;
    reply.status = item.status;
    reply.body = item.body;
    const OpenAiError error = error_of(reply);
    EXPECT_EQ(error.retry, item.retry) << item.body;
    EXPECT_THAT(error.message, HasSubstr(item.message));
    EXPECT_THAT(error.message, HasSubstr("HTTP " + std::to_string(item.status)));
  }
}

TEST(OpenAiReply, ErrorInsideAStreamEndsIt) {
  OpenAiReplyReader reader(1, 1 << 20);
  ASSERT_TRUE(read(reader,
                   "data: {\"choices\":[{\"delta\":{\"content\":\"x\"}}]}\n\n"
                   "event: error\ndata: {\"message\": \"prompt is bad\", \"type\": \"invalid_request_error\"}\n\n"
                   "data: {\"choices\":[{\"delta\":{\"content\":\"y\"},\"finish_reason\":\"stop\"}]}\n\n",
                   9)
                  .ok());
  ASSERT_TRUE(reader.reply().error);
  EXPECT_EQ(reader.reply().error->message, "prompt is bad");
  EXPECT_EQ(reader.reply().error->retry, RetryClass::kFinal);
  EXPECT_EQ(reader.reply().choices.at(0).text, "x");
}

TEST(OpenAiReply, LongMessagesAreCut) {
  HttpReply reply;
  reply.status = 500;
  reply.body = R"({"error": ")" + std::string(100000, 'x') + "\"}";
  EXPECT_LT(error_of(reply).message.size(), 1000u);
}

TEST(OpenAiReply, InvalidUtf8IsReplacedAndValidUtf8Kept) {
  EXPECT_EQ(replace_invalid_utf8("가a\U0001F600"), "가a\U0001F600");
  EXPECT_EQ(replace_invalid_utf8("\xC0\x80"), "\uFFFD\uFFFD");
  EXPECT_EQ(replace_invalid_utf8("\xE0\x80\x80"), "\uFFFD\uFFFD\uFFFD");
  EXPECT_EQ(replace_invalid_utf8("a\xE3\x81"), "a\uFFFD\uFFFD");
  EXPECT_EQ(replace_invalid_utf8("\xF5\x80"), "\uFFFD\uFFFD");
}

}  // namespace
}  // namespace jangwon::harness
