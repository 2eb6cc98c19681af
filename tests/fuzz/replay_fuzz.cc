#include <cstdint>
#include <string_view>

#include "harness/backends/replay_formats.h"
#include "runtime/base/check.h"
#include "tests/fuzz/fuzz_folder.h"

// Recorded replies of any harness; the first byte says whether the file is JSON or JSON Lines.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace jangwon;
  if (size == 0) return 0;
  static const FuzzFolder folder;
  const std::string path = folder.write(data[0] % 2 == 0 ? "replies.jsonl" : "replies.json",
                                        {reinterpret_cast<const char*>(data) + 1, size - 1});
  std::vector<harness::RecordedReply> replies;
  const Status status = harness::read_replies(path, replies);
  JANGWON_CHECK(status.ok() || !status.message().empty());
  for (const harness::RecordedReply& reply : replies)
    JANGWON_CHECK(reply.repeat >= 0);
  return 0;
}
