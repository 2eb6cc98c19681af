// Fetching from a hub that misbehaves.

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "datasets/fetch/hub_fetch.h"
#include "runtime/base/file.h"
#include "runtime/base/json.h"
#include "tests/datasets/defect_lines.h"
#include "tests/datasets/scratch_folder.h"
#include "tests/fakes/hub_fake.h"

namespace jangwon::datasets {
namespace {

using fakes::HubFake;
using fakes::HubManner;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kAimeFile = "math-ai/aime25/test.jsonl";
constexpr const char* kMmluRows = "TIGER-Lab/MMLU-Pro/default/validation";

std::string aime_file(int num_rows = 30, const std::string& first_answer = "70") {
  std::string text;
  for (int i = 0; i < num_rows; ++i) {
    text += to_json_line(
                Json{{"problem", "Problem " + std::to_string(i) + ": " + std::string(400, 'p')},
                     {"answer", i == 0 ? first_answer : std::to_string(i)},
                     {"id", std::to_string(i)}}) +
            "\n";
  }
  return text;
}

std::vector<std::string> mmlu_rows(int num_rows = 70) {
  std::vector<std::string> rows;
  for (int i = 0; i < num_rows; ++i) {
    rows.push_back(to_json_line(Json{{"question_id", i},
                                     {"question", "무엇이 맞는가 " + std::to_string(i) + "?"},
                                     {"options", {"argon", "neon", "N/A"}},
                                     {"answer", "B"},
                                     {"answer_index", i == 3 ? 0 : 1},
                                     {"cot_content", "A: The answer is (B)."},
                                     {"category", "chemistry"},
                                     {"src", "made"}}));
  }
  return rows;
}

class Fetch : public testing::Test {
 protected:
  HubAccess access(const HubFake& hub, int attempts = 6) {
    HubAccess access;
    access.hub_url = access.rows_url = hub.url();
    access.retry.max_attempts = attempts;
    access.retry.base = std::chrono::milliseconds(1);
    access.wait = [this](std::chrono::milliseconds time) { waits_.push_back(time); };
    return access;
  }

  Result<FetchReport> fetch(const HubAccess& access, const std::string& name,
                            const std::string& split = "test",
                            FetchMode mode = FetchMode::kMissing) {
    const Result<Manifest> manifest = find_manifest(name);
    EXPECT_TRUE(manifest.ok()) << manifest.status().message();
    FetchOptions options;
    options.split = split;
    options.data_folder = folder_.path();
    options.mode = mode;
    return fetch_split(*manifest, access, options);
  }

  Result<Dataset> load(const std::string& name, const std::string& split = "test") {
    DataOptions options;
    options.data_folder = folder_.path();
    return load_dataset(*find_manifest(name), split, options);
  }

  bool nothing_is_left_over(const std::string& name) const {
    return !std::filesystem::exists(folder_.path() + "/" + name + "/fetching");
  }

