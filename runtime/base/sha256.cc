#include "runtime/base/sha256.h"

#include <openssl/evp.h>

#include <vector>

#include "runtime/base/file.h"

namespace jangwon {

struct Sha256::State {
  EVP_MD_CTX* context = nullptr;
};

Sha256::Sha256() : state_(std::make_unique<State>()) {
  state_->context = EVP_MD_CTX_new();
  JANGWON_CHECK(state_->context != nullptr &&
                EVP_DigestInit_ex(state_->context, EVP_sha256(), nullptr) == 1);
}

Sha256::~Sha256() {
  EVP_MD_CTX_free(state_->context);
}

void Sha256::update(std::string_view bytes) {
  JANGWON_CHECK(EVP_DigestUpdate(state_->context, bytes.data(), bytes.size()) == 1);
}

std::string Sha256::hex() {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  JANGWON_CHECK(EVP_DigestFinal_ex(state_->context, digest, &size) == 1);
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (unsigned int i = 0; i < size; ++i) {
    text += kDigits[digest[i] >> 4];
    text += kDigits[digest[i] & 15];
  }
  return text;
}

std::string sha256_hex(std::string_view bytes) {
  Sha256 hash;
  hash.update(bytes);
  return hash.hex();
}

Result<std::string> sha256_of_file(const std::string& path) {
  JANGWON_ASSIGN_OR_RETURN(FileReader file, FileReader::open(path));
  Sha256 hash;
  std::vector<char> buffer(1 << 16);
  while (true) {
    JANGWON_ASSIGN_OR_RETURN(const size_t got, file.read(buffer.data(), buffer.size()));
    if (got == 0) return hash.hex();
    hash.update({buffer.data(), got});
  }
}

}  // namespace jangwon
