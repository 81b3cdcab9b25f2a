// SPDX-License-Identifier: Apache-2.0
// Memory that will be asked for soon.
#pragma once

namespace brokersim {

/// Fetches the cache line of an address. g++ 12 takes a function that only prefetches for one without effect and drops
/// the calls of it; the empty statement is an effect, and no instruction.
inline void prefetch(const void* address) {
  __builtin_prefetch(address, 1);
  asm volatile("");
}

}  // namespace brokersim
