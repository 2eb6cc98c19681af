// The items of a baseline, packed as they come and, because few mutations survive packing, as
// the text inside.

#include <openssl/evp.h>
#include <zlib.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "reports/gate/outcome_blob.h"
#include "runtime/base/check.h"

namespace {

using namespace jangwon;

std::string packed(std::string_view text) {
  uLongf size = compressBound(text.size());
  std::string bytes(size, '\0');
  JANGWON_CHECK(compress(reinterpret_cast<Bytef*>(bytes.data()), &size,
                         reinterpret_cast<const Bytef*>(text.data()), text.size()) == Z_OK);
  std::string base64(4 * ((size + 2) / 3) + 1, '\0');
  const int length =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(base64.data()),
                      reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(size));
  base64.resize(static_cast<size_t>(length));
  return base64;
}

// What reads is written and read again to the same.
void check(std::string_view blob) {
  const auto items = reports::decode_items(blob);
  if (!items.ok()) {
    JANGWON_CHECK(!items.status().message().empty());
    return;
  }
  const std::string written = reports::encode_items(*items);
  const auto again = reports::decode_items(written);
  JANGWON_CHECK(again.ok() && reports::encode_items(*again) == written);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check(text);
  check(packed(text));
  return 0;
}
