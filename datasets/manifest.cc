// A manifest decides what a score is about, so every key is read under its name and any other is an
// error: a column that is misspelt and passed over would leave options or answers out without a
// word. What belongs together is checked together (check_columns), because each key alone may be
// right and the whole still have nothing to judge by.
//
// Releases are ranges of increments, as LiveCodeBench names them; a number beyond the last file is
// an error and not the last file, since next year's v7 is another benchmark.
// tests/datasets/manifest_test.cc.

#include "datasets/manifest.h"

#include <algorithm>
#include <charconv>
#include <filesystem>

#include "runtime/base/file.h"
#include "runtime/base/install_paths.h"
#include "runtime/base/nearest_name.h"
#include "runtime/base/yaml.h"

namespace jangwon::datasets {

namespace {

// A text or a list of texts.
Status read_names(const YamlNode& node, const std::string& key, std::vector<std::string>& names) {
  if (!node.has(key)) return ok_status();
  JANGWON_ASSIGN_OR_RETURN(const YamlNode child, node.at(key));
  if (child.is_list()) {
    JANGWON_ASSIGN_OR_RETURN(names, child.as_strings());
    return ok_status();
  }
  JANGWON_ASSIGN_OR_RETURN(std::string name, child.as_string());
  names = {std::move(name)};
  return ok_status();
}

Result<AnswerForm> parse_answer_form(const YamlNode& node, const std::string& name) {
  static const std::vector<std::pair<std::string, AnswerForm>> kForms = {
      {"none", AnswerForm::kNone},
      {"letter", AnswerForm::kLetter},
      {"option_number", AnswerForm::kOptionNumber},
      {"option_index", AnswerForm::kOptionIndex},
      {"option_text", AnswerForm::kOptionText},
      {"integer", AnswerForm::kInteger},
      {"text", AnswerForm::kText},
  };
  std::vector<std::string> known;
  for (const auto& [form_name, form] : kForms) {
    if (name == form_name) return form;
    known.push_back(form_name);
  }
  return node.error(unknown_name_message("answer_form", name, known));
}

Status check_columns(const YamlNode& node, const ColumnMap& columns) {
  const int num_option_sources = (columns.options.empty() ? 0 : 1) +
                                 (columns.option_columns.empty() ? 0 : 1) +
                                 (columns.options_in_question ? 1 : 0);
  const bool by_option = columns.answer_form == AnswerForm::kLetter ||
                         columns.answer_form == AnswerForm::kOptionNumber ||
                         columns.answer_form == AnswerForm::kOptionIndex ||
                         columns.answer_form == AnswerForm::kOptionText;
  const bool has_tests = !columns.public_tests.empty() || !columns.private_tests.empty();
  if (columns.question.empty()) return node.error("the key \"question\" is missing");
  if (num_option_sources > 1) {
    return node.error(
        "give one of options (one column with a list), option_columns and options_in_question");
  }
  if (by_option && num_option_sources == 0) {
    return node.error("this answer_form needs options, option_columns or options_in_question");
  }
  if (!columns.option_separator.empty() && columns.options.empty()) {
    return node.error("option_separator splits the cell of options, which is not given");
  }
  if (!columns.answer_index.empty() && !by_option)
    return node.error("answer_index needs an answer_form by option");
  if (columns.answer.empty() != (columns.answer_form == AnswerForm::kNone)) {
    return node.error("answer and answer_form belong together: give both or neither");
  }
  if (columns.answer.empty() && !has_tests)
    return node.error("nothing to judge by: give answer or public_tests");
  return ok_status();
}

Result<MadeColumn> read_made_column(const std::string& name, const YamlNode& node) {
  JANGWON_RETURN_IF_ERROR(node.expect_keys({"from", "rules", "otherwise"}));
  MadeColumn made;
  made.name = name;
  JANGWON_RETURN_IF_ERROR(read_names(node, "from", made.from));
  if (made.from.empty())
    return node.error("the key \"from\" is missing: which column is it made of?");
  JANGWON_RETURN_IF_ERROR(node.read_if_present("otherwise", made.otherwise));
  if (!node.has("rules")) return made;
  JANGWON_ASSIGN_OR_RETURN(const YamlNode rules, node.at("rules"));
  JANGWON_ASSIGN_OR_RETURN(const std::vector<YamlNode> items, rules.items());
  for (const YamlNode& item : items) {
    JANGWON_RETURN_IF_ERROR(item.expect_keys({"holds", "is"}));
    MadeColumn::Rule rule;
    JANGWON_RETURN_IF_ERROR(read_names(item, "holds", rule.holds));
    if (rule.holds.empty()) return item.error("the key \"holds\" is missing");
    JANGWON_RETURN_IF_ERROR(item.read("is", rule.is));
    made.rules.push_back(std::move(rule));
  }
  return made;
}

Status read_made_columns(const YamlNode& node, ColumnMap& columns) {
  if (!node.has("made")) return ok_status();
  JANGWON_ASSIGN_OR_RETURN(const YamlNode made, node.at("made"));
  if (!made.is_map())
    return made.error("made is a mapping of a column's name to what it is made of");
  for (const std::string& name : made.keys()) {
    JANGWON_ASSIGN_OR_RETURN(const YamlNode child, made.at(name));
    JANGWON_ASSIGN_OR_RETURN(MadeColumn column, read_made_column(name, child));
    columns.made.push_back(std::move(column));
  }
  return ok_status();
}

Status read_columns(const YamlNode& node, ColumnMap& columns) {
  JANGWON_RETURN_IF_ERROR(node.expect_keys(
      {"id", "question", "context", "options", "option_separator", "option_columns",
       "options_in_question", "option_pad", "answer", "answer_form", "answer_index", "public_tests",
       "private_tests", "starter_code", "code_metadata", "date", "made"}));
  JANGWON_RETURN_IF_ERROR(read_names(node, "id", columns.id));
  JANGWON_RETURN_IF_ERROR(read_names(node, "question", columns.question));
  JANGWON_RETURN_IF_ERROR(read_names(node, "answer", columns.answer));
  JANGWON_RETURN_IF_ERROR(node.read_if_present("context", columns.context));
  JANGWON_RETURN_IF_ERROR(node.read_if_present("options", columns.options));
  JANGWON_RETURN_IF_ERROR(node.read_if_present("option_separator", columns.option_separator));
  JANGWON_RETURN_IF_ERROR(node.read_if_present("options_in_question", columns.options_in_question));
  JANGWON_RETURN_IF_ERROR(node.read_if_present("option_columns", columns.option_columns));
  JANGWON_RETURN_IF_ERROR(node.read_if_present("option_pad", columns.option_pad));
  JANGWON_RETURN_IF_ERROR(node.read_if_present("answer_index", columns.answer_index));
  JANGWON_RETURN_IF_ERROR(node.read_if_present("public_tests", columns.public_tests));
  JANGWON_RETURN_IF_ERROR(node.read_if_present("private_tests", columns.private_tests));
  JANGWON_RETURN_IF_ERROR(node.read_if_present("starter_code", columns.starter_code));
  JANGWON_RETURN_IF_ERROR(node.read_if_present("code_metadata", columns.code_metadata));
  JANGWON_RETURN_IF_ERROR(node.read_if_present("date", columns.date));
  JANGWON_RETURN_IF_ERROR(read_made_columns(node, columns));
  if (node.has("answer_form")) {
    std::string form;
    JANGWON_RETURN_IF_ERROR(node.read("answer_form", form));
    JANGWON_ASSIGN_OR_RETURN(columns.answer_form, parse_answer_form(node, form));
  }
  return check_columns(node, columns);
}

bool is_sha256(const std::string& text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

Result<DataFile> read_data_file(const YamlNode& node) {
  JANGWON_RETURN_IF_ERROR(node.expect_keys({"path", "format", "sha256", "rows", "tag", "add"}));
  DataFile file;
  JANGWON_RETURN_IF_ERROR(node.read("path", file.path));
  JANGWON_RETURN_IF_ERROR(node.read_if_present("sha256", file.sha256));
  JANGWON_RETURN_IF_ERROR(node.read_if_present("rows", file.num_rows));
  JANGWON_RETURN_IF_ERROR(node.read_if_present("tag", file.tag));
  if (node.has("add")) {
    JANGWON_ASSIGN_OR_RETURN(const YamlNode add, node.at("add"));
    if (!add.is_map())
      return add.error(
          "add is a mapping of columns to the text that every row of the file is given");
    for (const std::string& column : add.keys()) {
      std::string text;
      JANGWON_RETURN_IF_ERROR(add.read(column, text));
      file.added.emplace_back(column, std::move(text));
    }
  }
  if (file.sha256 && !is_sha256(*file.sha256)) {
    return node.error(
        "sha256 must be 64 lower-case hexadecimal digits, or null where nobody has seen it");
  }
  if (node.has("format")) {
    std::string format;
    JANGWON_RETURN_IF_ERROR(node.read("format", format));
    const Result<FileFormat> parsed = parse_file_format(format);
    if (!parsed.ok()) return node.error(parsed.status().sentence());
    file.format = *parsed;
  } else {
    const Result<FileFormat> guessed = file_format_of(file.path);
    if (!guessed.ok())
      return node.error("{cause}, or \"format\" must say it",
                        {{"cause", guessed.status().sentence()}});
    file.format = *guessed;
  }
  return file;
}

Status read_splits(const YamlNode& node, Manifest& manifest) {
  if (!node.is_map() || node.keys().empty())
    return node.error("splits is a mapping of at least one name to its files");
  for (const std::string& name : node.keys()) {
    JANGWON_ASSIGN_OR_RETURN(const YamlNode child, node.at(name));
    JANGWON_ASSIGN_OR_RETURN(const std::vector<YamlNode> items, child.items());
    if (items.empty()) return child.error("the split \"{split}\" has no file", {{"split", name}});
    Split split;
    split.name = name;
    for (const YamlNode& item : items) {
      JANGWON_ASSIGN_OR_RETURN(DataFile file, read_data_file(item));
      // Imported files of a split lie in one folder and are told apart by their names.
      const auto path_name = [](const DataFile& f) {
        return std::filesystem::path(f.path).filename();
      };
      if (std::any_of(split.files.begin(), split.files.end(),
                      [&](const DataFile& other) { return path_name(other) == path_name(file); })) {
        return item.error("two files of the split \"{split}\" are called {file}",
                          {{"split", name}, {"file", path_name(file).string()}});
      }
      split.files.push_back(std::move(file));
    }
    manifest.splits.push_back(std::move(split));
  }
  return ok_status();
}

Status read_files_from(const YamlNode& root, Manifest& manifest) {
  std::string place = "manifest_folder";
  JANGWON_RETURN_IF_ERROR(root.read_if_present("files_from", place));
  if (place == "data_folder") {
    manifest.files_from = FilesFrom::kDataFolder;
  } else if (place != "manifest_folder") {
    return root.error(
        unknown_name_message("files_from", place, {"manifest_folder", "data_folder"}));
  }
  return ok_status();
}

Result<std::string> manifest_folder() {
  return find_installed("datasets/manifests");
}

// The manifests that come with the program, without their ending.
Result<std::vector<std::string>> installed_names() {
  JANGWON_ASSIGN_OR_RETURN(const std::string folder, manifest_folder());
  constexpr std::string_view kEnding = ".yaml";
  std::vector<std::string> names;
  JANGWON_ASSIGN_OR_RETURN(const std::vector<std::string> files, names_in_folder(folder));
  for (const std::string& file : files) {
    if (file.ends_with(kEnding)) names.push_back(file.substr(0, file.size() - kEnding.size()));
  }
  return names;
}

// The number behind "v" in "v12"; 0 when the text is something else.
int increment_number(std::string_view text) {
  int number = 0;
  if (!text.starts_with('v')) return 0;
  const auto [end, error] = std::from_chars(text.data() + 1, text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() && number > 0 ? number : 0;
}

// The increments that a tag names, both ends included; {0, 0} when it is none of the known forms.
std::pair<int, int> increments_of(std::string_view tag, int last) {
  if (tag == "release_latest") return {1, last};
  if (tag.starts_with("release_")) {
    const int number = increment_number(tag.substr(8));
    return {number > 0 ? 1 : 0, number};
  }
  const size_t bar = tag.find('_');
  if (bar == std::string_view::npos) return {increment_number(tag), increment_number(tag)};
  return {increment_number(tag.substr(0, bar)), increment_number(tag.substr(bar + 1))};
}

}  // namespace

const DataFile* find_published_file(const Split& split, const std::string& local_path) {
  const std::filesystem::path name = std::filesystem::path(local_path).filename();
  for (const DataFile& file : split.files) {
    if (std::filesystem::path(file.path).filename() == name) return &file;
  }
  return has_parts(split) || split.files.empty() ? nullptr : &split.files.front();
}

bool has_parts(const Split& split) {
  return split.files.size() > 1 ||
         std::any_of(split.files.begin(), split.files.end(),
                     [](const DataFile& file) { return !file.tag.empty(); });
}

Result<Manifest> read_manifest(const std::string& path) {
  JANGWON_ASSIGN_OR_RETURN(const YamlNode root, YamlNode::read_file(path));
  JANGWON_RETURN_IF_ERROR(
      root.expect_keys({"name", "title", "source", "revision", "licence", "gated", "files_from",
                        "default_tag", "columns", "splits"}));
  Manifest manifest;
  manifest.path = path;
  manifest.folder = std::filesystem::path(path).parent_path().string();
  if (manifest.folder.empty()) manifest.folder = ".";
  JANGWON_RETURN_IF_ERROR(root.read("name", manifest.name));
  manifest.title = manifest.name;
  JANGWON_RETURN_IF_ERROR(root.read_if_present("title", manifest.title));
  JANGWON_RETURN_IF_ERROR(root.read("source", manifest.source));
  JANGWON_RETURN_IF_ERROR(root.read_if_present("revision", manifest.revision));
  JANGWON_RETURN_IF_ERROR(root.read("licence", manifest.licence));
  JANGWON_RETURN_IF_ERROR(root.read_if_present("gated", manifest.gated));
  JANGWON_RETURN_IF_ERROR(root.read_if_present("default_tag", manifest.default_tag));
  JANGWON_RETURN_IF_ERROR(read_files_from(root, manifest));
  JANGWON_ASSIGN_OR_RETURN(const YamlNode columns, root.at("columns"));
  JANGWON_RETURN_IF_ERROR(read_columns(columns, manifest.columns));
  JANGWON_ASSIGN_OR_RETURN(const YamlNode splits, root.at("splits"));
  JANGWON_RETURN_IF_ERROR(read_splits(splits, manifest));
  // The name becomes a folder below the data folder.
  const bool plain = !manifest.name.empty() &&
                     manifest.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_-") ==
                         std::string::npos;
  if (!plain) return root.error("a data set's name is made of lower-case letters, digits, _ and -");
  return manifest;
}

Result<Manifest> find_manifest(const std::string& name_or_path, const std::string& base_folder) {
  std::error_code error;
  const std::filesystem::path beside = std::filesystem::path(base_folder) / name_or_path;
  if (std::filesystem::is_regular_file(beside, error)) return read_manifest(beside.string());
  if (name_or_path.find('/') != std::string::npos || name_or_path.ends_with(".yaml")) {
    return not_found("there is no manifest {beside}", {{"beside", beside.string()}});
  }
  JANGWON_ASSIGN_OR_RETURN(const std::string folder, manifest_folder());
  const std::filesystem::path installed = std::filesystem::path(folder) / (name_or_path + ".yaml");
  if (std::filesystem::is_regular_file(installed, error)) return read_manifest(installed.string());
  JANGWON_ASSIGN_OR_RETURN(const std::vector<std::string> names, installed_names());
  return not_found(unknown_name_message("data set", name_or_path, names));
}

bool comes_with_program(const Manifest& manifest) {
  if (manifest.files_from != FilesFrom::kManifestFolder) return false;
  const Result<std::string> folder = manifest_folder();
  std::error_code error;
  return folder.ok() && std::filesystem::equivalent(*folder, manifest.folder, error);
}

Result<std::vector<Manifest>> list_manifests() {
  JANGWON_ASSIGN_OR_RETURN(const std::vector<std::string> names, installed_names());
  std::vector<Manifest> manifests;
  for (const std::string& name : names) {
    JANGWON_ASSIGN_OR_RETURN(Manifest manifest, find_manifest(name));
    manifests.push_back(std::move(manifest));
  }
  return manifests;
}

Result<const Split*> find_split(const Manifest& manifest, const std::string& name) {
  std::vector<std::string> known;
  for (const Split& split : manifest.splits) {
    if (split.name == name) return &split;
    known.push_back(split.name);
  }
  return not_found(unknown_name_message("split", name, known)).at(manifest.path);
}

Result<std::vector<DataFile>> select_files(const Manifest& manifest, const Split& split,
                                           const std::string& tag) {
  const bool tagged = std::any_of(split.files.begin(), split.files.end(),
                                  [](const DataFile& f) { return !f.tag.empty(); });
  if (!tagged) {
    if (tag.empty()) return split.files;
    return invalid_argument(
        "the data set {data_set} has no releases, so \"{tag}\" selects nothing in it",
        {{"data_set", manifest.name}, {"tag", tag}});
  }
  const std::string& wanted = tag.empty() ? manifest.default_tag : tag;
  if (wanted.empty()) return split.files;
  int last = 0;
  for (const DataFile& file : split.files)
    last = std::max(last, increment_number(file.tag));
  const auto [first_wanted, last_wanted] = increments_of(wanted, last);
  if (first_wanted < 1 || last_wanted < first_wanted || last_wanted > last) {
    return invalid_argument(
        "the data set {data_set} has no release \"{wanted}\"; known are release_v1 to "
        "release_v{last}, release_latest, "
        "single increments (v{last}) and ranges (v1_v{last})",
        {{"data_set", manifest.name}, {"wanted", wanted}, {"last", last}});
  }
  std::vector<DataFile> files;
  for (const DataFile& file : split.files) {
    const int number = increment_number(file.tag);
    if (number >= first_wanted && number <= last_wanted) files.push_back(file);
  }
  return files;
}

}  // namespace jangwon::datasets
