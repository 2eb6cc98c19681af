// A run is one of 5 verdicts and 3 flags: below 64, so one character of the base64 alphabet; "." is
// a run that is not present. Columns are stored column by column because that is what compresses.
// outcome_blob_test holds the round trip and the refusals of damaged text.

#include "reports/gate/outcome_blob.h"

#include <openssl/evp.h>
#include <zlib.h>

#include <nlohmann/json.hpp>
#include <set>

#include "runtime/base/caught_exception.h"
#include "runtime/base/json.h"

namespace jangwon::reports {

namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr char kAbsent = '.';
constexpr size_t kMaxText = size_t{1} << 28;  // what foreign input can make us hold

char encode_run(const RunOutcome& run) {
  if (!run.present) return kAbsent;
  const int code = static_cast<int>(run.verdict) | (run.truncated ? 8 : 0) |
                   (run.unterminated_reasoning ? 16 : 0) | (run.timed_out ? 32 : 0);
  return kAlphabet[static_cast<size_t>(code)];
}

std::optional<RunOutcome> decode_run(char c) {
  RunOutcome run;
  if (c == kAbsent) return run;
  const size_t code = kAlphabet.find(c);
  if (code == std::string_view::npos || (code & 7) >= std::size(harness::kAllVerdicts))
    return std::nullopt;
  run.present = true;
  run.verdict = harness::kAllVerdicts[code & 7];
  run.truncated = (code & 8) != 0;
  run.unterminated_reasoning = (code & 16) != 0;
  run.timed_out = (code & 32) != 0;
  return run;
}

std::string to_base64(const std::string& bytes) {
  std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                   reinterpret_cast<const unsigned char*>(bytes.data()),
                                   static_cast<int>(bytes.size()));
  text.resize(static_cast<size_t>(size));
  return text;
}

std::optional<std::string> from_base64(std::string_view text) {
  if (text.size() % 4 != 0 || text.empty()) return std::nullopt;
  std::string bytes(text.size() / 4 * 3, '\0');
  const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                                   reinterpret_cast<const unsigned char*>(text.data()),
                                   static_cast<int>(text.size()));
  if (size < 0) return std::nullopt;
  size_t padding = 0;
  while (padding < 2 && text[text.size() - 1 - padding] == '=')
    ++padding;
  bytes.resize(static_cast<size_t>(size) - padding);
  return bytes;
}

std::string deflate_text(const std::string& text) {
  uLongf size = compressBound(text.size());
  std::string bytes(size, '\0');
  const int status =
      compress2(reinterpret_cast<Bytef*>(bytes.data()), &size,
                reinterpret_cast<const Bytef*>(text.data()), text.size(), Z_BEST_COMPRESSION);
  JANGWON_CHECK(status == Z_OK);
  bytes.resize(size);
  return bytes;
}

std::optional<std::string> inflate_text(const std::string& bytes) {
  for (size_t room = bytes.size() * 8 + 4096; room <= kMaxText; room *= 4) {
    std::string text(room, '\0');
    uLongf size = text.size();
    const int status = uncompress(reinterpret_cast<Bytef*>(text.data()), &size,
                                  reinterpret_cast<const Bytef*>(bytes.data()), bytes.size());
    if (status == Z_BUF_ERROR) continue;
    if (status != Z_OK) return std::nullopt;
    text.resize(size);
    return text;
  }
  return std::nullopt;
}

}  // namespace

std::string encode_items(const std::vector<ItemOutcomes>& items) {
  Json json = {{"ids", Json::array()},
               {"prompts", Json::array()},
               {"runs", Json::array()},
               {"tokens", Json::array()},
               {"columns", Json::object()}};
  std::set<std::string> columns;
  for (const ItemOutcomes& item : items) {
    json["ids"].push_back(item.id);
    json["prompts"].push_back(item.prompt_digest);
    std::string runs;
    for (const RunOutcome& run : item.runs)
      runs += encode_run(run);
    json["runs"].push_back(runs);
    json["tokens"].push_back(item.num_output_tokens);
    for (const auto& [key, value] : item.columns)
      columns.insert(key);
  }
  for (const std::string& key : columns) {
    Json& values = json["columns"][key] = Json::array();
    for (const ItemOutcomes& item : items) {
      const auto value = item.columns.find(key);
      values.push_back(value == item.columns.end() ? Json() : Json(value->second));
    }
  }
  return to_base64(deflate_text(to_json_line(json)));
}

Result<std::vector<ItemOutcomes>> decode_items(std::string_view blob) {
  const auto bytes = from_base64(blob);
  const auto text = bytes ? inflate_text(*bytes) : std::nullopt;
  if (!text) return invalid_argument("the items are damaged: not base64 of deflated text");
  JANGWON_ASSIGN_OR_RETURN(const Json json, parse_json(*text));
  std::vector<ItemOutcomes> items;
  try {
    const Json& ids = json.at("ids");
    for (size_t i = 0; i < ids.size(); ++i) {
      ItemOutcomes item;
      item.id = ids[i].get<std::string>();
      item.prompt_digest = json.at("prompts").at(i).get<std::string>();
      if (!json.at("tokens").at(i).is_number_unsigned())
        return invalid_argument("the items are damaged: no whole number of tokens of item {item}",
                                {{"item", item.id}});
      item.num_output_tokens = json.at("tokens").at(i).get<int64_t>();
      for (char c : json.at("runs").at(i).get<std::string>()) {
        const auto run = decode_run(c);
        if (!run)
          return invalid_argument("the items are damaged: an unknown outcome of item {item}",
                                  {{"item", item.id}});
        item.runs.push_back(*run);
      }
      for (const auto& [key, values] : json.at("columns").items()) {
        if (!values.at(i).is_null()) item.columns[key] = values.at(i).get<std::string>();
      }
      items.push_back(std::move(item));
    }
  } catch (const Json::exception&) {
    return invalid_argument("the items are damaged: {cause}",
                            {{"cause", caught_exception().sentence()}});
  }
  return items;
}

}  // namespace jangwon::reports
