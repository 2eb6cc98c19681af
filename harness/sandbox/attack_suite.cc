// One list for three users: the test suite runs all of it as root and as an ordinary user,
// `jangwon selftest sandbox` the quick part on a user's machine, and the catalogue in README.md is
// its table of contents.

#include "harness/sandbox/attack_suite.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdlib>
#include <set>
#include <string_view>

#include "harness/sandbox/driver_source.h"

namespace jangwon::harness {
namespace {

// Where the clock is not what must stop the program, a slow machine gets time enough to
// reach what must.
SandboxLimits limits_for(const Attack& attack) {
  const bool clock_may_stop_it = std::find(attack.statuses.begin(), attack.statuses.end(),
                                           "time_limit") != attack.statuses.end();
  SandboxLimits limits;
  limits.cpu_ms = clock_may_stop_it ? 400 : 8000;
  limits.memory_kb = 512 << 10;
  limits.output_bytes = 256 << 10;
  return limits;
}

// "@ NUMBER NAME | STATUS[,STATUS] [quick] [stdout=TEXT]"
Attack read_header(std::string_view line) {
  Attack attack;
  const size_t bar = line.find(" | ");
  JANGWON_CHECK(bar != std::string_view::npos, line);
  const std::string_view left = line.substr(2, bar - 2);
  attack.number = std::atoi(std::string(left).c_str());
  attack.name = left.substr(left.find(' ') + 1);
  std::string_view right = line.substr(bar + 3);
  if (const size_t text = right.find(" stdout="); text != std::string_view::npos) {
    attack.stdout_line = std::string(right.substr(text + 8));
    right = right.substr(0, text);
  }
  if (right.ends_with(" quick")) {
    attack.quick = true;
    right.remove_suffix(6);
  }
  while (!right.empty()) {
    const size_t comma = std::min(right.find(','), right.size());
    attack.statuses.emplace_back(right.substr(0, comma));
    right.remove_prefix(std::min(comma + 1, right.size()));
  }
  return attack;
}

std::vector<Attack> read_catalogue(std::string_view text) {
  std::vector<Attack> attacks;
  while (!text.empty()) {
    const size_t newline = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, newline);
    text.remove_prefix(std::min(newline + 1, text.size()));
    if (line.starts_with("@ ")) {
      attacks.push_back(read_header(line));
    } else if (!attacks.empty()) {
      attacks.back().program.append(line).push_back('\n');
    }
  }
  return attacks;
}

// What needs a mount or UTS or PID namespace to come out as in tier A.
bool promised(const Attack& attack, SandboxTier tier) {
  static const std::set<std::string> kNeedTierA = {"leave_a_file", "find_the_file", "identity",
                                                   "read_the_machine"};
  return tier == SandboxTier::kA || (tier == SandboxTier::kB && !kNeedTierA.contains(attack.name));
}

}  // namespace

const std::vector<Attack>& attack_catalogue() {
  static const std::vector<Attack> catalogue = read_catalogue(kAttackCatalogue);
  return catalogue;
}

AttackOutcome run_attack(const Attack& attack, SandboxPool& pool) {
  PythonProgram program;
  program.source = attack.program;
  program.import_header = false;
  const ExecResult result = pool.run_program(
      program, attack.name == "never_read_the_input" ? std::string(8 << 20, 'x') : "",
      limits_for(attack));
  AttackOutcome outcome;
  outcome.attack = attack;
  outcome.wall_ms = result.wall_ms;
  const bool expected_status = std::find(attack.statuses.begin(), attack.statuses.end(),
                                         name_of(result.status)) != attack.statuses.end();
  const bool expected_output =
      !attack.stdout_line || result.stdout_text == *attack.stdout_line + "\n";
  outcome.held = !promised(attack, pool.tier()) || (expected_status && expected_output);
  outcome.observed =
      fmt::format("{}{}{}", name_of(result.status),
                  result.stdout_text.empty() ? "" : ": " + result.stdout_text.substr(0, 200),
                  result.error.empty() ? "" : " (" + result.error + ")");
  while (outcome.observed.ends_with('\n'))
    outcome.observed.pop_back();
  return outcome;
}

bool run_quick_attacks(SandboxPool& pool, const std::function<void(const AttackOutcome&)>& report) {
  bool all_held = true;
  for (const Attack& attack : attack_catalogue()) {
    if (!attack.quick) continue;
    const AttackOutcome outcome = run_attack(attack, pool);
    all_held = all_held && outcome.held;
    report(outcome);
  }
  return all_held;
}

}  // namespace jangwon::harness
