// The markers of the models that are known, and the other ways of naming some: a pair, JSON, a YAML
// file, and the list of pairs that lighteval takes. A misspelt name must fail, because a reply
// whose thinking is not found is graded whole.

#include "runtime/base/thinking_markers.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "runtime/base/nearest_name.h"
#include "runtime/base/yaml.h"

namespace jangwon {

namespace {

constexpr const char* kNone = "none";
constexpr MessageTemplate kForms =
    "thinking markers are a known name, BEGIN...END, a JSON object with begin and end, or a YAML "
    "file of them";

Result<ThinkingMarkers> markers_of_object(const Json& object) {
  ThinkingMarkers markers;
  markers.name = "given";
  if (object.is_array() && object.size() == 2 && object[0].is_string() && object[1].is_string() &&
      object[1] != "") {
    markers.begin = object[0].get<std::string>();
    markers.end = object[1].get<std::string>();
    return markers;
  }
  if (!object.is_object()) return invalid_argument(kForms);
  for (const auto& item : object.items()) {
    const std::string& key = item.key();  // no structured binding: clang 14 cannot capture one
    const Json& value = item.value();
    const auto text = [&](std::string& field) {
      if (!value.is_string())
        return invalid_argument("thinking markers: \"{key}\" must be text", {{"key", key}});
      field = value.get<std::string>();
      return ok_status();
    };
    const auto texts = [&](std::vector<std::string>& field) {
      for (const Json& one : value.is_array() ? value : Json::array({value})) {
        if (!one.is_string())
          return invalid_argument("thinking markers: \"{key}\" must be a list of texts",
                                  {{"key", key}});
        field.push_back(one.get<std::string>());
      }
      return ok_status();
    };
    if (key == "name") {
      JANGWON_RETURN_IF_ERROR(text(markers.name));
    } else if (key == "begin") {
      JANGWON_RETURN_IF_ERROR(text(markers.begin));
    } else if (key == "end") {
      JANGWON_RETURN_IF_ERROR(text(markers.end));
    } else if (key == "answer_begin") {
      JANGWON_RETURN_IF_ERROR(text(markers.answer_begin));
    } else if (key == "answer_ends") {
      JANGWON_RETURN_IF_ERROR(texts(markers.answer_ends));
    } else if (key == "models") {
      JANGWON_RETURN_IF_ERROR(texts(markers.models));
    } else {
      return invalid_argument(
                 unknown_name_message(
                     "key", key, {"name", "begin", "end", "answer_begin", "answer_ends", "models"}))
          .at(Message("thinking markers"));
    }
  }
  const auto& known = known_thinking_markers();
  const auto family = std::find_if(known.begin(), known.end(), [&](const ThinkingMarkers& one) {
    return one.name == markers.name;
  });
  // a family for some models alone
  if (markers.end.empty() && markers.begin.empty() && family != known.end()) {
    const std::vector<std::string> models = std::move(markers.models);
    markers = *family;
    markers.models = models;
  } else if (markers.end.empty() && markers.name != kNone) {
    return invalid_argument("thinking markers need an \"end\": what follows it is the answer");
  }
  return markers;
}

}  // namespace

const std::vector<ThinkingMarkers>& known_thinking_markers() {
  using Grammar = ThinkingMarkers::Grammar;
  static const std::vector<ThinkingMarkers> list = [] {
    std::vector<ThinkingMarkers> known;
    const auto add = [&](const char* name, const char* begin, const char* end,
                         const char* answer_begin = "", std::vector<std::string> answer_ends = {},
                         Grammar grammar = Grammar::kPair) {
      known.push_back({name, begin, end, answer_begin, std::move(answer_ends), {}, grammar});
    };
    // A.X, K-EXAONE, VAETKI (whose turns end in <|END|>), Kanana-2, DeepSeek, Qwen, GLM, MiniMax,
    // Nemotron, HyperCLOVA X SEED 32B
    add("think", "<think>", "</think>", "", {"<|END|>"});
    add("channels", "<|think|>", "<|content|>", "", {"<|flush|>", "<|calls|>"});  // Solar Open
    add("solar-open-2", "<|think:start|>", "<|think:end|>", "", {"<|im:end|>"});
    add("harmony", "<|channel|>analysis<|message|>", "<|channel|>final<|message|>", "", {},
        Grammar::kHarmony);  // gpt-oss
    add("harmony-stripped", "analysis", "assistantfinal", "", {}, Grammar::kStrippedHarmony);
    add("brackets", "[THINK]", "[/THINK]");                            // Magistral, Ministral
    add("seed", "<seed:think>", "</seed:think>", "", {"<seed:eos>"});  // Seed-OSS
    add("kimi", "◁think▷", "◁/think▷");                                // Kimi-VL, Kimi
    // EXAONE Deep, Gemini's OpenAI endpoint
    add("thought", "<thought>", "</thought>");
    add("thinking", "<thinking>", "</thinking>");
    add("reasoning", "<reasoning>", "</reasoning>");
    add("reasoning-brackets", "[REASONING]", "[/REASONING]");
    add("reflection", "<reflection>", "</reflection>");
    add("longcat", "<longcat_think>", "</longcat_think>", "", {"</longcat_s>"});
    add("opensource", "<think:opensource>", "</think:opensource>");  // Hunyuan
    add("ifm", "<ifm|think>", "</ifm|think>");                       // K2 Horizon
    add("minimax", "<mm:think>", "</mm:think>");
    // Cohere
    add("command", "<|START_THINKING|>", "<|END_THINKING|>", "<|START_RESPONSE|>",
        {"<|END_RESPONSE|>"});
    add("apertus", "<|inner_prefix|>", "<|inner_suffix|>", "", {"<|assistant_end|>"});
    add("openthoughts", "<|begin_of_thought|>", "<|end_of_thought|>", "<|begin_of_solution|>",
        {"<|end_of_solution|>"});
    add("gemma", "<|channel>thought", "<channel|>", "", {"<turn|>"});  // Gemma 4
    add("medgemma", "<unused94>thought", "<unused95>");                // MedGemma
    add("hyperclovax", "<|im_start|>assistant/think\n", "<|im_end|>\n<|im_start|>assistant\n", "",
        {"<|im_end|>"});
    add("granite", "Here is my thought process:", "Here is my response:", "", {},
        Grammar::kPairAtStart);
    add("granite-short", "Here's my thought process:", "Here's my response:", "", {},
        Grammar::kPairAtStart);
    return known;
  }();
  return list;
}

Result<std::vector<ThinkingMarkers>> parse_thinking_markers(const std::string& text) {
  constexpr std::string_view kDots = "...";
  if (text.ends_with(".yaml") || text.ends_with(".yml")) {
    JANGWON_ASSIGN_OR_RETURN(const YamlNode root, YamlNode::read_file(text));
    Result<std::vector<ThinkingMarkers>> markers = thinking_markers_of(root.to_json());
    if (!markers.ok()) return markers.status().at(text);
    return markers;
  }
  if (text.starts_with('{') || text.starts_with('[')) {
    const Result<Json> json = parse_json(text);
    if (json.ok()) return thinking_markers_of(*json);
    // lighteval's spelling: a list of pairs as Python writes it, [('<think>', '</think>')].
    std::string python = text;
    for (char& c : python)
      c = c == '(' ? '[' : c == ')' ? ']' : c == '\'' ? '"' : c;
    if (const Result<Json> pairs = parse_json(python); pairs.ok())
      return thinking_markers_of(*pairs);
    if (text.find(kDots) == std::string::npos) return json.status().at(Message("thinking markers"));
  }
  if (text == kNone) return std::vector<ThinkingMarkers>{{.name = kNone}};
  std::vector<std::string> names = {kNone};
  for (const ThinkingMarkers& known : known_thinking_markers()) {
    if (known.name == text) return std::vector<ThinkingMarkers>{known};
    names.push_back(known.name);
  }
  const size_t dots = text.find(kDots);
  if (dots == std::string::npos) {
    return invalid_argument(
        "{unknown} {forms}",
        {{"unknown", unknown_name_message("name of thinking markers", text, names)},
         {"forms", Message(kForms)}});
  }
  ThinkingMarkers pair;
  pair.name = "given";
  pair.begin = text.substr(0, dots);
  pair.end = text.substr(dots + kDots.size());
  if (pair.end.empty())
    return invalid_argument("thinking markers need an \"end\": what follows it is the answer");
  return std::vector<ThinkingMarkers>{std::move(pair)};
}

Result<std::vector<ThinkingMarkers>> parse_thinking_markers(const std::vector<std::string>& texts) {
  std::vector<ThinkingMarkers> all;
  for (const std::string& text : texts) {
    JANGWON_ASSIGN_OR_RETURN(const std::vector<ThinkingMarkers> some, parse_thinking_markers(text));
    all.insert(all.end(), some.begin(), some.end());
  }
  return all;
}

Json to_json(const std::vector<ThinkingMarkers>& markers) {
  Json list = Json::array();
  for (const ThinkingMarkers& one : markers) {
    Json object{{"name", one.name}};
    const auto& known = known_thinking_markers();
    const bool is_known =
        std::any_of(known.begin(), known.end(), [&](const ThinkingMarkers& family) {
          return family.name == one.name && family.begin == one.begin && family.end == one.end;
        });
    if (!is_known && one.name != kNone) {
      object["begin"] = one.begin;
      object["end"] = one.end;
      if (!one.answer_begin.empty()) object["answer_begin"] = one.answer_begin;
      if (!one.answer_ends.empty()) object["answer_ends"] = one.answer_ends;
    }
    if (!one.models.empty()) object["models"] = one.models;
    list.push_back(std::move(object));
  }
  return list;
}

Result<std::vector<ThinkingMarkers>> thinking_markers_of(const Json& list) {
  std::vector<ThinkingMarkers> markers;
  for (const Json& object : list.is_array() ? list : Json::array({list})) {
    JANGWON_ASSIGN_OR_RETURN(ThinkingMarkers one, markers_of_object(object));
    markers.push_back(std::move(one));
  }
  return markers;
}

std::vector<ThinkingMarkers> markers_of_model(const std::vector<ThinkingMarkers>& markers,
                                              const std::string& model) {
  std::vector<ThinkingMarkers> of_model;
  for (const ThinkingMarkers& one : markers) {
    if (one.models.empty() ||
        std::find(one.models.begin(), one.models.end(), model) != one.models.end()) {
      of_model.push_back(one);
    }
  }
  return of_model;
}

std::string describe(const ThinkingMarkers& markers) {
  if (markers.name == kNone) return kNone;
  std::string text = markers.name + ": " + markers.begin + " … " + markers.end;
  for (size_t at = 0; (at = text.find('\n', at)) != std::string::npos;)
    text.replace(at, 1, "\\n");
  return text;
}

}  // namespace jangwon
