#include "datasets/manifest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/datasets/scratch_folder.h"

namespace jangwon::datasets {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsSupersetOf;

const std::string kMinimal = R"(name: tiny
source: here
licence: MIT
columns:
  question: q
  answer: a
  answer_form: text
splits:
  test:
    - {path: rows.jsonl, sha256: null}
)";

Result<Manifest> read(const std::string& yaml) {
  const ScratchFolder folder;
  return read_manifest(folder.write("m.yaml", yaml));
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  text.replace(text.find(from), from.size(), to);
  return text;
}

TEST(ReadManifest, FillsDefaults) {
  const Result<Manifest> manifest = read(kMinimal);
  ASSERT_TRUE(manifest.ok()) << manifest.status().message();
  EXPECT_EQ(manifest->title, "tiny");
  EXPECT_EQ(manifest->files_from, FilesFrom::kManifestFolder);
  EXPECT_EQ(manifest->gated, std::nullopt);
  EXPECT_EQ(manifest->splits[0].files[0].format, FileFormat::kJsonl);
  EXPECT_EQ(manifest->splits[0].files[0].sha256, std::nullopt);
  EXPECT_TRUE(manifest->columns.id.empty());
}

TEST(ReadManifest, RefusesWhatIsWrongWithPlaceAndWayOut) {
  const struct {
    std::string from, to;
    const char* expected;
  } cases[] = {
      {"licence:", "licenc:", "m.yaml:3: unknown key \"licenc\"; did you mean \"licence\"?"},
      {"  question: q", "  questoin: q",
       "m.yaml:5: unknown key \"questoin\"; did you mean \"question\"?"},
      {"path: rows.jsonl", "pth: rows.jsonl",
       "m.yaml:10: unknown key \"pth\"; did you mean \"path\"?"},
      {"source: here\n", "", "the key \"source\" is missing"},
      {"answer_form: text", "answer_form: leter", "did you mean \"letter\""},
      {"answer_form: text", "answer_form: letter",
       "needs options, option_columns or options_in_question"},
      {"  answer: a\n", "", "answer and answer_form belong together"},
      {"  answer: a\n  answer_form: text\n", "", "nothing to judge by"},
      {"sha256: null", "sha256: 1234", "64 lower-case hexadecimal digits"},
      {"rows.jsonl", "rows.parquet", "must end in .jsonl, .json or .csv"},
      {"name: tiny", "name: ../tiny", "lower-case letters"},
      {"licence: MIT", "licence: MIT\nfiles_from: cloud", "unknown files_from \"cloud\""},
      {"  question: q", "  question: q\n  options: o\n  option_columns: [A, B]",
       "give one of options"},
      {"  question: q", "  question: q\n  answer_index: i", "answer_index needs"},
      {"    - {path: rows.jsonl, sha256: null}\n", "    []\n", "has no file"},
      {"  question: q", "  question: q\n  options_in_question: true\n  options: o",
       "give one of options"},
      {"  question: q", "  question: q\n  option_separator: \"|\"",
       "splits the cell of options, which is not given"},
      {"  question: q", "  question: q\n  made: [c]", "made is a mapping"},
      {"  question: q", "  question: q\n  made: {c: {rules: []}}", "the key \"from\" is missing"},
      {"  question: q", "  question: q\n  made: {c: {from: id, rules: [{holds: x}]}}", "\"is\""},
      {"  question: q", "  question: q\n  made: {c: {from: id, rules: [{is: x}]}}",
       "the key \"holds\" is missing"},
      {"  question: q", "  question: q\n  made: {c: {form: id}}", "did you mean \"from\"?"},
      {"sha256: null", "sha256: null, add: x", "add is a mapping"},
      {"    - {path: rows.jsonl, sha256: null}\n",
       "    - {path: a/rows.jsonl}\n    - {path: b/rows.jsonl}\n",
       "two files of the split \"test\" are called rows.jsonl"},
  };
  for (const auto& c : cases) {
    const Result<Manifest> manifest = read(replaced(kMinimal, c.from, c.to));
    ASSERT_FALSE(manifest.ok()) << c.to;
    EXPECT_THAT(manifest.status().message(), HasSubstr(c.expected));
  }
}

