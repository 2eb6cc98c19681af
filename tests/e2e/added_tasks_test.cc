// Two tasks that nobody has told the program of, added as folders: a Korean choice set with
// strata of its own and a numeric one. Every command must show them as it shows the tasks that
// come with the program.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "runtime/base/file.h"
#include "runtime/base/json.h"
#include "tests/e2e/program.h"

namespace jangwon::e2e {
namespace {

using testing::HasSubstr;
using testing::Not;

namespace fs = std::filesystem;

const std::string kTasks = std::string(JANGWON_SOURCE_DIR) + "/tests/e2e/added_tasks";
const std::string kKoreanReason = "규약의 해당 조항을 그대로 옮기면 이 보기가 옳습니다. ";
const std::string kEnglishReason =
    "The rule of the village says so in the chapter that was amended last. ";

class AddedTasks : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    root() = fresh_folder("added_tasks");
    std::string replies;
    const auto reply = [&](const char* task, const std::string& id, int repeat,
                           const std::string& text) {
      replies +=
          to_json_line(Json{{"task", task}, {"id", id}, {"repeat", repeat}, {"output", text}}) +
          "\n";
    };
    const std::string right = "ABABABAB";
    for (int i = 0; i < 8; ++i) {
      const std::string id = "m" + std::to_string(i + 1);
      // The first six twice right, the seventh once, the eighth never; the sixth and the
      // seventh in English.
      for (int repeat : {0, 1}) {
        const bool is_right = i < 6 || (i == 6 && repeat == 0);
        const char letter = is_right                               ? right[static_cast<size_t>(i)]
                            : right[static_cast<size_t>(i)] == 'A' ? 'B'
                                                                   : 'A';
        const std::string& reason = i == 5 || i == 6 ? kEnglishReason : kKoreanReason;
        reply("maeul_jachi", id, repeat,
              "<think>" + kEnglishReason + "</think>" + reason + "Answer: " + letter);
      }
    }
    const int sums[] = {300, 160, 380, 350};
    for (int i = 0; i < 4; ++i) {
      for (int repeat : {0, 1})
        reply("jangbogi", "j" + std::to_string(i + 1), repeat,
              "\\boxed{" + std::to_string(sums[i] + (i == 3 ? 1 : 0)) + "}");
    }
    ASSERT_TRUE(write_file_atomically(path("replies.jsonl"), replies).ok());
    run() = run_program({"run", "--model", "visitor=replay:" + path("replies.jsonl"), "--tasks",
                         "maeul", "--include-path", kTasks, "--json", "-o", path("run")});
    ASSERT_EQ(run().exit_code, 0) << run().err;
  }

  static std::string& root() {
    static std::string folder;
    return folder;
  }
  static ProgramResult& run() {
    static ProgramResult result;
    return result;
  }
  static std::string path(const std::string& name) { return root() + "/" + name; }
  static std::string text_of(const std::string& name) {
    const Result<std::string> text = read_file(path(name));
    EXPECT_TRUE(text.ok()) << text.status().message();
    return text.ok() ? *text : "";
  }
  static Json row_of(const std::string& task) {
    const Json results = Json::parse(run().out);
    for (const Json& row : results["results"]) {
      if (row["task"] == task && row["headline"] == true) return row;
    }
    return {};
  }
};

TEST_F(AddedTasks, AreListedUnderTheirGroup) {
  const ProgramResult list =
      run_program({"tasks", "list", "--include-path", kTasks, "--lang", "ko"});
  ASSERT_EQ(list.exit_code, 0) << list.err;
  EXPECT_THAT(list.out, HasSubstr("maeul  마을 살림\n"));
  EXPECT_THAT(list.out, HasSubstr("마을 자치 규약에 관한 객관식 8문항."));
  const ProgramResult english =
      run_program({"tasks", "list", "--include-path", kTasks, "--lang", "en"});
  EXPECT_THAT(english.out, HasSubstr("Village life"));
  EXPECT_THAT(english.out, HasSubstr("Four sums that come up when shopping."));
  const ProgramResult json =
      run_program({"tasks", "show", "jachi", "--include-path", kTasks, "--json"});
  EXPECT_EQ(Json::parse(json.out)["title"]["en"], "Village self-government") << "by its alias";
}

