// Korean for the tables of reports and their notes, in the register of a document.

#include "harness/korean/entries.h"

namespace jangwon::harness {

namespace {

constexpr MessageEntry kEntries[] = {

    {"float tolerance 1e-6", "실수 허용 오차 1e-6"},
    {"standard deviation between runs (points)", "실행 사이의 표준편차(점)"},
    {"{percent} % ({part} of {whole})", "{percent} % ({whole}개 중 {part}개)"},
};

}  // namespace

std::span<const MessageEntry> korean_of_tables() {
  return kEntries;
}

}  // namespace jangwon::harness
