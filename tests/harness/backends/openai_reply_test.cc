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
      "data: "
      "{\"choices\":[{\"index\":1,\"delta\":{\"role\":\"assistant\",\"content\":\"둘\"}}]}\r\n\r\n"
      "data:{\"choices\":[{\"index\":0,\"delta\":{\"content\":null,\"reasoning\":\"음\"}}]}\n\n"
      ": keep-alive\n\n"
      "data: {\"choices\":[{\"index\":0,\n"
      "data: \"delta\":{\"content\":\"하나\"},\"finish_reason\":\"stop\"}]}\n\n"
      "data: "
      "{\"choices\":[{\"index\":1,\"delta\":{},\"finish_reason\":\"length\"}],\"usage\":null}\r\r"
      "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":5,"
      "\"completion_tokens_details\":{\"reasoning_tokens\":2},\"prompt_tokens_details\":null}}\n\n"
      "data: [DONE]";
  for (size_t size = 1; size < 40; ++size) {
    OpenAiReplyReader reader(2, 1 << 20);
    ASSERT_TRUE(read(reader, text, size).ok()) << size;
    const OpenAiReply& reply = reader.reply();
    ASSERT_EQ(reply.choices.size(), 2u);
    EXPECT_EQ(reply.choices.at(0).text(), "하나");
    EXPECT_EQ(reply.choices.at(0).reasoning(), "음");
    EXPECT_EQ(reply.choices.at(1).text(), "둘");
    EXPECT_EQ(reply.choices.at(1).finish_reason, "length");
    EXPECT_EQ(reply.completion_tokens, 5);
    EXPECT_EQ(reply.reasoning_tokens, 2);
    EXPECT_TRUE(reply.done);
  }
}

TEST(OpenAiReply, ContentMayBeAListOfParts) {
  OpenAiReplyReader reader(1, 1 << 20);
  ASSERT_TRUE(
      read(
          reader,
          R"({"choices":[{"message":{"content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]},
                       "finish_reason":"stop"}]})",
          7)
          .ok());
  EXPECT_EQ(reader.reply().choices.at(0).text(), "ab");
}

