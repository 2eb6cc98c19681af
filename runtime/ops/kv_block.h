// How the cache of keys and values is cut: a block holds this many tokens of one layer.
//
// A number of its own: neither the width of a vector nor that of a panel of weights
// has to be the same.

#pragma once

namespace jangwon::runtime {

constexpr int kBlockTokens = 16;

}  // namespace jangwon::runtime
