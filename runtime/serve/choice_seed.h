// Which stream of random numbers a choice draws from.
//
// An evaluation gives repeat r of a sample the key combine_keys(K, r), K being the sample's. A
// request's `seed` is the key of its first choice; as combine_keys can be undone, choice i of a
// request gets what repeat i of that sample would get. So n choices are n repeats, and a request
// with a repeat's own key is that repeat.

#pragma once

#include <cstdint>

#include "runtime/base/counter_rng.h"

namespace jangwon::runtime {

constexpr uint64_t undo_splitmix64_mix(uint64_t x) {
  x ^= (x >> 31) ^ (x >> 62);
  x *= 0x319642b2d24d8ec3ull;  // the inverse of 0x94d049bb133111eb
  x ^= (x >> 27) ^ (x >> 54);
  x *= 0x96de1b173f119089ull;  // the inverse of 0xbf58476d1ce4e5b9
  x ^= (x >> 30) ^ (x >> 60);
  return x - 0x9e3779b97f4a7c15ull;
}

// combine_keys(undo_first_repeat(key), 0) == key.
constexpr uint64_t undo_first_repeat(uint64_t key) {
  return undo_splitmix64_mix(undo_splitmix64_mix(key));
}

constexpr uint64_t choice_seed(uint64_t seed, int choice) {
  return combine_keys(undo_first_repeat(seed), static_cast<uint64_t>(choice));
}

static_assert(choice_seed(12345, 0) == 12345 && choice_seed(~uint64_t{0}, 0) == ~uint64_t{0});
static_assert(choice_seed(combine_keys(7, 0), 3) == combine_keys(7, 3));

}  // namespace jangwon::runtime
