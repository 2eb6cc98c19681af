// --device: on a machine without a GPU, and with the emulated one.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "runtime/base/json.h"
#include "tests/e2e/program.h"

namespace jangwon::e2e {
namespace {

using testing::HasSubstr;

const std::string kModel = std::string(JANGWON_SOURCE_DIR) + "/tests/golden/models/solar_plain";

bool has_gpu() {
  return run_program({"models", "show", kModel, "--device", "cuda"}).exit_code == 0;
}

TEST(Device, WithoutAGpuCudaIsRefusedInOneSentence) {
  if (has_gpu()) GTEST_SKIP() << "this machine has a GPU";
  const std::string folder = fresh_folder("device_cuda");
  for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
           {"models", "show", kModel},
           {"models", "verify", kModel},
           {"bench", "--model", kModel, "--prefill", "8", "--decode", "4"},
           {"run", "--model", "standin-axk1", "--tasks", "aime25", "--limit", "1", "-o", folder},
           {"serve", "--model", "standin-axk1", "--port", "0"}}) {
    std::vector<std::string> with_device = words;
    with_device.insert(with_device.end(), {"--device", "cuda"});
    const ProgramResult result = run_program(with_device);
    EXPECT_EQ(result.exit_code, 2) << words.front() << ": " << result.err;
    EXPECT_THAT(result.err, HasSubstr("--device cpu"));
    const std::string said = result.err.substr(result.err.find("jangwon:"));
    EXPECT_EQ(std::count(said.begin(), said.end(), '\n'), 1) << said;
  }
}

TEST(Device, WithoutAGpuAutoGoesOnWithTheCpu) {
  if (has_gpu()) GTEST_SKIP() << "this machine has a GPU";
  const ProgramResult automatic =
      run_program({"models", "verify", kModel, "--json", "--device", "auto"});
  const ProgramResult cpu = run_program({"models", "verify", kModel, "--json", "--device", "cpu"});
  EXPECT_EQ(automatic.exit_code, 0) << automatic.err;
  EXPECT_EQ(automatic.out, cpu.out);
}

TEST(Device, AnotherNameIsRefused) {
  EXPECT_EQ(run_program({"models", "show", kModel, "--device", "abacus"}).exit_code, 2);
}

// The same output, of the same bits.
TEST(Device, TheEmulatedGpuVerifiesACheckpointAsTheCpuDoes) {
  const ShellResult emulated =
      shell(std::string(JANGWON_CUDA_EMULATED) + " verify " + kModel + " --json");
  ASSERT_EQ(emulated.exit_code, 0) << emulated.out;
  const ProgramResult cpu =
      run_program({"models", "verify", kModel, "--json", "--device", "cpu", "--isa", "portable"});
  ASSERT_EQ(cpu.exit_code, 0) << cpu.err;
  Json on_gpu = Json::parse(emulated.out);
  Json on_cpu = Json::parse(cpu.out);
  EXPECT_EQ(on_gpu.at("isa"), "emulated");
  for (Json* json : {&on_gpu, &on_cpu})
    json->erase("isa");
  EXPECT_EQ(on_gpu, on_cpu);
}

TEST(Device, TheEmulatedGpuVerifiesACheckpointWhoseLayersAreDivided) {
  const std::string verify = std::string(JANGWON_CUDA_EMULATED) + " verify " + kModel + " --json";
  const ShellResult one = shell(verify);
  const ShellResult two = shell(verify + " --devices cuda:0,cuda:0");
  ASSERT_EQ(two.exit_code, 0) << two.out;
  EXPECT_EQ(one.out, two.out);
}

TEST(Device, ThePlanOfSeveralDevicesSaysWhoHoldsWhat) {
  const ProgramResult plan =
      run_program({"models", "show", kModel, "--json", "--devices", "cpu,cpu"});
  ASSERT_EQ(plan.exit_code, 0) << plan.err;
  const Json stages = Json::parse(plan.out).at("memory_plan").at("stages");
  ASSERT_EQ(stages.size(), 2u);
  EXPECT_EQ(stages[0].at("first_layer"), 0);
  EXPECT_EQ(stages[0].at("end_layer"), stages[1].at("first_layer"));
  EXPECT_EQ(stages[1].at("end_layer"), 3);
  EXPECT_EQ(stages[1].at("head"), true);
}

