// A reply of a server, whole or streamed, cut into pieces by its own bytes: reading it ends, and
// where it succeeds the pieces make no difference.

#include <algorithm>
#include <cstdint>
#include <string_view>

#include "harness/backends/openai_reply.h"
#include "runtime/base/foreign_text.h"

namespace {

using namespace jangwon;
using namespace jangwon::harness;

struct Outcome {
  bool ok = false;
  OpenAiReply reply;
};

Outcome read(std::string_view bytes, size_t first_piece) {
  OpenAiReplyReader reader(3, 1 << 16);
  Outcome outcome;
  outcome.ok = reader.feed(bytes.substr(0, first_piece)).ok();
  for (size_t at = first_piece; outcome.ok && at < bytes.size(); at += 7)
    outcome.ok = reader.feed(bytes.substr(at, 7)).ok();
  outcome.ok = outcome.ok && reader.finish().ok();
  outcome.reply = reader.reply();
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const Outcome whole = read(bytes, bytes.size());
  const Outcome pieces = read(bytes, std::min<size_t>(data[0], bytes.size()));
  JANGWON_CHECK(whole.ok == pieces.ok);
  for (const auto& [index, choice] : whole.reply.choices) {
    JANGWON_CHECK(index >= 0 && index < 3);
    const Completion completion = completion_of(whole.reply, choice, 16, 1);
    JANGWON_CHECK(completion.text == choice.text());
    if (!whole.ok) continue;
    const auto same = pieces.reply.choices.find(index);
    JANGWON_CHECK(same != pieces.reply.choices.end() && same->second.text() == choice.text() &&
                  same->second.reasoning() == choice.reasoning() &&
                  same->second.finish_reason == choice.finish_reason);
  }
  HttpReply reply;
  reply.status = 400 + data[0];
  reply.body = bytes;
  JANGWON_CHECK(!error_of(reply).message.empty());
  JANGWON_CHECK(mend_utf8(mend_utf8(bytes)) == mend_utf8(bytes));
  return 0;
}