TEST_F(AddedTasks, AreRunByTheirGroupAndScoredWithTheFiguresThatTheyAskFor) {
  const Json row = row_of("maeul_jachi");
  EXPECT_DOUBLE_EQ(row["value"].get<double>(), 6.5 / 8);
  EXPECT_DOUBLE_EQ(row["strata"]["chapter"]["총칙"].get<double>(), 1.0);
  EXPECT_DOUBLE_EQ(row["strata"]["year"]["2021"].get<double>(), 3.5 / 5);
  EXPECT_DOUBLE_EQ(row["further"]["pass@2"]["value"].get<double>(), 7.0 / 8);
  EXPECT_DOUBLE_EQ(row["further"]["majority@2"]["value"].get<double>(), 6.5 / 8)
      << "a tie counts half";
  EXPECT_NEAR(row["further"]["spread"]["value"].get<double>(), 0.0884, 0.0001) << "7/8 and 6/8";
  EXPECT_EQ(row["counts"]["answer_in_korean"], 12);
  EXPECT_EQ(row["counts"]["answer_not_in_korean"], 4);
  EXPECT_EQ(row["counts"]["thinking_in_korean"], 0);
  EXPECT_EQ(row["counts"]["thinking_not_in_korean"], 16);
  EXPECT_DOUBLE_EQ(row_of("jangbogi")["value"].get<double>(), 0.75);
  EXPECT_FALSE(row_of("jangbogi").contains("further")) << "it asks for none";
  EXPECT_THAT(text_of("run/samples.jsonl"),
              HasSubstr(R"("reply_languages":{"answer":"other","thinking":"other"})"));
}

TEST_F(AddedTasks, TheirQuestionsAreNotCalledOurMiniatureSets) {
  EXPECT_THAT(run().err, Not(HasSubstr("miniature")));
  EXPECT_EQ(Json::parse(run().out)["warnings"].size(), 0u) << run().out;
  EXPECT_THAT(text_of("run/report.md"), Not(HasSubstr("miniature sets")));
  for (const char* format : {"lm-eval", "inspect", "hf-eval-results", "every-eval-ever"}) {
    ASSERT_EQ(
        run_program({"export", path("run"), "--format", format, "-o", path("called")}).exit_code, 0)
        << format;
  }
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(path("called"))) {
    if (!entry.is_regular_file() || entry.path().extension() == ".eval") continue;
    const std::string text = *read_file(entry.path().string());
    EXPECT_THAT(text, Not(HasSubstr("bundled miniature"))) << entry.path();
    EXPECT_THAT(text, Not(HasSubstr("\"bundled_miniature_sets\": true"))) << entry.path();
  }
}

TEST_F(AddedTasks, TheReportHasTheirTitlesAndFigures) {
  ASSERT_EQ(run_program({"report", path("run"), "--format", "md", "-o", path("ko"), "--lang", "ko"})
                .exit_code,
            0);
  const std::string korean = text_of("ko/report.md");
  for (const char* part :
       {"마을 자치", "장보기 셈", "majority@2", "실행 간 표준편차", "75.0 % (16개 중 12개)",
        "0.0 % (16개 중 0개)", "한국어 문항에 대한 답의 5 % 넘게 한국어가 아니다."})
    EXPECT_THAT(korean, HasSubstr(part));
  EXPECT_THAT(text_of("run/report.md"), HasSubstr("Village self-government"));
}

// Away from the tasks' folders, as a run that was copied to another machine.
TEST_F(AddedTasks, TheirPagesHaveTitlesStrataAndFiguresInBothLanguages) {
  ASSERT_EQ(run_program({"report", path("run"), "--format", "site", "-o", path("out")}).exit_code,
            0);
  const std::string page = text_of("out/site/task-maeul_jachi.html");
  const auto both = [](const std::string& ko, const std::string& en) {
    return "<span lang=\"ko\">" + ko + "</span><span lang=\"en\">" + en + "</span>";
  };
  EXPECT_THAT(page, HasSubstr(both("마을 자치", "Village self-government")));
  EXPECT_THAT(page, HasSubstr(both("마을 자치 규약에 관한 객관식 8문항.",
                                   "Eight choice questions on the rules of a village.")));
  EXPECT_THAT(page, HasSubstr("<h2 id=\"by-chapter\">" + both("장별", "By chapter")));
  EXPECT_THAT(page, HasSubstr(both("개정 연도별", "By year of amendment")));
  EXPECT_THAT(page, HasSubstr("<th scope=\"row\">부칙</th>"))
      << "a value that the task does not name";
  const size_t first = page.find(both("총칙", "General rules")),
               second = page.find(both("재정", "Finance"));
  ASSERT_NE(first, std::string::npos);
  EXPECT_LT(first, second) << "in the task's order";
  EXPECT_LT(second, page.find("<th scope=\"row\">부칙</th>"));
  EXPECT_THAT(page, HasSubstr("visitor: By chapter"));
  EXPECT_THAT(page, Not(HasSubstr("visitor: By year of amendment")));
  EXPECT_THAT(page, HasSubstr("majority@2"));
  EXPECT_THAT(page, HasSubstr(both("75.0 % (16개 중 12개)", "75.0 % (12 of 16)")));
  EXPECT_THAT(text_of("out/site/task-jangbogi.html"),
              HasSubstr(both("셈의 종류별", "By operation")));
  EXPECT_THAT(text_of("out/site/index.html"), HasSubstr(both("장보기 셈", "Shopping sums")));
}