TEST(FindManifest, TakesAFileBesideTheTaskAnInstalledNameOrSaysWhatIsNear) {
  const ScratchFolder folder;
  folder.write("data.yaml", kMinimal);
  const Result<Manifest> beside = find_manifest("data.yaml", folder.path());
  ASSERT_TRUE(beside.ok()) << beside.status().message();
  EXPECT_EQ(beside->name, "tiny");
  EXPECT_EQ(beside->folder, folder.path());
  EXPECT_EQ(find_manifest("mmlu_pro", folder.path())->name, "mmlu_pro");
  EXPECT_THAT(find_manifest("other.yaml", folder.path()).status().message(),
              HasSubstr("there is no manifest"));
  const Status unknown = find_manifest("mmlu_por").status();
  EXPECT_EQ(unknown.code(), StatusCode::kNotFound);
  EXPECT_THAT(unknown.message(), HasSubstr("did you mean \"mmlu_pro\"?"));
}

TEST(ListManifests, EveryInstalledManifestIsNamedLikeItsFile) {
  const Result<std::vector<Manifest>> manifests = list_manifests();
  ASSERT_TRUE(manifests.ok()) << manifests.status().message();
  std::vector<std::string> names;
  for (const Manifest& manifest : *manifests) {
    names.push_back(manifest.name);
    EXPECT_TRUE(manifest.path.ends_with("/" + manifest.name + ".yaml")) << manifest.path;
  }
  EXPECT_THAT(names, IsSupersetOf({"aime25", "bundled_aime25", "click", "bundled_click", "kmmlu",
                                   "mmlu_pro"}));
}

TEST(FindSplit, NamesTheNearest) {
  const Result<Manifest> manifest = find_manifest("mmlu_pro");
  ASSERT_TRUE(manifest.ok());
  EXPECT_TRUE(find_split(*manifest, "validation").ok());
  EXPECT_THAT(find_split(*manifest, "tset").status().message(), HasSubstr("did you mean \"test\""));
}

TEST(SelectFiles, ReadsReleasesIncrementsAndRanges) {
  const Result<Manifest> manifest = find_manifest("livecodebench_v6");
  ASSERT_TRUE(manifest.ok());
  const Split& split = manifest->splits.front();
  const struct {
    const char* tag;
    int64_t num_rows;  // of the release, as its authors count
    const char* first;
    const char* last;
  } cases[] = {
      {"", 1055, "test.jsonl", "test6.jsonl"},
      {"release_v1", 400, "test.jsonl", "test.jsonl"},
      {"release_v2", 511, "test.jsonl", "test2.jsonl"},
      {"release_v3", 612, "test.jsonl", "test3.jsonl"},
      {"release_v4", 713, "test.jsonl", "test4.jsonl"},
      {"release_v5", 880, "test.jsonl", "test5.jsonl"},
      {"release_v6", 1055, "test.jsonl", "test6.jsonl"},
      {"release_latest", 1055, "test.jsonl", "test6.jsonl"},
      {"v6", 175, "test6.jsonl", "test6.jsonl"},
      {"v1_v3", 612, "test.jsonl", "test3.jsonl"},
      {"v5_v6", 342, "test5.jsonl", "test6.jsonl"},
  };
  for (const auto& c : cases) {
    const Result<std::vector<DataFile>> files = select_files(*manifest, split, c.tag);
    ASSERT_TRUE(files.ok()) << c.tag;
    int64_t num_rows = 0;
    for (const DataFile& file : *files)
      num_rows += file.num_rows.value_or(0);
    EXPECT_EQ(num_rows, c.num_rows) << c.tag;
    EXPECT_EQ(files->front().path, c.first);
    EXPECT_EQ(files->back().path, c.last);
  }
  for (const char* tag :
       {"v7", "v0", "release_v9", "latest", "v3_v2", "v1_", "6", "release_", "v1_v2_v3"})
    EXPECT_THAT(select_files(*manifest, split, tag).status().message(), HasSubstr("has no release"))
        << tag;
}

TEST(SelectFiles, RefusesAReleaseOfASetWithoutReleases) {
  const Result<Manifest> manifest = find_manifest("mmlu_pro");
  ASSERT_TRUE(manifest.ok());
  EXPECT_THAT(select_files(*manifest, manifest->splits.front(), "v1").status().message(),
              HasSubstr("has no releases"));
}

}  // namespace
}  // namespace jangwon::datasets
