// The installed program: from a prefix, from the Debian package, and the files that describe
// how it is deployed.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <sstream>

#include "runtime/base/file.h"
#include "runtime/base/yaml.h"
#include "tests/e2e/program.h"

namespace jangwon::e2e {
namespace {

const std::string kBuild = std::filesystem::path(JANGWON_PROGRAM).parent_path().string();

// The program below PREFIX finds its own data: the source tree is out of the question, because
// JANGWON_HOME is not set and the prefix is looked at first; tasks show says which folder was read.
void expect_works(const std::string& prefix) {
  const std::string program = "cd / && env -u JANGWON_HOME " + prefix + "/bin/jangwon ";
  const ShellResult help = shell(program + "--help");
  EXPECT_EQ(help.exit_code, 0) << help.out;
  EXPECT_NE(help.out.find("merge"), std::string::npos);
  EXPECT_NE(shell(program + "--lang ko --help").out.find("하위 명령"), std::string::npos)
      << "Korean comes along";
  const ShellResult list = shell(program + "tasks list");
  EXPECT_EQ(list.exit_code, 0) << list.out;
  EXPECT_NE(list.out.find("kmmlu_pro"), std::string::npos) << list.out;
  const std::string run = fresh_folder("package_run");
  const ShellResult result = shell(
      program +
      "run --model standin-axk1 --tasks aime25,mmlu_pro --limit 2 --repeats 1 --max-tokens 32 -o " +
      run);
  EXPECT_EQ(result.exit_code, 0) << result.out;
  EXPECT_TRUE(std::filesystem::exists(run + "/site/index.html"));
  for (const char* file :
       {"share/man/man1/jangwon.1", "share/bash-completion/completions/jangwon",
        "share/zsh/vendor-completions/_jangwon", "share/fish/vendor_completions.d/jangwon.fish",
        "share/jangwon/tasks/aime25/task.yaml",
        "share/jangwon/runtime/stand_ins/standin-axk1/config.json",
        "share/jangwon/datasets/bundled/mmlu_pro/test.jsonl",
        "share/jangwon/reports/registry/sources.yaml"}) {
    const std::string path = prefix + "/" + file;
    EXPECT_TRUE(std::filesystem::exists(path) || std::filesystem::exists(path + ".gz")) << file;
  }
}

TEST(Package, InstalledProgramRunsFromItsPrefix) {
  const std::string prefix = fresh_folder("package_prefix");
  const ShellResult install = shell("cmake --install " + kBuild + " --prefix " + prefix);
  ASSERT_EQ(install.exit_code, 0) << install.out;
  expect_works(prefix);
}

TEST(Package, DebianPackageHoldsARunningProgram) {
  if (shell("command -v dpkg-deb dpkg-shlibdeps").exit_code != 0)
    GTEST_SKIP() << "dpkg-dev is not installed";
  const std::string folder = fresh_folder("package_deb");
  const ShellResult pack = shell("cd " + kBuild + " && cpack -G DEB -B " + folder);
  ASSERT_EQ(pack.exit_code, 0) << pack.out;
  const std::string deb = shell("ls " + folder + "/*.deb | tr -d '\\n'").out;
  const ShellResult control = shell("dpkg-deb -f " + deb + " Package Version Depends");
  ASSERT_EQ(control.exit_code, 0) << control.out;
  EXPECT_NE(control.out.find("Package: jangwon"), std::string::npos) << control.out;
  for (const char* library : {"libc6", "libyaml-cpp", "libpcre2-8-0", "libseccomp2", "python3"})
    EXPECT_NE(control.out.find(library), std::string::npos) << control.out;
  ASSERT_EQ(shell("dpkg-deb -x " + deb + " " + folder + "/root").exit_code, 0);
  expect_works(folder + "/root/usr");
}

// Installs the package in a root made by debootstrap; takes minutes and a mirror, so it is
// asked for by name.
TEST(Package, DebianPackageInstallsInAFreshRoot) {
  const char* mirror = std::getenv("JANGWON_DEBIAN_MIRROR");
  if (mirror == nullptr)
    GTEST_SKIP() << "JANGWON_DEBIAN_MIRROR does not name a mirror for debootstrap";
  if (shell("command -v debootstrap").exit_code != 0)
    GTEST_SKIP() << "debootstrap is not installed";
  if (shell("test $(id -u) = 0").exit_code != 0) GTEST_SKIP() << "debootstrap needs root";
  const std::string folder = fresh_folder("package_root");
  ASSERT_EQ(shell("cd " + kBuild + " && cpack -G DEB -B " + folder).exit_code, 0);
  const std::string root = folder + "/root";
  const ShellResult strap = shell("debootstrap --variant=minbase bookworm " + root + " " + mirror);
  ASSERT_EQ(strap.exit_code, 0) << strap.out.substr(
      strap.out.size() > 2000 ? strap.out.size() - 2000 : 0);
  const ShellResult install =
      shell("cp " + folder + "/*.deb " + root + "/ && chroot " + root +
            " sh -c 'apt-get update && apt-get install -y --no-install-recommends /*.deb'");
  ASSERT_EQ(install.exit_code, 0) << install.out.substr(
      install.out.size() > 2000 ? install.out.size() - 2000 : 0);
  const ShellResult run = shell("chroot " + root +
                                " jangwon run --model standin-axk1 --tasks aime25 --limit 2 "
                                "--repeats 1 --max-tokens 16 -o /run_here");
  EXPECT_EQ(run.exit_code, 0) << run.out;
}

// CMakeLists.txt alone says which version this is; everything else is made from it or held to it.
TEST(Package, OneVersionEverywhere) {
  const std::string cmake = *read_file(JANGWON_SOURCE_DIR "/CMakeLists.txt");
  const auto word_behind = [](const std::string& text, const std::string& mark) {
    const size_t begin = text.find(mark) + mark.size();
    return text.substr(begin, text.find_first_of(" )\n\"", begin) - begin);
  };
  const std::string version = word_behind(cmake, "project(jangwon VERSION ");
  const std::string day = word_behind(cmake, "set(JANGWON_RELEASED ");
  EXPECT_EQ(shell(kBuild + "/jangwon --version").out.find("jangwon " + version + " ("), 0u);
  const std::string page = *read_file(kBuild + "/man/jangwon.1");
  EXPECT_NE(page.find(".TH JANGWON 1 \"" + day + "\" \"jangwon " + version + "\""),
            std::string::npos);
  const std::string changes = *read_file(JANGWON_SOURCE_DIR "/CHANGELOG.md");
  EXPECT_EQ(changes.find("\n## "), changes.find("\n## " + version + " (" + day + ")\n"))
      << "the first entry of CHANGELOG.md is not of this version";
}

TEST(Package, DockerfileIsASequenceOfKnownInstructions) {
  std::istringstream lines(*read_file(JANGWON_SOURCE_DIR "/Dockerfile"));
  const std::vector<std::string> known = {"FROM", "WORKDIR", "COPY",       "RUN",
                                          "USER", "EXPOSE",  "ENTRYPOINT", "CMD"};
  std::vector<std::string> seen;
  bool goes_on = false;
  for (std::string line; std::getline(lines, line);) {
    if (line.empty() || line[0] == '#') continue;
    const std::string word = line.substr(0, line.find(' '));
    if (!goes_on) {
      EXPECT_NE(std::find(known.begin(), known.end(), word), known.end()) << line;
      seen.push_back(word);
      if (word == "COPY" && line.find("--from") == std::string::npos) {
        EXPECT_EQ(line, "COPY . .");
      }
    }
    goes_on = line.back() == '\\';
  }
  EXPECT_FALSE(goes_on) << "the last instruction does not end";
  ASSERT_FALSE(seen.empty());
  EXPECT_EQ(seen.front(), "FROM");
  EXPECT_EQ(std::count(seen.begin(), seen.end(), "FROM"), 2)
      << "built in one stage, run in another";
  EXPECT_EQ(std::count(seen.begin(), seen.end(), "ENTRYPOINT"), 1);
}

TEST(Package, ExamplesAreWellFormed) {
  EXPECT_EQ(shell("bash -n " JANGWON_SOURCE_DIR "/docs/examples/slurm_array.sh").exit_code, 0);
  const Result<YamlNode> job =
      YamlNode::read_file(JANGWON_SOURCE_DIR "/docs/examples/kubernetes_indexed_job.yaml");
  ASSERT_TRUE(job.ok()) << job.status().message();
  EXPECT_EQ(*job->at("spec")->at("completionMode")->as_string(), "Indexed");
  EXPECT_EQ(*job->at("spec")->at("completions")->as_integer(), 8)
      << "as many as the /8 in its command";
}

}  // namespace
}  // namespace jangwon::e2e