TEST(OpenAiReply, WhatIsNoReplyIsRefused) {
  for (const char* text :
       {"", "   ", "<html>", "[]", "7", "{", R"({"choices": 7})", R"({"choices": [7]})",
        R"({"choices": [{"index": 1}]})", R"({"choices": [{"index": -1}]})",
        R"({"choices": [{"index": 1e300}]})", R"({"choices": [{"message": {"content": 7}}]})",
        R"({"choices": [{"message": []}]})", R"({"choices": [{"finish_reason": 7}]})",
        R"({"choices": [{"message": {"content": [{"type": "hologram", "text": "x"}]}}]})",
        "data: {\n\n", "data: x\n\n",
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
      {429, R"({"error": {"message": "slow down", "code": "rate_limit_exceeded"}})",
       RetryClass::kThrottled, "slow down"},
      {429, R"({"error": {"message": "pay first", "code": "insufficient_quota"}})",
       RetryClass::kFinal, "pay first"},
      {400, R"({"object": "error", "message": "too long", "code": 400})", RetryClass::kFinal,
       "too long"},
      {422, R"({"detail": [{"loc": ["body"], "msg": "field required"}]})", RetryClass::kFinal,
       "field required"},
      {404, R"({"detail": "Not Found"})", RetryClass::kFinal, "Not Found"},
      {502, "<html>bad gateway</html>", RetryClass::kTransient, "HTML"},
      {503, "", RetryClass::kThrottled, "nothing"},
      {529, R"({"error": {"type": "overloaded_error", "message": "Overloaded"}})",
       RetryClass::kThrottled, "Overloaded"},
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
  ASSERT_TRUE(
      read(reader,
           "data: {\"choices\":[{\"delta\":{\"content\":\"x\"}}]}\n\n"
           "event: error\ndata: {\"message\": \"prompt is bad\", \"type\": "
           "\"invalid_request_error\"}\n\n"
           "data: {\"choices\":[{\"delta\":{\"content\":\"y\"},\"finish_reason\":\"stop\"}]}\n\n",
           9)
          .ok());
  ASSERT_TRUE(reader.reply().error);
  EXPECT_EQ(reader.reply().error->message, "prompt is bad");
  EXPECT_EQ(reader.reply().error->retry, RetryClass::kFinal);
  EXPECT_EQ(reader.reply().choices.at(0).text(), "x");
}

TEST(OpenAiReply, LongMessagesAreCut) {
  HttpReply reply;
  reply.status = 500;
  reply.body = R"({"error": ")" + std::string(100000, 'x') + "\"}";
  EXPECT_LT(error_of(reply).message.size(), 1000u);
}

// The completion of one reply, wherever its bytes are cut.
Completion completion_from(const std::string& text, int max_tokens = 64) {
  Completion completion;
  for (const size_t size : {1u, 7u, 4096u}) {
    OpenAiReplyReader reader(1, 1 << 20);
    const Status status = read(reader, text, size);
    EXPECT_TRUE(status.ok()) << status.message() << "\n" << text;
    const auto choice = reader.reply().choices.find(0);
    if (!status.ok() || choice == reader.reply().choices.end()) return {};
    completion = completion_of(reader.reply(), choice->second, max_tokens, 1);
  }
  return completion;
}

std::string stream_of(const std::vector<std::string>& choices) {
  std::string text;
  for (const std::string& choice : choices)
    text += R"(data: {"choices":[)" + choice + "]}\n\n";
  return text + "data: [DONE]\n\n";
}

TEST(OpenAiReply, WhatStandsInSeveralPlacesIsTakenOnce) {
  const std::vector<std::vector<std::string>> streams = {
      // choices[].text beside the pieces
      {R"({"text":"Hence ","delta":{"content":"Hence "}})",
       R"({"text":"2.","delta":{"content":"2."}})",
       R"({"text":"","delta":{"content":""},"finish_reason":"stop"})"},
      // everything so far beside each piece
      {R"({"message":{"content":"Hence "},"delta":{"content":"Hence "}})",
       R"({"message":{"content":"Hence 2."},"delta":{"content":"2."},"finish_reason":"stop"})"},
      // the whole at the end, behind the pieces
      {R"({"delta":{"content":"Hence "}})", R"({"delta":{"content":"2."}})",
       R"({"delta":{},"message":{"content":"Hence 2."},"text":"Hence 2.","finish_reason":"stop"})"},
      // nothing but the whole, and it again
      {R"({"delta":null,"message":{"content":"Hence "}})",
       R"({"delta":null,"message":{"content":"Hence 2."},"finish_reason":"stop"})"},
      // plain text with pieces that say nothing
      {R"({"delta":{"role":"assistant"},"text":"Hence "})",
       R"({"delta":{},"text":"2.","finish_reason":"stop"})"},
  };
  for (const auto& stream : streams) {
    const Completion completion = completion_from(stream_of(stream));
    EXPECT_EQ(completion.text, "Hence 2.") << stream.front();
    EXPECT_EQ(completion.answer_text, "Hence 2.");
    EXPECT_EQ(completion.reasoning, "");
  }
  const Completion thinking = completion_from(stream_of(
      {R"({"text":"hm","delta":{"reasoning_content":"hm","reasoning":"hm","reasoning_details":[{"text":"hm"}]}})",
       R"({"text":"2.","delta":{"content":"2."},"finish_reason":"stop"})"}));
  EXPECT_EQ(thinking.reasoning, "hm");
  EXPECT_EQ(thinking.text, "2.");
  const Completion cut = completion_from(
      stream_of({R"({"text":"hm","delta":{"reasoning_content":"hm"},"finish_reason":"length"})"}));
  EXPECT_EQ(cut.text, "") << "a copy of the thinking is no answer";
  EXPECT_FALSE(cut.reasoning_terminated);
}

TEST(OpenAiReply, MessagesThatArePiecesAreJoinedThoughOneBeginsLikeTheLast) {
  const Completion completion = completion_from(stream_of(
      {R"({"message":{"role":"assistant","content":"1"}})", R"({"message":{"content":"1"}})",
       R"({"message":{"content":"2"}})", R"({"message":{"content":""},"finish_reason":"stop"})"}));
  EXPECT_EQ(completion.text, "112");
}

TEST(OpenAiReply, WhatKeepsAConnectionAliveIsNoPiece) {
  const Completion completion = completion_from(
      ": OPENROUTER PROCESSING\n\nevent: ping\ndata: {\"type\": \"ping\"}\n\ndata:\n\ndata: \n\n"
      "data: {\"choices\":[]}\n\nretry: 3000\n\nid: 7\n\n"
      "data: {\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}\n\n"
      "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n"
      "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata:\t\n\n"
      "data: [DONE] \n\ndata: no JSON behind the end\n\n");
  EXPECT_EQ(completion.text, "a");
  EXPECT_EQ(completion.finish_reason, FinishReason::kStop);
}

TEST(OpenAiReply, AnErrorThatSaysNothingIsNone) {
  for (const char* error :
       {"null", "\"\"", "{}", "false", "0", "[]",
        R"({"message":"","type":"","param":null,"code":null})", R"({"code":0,"message":""})"}) {
    const Completion completion =
        completion_from(std::string(R"({"error":)") + error +
                        R"(,"choices":[{"message":{"content":"a"},"finish_reason":"stop"}]})");
    EXPECT_EQ(completion.text, "a") << error;
  }
  for (const char* error : {"true", "1", "\"busy\"", R"({"message":"","code":500})"}) {
    OpenAiReplyReader reader(1, 1 << 20);
    ASSERT_TRUE(read(reader,
                     std::string(R"({"error":)") + error +
                         R"(,"choices":[{"message":{"content":"a"},"finish_reason":"stop"}]})",
                     9)
                    .ok());
    EXPECT_TRUE(reader.reply().error) << error;
  }
}

TEST(OpenAiReply, PartsOfContentAreTextOrThinkingOrSilent) {
  struct Case {
    const char* content;
    const char* text;
    const char* reasoning;
  };
  const Case cases[] = {
      {R"([{"type":"text","text":"a"},{"type":"text","text":"b"}])", "ab", ""},
      {R"([{"type":"thinking","thinking":[{"type":"text","text":"hm"}]},{"type":"text","text":"a"}])",
       "a", "hm"},
      {R"([{"type":"thinking","thinking":"hm","signature":"x"},{"type":"text","text":"a"}])", "a",
       "hm"},
      {R"([{"type":"reasoning","text":"hm"},{"type":"output_text","text":"a"}])", "a", "hm"},
      {R"([{"type":"reasoning","summary":[{"type":"summary_text","text":"hm"}]},{"text":"a"}])",
       "a", "hm"},
      {R"([{"type":"redacted_thinking","data":"xyz"},"a",null,{"type":"text","text":null}])", "a",
       ""},
      {R"([{"type":"text","text":{"value":"a","annotations":[]}},{"type":"reference","reference_ids":[1]}])",
       "a", ""},
      {R"({"type":"text","text":"a"})", "a", ""},
      {R"([{"type":"text","text":"hm","thought":true},{"text":"a","thought":false}])", "a", "hm"},
      {R"([{"type":"refusal","refusal":"no"}])", "no", ""},
      {R"([])", "", ""},
  };
  for (const Case& c : cases) {
    const Completion whole = completion_from(std::string(R"({"choices":[{"message":{"content":)") +
                                             c.content + R"(},"finish_reason":"stop"}]})");
    EXPECT_EQ(whole.text, c.text) << c.content;
    EXPECT_EQ(whole.reasoning, c.reasoning) << c.content;
    const Completion streamed =
        completion_from(stream_of({std::string(R"({"delta":{"content":)") + c.content + "}}",
                                   R"({"delta":{},"finish_reason":"stop"})"}));
    EXPECT_EQ(streamed.text, c.text) << c.content;
    EXPECT_EQ(streamed.reasoning, c.reasoning) << c.content;
  }
}

TEST(OpenAiReply, ThinkingIsFoundInEveryField) {
  for (const char* fields :
       {R"("reasoning_content":"hm")", R"("reasoning":"hm")", R"("thinking":"hm")",
        R"("reasoning_content":"","reasoning":"hm")",
        R"("reasoning_content":null,"reasoning":"hm")",
        R"("reasoning_details":[{"type":"reasoning.text","text":"hm"}])",
        R"("reasoning_details":[{"type":"reasoning.encrypted","data":"x"}],"reasoning":"hm")",
        R"("thinking_blocks":[{"type":"thinking","thinking":"hm"}])"}) {
    const Completion completion =
        completion_from(std::string(R"({"choices":[{"message":{"content":"a",)") + fields +
                        R"(},"finish_reason":"stop"}]})");
    EXPECT_EQ(completion.reasoning, "hm") << fields;
    EXPECT_EQ(completion.text, "a") << fields;
  }
}

TEST(OpenAiReply, CharacterCutInTwoIsPutTogetherAndAHalfAloneIsReplaced) {
  const auto pieces = [](const std::string& first, const std::string& second) {
    return completion_from(
               stream_of({R"({"delta":{"content":"a)" + first + R"("}})",
                          R"({"delta":{"content":")" + second + R"(z"},"finish_reason":"stop"})"}))
        .text;
  };
  EXPECT_EQ(pieces("\\ud83d", "\\ude00"), "a\U0001F600z");
  EXPECT_EQ(pieces("\\uD83D", "\\uDE00"), "a\U0001F600z");
  EXPECT_EQ(pieces("\xF0\x9F", "\x98\x80"), "a\U0001F600z") << "cut between bytes";
  EXPECT_EQ(pieces("\xED\xA0\xBD", "\xED\xB8\x80"), "a\U0001F600z") << "halves as bytes";
  EXPECT_EQ(pieces("\\ud83d", ""), "a\uFFFDz");
  EXPECT_EQ(pieces("", "\\ude00"), "a\uFFFDz");
  EXPECT_EQ(pieces("\\ude00", "\\ud83d"), "a\uFFFD\uFFFDz") << "in the wrong order";
  EXPECT_EQ(pieces("\\u0000b\\\\ud83d", "\\ude00"), std::string("a\0b\\ud83d\uFFFDz", 13))
      << "no escape";
  const Completion thinking =
      completion_from(stream_of({R"({"delta":{"reasoning_content":"hm \ud83d"}})",
                                 R"({"delta":{"reasoning_content":"\ude00"}})",
                                 R"({"delta":{"content":"a"},"finish_reason":"stop"})"}));
  EXPECT_EQ(thinking.reasoning, "hm \U0001F600");
}

TEST(OpenAiReply, FinishReasonsMeanTheSameInEverySpelling) {
  struct Case {
    const char* word;
    FinishReason reason;
    bool kept;
  };
  const Case cases[] = {
      {"stop", FinishReason::kStop, false},
      {"STOP", FinishReason::kStop, true},
      {"end_turn", FinishReason::kStop, true},
      {"eos", FinishReason::kStop, true},
      {"stop_sequence", FinishReason::kStop, true},
      {"COMPLETE", FinishReason::kStop, true},
      {"tool_calls", FinishReason::kStop, true},
      {"length", FinishReason::kLength, false},
      {"MAX_TOKENS", FinishReason::kLength, true},
      {"max_tokens", FinishReason::kLength, true},
      {"FINISH_REASON_MAX_TOKENS", FinishReason::kLength, true},
      {"maxOutputTokens", FinishReason::kLength, true},
      {"max-new-tokens", FinishReason::kLength, true},
      {"model_length", FinishReason::kContext, true},
      {"model_context_window_exceeded", FinishReason::kContext, true},
      {"abort", FinishReason::kError, true},
      {"error", FinishReason::kError, false},
      {"insufficient_system_resource", FinishReason::kError, true},
      {"network_error", FinishReason::kError, true},
      {"cancelled", FinishReason::kError, true},
      {"content_filter", FinishReason::kError, true},
      {"SAFETY", FinishReason::kError, true},
      {"sensitive", FinishReason::kError, true},
      {"ContentFiltered", FinishReason::kError, true},
      {"guardrail_intervened", FinishReason::kError, true},
      {"max_seq_len", FinishReason::kContext, true},
      {"MAX_OUTPUT", FinishReason::kLength, true},
      {"NOT_FINISHED", FinishReason::kError, true},
      {"MALFORMED_RESPONSE", FinishReason::kError, true},
      {"IMAGE_SAFETY", FinishReason::kError, true},
      {"tired", FinishReason::kStop, true},
  };
  for (const Case& c : cases) {
    const Completion completion =
        completion_from(std::string(R"({"choices":[{"message":{"content":"a"},"finish_reason":")") +
                        c.word + R"("}]})");
    EXPECT_EQ(completion.finish_reason, c.reason) << c.word;
    EXPECT_EQ(completion.server_finish_reason, c.kept ? c.word : "") << c.word;
    EXPECT_EQ(completion.error.empty(), c.reason != FinishReason::kError) << c.word;
  }
  EXPECT_EQ(
      completion_from(
          R"({"choices":[{"message":{"content":"a"},"finish_reason":{"type":"length","length":64}}]})")
          .finish_reason,
      FinishReason::kLength);
}

