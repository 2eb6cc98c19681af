// The list of tables itself.

#include "runtime/ops/op_table.h"

#include <set>

#include "tests/runtime/ops/op_test.h"

namespace jangwon::runtime {
namespace {

TEST(OpTables, AreFoundByTheirNames) {
  std::set<std::string> names;
  for (const OpTable* table : all_op_tables()) {
    EXPECT_TRUE(names.insert(table->name + std::string(name_of(table->numerics))).second)
        << table->name;
    EXPECT_EQ(find_op_table(table->name, table->numerics), table);
  }
  EXPECT_STREQ(all_op_tables().front()->name, "cpu/portable");
  for (const Numerics numerics : all_numerics()) {
    EXPECT_EQ(find_numerics(name_of(numerics)), numerics);
    if (numerics == Numerics::kTensor) continue;  // no CPU's
    EXPECT_EQ(portable_op_table(numerics).numerics, numerics);
    EXPECT_STREQ(portable_op_table(numerics).name, "cpu/portable");
    EXPECT_EQ(fastest_op_table(numerics).numerics, numerics);
    EXPECT_EQ(find_op_table("cpu/abacus", numerics), nullptr);
  }
  EXPECT_EQ(find_numerics("float33"), std::nullopt);
}

// A table is plain data, so an operator that nobody filled in would be found by the first
// model that needs it.
TEST(OpTables, HaveEveryOperator) {
  for (const OpTable* table : all_op_tables()) {
    const auto* entries = reinterpret_cast<const void* const*>(&table->make_context);
    const size_t count = (sizeof(OpTable) - offsetof(OpTable, make_context)) / sizeof(void*);
    // What a device without streams of its own has no use for.
    const std::set<const void*> by_choice = {&table->send, &table->begin_graph, &table->end_graph};
    std::set<const void*> different;
    size_t wanted = 0;
    for (size_t i = 0; i < count; ++i) {
      if (entries[i] == nullptr && by_choice.contains(&entries[i])) continue;
      EXPECT_NE(entries[i], nullptr) << table->name << ", entry " << i;
      different.insert(entries[i]);
      ++wanted;
    }
    // upload, download and copy may be one function where host and device share their memory.
    EXPECT_GE(different.size(), wanted - 2) << table->name;
    EXPECT_EQ(table->begin_graph == nullptr, table->end_graph == nullptr) << table->name;
  }
}

}  // namespace
}  // namespace jangwon::runtime
