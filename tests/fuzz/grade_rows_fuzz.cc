#include <cstdint>
#include <nlohmann/json.hpp>
#include <string_view>

#include "harness/commands/grade_row.h"
#include "runtime/base/check.h"

// A line for `jangwon grade` is a row or a sentence, whatever its bytes are.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace jangwon;
  using namespace jangwon::harness;
  const std::string_view line(reinterpret_cast<const char*>(data), size);
  static const ScorerOptions digits =
      *find_scorer("letter").value()->parse_options(Json{{"style", "kmmlu_pro"}});
  for (const ScorerEntry& scorer : all_scorers()) {
    if (!scorer.rows) continue;
    const bool letters = scorer.reads == AnswerKind::kLetter;
    const Result<GradeRow> row =
        parse_grade_row(line, {.rows = *scorer.rows,
                               .options = letters ? digits : ScorerOptions(),
                               .columns = {"category"}});
    if (!row.ok()) {
      JANGWON_CHECK(!row.status().message().empty());
      continue;
    }
    JANGWON_CHECK(row->id->is_string() || row->id->is_number());
    JANGWON_CHECK(scorer.needs_sandbox || !row->sample.target.empty());
  }
  return 0;
}
