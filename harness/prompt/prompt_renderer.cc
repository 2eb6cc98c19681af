// Templates are compiled once a task; a sample's variables are its own columns, so that a new task
// needs no C++. Goldens: tests/harness/prompt/prompt_renderer_test.cc (the four tasks, byte for
// byte) and, with JANGWON_DATA, the official rendered prompts.

#include "harness/prompt/prompt_renderer.h"

#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "runtime/base/json.h"
#include "runtime/base/sha256.h"
#include "runtime/jinja/template.h"

namespace jangwon::harness {

namespace {

using datasets::Sample;

Json variables_of(const Sample& sample) {
  Json variables = *sample.columns;
  variables["question"] = sample.question;
  variables["choices"] = sample.choices;
  variables["letters"] = Json::array();
  for (size_t i = 0; i < sample.choices.size(); ++i) {
    variables["letters"].push_back(std::string(1, static_cast<char>('A' + i)));
  }
  variables["starter_code"] = sample.starter_code;
  return variables;
}

std::string value_of(const Json& variables, const std::string& key) {
  const auto found = variables.find(key);
  if (found == variables.end()) return "";
  return found->is_string() ? found->get<std::string>() : found->dump();
}

}  // namespace

struct PromptRenderer::State {
  TaskKind kind = TaskKind::kGenerate;
  struct Part {
    std::string role;
    jinja::Template body;
  };
  std::vector<Part> messages;
  std::optional<jinja::Template> completion;
  std::optional<jinja::Template> continuation;
  int num_fewshot = 0;
  std::string same_key;
  std::map<std::string, std::vector<Json>> shots;  // value of same_key → shots in file order
  std::map<std::string, std::vector<std::string>> fewshot_ids;
  std::string task;
  std::string sha256;
};

PromptRenderer::PromptRenderer(std::unique_ptr<State> state) : state_(std::move(state)) {}
PromptRenderer::~PromptRenderer() = default;
PromptRenderer::PromptRenderer(PromptRenderer&&) noexcept = default;
PromptRenderer& PromptRenderer::operator=(PromptRenderer&&) noexcept = default;

Result<PromptRenderer> PromptRenderer::make(const TaskSpec& task, const PromptStyle& style,
                                            std::vector<Sample> shots) {
  auto state = std::make_unique<State>();
  state->kind = task.kind;
  state->task = task.name;
  state->num_fewshot = style.num_fewshot;
  state->same_key = task.fewshot.same_key;
  const std::string place = task.name + "/" + style.name;
  Sha256 hash;
  const auto compile = [&](const std::string& source, const std::string& part) {
    hash.update(part + "\n" + source + "\n");
    return jinja::Template::parse(source, place + "/" + part);
  };
  for (const PromptStyle::Part& part : style.messages) {
    JANGWON_ASSIGN_OR_RETURN(jinja::Template body, compile(part.template_text, part.role));
    state->messages.push_back({part.role, std::move(body)});
  }
  if (!style.completion.empty()) {
    JANGWON_ASSIGN_OR_RETURN(state->completion, compile(style.completion, "completion"));
  }
  if (!style.continuation.empty()) {
    JANGWON_ASSIGN_OR_RETURN(state->continuation, compile(style.continuation, "continuation"));
  }
  for (const Sample& shot : shots) {
    Json variables = variables_of(shot);
    hash.update("shot " + shot.id + "\n");
    std::string key = state->same_key.empty() ? "" : value_of(variables, state->same_key);
    std::vector<std::string>& ids = state->fewshot_ids[key];
    if (static_cast<int>(ids.size()) < style.num_fewshot) ids.push_back(shot.id);
    state->shots[std::move(key)].push_back(std::move(variables));
  }
  state->sha256 = hash.hex();
  return PromptRenderer(std::move(state));
}

const std::string& PromptRenderer::style_sha256() const {
  return state_->sha256;
}

const std::map<std::string, std::vector<std::string>>& PromptRenderer::fewshot_ids() const {
  return state_->fewshot_ids;
}

Status PromptRenderer::render(const Sample& sample, Request& request, Shots wanted) const {
  Json variables = variables_of(sample);
  variables["fewshot"] = Json::array();
  if (state_->num_fewshot > 0 && wanted == Shots::kAsStyleSays) {
    const auto shots =
        state_->shots.find(state_->same_key.empty() ? "" : value_of(variables, state_->same_key));
    const int available = shots == state_->shots.end() ? 0 : static_cast<int>(shots->second.size());
    for (int i = 0; i < std::min(available, state_->num_fewshot); ++i) {
      const Json& shot = shots->second[static_cast<size_t>(i)];
      // A question that is its own shot would show the model its answer.
      if (shot["question"] != variables["question"]) variables["fewshot"].push_back(shot);
    }
    if (static_cast<int>(variables["fewshot"].size()) < state_->num_fewshot) {
      return invalid_argument(
          "task {task}, sample {sample}: the prompt wants {num_fewshot} shots and only {variables} "
          "fit; import the "
          "few-shot split too, or choose a style without shots",
          {{"task", state_->task},
           {"sample", sample.id},
           {"num_fewshot", state_->num_fewshot},
           {"variables", variables["fewshot"].size()}});
    }
  }
  request.num_fewshot = static_cast<int>(variables["fewshot"].size());
  request.kind = state_->kind == TaskKind::kMultipleChoice ? RequestKind::kLoglikelihood
                                                           : RequestKind::kGenerate;
  request.messages.clear();
  for (const State::Part& part : state_->messages) {
    JANGWON_ASSIGN_OR_RETURN(std::string content, part.body.render(variables));
    request.messages.push_back({part.role, std::move(content)});
  }
  if (state_->completion) {
    JANGWON_ASSIGN_OR_RETURN(request.raw_prompt, state_->completion->render(variables));
  }
  request.continuations.clear();
  if (!state_->continuation || request.kind != RequestKind::kLoglikelihood) return ok_status();
  for (size_t i = 0; i < sample.choices.size(); ++i) {
    variables["choice"] = sample.choices[i];
    variables["letter"] = std::string(1, static_cast<char>('A' + i));
    JANGWON_ASSIGN_OR_RETURN(std::string text, state_->continuation->render(variables));
    request.continuations.push_back(std::move(text));
  }
  return ok_status();
}

}  // namespace jangwon::harness
