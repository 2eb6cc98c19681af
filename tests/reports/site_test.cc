// The site as files: complete, self-contained, the same bytes twice, small, and deaf to what models
// wrote. What a browser makes of it is tested in site_browser_test.cc.

#include "reports/site/site.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <regex>

#include "runtime/base/file.h"
#include "runtime/base/json.h"
#include "runtime/base/sha256.h"
#include "tests/reports/fixture_run.h"

namespace jangwon::reports {
namespace {

using Files = std::map<std::string, std::string>;

Files files_below(const std::string& folder) {
  Files files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    files[std::filesystem::relative(entry.path(), folder).string()] =
        *read_file(entry.path().string());
  }
  return files;
}

// The site of a run (null: of the registry alone), made in a folder of its own.
Files site_of(const std::string& name, const FixtureRun* run,
              SampleText text = SampleText::kOutputs, ReportFormat format = ReportFormat::kSite) {
  std::string folder = make_temporary_folder(name);
  ReportOptions options;
  if (run != nullptr) {
    write_fixture_run(folder + "/demo", *run);
    options.runs = {folder + "/demo"};
  }
  options.formats = {format};
  options.out_dir = folder + "/out";
  options.sample_text = text;
  Status status = write_report(options);
  EXPECT_TRUE(status.ok()) << status.message();
  Files files = files_below(folder + "/out");
  files.erase(".jangwon");  // there where the file system has no attributes
  std::filesystem::remove_all(folder);
  return files;
}

std::vector<std::string> pages_of(const Files& files) {
  std::vector<std::string> pages;
  for (const auto& [name, content] : files) {
    if (name.ends_with(".html")) pages.push_back(name);
  }
  return pages;
}

// The text between the last `open` and the `close` after it.
std::string last_between(const std::string& text, const std::string& open,
                         const std::string& close) {
  size_t begin = text.rfind(open);
  if (begin == std::string::npos) return "";
  begin += open.size();
  return text.substr(begin, text.find(close, begin) - begin);
}

TEST(Site, HasEveryPageOfARunAndOfTheRegistryAlone) {
  FixtureRun run = demo_like_run();
  const std::vector<std::string> kPages = {
      "diff.html",         "efficiency.html",  "index.html",          "license.html",
      "method.html",       "ratio.html",       "reproduce.html",      "runs.html",
      "samples.html",      "task-aime25.html", "task-kmmlu_pro.html", "task-livecodebench_v6.html",
      "task-mmlu_pro.html"};
  for (const FixtureRun* input :
       {static_cast<const FixtureRun*>(&run), static_cast<const FixtureRun*>(nullptr)}) {
    Files files = site_of("pages", input);
    std::vector<std::string> found;
    for (const std::string& name : pages_of(files))
      found.push_back(std::filesystem::path(name).filename().string());
    EXPECT_EQ(found, kPages);
    EXPECT_TRUE(files.count("site/data/summary.json"));
  }
}

TEST(Site, TheSameRunGivesTheSameBytes) {
  FixtureRun run = demo_like_run();
  std::string folder = make_temporary_folder("twice");
  write_fixture_run(folder + "/demo", run);
  for (const char* out : {"/first", "/second"}) {
    ReportOptions options;
    options.runs = {folder + "/demo"};
    options.formats = {ReportFormat::kSite, ReportFormat::kHtml, ReportFormat::kMarkdown,
                       ReportFormat::kCsv,  ReportFormat::kJson, ReportFormat::kLatex};
    options.out_dir = folder + out;
    ASSERT_TRUE(write_report(options).ok());
  }
  EXPECT_EQ(files_below(folder + "/first"), files_below(folder + "/second"));
  std::filesystem::remove_all(folder);
}

TEST(Site, StaysWithinItsBudgets) {
  FixtureRun run = demo_like_run();
  Files files = site_of("budgets", &run);
  EXPECT_LE(files["site/index.html"].size(), 300'000u);
  for (const std::string& page : pages_of(files)) {
    std::string script = last_between(files[page], "<script>", "</script>");
    EXPECT_GT(script.size(), 1000u) << page;
    EXPECT_LE(script.size(), 12'000u) << page;
  }
}

TEST(Site, AllowsOnlyItsOwnScriptAndStyleByHash) {
  FixtureRun run = demo_like_run();
  Files files = site_of("policy", &run);
  for (const std::string& page : pages_of(files)) {
    const std::string& html = files[page];
    std::smatch policy;
    ASSERT_TRUE(std::regex_search(html, policy,
                                  std::regex("Content-Security-Policy\" content=\"([^\"]*)\"")))
        << page;
    const std::string text = std::regex_replace(policy[1].str(), std::regex("&#39;"), "'");
    EXPECT_EQ(text.find("unsafe"), std::string::npos);
    EXPECT_EQ(text.rfind("default-src 'none'", 0), 0u);
    // Base64 of the hash, computed another way than in the page's writer: from bytes,
    // three at a time.
    for (const auto& [open, close, directive] :
         {std::tuple{"<style>", "</style>", "style-src"},
          std::tuple{"<script>", "</script>", "script-src"}}) {
      std::string hex = sha256_hex(last_between(html, open, close));
      std::string bytes;
      for (size_t i = 0; i < hex.size(); i += 2)
        bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
      static const char* kDigits =
          "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
      std::string base64;
      for (size_t i = 0; i < bytes.size(); i += 3) {
        unsigned value = 0;
        for (size_t k = 0; k < 3; ++k)
          value =
              value << 8 | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0u);
        for (size_t k = 0; k < 4; ++k)
          base64 += i + k > bytes.size() ? '=' : kDigits[value >> (18 - 6 * k) & 63];
      }
      EXPECT_NE(text.find("sha256-" + base64), std::string::npos) << page << " " << directive;
    }
    EXPECT_EQ(html.find(" style=\""), std::string::npos)
        << "inline styles are refused by the policy";
    EXPECT_FALSE(std::regex_search(html, std::regex(" on[a-z]+=\"[^&]")))
        << "inline handlers are refused by the policy";
  }
}

TEST(Site, AsksNobodyForAnything) {
  FixtureRun run = demo_like_run();
  Files files = site_of("offline", &run);
  std::regex address("(src|href)=\"(https?:|//)");
  for (const std::string& page : pages_of(files)) {
    const std::string& html = files[page];
    for (std::sregex_iterator it(html.begin(), html.end(), address), end; it != end; ++it) {
      size_t tag = html.rfind('<', static_cast<size_t>(it->position()));
      EXPECT_EQ(html.compare(tag, 3, "<a "), 0) << page << ": " << html.substr(tag, 80);
    }
    EXPECT_EQ(html.find("@import"), std::string::npos);
  }
}

TEST(Site, BothLanguagesAreWrittenEverywhere) {
  Files files = site_of("languages", nullptr);
  for (const std::string& page : pages_of(files)) {
    const std::string& html = files[page];
    auto count = [&](const std::string& what) {
      size_t n = 0;
      for (size_t at = 0; (at = html.find(what, at)) != std::string::npos; ++at)
        ++n;
      return n;
    };
    EXPECT_GT(count("<span lang=\"ko\">"), 10u) << page;
    EXPECT_EQ(count("<span lang=\"ko\">"), count("<span lang=\"en\">")) << page;
    EXPECT_EQ(count("lang=\"ko\"></span>"), 0u) << page;
    EXPECT_EQ(count("lang=\"en\"></span>"), 0u) << page;
  }
}

TEST(Site, NumbersOnThePageAreThoseOfTheResults) {
  FixtureRun run = demo_like_run();
  std::string folder = make_temporary_folder("numbers");
  write_fixture_run(folder + "/demo", run);
  ReportOptions options;
  options.runs = {folder + "/demo"};
  options.formats = {ReportFormat::kSite};
  options.out_dir = folder;
  ASSERT_TRUE(write_report(options).ok());
  std::string html = *read_file(folder + "/site/index.html");
  Json results = *read_json_file(folder + "/demo/results.json");
  for (const Json& row : results["results"]) {
    if (!row["headline"].get<bool>()) continue;
    size_t name = html.find("<th scope=\"row\">" + row["model"].get<std::string>() + "<");
    ASSERT_NE(name, std::string::npos);
    std::string line = html.substr(name, html.find("</tr>", name) - name);
    EXPECT_NE(line.find("data-c=\"" + row["task"].get<std::string>() + "\" data-v=\"" +
                        row["value"].dump() + "\""),
              std::string::npos)
        << row.dump() << line;
  }
  std::filesystem::remove_all(folder);
}

TEST(Site, HostileOutputStaysText) {
  FixtureRun run = hostile_run();
  Files files = site_of("hostile", &run);
  EXPECT_LE(files["site/index.html"].size(), 300'000u) << "transcripts never stand in the index";
  size_t chunks = 0;
  for (const auto& [name, content] : files) {
    if (name.ends_with(".html")) {
      EXPECT_EQ(content.find("window.pwned=1</script>"), std::string::npos) << name;
      EXPECT_EQ(content.find("<img src=x"), std::string::npos) << name;
      EXPECT_EQ(content.find("\u202E"), std::string::npos) << name;
      EXPECT_EQ(content.find("<b>kernel"), std::string::npos) << name;
    }
    if (name.ends_with(".js")) {
      ++chunks;
      EXPECT_EQ(content.find('<'), std::string::npos) << name << ": nothing can close a script";
      EXPECT_EQ(content.find("\u2028"), std::string::npos) << name;
      EXPECT_EQ(content.find('\0'), std::string::npos) << name;
    }
  }
  EXPECT_GT(chunks, 0u);
}

TEST(Site, LeavesQuestionsAndGoldAnswersOutUnlessAsked) {
  FixtureRun run = demo_like_run();
  auto holds = [](const Files& files, const std::string& text) {
    for (const auto& [name, content] : files) {
      if (content.find(text) != std::string::npos) return true;
    }
    return false;
  };
  EXPECT_FALSE(holds(site_of("redacted", &run), "알맞은 답을 고르시오"));
  EXPECT_TRUE(holds(site_of("redacted2", &run), "생각해 보면"));
  EXPECT_FALSE(holds(site_of("none", &run, SampleText::kNone), "생각해 보면"));
  EXPECT_TRUE(holds(site_of("full", &run, SampleText::kFull), "알맞은 답을 고르시오"));
}

// The first reference of ratio.html and how many of the list's are eligible on a day.
std::pair<std::string, size_t> references_on(const std::string& day) {
  const std::string folder = make_temporary_folder("ratio");
  ReportOptions options;
  options.formats = {ReportFormat::kSite};
  options.out_dir = folder + "/out";
  options.as_of = day;
  const Status status = write_report(options);
  EXPECT_TRUE(status.ok()) << status.message();
  const std::string html = *read_file(folder + "/out/site/ratio.html");
  std::filesystem::remove_all(folder);
  std::smatch standard;
  EXPECT_TRUE(
      std::regex_search(html, standard, std::regex("<option value=\"([^\"]*)\" selected>")));
  const std::regex eligible("<span lang=\"en\">eligible<");
  const auto count = std::distance(std::sregex_iterator(html.begin(), html.end(), eligible),
                                   std::sregex_iterator());
  return {standard[1], static_cast<size_t>(count)};
}

TEST(Site, TheRatioPageOpensWithAReferenceOfTheLastSixMonths) {
  EXPECT_NE(references_on("2026-01-15").first.find("deepseek_v3_1"), std::string::npos)
      << "the declared target";
  EXPECT_NE(references_on("2026-08-18").first.find("deepseek_v4_flash"), std::string::npos)
      << "values on three tasks";
  const auto [standard, eligible] = references_on("2026-11-29");
  EXPECT_NE(standard.find("command_a_plus"), std::string::npos) << standard;
  EXPECT_EQ(eligible, 3u) << "Command A+, Nemotron 3.5 Lightning, Qwen3.8-27B";
  EXPECT_EQ(references_on("2031-01-01").second, 0u);
}

TEST(Site, OneFileHoldsOverviewTasksRatioAndLicences) {
  FixtureRun run = demo_like_run();
  Files files = site_of("single", &run, SampleText::kOutputs, ReportFormat::kHtml);
  ASSERT_EQ(files.size(), 1u);
  const std::string& html = files.begin()->second;
  EXPECT_LE(html.size(), 300'000u);
  EXPECT_NE(html.find("license.html\""), std::string::npos);
  std::set<std::string> ids;
  std::regex id(" id=\"([^\"]*)\"");
  for (std::sregex_iterator it(html.begin(), html.end(), id), end; it != end; ++it) {
    EXPECT_TRUE(ids.insert((*it)[1]).second) << "twice: " << (*it)[1];
  }
}

// The positions of these, in the order given, are increasing.
void expect_in_order(const std::string& html, const std::vector<std::string>& parts) {
  size_t at = 0;
  for (const std::string& part : parts) {
    const size_t found = html.find(part, at);
    EXPECT_NE(found, std::string::npos)
        << part << (html.find(part) == std::string::npos ? " is missing" : " comes too early");
    if (found != std::string::npos) at = found;
  }
}

std::vector<std::string> all_of(const std::string& html, const std::string& pattern) {
  const std::regex expression(pattern);
  std::vector<std::string> found;
  for (std::sregex_iterator it(html.begin(), html.end(), expression), end; it != end; ++it)
    found.push_back((*it)[1]);
  return found;
}

class LargeSite : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    const FixtureRun run = large_run();
    files_ = new Files(site_of("large", &run));
  }
  static void TearDownTestSuite() {
    delete files_;
    files_ = nullptr;
  }
  static const std::string& page(const std::string& name) { return files_->at("site/" + name); }

  static Files* files_;
};
Files* LargeSite::files_ = nullptr;

TEST_F(LargeSite, TheTableComesBeforeTheFilters) {
  expect_in_order(page("index.html"),
                  {"<main", "id=\"scores\"", "id=\"filters\"", "class=\"fn\"", "id=\"plots\""});
}

TEST_F(LargeSite, ColumnsStandInTheGroupsOfTheirTasks) {
  const std::string& html = page("index.html");
  const std::string head = html.substr(html.find("<colgroup>"), html.find("</thead>"));
  expect_in_order(head, {"<span lang=\"en\">Mathematics</span>", "<span lang=\"en\">Coding</span>",
                         "<span lang=\"en\">Professional knowledge</span>",
                         "<span lang=\"en\">Language and culture</span>",
                         "<span lang=\"en\">Following instructions</span>", "data-first"});
  EXPECT_EQ(
      all_of(html, "data-over=\"([^\"]*)\""),
      (std::vector<std::string>{"aime25 aime26 hrm8k", "livecodebench_v6",
                                "kmmlu kmmlu_pro kmmlu_redux kormedmcqa mmlu_pro mmlu_prox_ko",
                                "click hae_rae kobalt", "ifeval_ko"}));
  // A column, its <col> and its cells go by the same key, and each row has one of each.
  const std::vector<std::string> columns = all_of(html, "<col data-c=\"([^\"]*)\"");
  EXPECT_EQ(columns.size(), 14u);
  EXPECT_EQ(all_of(html, "<th class=\"num[a-z ]*\" scope=\"col\" data-c=\"([^\"]*)\""), columns);
  const std::string row = html.substr(html.find("<tr data-f="));
  EXPECT_EQ(all_of(row.substr(0, row.find("</tr>")), "<td[^>]* data-c=\"([^\"]*)\""), columns);
}

TEST_F(LargeSite, TheNavigationHasEveryPageInMenusAndSaysWhereTheReaderIs) {
  const std::vector<std::string> pages = pages_of(*files_);
  for (const std::string& file : pages) {
    const std::string& html = files_->at(file);
    const std::string navigation =
        html.substr(html.find("<nav"), html.find("</nav>") - html.find("<nav"));
    std::vector<std::string> links = all_of(navigation, "href=\"([^\"]*)\"");
    EXPECT_EQ(all_of(navigation, "href=\"([^\"]*)\"[^>]* aria-current=\"page\""),
              std::vector<std::string>{file.substr(5)});
    for (std::string& link : links)
      link = "site/" + link;
    std::sort(links.begin(), links.end());
    EXPECT_EQ(links, pages) << file;
    EXPECT_EQ(all_of(navigation, "<details class=\"(here)\"").size(),
              file == "site/index.html" || file == "site/method.html" ? 0u : 1u)
        << file;
  }
}

TEST_F(LargeSite, ATaskOpensWithWhoIsAheadAndThenHowToReadIt) {
  const std::string& html = page("task-kmmlu.html");
  expect_in_order(html,
                  {"<h1>", "id=\"scores\"", "id=\"reading\"", "id=\"pairs\"", "id=\"settings\""});
  const size_t begin = html.find("id=\"scores\"");
  const std::string measured = html.substr(begin, html.find("</tbody>", begin) - begin);
  std::vector<double> scores;
  for (const std::string& value : all_of(measured, "data-v=\"([^\"]*)\""))
    scores.push_back(std::stod(value));
  EXPECT_EQ(scores.size(), 20u);
  EXPECT_TRUE(std::is_sorted(scores.rbegin(), scores.rend()));
}

TEST_F(LargeSite, StaysWithinItsBudgets) {
  EXPECT_LE(page("index.html").size(), 1'000'000u) << "twenty models on fourteen tasks";
}

}  // namespace
}  // namespace jangwon::reports
