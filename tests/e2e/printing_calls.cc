#include "tests/e2e/printing_calls.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "runtime/base/file.h"
#include "runtime/base/json.h"
#include "tests/e2e/program.h"

namespace jangwon::e2e {

namespace {

const std::string kSource = JANGWON_SOURCE_DIR;

void write(const std::string& path, const std::string& text) {
  const Status status = write_file_atomically(path, text);
  EXPECT_TRUE(status.ok()) << status.message();
}

void make(const std::vector<std::string>& arguments) {
  const ProgramResult result = run_program(arguments);
  EXPECT_EQ(result.exit_code, 0) << result.err;
}

// Replies to the first questions of the bundled MMLU-Pro, long enough that files
// need several reads.
std::string replies() {
  std::string rows;
  for (int i = 0; i < 20; ++i) {
    rows += to_json_line(
                Json{{"task", "mmlu_pro"},
                     {"id", std::to_string(70 + i)},
                     {"repeat", 0},
                     {"output", "The answer is (" + std::string(1, static_cast<char>('A' + i % 4)) +
                                    "). " + std::string(4000, 'x')}}) +
            "\n";
  }
  return rows;
}

constexpr char kGate[] = R"(version: 1
gate: pr
alpha: 0.05
checks:
  - {id: score, tier: L2, task: mmlu_pro, margin: 90pt, metric: truncation_rate}
)";

}  // namespace

std::map<std::string, std::vector<std::string>> printing_calls(const std::string& root) {
  const std::string model = kSource + "/runtime/stand_ins/standin-axk1";
  const std::string golden = kSource + "/tests/golden/models/qwen3_moe";
  const std::string run = root + "/run";
  const std::string baseline = root + "/baselines/main";
  const std::string replay = "replay:" + root + "/replies.jsonl";
  write(root + "/replies.jsonl", replies());
  write(root + "/rows.jsonl", R"({"id": "1", "output": "The answer is (A).", "target": "A"})"
                              "\n");
  write(root + "/texts.jsonl", "{\"text\": \"ab\"}\n");
  write(root + "/chats.jsonl", R"({"context": {"messages": [{"role": "user", "content": "x"}]}})"
                               "\n");
  write(root + "/gate.yaml", kGate);
  std::string published;
  for (int i = 0; i < 30; ++i)
    published +=
        to_json_line(Json{
            {"problem", "Problem"}, {"answer", std::to_string(i)}, {"id", std::to_string(i)}}) +
        "\n";
  write(root + "/aime.jsonl", published);
  make({"run", "--model", replay, "--tasks", "mmlu_pro", "--limit", "20", "-o", run});
  for (const char* index : {"0", "1"}) {
    make({"run", "--model", replay, "--tasks", "mmlu_pro", "--limit", "20", "--shard",
          std::string(index) + "/2", "-o", root + "/part" + index});
  }
  make({"baseline", "accept", run, "--as", "main", "--root", root + "/baselines", "--reason",
        "test"});
  make({"gate", "-c", root + "/gate.yaml", "--candidate", run, "--baseline", baseline, "--out",
        root + "/verdict", "--informational"});
  return {
      {"run", {"run", "--model", replay, "--tasks", "mmlu_pro", "--limit", "20", "-o", "OUT"}},
      {"init", {"init", "-"}},
      {"merge", {"merge", "OUT", root + "/part0", root + "/part1"}},
      {"score", {"score", run, "-o", "OUT"}},
      {"grade", {"grade", "mmlu_pro", root + "/rows.jsonl"}},
      {"report", {"report", run}},
      {"compare", {"compare", run, baseline}},
      {"plan", {"plan", "-c", root + "/gate.yaml", "--baseline", baseline}},
      {"gate",
       {"gate", "-c", root + "/gate.yaml", "--candidate", run, "--baseline", baseline,
        "--informational"}},
      {"gate run",
       {"gate", "run", "-c", root + "/gate.yaml", "--candidate", run, "--baseline", baseline,
        "--informational"}},
      {"gate record", {"gate", "record", "--task", "mmlu_pro", root + "/rows.jsonl"}},
      {"gate explain", {"gate", "explain", root + "/verdict/gate.json", "score"}},
      {"baseline accept",
       {"baseline", "accept", run, "--as", "other", "--root", "OUT", "--reason", "test"}},
      {"baseline list", {"baseline", "list", "--root", root + "/baselines"}},
      {"baseline diff", {"baseline", "diff", baseline, run}},
      {"baseline verify", {"baseline", "verify", "--root", root + "/baselines"}},
      {"export", {"export", run, "--format", "lm-eval,inspect,every-eval-ever,junit", "-o", "OUT"}},
      {"completion", {"completion", "bash"}},
      {"tasks list", {"tasks", "list"}},
      {"tasks show", {"tasks", "show", "mmlu_pro"}},
      {"tasks render", {"tasks", "render", "mmlu_pro", "--limit", "2"}},
      {"models show", {"models", "show", model}},
      {"models verify", {"models", "verify", golden}},
      {"models tokenize", {"models", "tokenize", model, "--jsonl", root + "/texts.jsonl"}},
      {"models render", {"models", "render", model, "--jsonl", root + "/chats.jsonl"}},
      {"data list", {"data", "list", "--data-dir", root + "/data"}},
      // what it prints else comes from a hub: data_fetch_test.cc
      {"data fetch", {"data", "fetch", "--help"}},
      {"data import", {"data", "import", "aime25", root + "/aime.jsonl", "--data-dir", "OUT"}},
      {"data verify", {"data", "verify", "bundled_mmlu_pro"}},
      {"bench", {"bench", "--model", model, "--prefill", "2", "--decode", "1"}},
      {"serve", {"serve", "--help"}},  // what it prints else ends with a signal: serve_e2e_test.cc
      // the attacks take long; they are attack_test.cc's
      {"selftest sandbox", {"selftest", "sandbox", "--help"}},
      {"selftest determinism",
       {"selftest", "determinism", "--numerics", "chain", "--kv-cache-dtype", "bfloat16"}},
      {"selftest stats", {"selftest", "stats"}},
  };
}

}  // namespace jangwon::e2e