TEST(OpenAiReply, CountsOfSeveralChoicesAreSumsAndTellNothingOfOne) {
  OpenAiReplyReader reader(2, 1 << 20);
  ASSERT_TRUE(read(reader,
                   R"({"choices":[{"index":0,"message":{"content":"a"},"finish_reason":"stop"}],
      "usage":{"completion_tokens":70,"completion_tokens_details":{"reasoning_tokens":60}}})",
                   9)
                  .ok());
  const Completion completion = completion_of(reader.reply(), reader.reply().choices.at(0), 64, 2);
  EXPECT_EQ(completion.finish_reason, FinishReason::kStop);
  EXPECT_EQ(completion.num_reasoning_tokens, 0);
  EXPECT_EQ(completion.num_completion_tokens, 0);
  const Completion only = completion_of(reader.reply(), reader.reply().choices.at(0), 64, 1);
  EXPECT_EQ(only.finish_reason, FinishReason::kLength);
  EXPECT_EQ(only.num_reasoning_tokens, 60);
  EXPECT_EQ(only.num_completion_tokens, 70);
}

// Where servers put their counts, whole and in streams.
TEST(OpenAiReply, CountsStandInSeveralPlaces) {
  struct Case {
    const char* text;
    int completion, reasoning, cached;
  };
  const Case cases[] = {
      {R"({"choices":[],"usage":{"completion_tokens":7,"completion_tokens_details":null,
           "reasoning_tokens":3}})",
       7, 3, 0},
      {R"({"choices":[],"usage":{"completion_tokens":7,"prompt_cache_hit_tokens":4,
           "prompt_cache_miss_tokens":1}})",
       7, 0, 4},
      {R"({"choices":[],"usage":{"completion_tokens":7,"cached_tokens":4}})", 7, 0, 4},
      {R"({"choices":[],"usage":{"input_tokens":5,"output_tokens":7,
           "output_tokens_details":{"reasoning_tokens":3}}})",
       7, 3, 0},
      {R"({"choices":[{"delta":{},"finish_reason":"stop","usage":{"completion_tokens":7}}]})", 7, 0,
       0},
      {R"({"choices":[],"x_groq":{"id":"r","usage":{"completion_tokens":7}}})", 7, 0, 0},
      {"data: {\"choices\":[],\"usage\":{\"completion_tokens\":2}}\n\n"
       "data: {\"choices\":[],\"usage\":{\"completion_tokens\":7}}\n\n"
       "data: {\"choices\":[],\"usage\":{\"completion_tokens\":0}}\n\ndata: [DONE]\n\n",
       7, 0, 0},
      {R"({"choices":[],"usage":[7]})", 0, 0, 0},
  };
  for (const Case& c : cases) {
    OpenAiReplyReader reader(1, 1 << 20);
    ASSERT_TRUE(read(reader, c.text, 9).ok()) << c.text;
    EXPECT_EQ(reader.reply().completion_tokens.value_or(0), c.completion) << c.text;
    EXPECT_EQ(reader.reply().reasoning_tokens.value_or(0), c.reasoning) << c.text;
    EXPECT_EQ(reader.reply().cached_tokens.value_or(0), c.cached) << c.text;
  }
}

