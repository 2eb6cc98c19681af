// Runs tests/reports/browser/check_site.py on a plain, a hostile and a large site.

#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "reports/report.h"
#include "tests/reports/fixture_run.h"

namespace jangwon::reports {
namespace {

bool installed(const char* program) {
  return std::system((std::string("command -v ") + program + " > /dev/null 2>&1").c_str()) == 0;
}

std::string site_of(const std::string& folder, const FixtureRun& run) {
  write_fixture_run(folder + "/demo", run);
  EXPECT_TRUE(write_report({folder + "/demo"}, {ReportFormat::kSite}, folder).ok());
  return folder + "/site";
}

TEST(SiteInABrowser, WorksFromDiskAndIsDeafToHostileOutput) {
  for (const char* program : {"python3", "chromium", "chromedriver"}) {
    if (!installed(program))
      GTEST_SKIP() << program << " is not installed; the site is not opened in a browser";
  }
  std::string folder = make_temporary_folder("browser");
  std::string command = std::string("python3 ") + JANGWON_SOURCE_DIR +
                        "/tests/reports/browser/check_site.py --site " +
                        site_of(folder + "/plain", demo_like_run()) + " --hostile " +
                        site_of(folder + "/hostile", hostile_run()) + " --large " +
                        site_of(folder + "/large", large_run());
  if (const char* axe = std::getenv("JANGWON_AXE"); axe != nullptr)
    command += std::string(" --axe ") + axe;
  if (const char* shots = std::getenv("JANGWON_SHOTS"); shots != nullptr)
    command += std::string(" --shots ") + shots;
  std::FILE* pipe = ::popen((command + " 2>&1").c_str(), "r");
  ASSERT_NE(pipe, nullptr);
  std::array<char, 4096> buffer;
  std::string output, failures;
  while (std::fgets(buffer.data(), buffer.size(), pipe) != nullptr) {
    output += buffer.data();
    if (std::string(buffer.data()).rfind("ok ", 0) != 0) failures += buffer.data();
  }
  EXPECT_EQ(::pclose(pipe), 0) << failures;
  EXPECT_NE(output.find("ok samples"), std::string::npos) << output;
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace jangwon::reports
