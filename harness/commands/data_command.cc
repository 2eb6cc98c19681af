// jangwon data list | fetch NAME… | import NAME FILE… | verify [NAME…]: which question sets are
// here, how they get here, and whether they are what they should be.

#include <fmt/format.h>
#include <unistd.h>
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "datasets/data_import.h"
#include "datasets/fetch/hub_fetch.h"
#include "datasets/manifest.h"
#include "harness/commands/command.h"
#include "harness/commands/help_text.h"
#include "harness/commands/setting_check.h"
#include "runtime/base/json.h"
#include "runtime/base/localized.h"
#include "runtime/base/standard_streams.h"

namespace jangwon::harness {

namespace {

struct DataFlags {
  std::string name;
  std::vector<std::string> names;
  std::vector<std::string> files;
  std::string split = "test";
  std::string format;
  std::string data_folder;
  std::string release;  // of fetch
  bool again = false;
  bool accept_changes = false;
  int attempts = 8;
  int retry_ms = 500;
  bool json = false;
};

void print_json(const Json& value) {
  write_output(to_json_text(value));
}

Json json_of(const datasets::SplitReport& report) {
  Json files = Json::array();
  for (const datasets::LoadedFile& file : report.files)
    files.push_back({{"path", file.path}, {"sha256", file.sha256}, {"rows", file.num_rows}});
  Json counts = Json::object();
  Json defects = Json::array();
  for (const datasets::RowDefect& defect : report.defects) {
    const char* kind = datasets::name_of(defect.kind);
    counts[kind] = counts.value(kind, 0) + 1;
    defects.push_back({{"kind", kind},
                       {"sample_id", defect.sample_id},
                       {"place", defect.place},
                       {"detail", defect.detail.english()}});
  }
  return Json{
      {"split", report.split}, {"samples", report.num_samples}, {"rows_sha256", report.rows_sha256},
      {"files", files},        {"defect_counts", counts},       {"defects", defects}};
}

void print_report(const std::string& name, const datasets::SplitReport& report) {
  write_output(localized("{name} {split}: {num_samples} samples, rows SHA-256 {sha256}",
                         {{"name", name},
                          {"split", report.split},
                          {"num_samples", report.num_samples},
                          {"sha256", report.rows_sha256}}) +
               "\n");
  for (const datasets::LoadedFile& file : report.files)
    write_output(
        localized("  {file}: {num_rows} rows, SHA-256 {sha256}",
                  {{"file", file.path}, {"num_rows", file.num_rows}, {"sha256", file.sha256}}) +
        "\n");
  for (const Message& line : datasets::summarize_defects(report.defects))
    write_output(fmt::format("  {}\n", localized(line)));
}

Status list(const DataFlags& flags) {
  JANGWON_ASSIGN_OR_RETURN(const std::vector<datasets::Manifest> manifests,
                           datasets::list_manifests());
  Json all = Json::array();
  for (const datasets::Manifest& manifest : manifests) {
    JANGWON_ASSIGN_OR_RETURN(const std::vector<datasets::SplitPresence> presences,
                             datasets::find_presence(manifest, flags.data_folder));
    Json splits = Json::array();
    for (const datasets::SplitPresence& presence : presences) {
      const char* state = datasets::name_of(presence.presence);
      splits.push_back({{"split", presence.split},
                        {"state", state},
                        {"rows", presence.num_rows},
                        {"published_rows", presence.num_published}});
      if (flags.json) continue;
      write_output(
          localized("{manifest} {split} {state} {num_rows} of {num_published} rows  {source}",
                    {{"manifest", fmt::format("{:<26}", manifest.name)},
                     {"split", fmt::format("{:<11}", presence.split)},
                     {"state", fmt::format("{:<9}", state)},
                     {"num_rows", fmt::format("{:>6}", presence.num_rows)},
                     {"num_published", fmt::format("{:>6}", presence.num_published)},
                     {"source", manifest.source}}) +
          "\n");
    }
    all.push_back({{"name", manifest.name},
                   {"title", manifest.title},
                   {"source", manifest.source},
                   {"revision", manifest.revision ? Json(*manifest.revision) : Json()},
                   {"licence", manifest.licence},
                   {"gated", manifest.gated ? Json(*manifest.gated) : Json()},
                   {"splits", splits}});
  }
  if (flags.json) print_json(all);
  return ok_status();
}

Status import(const DataFlags& flags) {
  JANGWON_ASSIGN_OR_RETURN(const datasets::Manifest manifest, datasets::find_manifest(flags.name));
  for (const std::string& file : flags.files) {
    if (!file.ends_with(".parquet")) continue;
    return unsupported(
               "Parquet is not read directly; `python3 datasets/fetch/parquet_to_jsonl.py {file} > "
               "{split}.jsonl` "
               "makes a file that is, or `jangwon data fetch {manifest}` gets the rows",
               {{"file", file}, {"split", flags.split}, {"manifest", manifest.name}})
        .at(file);
  }
  datasets::ImportOptions options;
  options.split = flags.split;
  options.data_folder = flags.data_folder;
  if (!flags.format.empty()) {
    JANGWON_ASSIGN_OR_RETURN(options.format, datasets::parse_file_format(flags.format));
  }
  JANGWON_ASSIGN_OR_RETURN(const datasets::SplitReport report,
                           datasets::import_files(manifest, flags.files, options));
  if (flags.json) {
    Json value = json_of(report);
    value["name"] = manifest.name;
    print_json(value);
  } else {
    print_report(manifest.name, report);
  }
  return ok_status();
}

// Overwrites its own line on a terminal; elsewhere only what it waits for is said.
void show_progress(const datasets::FetchProgress& progress) {
  const bool terminal = isatty(STDERR_FILENO) != 0;
  if (!progress.note.empty()) {
    if (terminal) write_control("\r\033[K");
    write_note(localized(progress.note.at(progress.what)) + "\n");
  } else if (terminal) {
    const std::string total = progress.total ? " of " + std::to_string(*progress.total) : "";
    write_control("\r\033[K");
    write_note(fmt::format("{}: {}{}", progress.what, progress.done, total));
  }
}

Json json_of(const datasets::FetchedFile& file) {
  return Json{{"path", file.path},
              {"url", file.url},
              {"revision", file.revision.empty() ? Json() : Json(file.revision)},
              {"rows", file.num_rows},
              {"rows_sha256", file.rows_sha256},
              {"fetched_at", file.fetched_at},
              {"was_here", file.was_here}};
}

void print_fetched(const std::string& name, const datasets::FetchReport& report) {
  for (const datasets::FetchedFile& file : report.files) {
    if (file.was_here) {
      write_output(localized("{name} {file}: here already; --again fetches and compares it",
                             {{"name", name}, {"file", file.path}}) +
                   "\n");
    } else {
      write_output(
          localized(
              file.revision.empty()
                  ? Message(
                        "{name} {file}: {num_rows} rows, rows SHA-256 {sha256}, revision not named",
                        {{"name", name},
                         {"file", file.path},
                         {"num_rows", file.num_rows},
                         {"sha256", file.rows_sha256}})
                  : Message("{name} {file}: {num_rows} rows, rows SHA-256 {sha256}, revision "
                            "{revision}",
                            {{"name", name},
                             {"file", file.path},
                             {"num_rows", file.num_rows},
                             {"sha256", file.rows_sha256},
                             {"revision", file.revision}})) +
          "\n");
    }
  }
  for (const Message& line : datasets::summarize_defects(report.defects))
    write_output(fmt::format("  {}\n", localized(line)));
}

Status fetch(const DataFlags& flags) {
  JANGWON_ASSIGN_OR_RETURN(datasets::HubAccess access, datasets::HubAccess::from_environment());
  access.retry.max_attempts = flags.attempts;
  access.retry.base = std::chrono::milliseconds(flags.retry_ms);
  access.retry.cap = 60 * access.retry.base;
  access.progress = &show_progress;
  datasets::FetchOptions options;
  options.tag = flags.release;
  options.data_folder = flags.data_folder;
  if (flags.again) options.mode = datasets::FetchMode::kAgain;
  if (flags.accept_changes) options.mode = datasets::FetchMode::kAcceptChanges;
  Json all = Json::array();
  for (const std::string& name : flags.names) {
    JANGWON_ASSIGN_OR_RETURN(const datasets::Manifest manifest, datasets::find_manifest(name));
    for (const datasets::Split& split : manifest.splits) {
      if (!flags.split.empty() && split.name != flags.split) continue;
      options.split = split.name;
      const Result<datasets::FetchReport> report = datasets::fetch_split(manifest, access, options);
      if (isatty(STDERR_FILENO) != 0) write_control("\r\033[K");
      if (!report.ok()) return report.status();
      Json files = Json::array();
      for (const datasets::FetchedFile& file : report->files)
        files.push_back(json_of(file));
      all.push_back(
          {{"name", name}, {"split", split.name}, {"licence", manifest.licence}, {"files", files}});
      if (!flags.json) print_fetched(name, *report);
    }
    if (!flags.split.empty())
      JANGWON_RETURN_IF_ERROR(datasets::find_split(manifest, flags.split).status());
  }
  if (flags.json) print_json(all);
  return ok_status();
}

// The manifests that were named, or all.
Result<std::vector<datasets::Manifest>> chosen_manifests(const std::vector<std::string>& names) {
  if (names.empty()) return datasets::list_manifests();
  std::vector<datasets::Manifest> manifests;
  for (const std::string& name : names) {
    JANGWON_ASSIGN_OR_RETURN(datasets::Manifest manifest, datasets::find_manifest(name));
    manifests.push_back(std::move(manifest));
  }
  return manifests;
}

// A set with more or fewer questions is another benchmark; every other defect stands in the
// published rows themselves.
Status check_row_count(const datasets::SplitReport& report) {
  for (const datasets::RowDefect& defect : report.defects) {
    if (defect.kind != datasets::DefectKind::kRowCount) continue;
    return invalid_argument(
        "{place} has {detail}; import the whole set, or fetch it with `jangwon data fetch`",
        {{"place", defect.place}, {"detail", defect.detail}});
  }
  return ok_status();
}

Status verify(const DataFlags& flags) {
  JANGWON_ASSIGN_OR_RETURN(const std::vector<datasets::Manifest> manifests,
                           chosen_manifests(flags.names));
  Json all = Json::array();
  Status first_problem;
  for (const datasets::Manifest& manifest : manifests) {
    JANGWON_ASSIGN_OR_RETURN(const std::vector<datasets::SplitPresence> presences,
                             datasets::find_presence(manifest, flags.data_folder));
    bool any = false;
    for (const datasets::SplitPresence& presence : presences) {
      if (presence.presence == datasets::Presence::kAbsent) continue;
      any = true;
      Result<datasets::SplitReport> report =
          datasets::verify_split(manifest, presence.split, flags.data_folder);
      if (report.ok() && manifest.files_from == datasets::FilesFrom::kDataFolder) {
        const Status same =
            datasets::compare_with_first_fetch(manifest, *report, flags.data_folder);
        if (!same.ok()) report = same;
      }
      if (report.ok()) {
        if (const Status counted = check_row_count(*report); !counted.ok()) report = counted;
      }
      Json value = report.ok() ? json_of(*report) : Json{{"split", presence.split}};
      value["name"] = manifest.name;
      value["ok"] = report.ok();
      if (!report.ok()) {
        value["error"] = report.status().message();
        if (first_problem.ok()) first_problem = report.status();
        write_note(fmt::format("{} {}: {}\n", manifest.name, presence.split,
                               localized(report.status().sentence())));
      } else if (!flags.json) {
        print_report(manifest.name, *report);
      }
      all.push_back(std::move(value));
    }
    // A set that was asked for by name must be here; without names what is absent is no problem.
    if (!any && !flags.names.empty() && first_problem.ok()) {
      first_problem =
          datasets::verify_split(manifest, manifest.splits.front().name, flags.data_folder)
              .status();
    }
  }
  if (flags.json) print_json(all);
  return first_problem;
}

void add_common(CLI::App& command, DataFlags& flags) {
  command.add_option(
      "--data-dir", flags.data_folder,
      "folder of imported sets (default: $JANGWON_DATA_DIR, else ~/.local/share/jangwon)");
  command.add_flag("--json", flags.json, "JSON on stdout");
}

}  // namespace

void add_data_command(CLI::App& app, CommandContext& context) {
  CLI::App& group = *app.add_subcommand("data", "Question sets: list, fetch, import, verify");
  group.require_subcommand(1);
  set_examples(
      group,
      {{"jangwon data list", ""}, {"jangwon data fetch {task}", ""}, {"jangwon data verify", ""}});
  auto flags = std::make_shared<DataFlags>();

  CLI::App& list_command =
      *group.add_subcommand("list", "All sets the program knows, and which are here");
  add_common(list_command, *flags);
  set_examples(list_command, {{"jangwon data list", "what is here"},
                              {"jangwon data list --json", "for another program"}});
  list_command.callback([flags, &context] { context.status = list(*flags); });

  CLI::App& fetch_command = *group.add_subcommand(
      "fetch", "Get published sets from the Hugging Face hub, check them and import them");
  auto fetch_flags = std::make_shared<DataFlags>();
  fetch_flags->split.clear();
  fetch_command.add_option("names", fetch_flags->names, "the sets: names of `jangwon data list`")
      ->required();
  fetch_command.add_option("--split", fetch_flags->split, "one split (default: all)");
  fetch_command.add_option("--release", fetch_flags->release,
                           "LiveCodeBench: release_v6, v6, … (default: the set's)");
  fetch_command.add_flag("--again", fetch_flags->again,
                         "also what is here, compared with the first fetch");
  fetch_command.add_flag("--accept-changes", fetch_flags->accept_changes,
                         "take rows that have changed on the hub");
  fetch_command.add_option("--attempts", fetch_flags->attempts, "of one request (default: 8)")
      ->transform(setting_check("attempts"));
  fetch_command
      .add_option("--retry-ms", fetch_flags->retry_ms, "first wait between attempts (default: 500)")
      ->transform(setting_check("retry_ms"));
  add_common(fetch_command, *fetch_flags);
  set_examples(fetch_command,
               {{"jangwon data fetch {task} {other task}", "two sets"},
                {"jangwon data fetch {task} --again", "has the hub changed?"}},
               "HF_TOKEN is used where it is set; HF_ENDPOINT names another hub. An interrupted "
               "fetch goes on where it "
               "stopped.");
  fetch_command.callback([fetch_flags, &context] { context.status = fetch(*fetch_flags); });

  CLI::App& import_command = *group.add_subcommand(
      "import", "Check local files in the published columns and copy them into the data folder");
  import_command.add_option("name", flags->name, "the set: a name of `jangwon data list`")
      ->required();
  import_command.add_option("files", flags->files, "JSON, JSON Lines or CSV files")->required();
  import_command.add_option("--split", flags->split, "the split they are (default: test)");
  import_command.add_option("--format", flags->format,
                            "jsonl, json or csv (default: by the file's name)");
  add_common(import_command, *flags);
  set_examples(import_command, {{"jangwon data import {task} test.jsonl", ""},
                                {"jangwon data import {task} validation.jsonl --split validation",
                                 "the questions of the shots"}});
  import_command.callback([flags, &context] { context.status = import(*flags); });

  CLI::App& verify_command = *group.add_subcommand(
      "verify", "Compare hashes, decode every row, name what is wrong with rows");
  verify_command.add_option("names", flags->names, "sets (default: all that are here)");
  add_common(verify_command, *flags);
  set_examples(verify_command, {{"jangwon data verify", "all that are here"},
                                {"jangwon data verify {task} --json", "one, for another program"}});
  verify_command.callback([flags, &context] { context.status = verify(*flags); });
}

}  // namespace jangwon::harness
