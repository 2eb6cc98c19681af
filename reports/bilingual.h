// A text written in both languages at its place: what has not become a Message yet.

#pragma once

#include "reports/language.h"
#include "runtime/base/bilingual.h"

namespace jangwon::reports {

using jangwon::Bilingual;
using jangwon::same_in_both;

}  // namespace jangwon::reports
