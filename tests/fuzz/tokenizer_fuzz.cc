#include <cstdint>

#include "runtime/base/check.h"
#include "runtime/tokenizer/text.h"
#include "runtime/tokenizer/tokenizer.h"

// A tokenizer.json, a NUL, and a text for it: either it is refused, or the text gets ids that
// exist, and streaming decodes them to what decoding them at once gives.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace jangwon;
  using namespace jangwon::runtime;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const size_t end = std::min(input.find('\0'), input.size());
  const Result<Tokenizer> tokenizer = Tokenizer::parse(input.substr(0, end));
  if (!tokenizer.ok()) return 0;
  const std::string_view text =
      end < input.size() ? input.substr(end + 1) : std::string_view("안녕 hello 12  <s>\n");
  const Result<std::vector<int32_t>> ids = tokenizer->encode(text, AddSpecial::kYes);
  if (!ids.ok()) return 0;
  for (const SkipSpecial skip : {SkipSpecial::kNo, SkipSpecial::kYes}) {
    StreamDecoder stream = tokenizer->stream_decoder(skip);
    std::string streamed;
    for (int32_t id : *ids)
      streamed += stream.push(id);
    streamed += stream.finish();
    JANGWON_CHECK(streamed == tokenizer->decode(*ids, skip) && is_valid_utf8(streamed));
  }
  return 0;
}