  ScratchFolder folder_;
  std::vector<std::chrono::milliseconds> waits_;
};

class BrokenHub : public Fetch, public testing::WithParamInterface<HubManner> {};

TEST_P(BrokenHub, FileArrivesWholeInTheEnd) {
  HubFake hub(
      [](const std::string&, int number) { return number < 2 ? GetParam() : HubManner::kGood; });
  hub.put_file(kAimeFile, aime_file());
  const auto report = fetch(access(hub), "aime25");
  ASSERT_TRUE(report.ok()) << report.status().message();
  ASSERT_EQ(report->files.size(), 1u);
  EXPECT_EQ(report->files[0].num_rows, 30);
  EXPECT_EQ(report->files[0].revision, "0123456789abcdef0123456789abcdef01234567");
  const auto dataset = load("aime25");
  ASSERT_TRUE(dataset.ok()) << dataset.status().message();
  EXPECT_EQ(dataset->samples.size(), 30u);
  EXPECT_EQ(dataset->rows_sha256, report->files[0].rows_sha256);
  EXPECT_TRUE(nothing_is_left_over("aime25"));
}

INSTANTIATE_TEST_SUITE_P(Files, BrokenHub,
                         testing::Values(HubManner::kGood, HubManner::kTruncatedBody,
                                         HubManner::kResetInBody, HubManner::k429RetryAfter,
                                         HubManner::k503, HubManner::kSlow, HubManner::kNoRange));

class BrokenRows : public Fetch, public testing::WithParamInterface<HubManner> {};

TEST_P(BrokenRows, SplitArrivesWholeInTheEnd) {
  HubFake hub([](const std::string& path, int number) {
    return path == "/rows" && number < 2 ? GetParam() : HubManner::kGood;
  });
  hub.put_rows(kMmluRows, mmlu_rows());
  const auto report = fetch(access(hub), "mmlu_pro", "validation");
  ASSERT_TRUE(report.ok()) << report.status().message();
  const auto dataset = load("mmlu_pro", "validation");
  ASSERT_TRUE(dataset.ok()) << dataset.status().message();
  EXPECT_EQ(dataset->samples.size(), 70u);
  EXPECT_EQ(dataset->samples[5].choices, (std::vector<std::string>{"argon", "neon"}));
}

INSTANTIATE_TEST_SUITE_P(Rows, BrokenRows,
                         testing::Values(HubManner::kGood, HubManner::kTruncatedBody,
                                         HubManner::k429RetryAfter, HubManner::k503,
                                         HubManner::kWrongJson, HubManner::kRowMissing,
                                         HubManner::kOddTypes, HubManner::kRowTwice));

TEST_F(Fetch, ResumeAsksOnlyForWhatIsMissing) {
  HubFake hub([](const std::string&, int number) {
    return number == 0 ? HubManner::kTruncatedBody : HubManner::kGood;
  });
  const std::string content = aime_file();
  hub.put_file(kAimeFile, content);
  // The first call ends after one attempt, as if it had been killed.
  EXPECT_FALSE(fetch(access(hub, 1), "aime25").ok());
  ASSERT_TRUE(fetch(access(hub), "aime25").ok());
  const auto requests = hub.store().requests();
  ASSERT_EQ(requests.size(), 2u);
  EXPECT_EQ(requests[0].header("range"), "");
  EXPECT_EQ(requests[1].header("range"), "bytes=" + std::to_string(content.size() / 2) + "-");
}

TEST_F(Fetch, ResumeDoesNotMixTwoVersions) {
  HubFake hub([](const std::string&, int number) {
    return number == 0 ? HubManner::kTruncatedBody : HubManner::kGood;
  });
  hub.put_file(kAimeFile, aime_file());
  EXPECT_FALSE(fetch(access(hub, 1), "aime25").ok());
  hub.put_file(kAimeFile, aime_file(30, "71"));
  ASSERT_TRUE(fetch(access(hub), "aime25").ok());
  EXPECT_EQ(load("aime25")->samples[0].target.front(), "71");
}

TEST_F(Fetch, APartThatDoesNotFitIsThrownAway) {
  for (const HubManner manner : {HubManner::kWrongRange, HubManner::kOtherVersion}) {
    ScratchFolder folder;
    HubFake hub([&](const std::string&, int number) {
      return number == 0 ? HubManner::kTruncatedBody : number == 1 ? manner : HubManner::kGood;
    });
    hub.put_file(kAimeFile, aime_file());
    const HubSource source{"math-ai/aime25", "main", HubMethod::kFiles, "", false, {}};
    const std::string path = folder.path() + "/test.jsonl";
    // One call with every attempt, and one that finds the part of an earlier call.
    EXPECT_FALSE(download_file(access(hub, 1), source, "test.jsonl", path).ok());
    const auto downloaded = download_file(access(hub), source, "test.jsonl", path);
    ASSERT_TRUE(downloaded.ok()) << downloaded.status().message();
    EXPECT_EQ(*read_file(path), aime_file());
    EXPECT_EQ(hub.store().requests().back().header("range"), "") << "begun anew";
  }
}

TEST_F(Fetch, WhatIsNoFileOfADataSetIsNamed) {
  for (const auto& [manner, words] :
       {std::pair{HubManner::kLoginPage, "a web page instead of the file"},
        std::pair{HubManner::kPacked, "in the encoding gzip"}}) {
    HubFake hub([manner = manner](const std::string&, int) { return manner; });
    hub.put_file(kAimeFile, aime_file());
    const auto report = fetch(access(hub), "aime25");
    ASSERT_FALSE(report.ok());
    EXPECT_THAT(report.status().message(), HasSubstr(words));
    EXPECT_FALSE(load("aime25").ok());
  }
}

TEST_F(Fetch, AFileThatGrowsMayTakeManyConnections) {
  HubFake hub([](const std::string& path, int number) {
    return path != "hub" && number < 4 ? HubManner::kTruncatedBody : HubManner::kGood;
  });
  const std::string content(std::size_t{40} << 20, 'x');
  hub.put_file(kAimeFile, content);
  const HubSource source{"math-ai/aime25", "main", HubMethod::kFiles, "", false, {}};
  const std::string path = folder_.path() + "/test.jsonl";
  const auto downloaded = download_file(access(hub, 2), source, "test.jsonl", path);
  ASSERT_TRUE(downloaded.ok()) << downloaded.status().message();
  EXPECT_EQ(std::filesystem::file_size(path), content.size());
}

TEST_F(Fetch, RowsGoOnWhereTheyStoppedUnlessTheSetHasChanged) {
  for (const bool changes : {false, true}) {
    HubFake hub([](const std::string&, int number) {
      return number == 1 ? HubManner::k503 : HubManner::kGood;
    });
    hub.put_rows("LGAI-EXAONE/KMMLU-Pro/kmmlu_pro/test", mmlu_rows(250));
    HubSource source{"LGAI-EXAONE/KMMLU-Pro", "main", HubMethod::kRows, "kmmlu_pro", false, {}};
    const std::string path = folder_.path() + (changes ? "/a/rows.jsonl" : "/b/rows.jsonl");
    EXPECT_FALSE(download_rows(access(hub, 1), source, "test", path).ok());
    EXPECT_EQ(hub.hub().num_requests(), 2);
    if (changes) hub.set_revision("another");
    ASSERT_TRUE(download_rows(access(hub), source, "test", path).ok());
    EXPECT_EQ(hub.hub().num_requests(), changes ? 2 + 1 + 3 : 2 + 2);
    std::string expected;
    for (const std::string& row : mmlu_rows(250))
      expected += row + "\n";
    EXPECT_EQ(*read_file(path), expected);
  }
}

TEST_F(Fetch, WrongHashIsRefusedAndNothingIsImported) {
  HubFake hub([](const std::string&, int) { return HubManner::kWrongHash; });
  hub.put_file(kAimeFile, aime_file());
  const auto report = fetch(access(hub), "aime25");
  EXPECT_THAT(report.status().message(), HasSubstr("SHA-256"));
  EXPECT_FALSE(load("aime25").ok());
  EXPECT_EQ(hub.store().num_requests(), 2) << "once by accident, twice on purpose";

  HubFake repaired([](const std::string&, int number) {
    return number == 0 ? HubManner::kWrongHash : HubManner::kGood;
  });
  repaired.put_file(kAimeFile, aime_file());
  EXPECT_TRUE(fetch(access(repaired), "aime25").ok());
}

TEST_F(Fetch, WrongNumberOfRowsIsRefusedUnlessAccepted) {
  HubFake hub([](const std::string&, int) { return HubManner::kGood; });
  hub.put_file(kAimeFile, aime_file(29));
  EXPECT_THAT(fetch(access(hub), "aime25").status().message(),
              HasSubstr("29 rows where 30 are expected"));
  EXPECT_FALSE(load("aime25").ok());
  EXPECT_TRUE(fetch(access(hub), "aime25", "test", FetchMode::kAcceptChanges).ok());
}

TEST_F(Fetch, ChangeSinceTheFirstFetchIsSeen) {
  HubFake hub([](const std::string&, int) { return HubManner::kGood; });
  hub.put_file(kAimeFile, aime_file());
  ASSERT_TRUE(fetch(access(hub), "aime25").ok());
  const Json record = *read_json_file(folder_.path() + "/aime25/fetch.json");
  EXPECT_EQ(record.at("files").at(0).at("rows_sha256").get<std::string>().size(), 64u);
  EXPECT_TRUE(fetch(access(hub), "aime25", "test", FetchMode::kAgain).ok()) << "the same rows";
  hub.put_file(kAimeFile, aime_file(30, "71"));
  EXPECT_THAT(fetch(access(hub), "aime25", "test", FetchMode::kAgain).status().message(),
              HasSubstr("has changed on the hub"));
  EXPECT_EQ(load("aime25")->samples[0].target.front(), "70") << "what was there stays";
  ASSERT_TRUE(fetch(access(hub), "aime25", "test", FetchMode::kAcceptChanges).ok());
  EXPECT_EQ(load("aime25")->samples[0].target.front(), "71");
}

TEST_F(Fetch, OneProcessFetchesASetAtATime) {
  HubFake hub([](const std::string&, int) { return HubManner::kGood; });
  hub.put_file(kAimeFile, aime_file());
  std::filesystem::create_directories(folder_.path() + "/aime25");
  const int held =
      open((folder_.path() + "/aime25/fetch.lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  ASSERT_EQ(flock(held, LOCK_EX), 0);
  EXPECT_THAT(fetch(access(hub), "aime25").status().message(),
              HasSubstr("another process is fetching aime25"));
  close(held);
  EXPECT_TRUE(fetch(access(hub), "aime25").ok());
}

TEST_F(Fetch, AFileThatCouldNotBeImportedIsNotRecordedAsPresent) {
  HubFake hub([](const std::string&, int) { return HubManner::kGood; });
  hub.put_file(kAimeFile, aime_file());
  const std::string record = folder_.path() + "/aime25/fetch.json";
  std::filesystem::create_directories(record);  // in the place of the record: it cannot be written
  EXPECT_FALSE(fetch(access(hub), "aime25").ok());
  EXPECT_FALSE(load("aime25").ok());
  std::filesystem::remove(record);
  const auto report = fetch(access(hub), "aime25");
  ASSERT_TRUE(report.ok()) << report.status().message();
  EXPECT_FALSE(report->files.at(0).was_here);
  EXPECT_TRUE(std::filesystem::is_regular_file(record));
}

TEST_F(Fetch, WhatIsHereIsNotFetchedAgain) {
  HubFake hub([](const std::string&, int) { return HubManner::kGood; });
  hub.put_file(kAimeFile, aime_file());
  ASSERT_TRUE(fetch(access(hub), "aime25").ok());
  const int before = hub.hub().num_requests();
  const auto report = fetch(access(hub), "aime25");
  ASSERT_TRUE(report.ok());
  EXPECT_TRUE(report->files.at(0).was_here);
  EXPECT_EQ(hub.hub().num_requests(), before);
}

TEST_F(Fetch, CutCellsAreRefused) {
  HubFake hub([](const std::string&, int) { return HubManner::kRowsTruncated; });
  hub.put_rows(kMmluRows, mmlu_rows());
  EXPECT_THAT(fetch(access(hub), "mmlu_pro", "validation").status().message(),
              HasSubstr("cuts long cells"));
}

TEST_F(Fetch, RowsWhoseTwoAnswersDifferAreReported) {
  HubFake hub([](const std::string&, int) { return HubManner::kGood; });
  hub.put_rows(kMmluRows, mmlu_rows());
  ASSERT_TRUE(fetch(access(hub), "mmlu_pro", "validation").ok());
  const auto report = verify_split(*find_manifest("mmlu_pro"), "validation", folder_.path());
  ASSERT_TRUE(report.ok());
  const auto lines = defect_lines(report->defects);
  EXPECT_THAT(lines, testing::Contains(
                         testing::AllOf(HasSubstr("answer_conflict: 1 row"), HasSubstr("(3)"))));
  EXPECT_TRUE(compare_with_first_fetch(*find_manifest("mmlu_pro"), *report, folder_.path()).ok());
}

TEST_F(Fetch, ClosedSetSaysHowToGetAccess) {
  for (const HubManner manner : {HubManner::kUnauthorized, HubManner::kHidden}) {
    HubFake hub([&](const std::string&, int) { return manner; });
    hub.put_rows("LGAI-EXAONE/KMMLU-Pro/kmmlu_pro/test", mmlu_rows());
    const std::string message = fetch(access(hub), "kmmlu_pro").status().message();
    EXPECT_THAT(
        message,
        HasSubstr("accept its terms on https://huggingface.co/datasets/LGAI-EXAONE/KMMLU-Pro"));
    EXPECT_THAT(message, HasSubstr("HF_TOKEN"));
    EXPECT_EQ(hub.hub().num_requests(), 1);
  }
}

TEST_F(Fetch, AttemptsEndWithASentence) {
  HubFake hub([](const std::string&, int) { return HubManner::k503; });
  hub.put_file(kAimeFile, aime_file());
  const std::string message = fetch(access(hub, 3), "aime25").status().message();
  EXPECT_THAT(message, HasSubstr("3 attempts ended in: HTTP 503"));
  EXPECT_EQ(waits_.size(), 2u);
  HubFake missing([](const std::string&, int) { return HubManner::kGood; });
  EXPECT_THAT(fetch(access(missing), "aime25").status().message(), HasSubstr("HTTP 404"));
}

TEST_F(Fetch, TokenGoesToTheHubAndNotToWhereItRedirects) {
  constexpr const char* kToken = "hf_test_0123456789abcdef";
  HubFake hub([](const std::string&, int) { return HubManner::kGood; });
  hub.put_file(kAimeFile, aime_file());
  HubAccess with_token = access(hub);
  with_token.token = Secret(kToken);
  std::string said;
  with_token.progress = [&](const FetchProgress& progress) {
    said += progress.what + progress.note.english();
  };
  const auto report = fetch(with_token, "aime25");
  ASSERT_TRUE(report.ok()) << report.status().message();
  EXPECT_EQ(hub.hub().requests().at(0).header("authorization"), std::string("Bearer ") + kToken);
  EXPECT_EQ(hub.store().requests().at(0).header("authorization"), "");
  EXPECT_THAT(said, Not(HasSubstr(kToken)));
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_.path())) {
    if (!entry.is_regular_file()) continue;
    EXPECT_THAT(*read_file(entry.path().string()), Not(HasSubstr(kToken)));
  }
}

TEST_F(Fetch, RedirectFromTlsToPlainHttpIsNotFollowed) {
  HubFake hub([](const std::string&, int) { return HubManner::kGood; }, "127.0.0.1");
  hub.put_file(kAimeFile, aime_file());
  const std::string certificate = folder_.path() + "/ca.pem";
  ASSERT_TRUE(write_file_atomically(certificate, hub.hub().certificate_pem()).ok());
  // The machine may name authorities of its own, and this variable goes before the other.
  const char* machines = std::getenv("CURL_CA_BUNDLE");
  const std::string kept = machines == nullptr ? "" : machines;
  setenv("CURL_CA_BUNDLE", certificate.c_str(), 1);
  const auto report = fetch(access(hub), "aime25");
  kept.empty() ? unsetenv("CURL_CA_BUNDLE") : setenv("CURL_CA_BUNDLE", kept.c_str(), 1);
  ASSERT_FALSE(report.ok());
  EXPECT_THAT(report.status().message(), HasSubstr("redirects to a host without TLS"));
  EXPECT_GE(hub.hub().num_requests(), 1) << "the hub itself was spoken to";
  EXPECT_EQ(hub.store().num_requests(), 0);
}

TEST_F(Fetch, EnvironmentNamesHubAndToken) {
  setenv("HF_ENDPOINT", "http://127.0.0.1:9/", 1);
  setenv("HF_TOKEN", "hf_environment_012345", 1);
  const auto access = HubAccess::from_environment();
  ASSERT_TRUE(access.ok());
  EXPECT_EQ(access->hub_url, "http://127.0.0.1:9");
  EXPECT_EQ(access->rows_url, "http://127.0.0.1:9");
  EXPECT_EQ(access->token.value(), "hf_environment_012345");
  unsetenv("HF_ENDPOINT");
  unsetenv("HF_TOKEN");
  EXPECT_EQ(HubAccess::from_environment()->rows_url, "https://datasets-server.huggingface.co");
}

TEST_F(Fetch, SetsThatComeWithTheProgramOrAreUnknownAreNotFetched) {
  HubFake hub([](const std::string&, int) { return HubManner::kGood; });
  EXPECT_THAT(fetch(access(hub), "bundled_aime25").status().message(),
              HasSubstr("comes with the program"));
}

// --- sets of several parts, configs and split names

std::vector<std::string> medical_rows(const std::string& profession, int num_rows) {
  std::vector<std::string> rows;
  for (int i = 0; i < num_rows; ++i) {
    rows.push_back(to_json_line(Json{{"question", profession + " " + std::to_string(i)},
                                     {"A", "a"},
                                     {"B", "b"},
                                     {"C", "c"},
                                     {"D", "d"},
                                     {"E", "e"},
                                     {"answer", 1 + i % 5}}));
  }
  return rows;
}

TEST_F(Fetch, EachPartComesFromTheConfigOfItsName) {
  HubFake hub([](const std::string&, int) { return HubManner::kGood; });
  const std::vector<std::pair<std::string, int>> parts = {
      {"dentist", 811}, {"doctor", 435}, {"nurse", 7}, {"pharm", 9}};
  for (const auto& [name, rows] : parts)
    hub.put_rows("sean0042/KorMedMCQA/" + name + "/test", medical_rows(name, rows));
  const auto report = fetch(access(hub), "kormedmcqa");
  ASSERT_TRUE(report.ok()) << report.status().message();
  EXPECT_EQ(report->files.size(), 4u);
  const auto dataset = load("kormedmcqa");
  ASSERT_TRUE(dataset.ok()) << dataset.status().message();
  ASSERT_EQ(dataset->samples.size(), 811u + 435 + 7 + 9);
  EXPECT_EQ(dataset->samples.back().columns->at("profession"), "pharm");
  EXPECT_EQ(dataset->samples[811].question, "doctor 0");
  const int asked = hub.hub().num_requests();
  const auto again = fetch(access(hub), "kormedmcqa");
  ASSERT_TRUE(again.ok());
  EXPECT_TRUE(again->files[2].was_here);
  EXPECT_EQ(hub.hub().num_requests(), asked) << "what is here is left alone";
}

TEST_F(Fetch, TheHubMayCallASplitOtherwise) {
  HubFake hub([](const std::string&, int) { return HubManner::kGood; });
  std::vector<std::string> rows;
  for (int i = 0; i < 700; ++i) {
    rows.push_back(to_json_line(Json{{"ID", std::to_string(i)},
                                     {"Question", "Q" + std::to_string(i) + "\nA: x\nB: y"},
                                     {"Answer", "B"},
                                     {"Class", "Syntax"},
                                     {"Level", 1}}));
  }
  hub.put_rows("snunlp/KoBALT-700/kobalt_v1/raw", rows);
  const auto report = fetch(access(hub), "kobalt");
  ASSERT_TRUE(report.ok()) << report.status().message();
  EXPECT_EQ(load("kobalt")->samples.back().choices.size(), 2u);
}

TEST_F(Fetch, ASetWithoutAKnownConfigIsAskedForItsOnlyOne) {
  HubFake hub([](const std::string&, int) { return HubManner::kGood; });
  std::vector<std::string> rows;
  for (int i = 0; i < 30; ++i)
    rows.push_back(to_json_line(
        Json{{"problem", "P" + std::to_string(i)}, {"answer", i}, {"id", std::to_string(i)}}));
  EXPECT_THAT(fetch(access(hub), "aime26").status().message(),
              HasSubstr("has no split \"test\" on the hub"));
  hub.put_rows("math-ai/aime26/some_config/test", rows);
  const auto report = fetch(access(hub), "aime26");
  ASSERT_TRUE(report.ok()) << report.status().message();
  EXPECT_THAT(report->files.front().url, HasSubstr("config=some_config"));
  hub.put_rows("math-ai/aime26/other/test", rows);
  EXPECT_THAT(fetch(access(hub), "aime26", "test", FetchMode::kAgain).status().message(),
              HasSubstr("several configs with the split \"test\": other, some_config"));
}

}  // namespace
}  // namespace jangwon::datasets
