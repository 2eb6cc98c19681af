// Columns of a sample that the published rows do not have and tables are made of: the month of a
// dated problem, and what is known to be wrong with a question.

#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "harness/task/task_spec.h"
#include "runtime/base/status.h"

namespace jangwon::harness {

inline constexpr const char* kMonthColumn = "month";  // "2025-01"
// a kind of the task's errata file, or kNoErratum
inline constexpr const char* kErratumColumn = "erratum";
inline constexpr const char* kNoErratum = "none";

// Question id → kind of defect. Strict: an unknown key, an id that stands twice.
Result<std::map<std::string, std::string>> read_errata(const std::string& path);

// Makes the columns of a task.
class DerivedColumns {
 public:
  // Reads the errata file where the task has one.
  static Result<DerivedColumns> make(const TaskSpec& task);

  // `date` is ISO or empty. A column without a value is absent.
  std::map<std::string, std::string> of(const std::string& sample_id,
                                        const std::string& date) const;

  // Adds them to the columns of a sample, an object. `date_column` may be empty.
  void add_to(nlohmann::ordered_json& columns, const std::string& sample_id,
              const std::string& date_column) const;

 private:
  bool has_errata_ = false;
  std::map<std::string, std::string> errata_;
};

}  // namespace jangwon::harness