// Servers in Python write what no JSON has; what they say beside it counts.
TEST(OpenAiReply, NumbersThatJsonDoesNotHaveCostNoReply) {
  const Completion completion = completion_from(
      R"({"choices":[{"message":{"content":"a"},"finish_reason":"stop",
          "logprobs":{"content":[{"token":"NaN","logprob":-Infinity},{"logprob":NaN}]}}]})");
  EXPECT_EQ(completion.text, "a");
}

TEST(OpenAiReply, CountsMayBeFloatingPointNumbersOrText) {
  for (const char* count : {"12", "12.0", "\"12\"", "\"12.0\"", "1.2e1"}) {
    OpenAiReplyReader reader(1, 1 << 20);
    ASSERT_TRUE(read(reader,
                     std::string(R"({"choices":[],"usage":{"completion_tokens":)") + count + "}}",
                     9)
                    .ok());
    EXPECT_EQ(reader.reply().completion_tokens, 12) << count;
  }
  for (const char* count : {"null", "\"many\"", "[]", "true", "\"\""}) {
    OpenAiReplyReader reader(1, 1 << 20);
    ASSERT_TRUE(read(reader,
                     std::string(R"({"choices":[],"usage":{"completion_tokens":)") + count + "}}",
                     9)
                    .ok());
    EXPECT_EQ(reader.reply().completion_tokens, std::nullopt)
        << count << ": a count costs no reply";
  }
  EXPECT_EQ(completion_from(R"({"choices":[{"message":{"content":"a"},"finish_reason":"stop"}],
                               "usage":{"completion_tokens":"64"}})")
                .finish_reason,
            FinishReason::kLength);
}

}  // namespace
}  // namespace jangwon::harness
