#include "harness/commands/gate_probe_rows.h"

#include <nlohmann/json.hpp>

#include "runtime/base/caught_exception.h"
#include "runtime/base/json.h"

namespace jangwon::harness {

namespace {

std::string text_of_id(const Json& id) {
  return id.is_string() ? id.get<std::string>() : to_json_line(id);
}

}  // namespace

Result<ReplayRow> parse_replay_row(std::string_view line) {
  JANGWON_ASSIGN_OR_RETURN(const Json row, parse_json(line));
  const auto is_text = [&](const char* key) { return row.contains(key) && row[key].is_string(); };
  if (!row.is_object() || !is_text("task") || !is_text("verdict") || !row.contains("id"))
    return invalid_argument(
        "a stored reply needs \"task\", \"id\" and the recorded \"verdict\"; make such rows with "
        "`jangwon gate record`");
  return ReplayRow{row["task"].get<std::string>(), text_of_id(row["id"]),
                   row["verdict"].get<std::string>(),
                   is_text("answer") ? row["answer"].get<std::string>() : ""};
}

Result<ParityRow> parse_parity_row(std::string_view line, ParityLogprobs logprobs) {
  JANGWON_ASSIGN_OR_RETURN(const Json json, parse_json(line));
  ParityRow row;
  try {
    row.id = text_of_id(json.at("id"));
    row.prompt = json.at("prompt").get<std::string>();
    row.continuations = json.at("continuations").get<std::vector<std::string>>();
    if (row.continuations.empty()) return invalid_argument("\"continuations\" is empty");
    if (logprobs == ParityLogprobs::kRecorded) {
      row.recorded = json.at("logprobs").get<std::vector<double>>();
      if (row.recorded.size() != row.continuations.size())
        return invalid_argument("\"logprobs\" needs one entry a continuation");
    }
  } catch (const Json::exception&) {
    return invalid_argument("not a parity row: {cause}",
                            {{"cause", caught_exception().sentence()}});
  }
  row.json = std::string(line);
  return row;
}

}  // namespace jangwon::harness
