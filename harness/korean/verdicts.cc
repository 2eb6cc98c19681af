// Korean for what gates, comparisons and plans write.

#include "harness/korean/entries.h"

namespace jangwon::harness {

namespace {

constexpr MessageEntry kEntries[] = {

    {"Asked at temperature 0: the runs of a question are copies, and one counts.",
     "온도 0이라 반복이 모두 같은 실행이므로 1회만 셉니다."},
};

}  // namespace

std::span<const MessageEntry> korean_of_verdicts() {
  return kEntries;
}

}  // namespace jangwon::harness
