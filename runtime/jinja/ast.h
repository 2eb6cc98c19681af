// The syntax tree of a template, and where each name lives at run time.

#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "runtime/jinja/value.h"

namespace jangwon::jinja {

// A variable: `hops` functions outwards from the running one, then the slot there.
struct SlotRef {
  int hops = 0;
  int slot = -1;
};

struct Expr;
using ExprPtr = std::unique_ptr<Expr>;

enum class ExprKind {
  kConstant,      // constant
  kName,          // name, slot
  kNamespaceRef,  // name.attribute as a target: slot, attribute in `text`
  kTuple,         // operands
  kList,
  kDict,       // operands: key, value, key, value, …
  kAttribute,  // operands[0].text
  kItem,       // operands[0][operands[1]]
  kSlice,      // operands: start, stop, step; null where left out (only inside kItem)
  kCall,       // operands[0](call)
  kFilter,     // operands[0] | text(call); operands[0] is null in a filter block
  kTest,       // operands[0] is text(call)
  kUnary,      // op: '-' '+'
  kNot,
  kBinary,  // text: "+" "-" "*" "/" "//" "%" "**"
  kAnd,
  kOr,
  kConcat,     // operands joined by "~"
  kCompare,    // operands[0] ops[0] operands[1] ops[1] …
  kCondition,  // operands: test, then, else (null where left out)
};

struct CallArguments {
  std::vector<ExprPtr> positional;
  std::vector<std::pair<std::string, ExprPtr>> keyword;
  ExprPtr more_positional;  // *expression
  ExprPtr more_keyword;     // **expression
};

struct Expr {
  Expr(ExprKind k, int l) : kind(k), line(l) {}
  ExprKind kind;
  int line;
  int depth = 1;  // of the tree below, itself included
  std::string text;
  Value constant;
  SlotRef slot;
  std::vector<ExprPtr> operands;
  std::vector<std::string> ops;
  CallArguments call;
};

struct Stmt;
using StmtPtr = std::unique_ptr<Stmt>;
using Body = std::vector<StmtPtr>;

enum class StmtKind {
  kText,         // text
  kPrint,        // expressions
  kFor,          // target in value if test recursive: body else other
  kIf,           // value: body elif branches else other
  kSet,          // target = value
  kSetBlock,     // target | value (a filter chain or null): body
  kWith,         // targets = expressions: body
  kMacro,        // text(parameters): body
  kCallBlock,    // value is a kCall; parameters; body
  kGeneration,   // body
  kFilterBlock,  // value is the filter chain; body
  kBreak,
  kContinue,
};

// What happens to a frame's slots when it is entered.
struct SlotStart {
  enum class Kind { kMissing, kContext, kAlias };
  Kind kind;
  int slot;
  SlotRef alias;     // kAlias: copied from here
  std::string name;  // kContext: looked up there
};

struct Frame {
  std::vector<SlotStart> starts;
  std::vector<int> slots;  // all of them; they are unset when the frame is left
};

struct Parameter {
  std::string name;
  int slot = -1;
  ExprPtr default_value;  // null: none
};

struct Stmt {
  Stmt(StmtKind k, int l) : kind(k), line(l) {}
  StmtKind kind;
  int line;
  std::string text;
  Value constant;  // kText: the text as a value
  std::vector<ExprPtr> expressions;
  std::vector<ExprPtr> targets;
  ExprPtr target;
  ExprPtr value;
  ExprPtr test;
  ExprPtr test_target;  // kFor with a test: the target once more, as seen by the test
  bool recursive = false;
  std::vector<Parameter> parameters;
  Body body;
  Body other;
  Body branches;  // kIf: the elif branches, each a kIf

  // Filled by resolve_scopes.
  Frame frame;        // of the body
  Frame other_frame;  // of a loop's else
  Frame test_frame;   // of a loop's test
  // macro, call block, generation, recursive loop: slots of the function it makes
  int num_slots = 0;
  int test_num_slots = 0;  // of the function that a loop's test makes
  int loop_slot = -1;      // where the loop variable goes, if the body uses it
  SlotRef macro_slot;      // where a macro goes
  // what a macro's body uses beyond its parameters
  int caller_slot = -1, kwargs_slot = -1, varargs_slot = -1;
  bool explicit_caller = false;  // `caller` is among the parameters
};

struct ParsedTemplate {
  std::string name;
  Body body;
  Frame frame;
  int num_slots = 0;
};

}  // namespace jangwon::jinja