// What the operators took on an emulated GPU says nothing; what they cost on paper does.
TEST(Device, BenchOnAGpuHasEachOperatorsTimeBesideTheOneOnPaper) {
  const ShellResult result = shell(std::string(JANGWON_CUDA_EMULATED) + " bench --model " + kModel +
                                   " --device cuda --prefill 4 --decode 3 --repeats 1 --json");
  ASSERT_EQ(result.exit_code, 0) << result.out;
  const Json operators = Json::parse(result.out).at("rows").at(0).at("operators");
  for (const char* phase : {"prefill", "decode"})
    for (const char* name : {"linear", "attend", "experts", "route_experts", "choose_tokens"}) {
      const Json& times = operators.at(phase).at(name);
      EXPECT_GT(times.at("seconds"), 0.0) << phase << " " << name;
      EXPECT_GT(times.at("bytes"), 0.0) << phase << " " << name;
      EXPECT_GT(times.at("h100_seconds"), times.at("h200_seconds")) << phase << " " << name;
    }
  // Three layers of experts, two steps behind the prompt's.
  EXPECT_EQ(operators.at("decode").at("experts").at("calls"), 2 * 3);
}

// --- tests/bench/gpu_session.sh ---

const std::string kSession = std::string(JANGWON_SOURCE_DIR) + "/tests/bench/gpu_session.sh";

TEST(GpuSession, WithoutAGpuItSaysSoAndWritesNothing) {
  if (has_gpu()) GTEST_SKIP() << "this machine has a GPU";
  const std::string file = fresh_folder("gpu_session") + "/session.txt";
  const std::string build = std::filesystem::path(JANGWON_PROGRAM).parent_path();
  const ShellResult result = shell(kSession + " " + build + " " + file + " 2>&1");
  EXPECT_EQ(result.exit_code, 2) << result.out;
  EXPECT_THAT(result.out, testing::StartsWith("gpu_session: no GPU can be used here: "));
  EXPECT_EQ(std::count(result.out.begin(), result.out.end(), '\n'), 1) << result.out;
  EXPECT_FALSE(std::filesystem::exists(file));
}

// A machine where every program tells its words and passes, but for `failing`.
class FakeMachine {
 public:
  FakeMachine() : folder_(fresh_folder("gpu_session_fake")) {}

  ShellResult run(const std::string& failing, const std::string& environment = "") const {
    for (const std::string name :
         {"/build/jangwon", "/build/tests/ops_test", "/build/tests/cuda_engine_test",
          "/path/nvidia-smi", "/path/python3", "/path/compute-sanitizer"}) {
      const std::string program = name.substr(name.rfind('/') + 1);
      write(name, "echo " + program + " $JANGWON_TEST_ON_GPU \"$@\"; echo '[  PASSED  ] 2 tests.'" +
                      (program == failing ? "; exit 3" : ""));
    }
    return shell("PATH=" + folder_ + "/path:$PATH " + environment + " " + kSession + " " + folder_ +
                 "/build " + folder_ + "/session.txt");
  }
  std::string report() const {
    std::ifstream file(folder_ + "/session.txt");
    return {std::istreambuf_iterator<char>(file), {}};
  }

 private:
  void write(const std::string& name, const std::string& text) const {
    const std::filesystem::path path = folder_ + name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << "#!/bin/sh\n" << text << "\n";
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
  }
  std::string folder_;
};

TEST(GpuSession, RunsEverythingOnTheDeviceIntoOneFile) {
  const FakeMachine machine;
  const ShellResult result = machine.run("");
  EXPECT_EQ(result.exit_code, 0) << result.out;
  const std::string report = machine.report();
  for (const char* line :
       {"nvidia-smi 1", "ops_test 1 --gtest_filter=*cuda_sm*", "cuda_engine_test 1",
        "--tool racecheck", "--tool initcheck", "selftest determinism --device cuda",
        "--device cuda --prefill 512 --decode 64 --batch 1,16,64,256",
        "== bench of deepseek_v3: passed", "failed: none; left out: none"})
    EXPECT_THAT(report, HasSubstr(line));
}

TEST(GpuSession, AFailureIsToldAndTheOthersAreStillRun) {
  const FakeMachine machine;
  const ShellResult result = machine.run("ops_test");
  EXPECT_EQ(result.exit_code, 1) << result.out;
  const std::string report = machine.report();
  EXPECT_THAT(report, HasSubstr("== operators: FAILED with status 3"));
  EXPECT_THAT(report, HasSubstr("== bench of deepseek_v3: passed"));
  EXPECT_THAT(report, HasSubstr("failed: operators; left out: none"));
}

TEST(GpuSession, WhatFindsNoTimeIsToldToo) {
  const FakeMachine machine;
  const ShellResult result = machine.run("", "GPU_SESSION_SECONDS=0");
  EXPECT_EQ(result.exit_code, 1) << result.out;
  EXPECT_THAT(machine.report(), HasSubstr("== operators: left out, the time is up"));
}

}  // namespace
}  // namespace jangwon::e2e
