// Are two scores about the same questions? Two sets may have the same name and size and yet be
// different questions (the bundled AIME25 has 30 problems like the real one), so the SHA-256 over
// the rows decides, as run.json recorded it.

#pragma once

#include <map>
#include <optional>
#include <string>

#include "reports/registry.h"
#include "reports/run_folder.h"
#include "reports/table_input.h"

namespace jangwon::reports {

// By task, from the settings in results.json; a run that recorded nothing gives nothing.
std::map<std::string, QuestionSet> question_sets_of(const harness::RunResult& result);

// Why a measured cell must not be held against published values of the task; absent where it may. A
// stand-in never may.
std::optional<Message> why_not_published_questions(const TableRow& row, const TableCell& cell,
                                                   const harness::TaskProfile& task);

// Measured cells of a column that are about other questions than most of it, about another part of
// them, or of another version or metric of the task become kNotComparable, with a footnote: a row
// of a report must not mix them. Of two equally large groups the first stays.
void separate_question_sets(TableInput& table);

}  // namespace jangwon::reports
