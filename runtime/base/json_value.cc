#include "runtime/base/json_value.h"

#include <nlohmann/json.hpp>

namespace jangwon {

JsonValue::JsonValue() = default;
JsonValue::JsonValue(Json value) : value_(std::make_unique<Json>(std::move(value))) {}
JsonValue::JsonValue(const JsonValue& other)
    : value_(other.value_ ? std::make_unique<Json>(*other.value_) : nullptr) {}
JsonValue::JsonValue(JsonValue&& other) noexcept = default;
JsonValue& JsonValue::operator=(const JsonValue& other) {
  return *this = JsonValue(other);
}
JsonValue& JsonValue::operator=(JsonValue&& other) noexcept = default;
JsonValue::~JsonValue() = default;

JsonValue JsonValue::object() {
  return Json::object();
}

bool JsonValue::is_null() const {
  return !value_ || value_->is_null();
}

const Json& JsonValue::operator*() const {
  static const Json null;
  return value_ ? *value_ : null;
}

Json& JsonValue::operator*() {
  if (!value_) value_ = std::make_unique<Json>();
  return *value_;
}

}  // namespace jangwon
