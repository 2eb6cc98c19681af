#include "runtime/http/event_stream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace jangwon {
namespace {

std::vector<std::string> events_of(const std::string& text, size_t piece) {
  std::vector<std::string> events;
  EventStreamParser parser(1000);
  const auto visit = [&](const ServerSentEvent& event) {
    events.push_back(event.name + "|" + event.data);
  };
  for (size_t at = 0; at < text.size(); at += piece)
    EXPECT_TRUE(parser.feed(std::string_view(text).substr(at, piece), visit).ok());
  parser.finish(visit);
  return events;
}

TEST(EventStream, FieldsOfTheStandardAreRead) {
  const std::string text =
      "\xEF\xBB\xBF: comment\n\ndata: one\r\n\r\ndata:two\rdata:  three\r\revent: error\nid: "
      "7\nretry: 5\ndata\ndata: "
      "x\n\n"
      "event: nothing\n\ndata: last";
  const std::vector<std::string> expected = {"|one", "|two\n three", "error|\nx", "|last"};
  for (size_t piece = 1; piece < 20; ++piece)
    EXPECT_EQ(events_of(text, piece), expected) << piece;
}

TEST(EventStream, EventThatGrowsWithoutEndIsRefused) {
  EventStreamParser parser(1000);
  Status status;
  for (int i = 0; i < 100 && status.ok(); ++i)
    status = parser.feed("data: " + std::string(50, 'x') + "\n", [](const ServerSentEvent&) {});
  EXPECT_FALSE(status.ok());
  EventStreamParser line(1000);
  EXPECT_FALSE(line.feed(std::string(2000, 'x'), [](const ServerSentEvent&) {}).ok());
}

}  // namespace
}  // namespace jangwon
