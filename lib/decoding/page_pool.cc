#include "decoding/page_pool.h"

#include <stdexcept>

namespace cdx {

PagePool::PagePool(int64_t pages) : uses_(static_cast<size_t>(pages)) {
  for (int64_t page = pages - 1; page > 0; --page) {
    free_.push_back(static_cast<int32_t>(page));
  }
}

int32_t PagePool::take() {
  if (free_.empty()) throw std::logic_error("the KV cache has no free page");
  const int32_t page = free_.back();
  free_.pop_back();
  uses_[static_cast<size_t>(page)] = 1;
  return page;
}

void PagePool::share(int32_t page) {
  ++uses_[static_cast<size_t>(page)];
}

void PagePool::release(int32_t page) {
  int32_t& uses = uses_[static_cast<size_t>(page)];
  if (uses == 0) throw std::logic_error("a free page of the KV cache released");
  if (--uses == 0) free_.push_back(page);
}

}  // namespace cdx
