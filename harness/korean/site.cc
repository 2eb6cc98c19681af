// Korean for the pages of the site, in the register of a document.

#include "harness/korean/entries.h"

namespace jangwon::harness {

namespace {

constexpr MessageEntry kEntries[] = {

    {"Skip to content", "본문으로"},
    {"Commercial use", "상업적 이용"},
    {"Offering to third parties for profit", "영리 목적의 제3자 제공"},
    {"Names of derivatives", "파생 모델 이름"},
    {"Attribution", "표시 의무"},
    {"Limits on use", "용도 제한"},
    {"Rights in outputs", "출력물 권리"},
    {"Patents", "특허"},
    {"Termination", "해지"},
};

}  // namespace

std::span<const MessageEntry> korean_of_site() {
  return kEntries;
}

}  // namespace jangwon::harness
