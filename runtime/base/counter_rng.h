// A counter-based random generator: the number at a position is a pure function of its key, so that
// what one sample draws does not depend on the batch, the order or a resume. SplitMix64's finaliser
// (Steele, Lea, Flood 2014) over a chained key.

#pragma once

#include <cstdint>
#include <string_view>

namespace jangwon {

constexpr uint64_t splitmix64_mix(uint64_t x) {
  x += 0x9e3779b97f4a7c15ull;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
  return x ^ (x >> 31);
}

constexpr uint64_t combine_keys(uint64_t a, uint64_t b) {
  return splitmix64_mix(splitmix64_mix(a) ^ (b * 0xd6e8feb86659fd93ull));
}

// FNV-1a over the bytes, finalised: the key of a name such as a sample id.
constexpr uint64_t key_of_name(std::string_view name) {
  uint64_t hash = 0xcbf29ce484222325ull;
  for (char c : name)
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ull;
  return splitmix64_mix(hash);
}

// The draw number `position` of the stream `key`, uniform in [0, 1) with 53 bits.
constexpr double uniform_at(uint64_t key, uint64_t position) {
  return static_cast<double>(combine_keys(key, position) >> 11) * 0x1.0p-53;
}

}  // namespace jangwon
