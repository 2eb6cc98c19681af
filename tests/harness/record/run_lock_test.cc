#include "harness/record/run_lock.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "runtime/base/file.h"
#include "runtime/base/json.h"

namespace jangwon::harness {
namespace {

class RunLockTest : public testing::Test {
 protected:
  RunLockTest() : folder_(testing::TempDir() + "/run_lock_" + std::to_string(getpid())) {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }
  ~RunLockTest() override { std::filesystem::remove_all(folder_); }
  void write_owner(const LockOwner& owner) {
    const Json json{{"host", owner.host},
                    {"pid", owner.pid},
                    {"boot_id", owner.boot_id},
                    {"start_ticks", owner.start_ticks}};
    ASSERT_TRUE(write_file_atomically(folder_ + "/lock.owner", to_json_line(json) + "\n").ok());
  }
  std::string folder_;
};

using Acquire = Result<std::unique_ptr<RunLock>> (*)(const std::string&);

Result<std::unique_ptr<RunLock>> by_kernel(const std::string& folder) {
  return RunLock::acquire(folder, LockSharing::kExclusive);
}

// A child takes the lock; while it lives nobody else gets it; a kill -9 releases it.
void expect_released_by_death(const std::string& folder, Acquire acquire) {
  int ready[2];
  ASSERT_EQ(pipe(ready), 0);
  const pid_t child = fork();
  if (child == 0) {
    const auto lock = acquire(folder);
    const char byte = lock.ok() ? 'y' : 'n';
    if (write(ready[1], &byte, 1) != 1) _exit(1);
    pause();
  }
  char byte = 0;
  ASSERT_EQ(read(ready[0], &byte, 1), 1);
  ASSERT_EQ(byte, 'y');
  const auto second = acquire(folder);
  ASSERT_FALSE(second.ok());
  const std::string named =
      "process " + std::to_string(child) + " on " + LockOwner::of_this_process().host;
  EXPECT_NE(second.status().message().find(named), std::string::npos) << second.status().message();
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  EXPECT_TRUE(acquire(folder).ok());
  close(ready[0]);
  close(ready[1]);
}

TEST_F(RunLockTest, KernelLockNamesItsHolderAndEndsWithIt) {
  expect_released_by_death(folder_, by_kernel);
}

TEST_F(RunLockTest, OwnerFileNamesItsHolderAndEndsWithIt) {
  expect_released_by_death(folder_, RunLock::acquire_by_owner_file);
}

TEST_F(RunLockTest, OwnerOfAnotherMachineIsNeverReplaced) {
  write_owner({"another-machine", "boot", getpid(), 1});
  const auto lock = RunLock::acquire_by_owner_file(folder_);
  ASSERT_FALSE(lock.ok());
  EXPECT_NE(lock.status().message().find("another-machine; if that process is dead, remove "),
            std::string::npos)
      << lock.status().message();
}

TEST_F(RunLockTest, NumberOfADeadProcessThatLivesAgainIsNotItsOwner) {
  LockOwner before = LockOwner::of_this_process();
  EXPECT_EQ(state_of(before), OwnerState::kAlive);
  before.start_ticks -= 1;
  EXPECT_EQ(state_of(before), OwnerState::kDead);
  before = LockOwner::of_this_process();
  before.boot_id = "an earlier boot";
  EXPECT_EQ(state_of(before), OwnerState::kDead);
  write_owner(before);
  EXPECT_TRUE(RunLock::acquire_by_owner_file(folder_).ok());
}

TEST_F(RunLockTest, OwnerFileIsGoneAfterwards) {
  ASSERT_TRUE(RunLock::acquire_by_owner_file(folder_).ok());
  EXPECT_TRUE(std::filesystem::is_empty(folder_));
}

TEST_F(RunLockTest, ReadersShareAndKeepWritersOut) {
  EXPECT_TRUE(RunLock::acquire(folder_, LockSharing::kShared).ok()) << "nobody has written here";
  ASSERT_TRUE(by_kernel(folder_).ok());
  const auto first = RunLock::acquire(folder_, LockSharing::kShared);
  const auto second = RunLock::acquire(folder_, LockSharing::kShared);
  EXPECT_TRUE(first.ok() && second.ok());
  EXPECT_FALSE(by_kernel(folder_).ok());
}

}  // namespace
}  // namespace jangwon::harness
