// Attacks on the sandbox, and whether it held. The programs stand in python/attacks.txt.

#pragma once

#include <functional>
#include <string>
#include <vector>

#include "harness/sandbox/sandbox.h"

namespace jangwon::harness {

struct Attack {
  int number = 0;  // of the catalogue
  std::string name;
  std::vector<std::string> statuses;  // any of them
  std::optional<std::string> stdout_line;
  bool quick = false;
  std::string program;
};

struct AttackOutcome {
  Attack attack;
  bool held = false;
  std::string observed;  // status and output, for a reader
  double wall_ms = 0.0;
};

const std::vector<Attack>& attack_catalogue();

// Runs one attack in a sandbox of its own; never hangs. What a tier does not promise is not asked
// of it: B has no host name, no process ids and no writable folder of its own.
AttackOutcome run_attack(const Attack& attack, SandboxPool& pool);

// The quick ones, in order; `report` is called after each.
bool run_quick_attacks(SandboxPool& pool, const std::function<void(const AttackOutcome&)>& report);

}  // namespace jangwon::harness
