#include "harness/record/journal.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "runtime/base/file.h"

namespace jangwon::harness {
namespace {

SampleRecord record_of(const std::string& id) {
  SampleRecord record;
  record.key = {"m", "t", id, 0};
  record.scores = {counted_score(ScoreMode::kOfficial, "letter", Verdict::kCorrect)};
  record.verdict = Verdict::kCorrect;
  return record;
}

class JournalTest : public testing::Test {
 protected:
  JournalTest() {
    folder_ = testing::TempDir() + "/journal_" + std::to_string(getpid());
    std::filesystem::remove_all(folder_);
  }
  ~JournalTest() override { std::filesystem::remove_all(folder_); }
  std::string folder_;
};

TEST_F(JournalTest, CutAtAnyByteLosesAtMostTheLineInFlight) {
  {
    auto journal = Journal::open(folder_);
    ASSERT_TRUE(journal.ok()) << journal.status().message();
    for (const char* id : {"a", "b"})
      ASSERT_TRUE((*journal)->append(record_of(id)).ok());
  }
  const std::string whole = *read_file(journal_path(folder_));
  const size_t first_line = whole.find('\n') + 1;
  for (size_t size = 0; size <= whole.size(); ++size) {
    // A plain write: this test writes a thousand times and durability is not what it is about.
    std::ofstream(journal_path(folder_), std::ios::binary | std::ios::trunc)
        << whole.substr(0, size);
    auto journal = Journal::open(folder_);
    ASSERT_TRUE(journal.ok()) << size << ": " << journal.status().message();
    const size_t lines = size == whole.size() ? 2 : size >= first_line ? 1 : 0;
    EXPECT_EQ((*journal)->keys().size(), lines) << size;
    if (lines == 1) {
      ASSERT_TRUE((*journal)->append(record_of("b")).ok());
      EXPECT_EQ(*read_file(journal_path(folder_)), whole);
    }
  }
}

TEST_F(JournalTest, WhatIsCutOffIsKeptBesideIt) {
  ASSERT_TRUE(Journal::open(folder_).ok());
  const std::string line = to_journal_line(record_of("a"));
  for (const std::string& cut : {line.substr(0, 40), std::string("\0\0\xff", 3)}) {
    ASSERT_TRUE(write_file_atomically(journal_path(folder_), line + "\n" + cut).ok());
    ASSERT_TRUE(Journal::open(folder_).ok());
    EXPECT_EQ(*read_file(journal_path(folder_)), line + "\n");
  }
  EXPECT_EQ(*read_file(journal_path(folder_) + ".cut"),
            line.substr(0, 40) + "\n" + std::string("\0\0\xff", 3) + "\n");
}

TEST_F(JournalTest, NothingIsCutOffAJournalThatCannotBeRead) {
  ASSERT_TRUE(Journal::open(folder_).ok());
  const std::string line = to_journal_line(record_of("a"));
  const std::string damaged = line + "\n{\"half\n" + line.substr(0, 40);
  ASSERT_TRUE(write_file_atomically(journal_path(folder_), damaged).ok());
  EXPECT_FALSE(Journal::open(folder_).ok());
  EXPECT_EQ(*read_file(journal_path(folder_)), damaged);
  EXPECT_FALSE(std::filesystem::exists(journal_path(folder_) + ".cut"));
}

// The kernel answers a read of this file at offset 0 with EIO, as a failing disk does.
TEST_F(JournalTest, AReadErrorIsNoEnd) {
  std::filesystem::create_directories(folder_);
  std::filesystem::create_symlink("/proc/self/mem", journal_path(folder_));
  const Status read = read_journal(folder_, [](const SampleRecord&) { return ok_status(); });
  ASSERT_FALSE(read.ok());
  EXPECT_NE(read.message().find("cannot read"), std::string::npos) << read.message();
}

TEST_F(JournalTest, LinksAreNotFollowed) {
  for (const char* name : {"samples.jsonl", "lock"}) {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    ASSERT_TRUE(write_file_atomically(folder_ + "/theirs", "").ok());
    std::filesystem::create_symlink("theirs", folder_ + "/" + name);
    EXPECT_FALSE(Journal::open(folder_).ok()) << name;
    EXPECT_EQ(*read_file(folder_ + "/theirs"), "");
  }
}

TEST_F(JournalTest, ErrorsOfOursAreTakenOutAndAskedAgain) {
  {
    auto journal = Journal::open(folder_);
    ASSERT_TRUE(journal.ok());
    ASSERT_TRUE((*journal)->append(record_of("a")).ok());
    for (Verdict verdict : {Verdict::kInfraError, Verdict::kSandboxError}) {
      SampleRecord record = record_of(name_of(verdict));
      record.verdict = verdict;
      ASSERT_TRUE((*journal)->append(record).ok());
    }
    ASSERT_TRUE((*journal)->append(record_of("b")).ok());
  }
  auto journal = Journal::open(folder_);
  ASSERT_TRUE(journal.ok()) << journal.status().message();
  EXPECT_EQ((*journal)->num_errors_taken_out(), 2);
  EXPECT_EQ((*journal)->keys().size(), 2u);
  ASSERT_TRUE((*journal)->append(record_of("infra_error")).ok());
  EXPECT_EQ(*read_file(journal_path(folder_)),
            to_journal_line(record_of("a")) + "\n" + to_journal_line(record_of("b")) + "\n" +
                to_journal_line(record_of("infra_error")) + "\n");
}

TEST_F(JournalTest, DamageInTheMiddleIsNamedNotRepaired) {
  ASSERT_TRUE(Journal::open(folder_).ok());
  const std::string line = to_journal_line(record_of("a"));
  ASSERT_TRUE(write_file_atomically(journal_path(folder_), line + "\n{\"half\n").ok());
  const auto journal = Journal::open(folder_);
  ASSERT_FALSE(journal.ok());
  EXPECT_NE(journal.status().message().find("samples.jsonl:2"), std::string::npos)
      << journal.status().message();
}

TEST_F(JournalTest, DuplicateKeysAreRefused) {
  ASSERT_TRUE(Journal::open(folder_).ok());
  const std::string line = to_journal_line(record_of("a"));
  ASSERT_TRUE(write_file_atomically(journal_path(folder_), line + "\n" + line + "\n").ok());
  EXPECT_FALSE(Journal::open(folder_).ok());
}

TEST_F(JournalTest, SecondProcessIsRefusedUntilTheFirstDies) {
  int ready[2], go[2];
  ASSERT_EQ(pipe(ready), 0);
  ASSERT_EQ(pipe(go), 0);
  const pid_t child = fork();
  if (child == 0) {
    auto journal = Journal::open(folder_);
    char byte = journal.ok() ? 'y' : 'n';
    if (write(ready[1], &byte, 1) != 1) _exit(1);
    if (read(go[0], &byte, 1) != 1) _exit(1);
    raise(SIGKILL);
  }
  char byte = 0;
  ASSERT_EQ(read(ready[0], &byte, 1), 1);
  ASSERT_EQ(byte, 'y');
  const auto second = Journal::open(folder_);
  ASSERT_FALSE(second.ok());
  EXPECT_NE(second.status().message().find("in use"), std::string::npos);
  ASSERT_EQ(write(go[1], "x", 1), 1);
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(Journal::open(folder_).ok());
  for (int fd : {ready[0], ready[1], go[0], go[1]})
    close(fd);
}

}  // namespace
}  // namespace jangwon::harness
