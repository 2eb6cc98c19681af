// What stands in the headers of a reply and in the name of a server: URLs, redirects,
// how long to wait.

#include <cstdint>
#include <string>

#include "harness/backends/openai_endpoint.h"
#include "runtime/base/check.h"
#include "runtime/http/retry.h"
#include "runtime/http/url.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace jangwon;
  const std::string text(reinterpret_cast<const char*>(data), size);
  if (const Result<Url> url = parse_url(text); url.ok()) {
    JANGWON_CHECK(url->port > 0 && url->port < 65536 && !url->host.empty());
    JANGWON_CHECK(url->scheme == "http" || url->scheme == "https");
    // Where a request goes is said again in the same words.
    const Result<Url> origin = parse_url(url->origin());
    JANGWON_CHECK(origin.ok() && origin->origin() == url->origin() && !origin->has_user_info);
  }
  if (const Result<std::string> target = resolve_url("https://host.example/a/b?c", text);
      target.ok())
    JANGWON_CHECK(parse_url(*target).ok());
  JANGWON_CHECK(percent_decode(percent_encode(text)).value() == text);
  static_cast<void>(percent_decode(text).ok());
  if (const auto wait = parse_wait(text)) JANGWON_CHECK(wait->count() >= 0);
  HttpReply reply;
  reply.status = 429;
  for (const char* name :
       {"retry-after", "retry-after-ms", "x-ratelimit-reset-requests", "x-ratelimit-reset-tokens"})
    reply.headers.push_back({name, text});
  if (const auto wait = server_wait(reply, 1'700'000'000)) JANGWON_CHECK(wait->count() >= 0);
  const Result<harness::OpenAiEndpoint> endpoint = harness::parse_openai_word("openai:" + text);
  JANGWON_CHECK(endpoint.ok() || !endpoint.status().message().empty());
  return 0;
}
