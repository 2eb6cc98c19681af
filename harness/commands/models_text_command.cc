// `models tokenize` and `models render`: a model's tokenizer and chat template on rows of JSON, one
// a line, for people and for comparison with other implementations. Rows are answered as they come,
// so FILE may be a pipe. A row that the tokenizer or the template refuses is answered with its
// error; a row that is not understood ends the command.

#include <CLI/CLI.hpp>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "harness/commands/command.h"
#include "harness/commands/help_text.h"
#include "runtime/base/file.h"
#include "runtime/base/json.h"
#include "runtime/base/path_kind.h"
#include "runtime/base/standard_streams.h"
#include "runtime/chat_template/chat_template.h"
#include "runtime/jinja/template.h"
#include "runtime/tokenizer/tokenizer.h"

namespace jangwon::harness {

namespace {

struct TextOptions {
  std::string source;  // a model's folder, a template's file, or "-"
  std::string jsonl;
  bool json = false;  // the rows on stdout are JSON in any case
};

using AnswerRow = std::function<Result<Json>(const Json& row)>;

Status answer_rows(const std::string& path, const AnswerRow& answer) {
  Result<FileReader> file = path == "-" ? FileReader::standard_input() : FileReader::open(path);
  if (!file.ok()) return file.status();
  LineReader in(std::move(file).value());
  while (!output_failed()) {
    std::string_view line;
    JANGWON_ASSIGN_OR_RETURN(const bool is_line, in.next(line));
    if (!is_line) break;
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    const std::string place = path + ":" + std::to_string(in.number());
    const Result<Json> row = parse_json(line);
    if (!row.ok()) return row.status().at(place);
    if (!row->is_object())
      return invalid_argument("{path}:{number}: the row is not an object",
                              {{"path", path}, {"number", in.number()}});
    const Result<Json> result = answer(*row);
    if (!result.ok()) return result.status().at(place);
    write_output(to_json_line(*result) + "\n");
    // whoever writes into the pipe may wait for the answer
    if (!in.has_line_at_hand()) flush_output();
  }
  return ok_status();
}

Result<std::string> string_member(const Json& row, const char* key) {
  const auto found = row.find(key);
  if (found == row.end() || !found->is_string())
    return invalid_argument("the row has no string \"{key}\"", {{"key", key}});
  return found->get<std::string>();
}

Status tokenize(const TextOptions& options) {
  JANGWON_ASSIGN_OR_RETURN(const runtime::Tokenizer tokenizer,
                           runtime::Tokenizer::load(options.source));
  return answer_rows(options.jsonl, [&](const Json& row) -> Result<Json> {
    JANGWON_ASSIGN_OR_RETURN(const std::string text, string_member(row, "text"));
    const auto ids = tokenizer.encode(text, runtime::AddSpecial::kNo);
    const auto with_special = tokenizer.encode(text, runtime::AddSpecial::kYes);
    if (!ids.ok()) return Json{{"error", ids.status().message()}};
    if (!with_special.ok()) return Json{{"error", with_special.status().message()}};
    return Json{
        {"ids", *ids},
        {"ids_with_special", *with_special},
        {"decoded", tokenizer.decode(*with_special, runtime::SkipSpecial::kNo)},
        {"decoded_skip_special", tokenizer.decode(*with_special, runtime::SkipSpecial::kYes)}};
  });
}

// A template and the special tokens it is rendered with.
struct RowTemplate {
  jinja::Template parsed;
  std::map<std::string, std::string> special_tokens;
};

Json render_row(const RowTemplate& chosen, const Json& row_context) {
  Json context = row_context;
  for (const auto& [name, text] : chosen.special_tokens) {
    if (!context.contains(name)) context[name] = text;
  }
  Result<std::string> text = chosen.parsed.render(context);
  if (!text.ok()) return {{"error", text.status().message()}};
  const auto bos = context.find("bos_token");
  if (bos != context.end() && bos->is_string()) {
    const Status single = runtime::check_single_bos(*text, bos->get<std::string>());
    if (!single.ok()) return {{"error", single.at(chosen.parsed.name()).message()}};
  }
  return {{"output", *text}};
}

Result<RowTemplate> load_template(const std::string& source) {
  if (names_folder(source)) {
    JANGWON_ASSIGN_OR_RETURN(const runtime::ChatTemplate model,
                             runtime::ChatTemplate::load(source));
    JANGWON_ASSIGN_OR_RETURN(jinja::Template parsed,
                             jinja::Template::parse(model.source(), source));
    return RowTemplate{std::move(parsed), model.special_tokens()};
  }
  JANGWON_ASSIGN_OR_RETURN(const std::string text, read_file(source, 4 << 20));
  JANGWON_ASSIGN_OR_RETURN(jinja::Template parsed, jinja::Template::parse(text, source));
  return RowTemplate{std::move(parsed), {}};
}

Status render(const TextOptions& options) {
  std::optional<RowTemplate> fixed;
  std::optional<std::string> refused;
  if (options.source != "-") {
    JANGWON_ASSIGN_OR_RETURN(const bool there, file_exists(options.source));
    if (!there) return not_found("there is no such file or folder").at(options.source);
    Result<RowTemplate> loaded = load_template(options.source);
    if (loaded.ok()) {
      fixed = std::move(*loaded);
    } else if (loaded.status().code() == StatusCode::kUnavailable) {
      return loaded.status();  // it could not be read, which says nothing about it
    } else {
      // A template that is refused has no output for any row.
      refused = loaded.status().message();
    }
  }
  size_t number = 0;
  return answer_rows(options.jsonl, [&](const Json& row) -> Result<Json> {
    ++number;
    const auto context = row.find("context");
    if (context == row.end() || !context->is_object())
      return invalid_argument("the row has no object \"context\"");
    if (refused) return Json{{"error", *refused}};
    if (fixed) return render_row(*fixed, *context);
    JANGWON_ASSIGN_OR_RETURN(const std::string text, string_member(row, "template"));
    Result<jinja::Template> parsed =
        jinja::Template::parse(text, "template " + std::to_string(number));
    if (!parsed.ok()) return Json{{"error", parsed.status().message()}};
    return render_row({std::move(*parsed), {}}, *context);
  });
}

void add_rows_options(CLI::App& command, TextOptions& options) {
  command
      .add_option("--jsonl", options.jsonl,
                  "rows of JSON, one a line; a pipe will do, and - is stdin")
      ->required();
  command.add_flag("--json", options.json, "JSON on stdout; the rows always are");
}

}  // namespace

void add_models_text_commands(CLI::App& models, CommandContext& context) {
  auto tokenize_options = std::make_shared<TextOptions>();
  CLI::App* tokenize_command = models.add_subcommand(
      "tokenize",
      "Ids and decodings of texts: rows {\"text\"} in, {\"ids\", \"ids_with_special\", "
      "\"decoded\", \"decoded_skip_special\"} out.");
  tokenize_command
      ->add_option("DIR", tokenize_options->source,
                   "a folder with tokenizer.json; no weights needed")
      ->required();
  add_rows_options(*tokenize_command, *tokenize_options);
  set_examples(*tokenize_command,
               {{"jangwon models tokenize models/k-exaone --jsonl texts.jsonl", ""},
                {"echo '{\"text\": \"장원\"}' | jangwon models tokenize models/k-exaone --jsonl -",
                 "a text"}});
  tokenize_command->callback(
      [tokenize_options, &context] { context.status = tokenize(*tokenize_options); });

  auto render_options = std::make_shared<TextOptions>();
  CLI::App* render_command =
      models.add_subcommand("render",
                            "Chat templates rendered: rows {\"context\"}, or {\"template\", "
                            "\"context\"} with -, in; {\"output\"} or {\"error\"} out.");
  render_command
      ->add_option("TEMPLATE_OR_DIR", render_options->source,
                   "a template's file, a model's folder, or - (each row has its own)")
      ->required();
  add_rows_options(*render_command, *render_options);
  set_examples(*render_command, {{"jangwon models render models/k-exaone --jsonl chats.jsonl",
                                  "the prompts of a model for given chats"},
                                 {"jangwon models render chat_template.jinja --jsonl chats.jsonl",
                                  "a template alone"}});
  render_command->callback(
      [render_options, &context] { context.status = render(*render_options); });
}

}  // namespace jangwon::harness
