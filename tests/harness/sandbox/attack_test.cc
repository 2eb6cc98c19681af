// The catalogue of attacks as whoever runs the tests, and, when that is root, once more as an ordinary user: this
// program runs itself again under another uid, because privileges given up do not come back.

#include <grp.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>

#include "harness/sandbox/attack_suite.h"
#include "tests/harness/sandbox/machine_state.h"

namespace jangwon::harness {
namespace {

void expect_held(SandboxTier tier, bool only_quick) {
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

TEST(Attack, TierAHoldsAgainstTheCatalogue) {
  expect_held(SandboxTier::kA, false);
  if (geteuid() == 0) {
    EXPECT_EQ(count_processes_of_sandbox_users(), 0u);
  }
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
    unsetenv("GTEST_OUTPUT");  // the report's folder is not nobody's to write in, and the report is this process's
    if (setgroups(0, nullptr) != 0 || setgid(kNobody) != 0 || setuid(kNobody) != 0) _exit(90);
    execl("/proc/self/exe", "sandbox_test", "--gtest_filter=Attack.TierA*:Attack.TierB*:Sandbox.*", nullptr);
    _exit(91);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0) << "as nobody; run this program under setpriv --reuid 65534 to see which attack got through";
}

}  // namespace
}  // namespace jangwon::harness
