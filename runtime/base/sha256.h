// SHA-256 (OpenSSL), lower-case hexadecimal.

#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "runtime/base/status.h"

namespace jangwon {

class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;

  void update(std::string_view bytes);
  std::string hex();  // ends the digest; call once

 private:
  struct State;
  std::unique_ptr<State> state_;
};

std::string sha256_hex(std::string_view bytes);
Result<std::string> sha256_of_file(const std::string& path);

}  // namespace jangwon
