// The catalogue of attacks as whoever runs the tests, and, when that is root, once more as an
// ordinary user: this program runs itself again under another uid, because privileges given up
// do not come back.

#include <grp.h>
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <thread>

#include "harness/sandbox/attack_suite.h"
#include "tests/harness/sandbox/machine_state.h"

namespace jangwon::harness {
namespace {

// Whatever outlives the process that made it is handed to this one.
class Orphanage {
 public:
  Orphanage() : before_(own_children()) { prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); }
  ~Orphanage() { prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0); }
  // Whether all of it has ended. Without a PID namespace the last ones die by a signal
  // that takes its time.
  bool empties() const {
    constexpr int kPatience = 6000;  // × 10 ms
    for (int round = 0; round < kPatience; ++round) {
      std::set<int> left;
      for (const int pid : own_children()) {
        if (!before_.contains(pid) && waitpid(pid, nullptr, WNOHANG) == 0) left.insert(pid);
      }
      if (left.empty()) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
  }

 private:
  std::set<int> before_;
};

void attack_all(SandboxTier tier, bool only_quick) {
  SandboxOptions options;
  options.only_tier = tier;
  const auto pool = SandboxPool::create(options);
  ASSERT_TRUE(pool.ok()) << pool.status().message();
  const MachineState before = MachineState::now(**pool);
  for (const Attack& attack : attack_catalogue()) {
    if (only_quick && !attack.quick) continue;
    const AttackOutcome outcome = run_attack(attack, **pool);
    EXPECT_TRUE(outcome.held) << attack.number << " " << attack.name << ": " << outcome.observed;
    const MachineState after = MachineState::now(**pool);
    EXPECT_EQ(after.descriptors, before.descriptors) << attack.name;
    EXPECT_EQ(after.spawner_descriptors, before.spawner_descriptors) << attack.name;
    EXPECT_EQ(after.sandboxes, before.sandboxes) << attack.name;
    EXPECT_TRUE(after == before) << attack.name;
  }
  const ExecResult still_works = (*pool)->run_program({.source = "print(6 * 7)"}, "", {});
  EXPECT_EQ(still_works.stdout_text, "42\n") << still_works.error;
}

void expect_held(SandboxTier tier, bool only_quick) {
  const Orphanage orphanage;
  attack_all(tier, only_quick);
  EXPECT_TRUE(orphanage.empties()) << "processes outlive the pool";
}

TEST(Attack, TierAHoldsAgainstTheCatalogue) {
  expect_held(SandboxTier::kA, false);
}

TEST(Attack, TierBHoldsAgainstTheQuickPart) {
  expect_held(SandboxTier::kB, true);
}

TEST(Attack, TheCatalogueIsReadWhole) {
  EXPECT_GE(attack_catalogue().size(), 70u);
  for (const Attack& attack : attack_catalogue()) {
    EXPECT_GT(attack.number, 0) << attack.name;
    EXPECT_FALSE(attack.statuses.empty()) << attack.name;
    EXPECT_FALSE(attack.program.empty()) << attack.name;
  }
}

TEST(Attack, BothTiersHoldForAnOrdinaryUserToo) {
  if (geteuid() != 0) GTEST_SKIP() << "not root: the tests above ran as an ordinary user already";
  const pid_t child = fork();
  if (child == 0) {
    constexpr uid_t kNobody = 65534;
    // the report's folder is not nobody's to write in, and the report is this process's
    unsetenv("GTEST_OUTPUT");
    if (setgroups(0, nullptr) != 0 || setgid(kNobody) != 0 || setuid(kNobody) != 0) _exit(90);
    execl("/proc/self/exe", "sandbox_test",
          "--gtest_filter=Attack.TierA*:Attack.TierB*:Sandbox.*:Layers.*:ProgramFilter.*", nullptr);
    _exit(91);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0)
      << "as nobody; run this program under setpriv --reuid 65534 to see which attack got through";
}

}  // namespace
}  // namespace jangwon::harness