TEST_F(AddedTasks, TheirScoresOverTimeHaveTheirTitles) {
  const ProgramResult report =
      run_program({"report", "--history", path("run"), path("run"), "-o", path("over_time")});
  ASSERT_EQ(report.exit_code, 0) << report.err;
  EXPECT_THAT(text_of("over_time/site/history.html"), HasSubstr("Village self-government</span>"));
}

TEST_F(AddedTasks, ArePlannedByTheirOwnValues) {
  for (const std::string& word :
       {std::string("maeul_jachi"), std::string("jachi"), kTasks + "/maeul_jachi"}) {
    const ProgramResult plan =
        run_program({"plan", "--task", word, "--include-path", kTasks, "--repeats", "2", "--json"});
    ASSERT_EQ(plan.exit_code, 0) << plan.err;
    const Json check = Json::parse(plan.out)["checks"][0];
    EXPECT_EQ(check["task"], "maeul_jachi");
    EXPECT_EQ(check["n"], 8);
    EXPECT_DOUBLE_EQ(check["margin"].get<double>(), 0.60) << "the task's margin";
  }
  EXPECT_EQ(run_program({"plan", "--task", "maeul_jachi", "--repeats", "2"}).exit_code, 2)
      << "unknown without its folder";
}

TEST_F(AddedTasks, AreJudgedByAGate) {
  ASSERT_EQ(run_program(
                {"baseline", "accept", path("run"), "--as", path("baseline"), "--reason", "first"})
                .exit_code,
            0);
  ASSERT_TRUE(
      write_file_atomically(
          path("gate.yaml"),
          "version: 1\nmin_power: 0\nbaselines: {rolling: " + path("baseline") +
              "}\nchecks:\n  - {id: village, tier: L2, task: maeul_jachi, margin: 40pt, by: "
              "chapter}\n  - {id: sums, tier: L2, task: jangbogi, margin: 60pt}\n")
          .ok());
  const ProgramResult gate =
      run_program({"gate", "-c", path("gate.yaml"), "--candidate", path("run"), "--json"});
  EXPECT_EQ(gate.exit_code, 0) << gate.out << gate.err;
  EXPECT_THAT(gate.out, HasSubstr("village"));
  EXPECT_THAT(gate.out, HasSubstr("총칙"));
  const ProgramResult plan =
      run_program({"plan", "-c", path("gate.yaml"), "--baseline", path("baseline"), "--json"});
  EXPECT_EQ(Json::parse(plan.out)["checks"].size(), 2u) << plan.err;
}

TEST_F(AddedTasks, AreExportedUnderTheNamesThatTheyGive) {
  ASSERT_EQ(run_program({"export", path("run"), "--format", "lm-eval,hf-eval-results", "-o",
                         path("exported")})
                .exit_code,
            0);
  std::string names, card;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(path("exported"))) {
    names += entry.path().filename().string() + "\n";
    if (entry.path().filename() == "maeul_jachi.yaml") card = *read_file(entry.path().string());
  }
  EXPECT_THAT(names, HasSubstr("samples_village_mc_"));
  EXPECT_THAT(names, HasSubstr("samples_jangbogi_"));
  EXPECT_THAT(card, HasSubstr("task_id: \"village\""));
  EXPECT_THAT(card, HasSubstr("id: \"local/maeul_jachi\""))
      << "a user's own questions are on no hub";
}

TEST_F(AddedTasks, AreComparedAndGradedAgain) {
  const ProgramResult compare = run_program({"compare", path("run"), path("run"), "--lang", "ko"});
  EXPECT_EQ(compare.exit_code, 0) << compare.err;
  EXPECT_THAT(compare.out, HasSubstr("maeul_jachi"));
  const ProgramResult score =
      run_program({"score", path("run"), "--include-path", kTasks, "-o", path("again"), "--json"});
  ASSERT_EQ(score.exit_code, 0) << score.err;
  const Json again = Json::parse(text_of("again/results.json"))["results"][0];
  EXPECT_EQ(again["counts"], row_of(again["task"].get<std::string>())["counts"]);
}

}  // namespace
}  // namespace jangwon::e2e
