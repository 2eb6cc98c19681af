// Run folders for tests: written with the record types, so that they are what a run writes; the
// outcomes are drawn from a fixed generator, so that every test sees the same bytes.

#pragma once

#include <functional>
#include <string>
#include <vector>

#include "harness/record/sample_record.h"
#include "reports/table_input.h"

namespace jangwon::reports {

struct FixtureTask {
  std::string name;
  int questions = 10;
  int repeats = 1;
};

struct FixtureModel {
  std::string name;
  bool stand_in = true;
  double skill = 0.5;  // the share of questions that it gets right
};

struct FixtureRun {
  std::vector<FixtureModel> models;
  std::vector<FixtureTask> tasks;
  bool complete = true;
  // May change each record before it is written; false leaves it out.
  std::function<bool(harness::SampleRecord&)> edit;
};

// A folder of its own below the test's temporary folder.
std::string make_temporary_folder(const std::string& name);

// Writes run.json, samples.jsonl and results.json, with scores and intervals computed
// from the records.
void write_fixture_run(const std::string& folder, const FixtureRun& run);

// Three stand-ins on the four tasks at the sizes of the bundled sets.
FixtureRun demo_like_run();

// The same with everything that a page must survive: markup, script ends, direction overrides,
// broken sequences, a task that one model was not asked, a task without any sample that counts, and
// one reply of five megabytes.
FixtureRun hostile_run();

// Twenty models on every task that comes with the program, some of them models of the registry: as
// much as a page has to show.
FixtureRun large_run();

// A table with every kind of cell, made by hand.
TableInput table_of_all_kinds();

// Compares with tests/golden/reports/NAME; with JANGWON_UPDATE_GOLDENS=1 writes it instead.
void expect_approved(const std::string& name, const std::string& text);

}  // namespace jangwon::reports
