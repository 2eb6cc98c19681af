#include "harness/sandbox/frame_protocol.h"

#include <gtest/gtest.h>

namespace jangwon::harness {
namespace {

TEST(FrameProtocol, FramesComeOutAsTheyWentInWhateverTheChunks) {
  const std::string bytes =
      encode_frame('a', "one") + encode_frame('b', "") + encode_frame('c', std::string(70000, 'x'));
  for (const size_t chunk : {size_t{1}, size_t{3}, size_t{4096}, bytes.size()}) {
    FrameReader reader(100000);
    std::string kinds;
    size_t payload_bytes = 0;
    for (size_t position = 0; position < bytes.size(); position += chunk) {
      reader.append(std::string_view(bytes).substr(position, chunk));
      while (const auto frame = reader.next()) {
        kinds.push_back(frame->kind);
        payload_bytes += frame->payload.size();
      }
    }
    EXPECT_EQ(kinds, "abc");
    EXPECT_EQ(payload_bytes, 70003u);
    EXPECT_TRUE(reader.empty());
  }
}

TEST(FrameProtocol, ALengthAboveTheLimitBreaksTheStreamForGood) {
  FrameReader reader(10);
  reader.append(std::string("k\xff\xff\xff\xff", 5));
  EXPECT_FALSE(reader.next());
  EXPECT_TRUE(reader.broken());
  reader.append(encode_frame('a', "ok"));
  EXPECT_FALSE(reader.next());
}

TEST(FrameProtocol, AnIncompleteFrameWaits) {
  FrameReader reader(10);
  reader.append(std::string_view(encode_frame('a', "payload")).substr(0, 8));
  EXPECT_FALSE(reader.next());
  EXPECT_FALSE(reader.broken());
  EXPECT_FALSE(reader.empty());
}

}  // namespace
}  // namespace jangwon::harness
