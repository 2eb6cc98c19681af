// Manifest: where a data set comes from, which files a split has and what its columns mean. One
// YAML file a data set, described key by key in datasets/README.md; a wrong key is an error with
// its line and the nearest right name.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "datasets/row_reader.h"
#include "runtime/base/status.h"

namespace jangwon::datasets {

enum class AnswerForm {
  kNone,          // no answer column: programming problems are judged by their tests
  kLetter,        // "C"
  kOptionNumber,  // 1 for the first option
  kOptionIndex,   // 0 for the first option
  kOptionText,    // the text of the right option, as it stands among the options
  kInteger,       // an integer from 0 to 999, however it is written ("070", "336^\circ", 70.0)
  kText,          // a text or a list of accepted texts, as it stands
};

// A column that the rows lack, made of one that they have: a stratum that is told by the id alone.
struct MadeColumn {
  struct Rule {
    // one of them stands in the text; ASCII letters compare without case
    std::vector<std::string> holds;
    std::string is;
  };
  std::string name;
  std::vector<std::string> from;  // the first that a row has
  // the first that fits gives the value; none: the text itself
  std::vector<Rule> rules;
  std::optional<std::string> otherwise;  // where no rule fits; absent: that is an error
};

// Which column holds what. Where several names are given the first that a row has counts: copies of
// one data set differ.
struct ColumnMap {
  std::vector<std::string> id;  // empty: the number of the row, from 0
  std::vector<std::string> question;
  std::string context;  // a text that the question is about; may be absent, null or empty in a row

  std::string options;  // one column with a list
  // of options in one cell that is no list ("a|b|c"); empty: none
  std::string option_separator;
  // or one column an option; null: the question has no such option
  std::vector<std::string> option_columns;
  // or in the question's own text, each behind "A:", "B:", …
  bool options_in_question = false;
  std::optional<std::string> option_pad;  // an option that says exactly this is not one ("N/A")

  std::vector<std::string> answer;
  AnswerForm answer_form = AnswerForm::kNone;
  std::string answer_index;  // a second statement of the answer, from 0; compared with the first

  std::string public_tests;
  std::string private_tests;
  std::string starter_code;
  std::string code_metadata;  // JSON text with "func_name"
  std::string date;           // ISO, for the window

  std::vector<MadeColumn> made;
  // of the file that a row comes from (DataFile::added)
  std::vector<std::pair<std::string, std::string>> added;
};

struct DataFile {
  std::string path;  // as published; relative to the manifest or to the data folder
  FileFormat format = FileFormat::kJsonl;
  std::optional<std::string> sha256;  // absent: nobody has seen it
  std::optional<int64_t> num_rows;
  // a release increment such as "v6"; empty: none
  std::string tag;
  // columns that each of its rows is given: which part it is
  std::vector<std::pair<std::string, std::string>> added;
};

struct Split {
  std::string name;
  std::vector<DataFile> files;  // read in this order
};

// The published file that a local one stands for, told by the name; null where there is none. A
// split of one file that is no release takes a file of any name.
const DataFile* find_published_file(const Split& split, const std::string& local_path);

// Whether a split is made of files that are imported one by one: several parts, or releases.
bool has_parts(const Split& split);

enum class FilesFrom {
  kManifestFolder,  // the files stand beside the manifest: bundled sets, a user's own
  kDataFolder,      // imported
};

struct Manifest {
  std::string name;
  std::string title;
  std::string source;                   // where it is published
  std::optional<std::string> revision;  // that the row counts and hashes were taken from
  std::string licence;
  std::optional<bool> gated;  // absent: not known
  FilesFrom files_from = FilesFrom::kManifestFolder;
  std::string default_tag;  // for splits whose files have tags
  ColumnMap columns;
  std::vector<Split> splits;
  std::string path;    // of the manifest
  std::string folder;  // it stands in
};

Result<Manifest> read_manifest(const std::string& path);

// `name_or_path` is a file, absolute or relative to `base_folder` (may be empty), or the name of a
// manifest that comes with the program.
Result<Manifest> find_manifest(const std::string& name_or_path,
                               const std::string& base_folder = {});

// Whether the rows come with the program: a miniature set, and not a user's own questions or
// an imported set.
bool comes_with_program(const Manifest& manifest);

// All manifests that come with the program, by name.
Result<std::vector<Manifest>> list_manifests();

Result<const Split*> find_split(const Manifest& manifest, const std::string& name);

// The files of `split` that `tag` selects, in order: "release_v3" is v1 to v3, "release_latest"
// all, "v3" one increment, "v2_v4" a range; the empty tag means the manifest's default, and all
// files where it has none.
Result<std::vector<DataFile>> select_files(const Manifest& manifest, const Split& split,
                                           const std::string& tag);

}  // namespace jangwon::datasets
