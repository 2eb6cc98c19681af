// Reads config.json key by key and remembers which keys it read, so that a key which nobody
// understood is an error and not a silent default. The first failure is kept; reading goes on with
// harmless values, so that a parser reads as a list of keys and checks once, at finish().

#pragma once

#include <cstdint>
#include <initializer_list>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "runtime/base/json.h"
#include "runtime/base/status.h"

namespace jangwon::runtime {

struct IntegerRange {
  int64_t min = 0;
  int64_t max = 0;
};

// Spellings of one key: where several are present they must agree.
using Keys = std::initializer_list<const char*>;

class ConfigReader {
 public:
  // `object` must outlive the reader. `place` stands in front of messages.
  ConfigReader(const Json& object, std::string place);

  // find_… are empty where the key is absent or null; the others are errors then.
  std::optional<int64_t> find_integer(Keys keys, IntegerRange range);
  std::optional<double> find_number(Keys keys);
  std::optional<bool> find_boolean(Keys keys);
  std::optional<std::string> find_string(Keys keys);
  std::optional<std::vector<std::string>> find_strings(Keys keys);
  // a lone integer counts as a list of one
  std::optional<std::vector<int64_t>> find_integers(Keys keys);
  int64_t integer(Keys keys, IntegerRange range);
  double positive_number(Keys keys);
  bool boolean(Keys keys);

  // Any JSON value, marked as read; nullptr where absent or null.
  const Json* find(const char* key);

  // The key, where present, must have this value: everything else is a feature that we do not have.
  void expect(const char* key, bool value, const std::string& reason);
  void expect(const char* key, int value, const std::string& reason);
  void expect(const char* key, const char* value, const std::string& reason);

  // Marks a key as understood without looking at it.
  void skip(const std::string& key) { read_.insert(key); }

  // The same for one of several values, a JSON list.
  void expect_one_of(const char* key, const Json& values, const std::string& reason);

  // Contradictory or unsupported: names the key itself.
  void refuse(MessageTemplate text, Message::Arguments arguments = {});
  void refuse(Message message);
  const Status& status() const { return status_; }

  // The first failure, or an error for the first key that was never read and is not null.
  Status finish();

 private:
  const Json* find_agreeing(Keys keys);
  void expect_value(const char* key, const Json& value, const std::string& reason);
  const Json& object_;
  std::string place_;
  std::set<std::string> read_;
  std::set<std::string> asked_;  // every key that some parser knows: for "did you mean"
  Status status_;
};

}  // namespace jangwon::runtime
