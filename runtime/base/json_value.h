// A JSON value as a member of a struct, where the content is not ours to name: the columns of a
// question, the facts of a scorer, options on their way to whoever knows them. What it holds lies
// behind a pointer, so that a header with such a struct needs <nlohmann/json_fwd.hpp> only (see
// json.h). Like any value it is copied with its struct, and null until it is set.

#pragma once

#include <memory>

#include "runtime/base/json.h"

namespace jangwon {

class JsonValue {
 public:
  JsonValue();
  JsonValue(Json value);
  JsonValue(const JsonValue& other);
  JsonValue(JsonValue&& other) noexcept;
  JsonValue& operator=(const JsonValue& other);
  JsonValue& operator=(JsonValue&& other) noexcept;
  ~JsonValue();

  static JsonValue object();  // {}

  bool is_null() const;
  const Json& operator*() const;
  const Json* operator->() const { return &**this; }
  Json& operator*();
  Json* operator->() { return &**this; }

 private:
  std::unique_ptr<Json> value_;  // null: JSON's null
};

}  // namespace jangwon
