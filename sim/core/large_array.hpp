// SPDX-License-Identifier: Apache-2.0
// Arrays that are large and visited at random: they ask the system for huge pages.
#pragma once
#include <sys/mman.h>

#include <cstddef>
#include <new>
#include <vector>

namespace brokersim {

/// An allocator that puts blocks of 2 MiB and more on huge pages where the system offers them. A big cluster's state is
/// tens of megabytes visited at random; on 4 KiB pages every visit would also miss the translation buffer. Changes no
/// result.
template <class T>
struct LargeArrayAllocator {
  using value_type = T;
  static constexpr std::size_t huge_page = std::size_t{2} << 20;

  LargeArrayAllocator() = default;
  template <class U>
  LargeArrayAllocator(const LargeArrayAllocator<U>&) {}  // NOLINT: allocators convert

  [[nodiscard]] T* allocate(std::size_t count) {
    const std::size_t bytes = count * sizeof(T);
    void* const block = ::operator new(bytes, alignment(bytes));
    if (bytes >= huge_page) madvise(block, bytes, MADV_HUGEPAGE);  // advice: refused is as good
    return static_cast<T*>(block);
  }
  void deallocate(T* block, std::size_t count) { ::operator delete(block, alignment(count * sizeof(T))); }
  friend bool operator==(LargeArrayAllocator, LargeArrayAllocator) { return true; }

 private:
  static std::align_val_t alignment(std::size_t bytes) {
    return bytes >= huge_page ? std::align_val_t{huge_page} : std::align_val_t{alignof(T) < 64 ? 64 : alignof(T)};
  }
};

template <class T>
using LargeArray = std::vector<T, LargeArrayAllocator<T>>;

}  // namespace brokersim
