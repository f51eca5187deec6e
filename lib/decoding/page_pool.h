#pragma once

#include <cstdint>
#include <vector>

namespace cdx {

// Which pages of a paged KV cache are in use, and by how many texts: a prompt's
// pages are shared by all its stories. Page 0 is never handed out; rows without
// work name it.
class PagePool {
 public:
  explicit PagePool(int64_t pages);

  // A free page, used once. Throws std::logic_error when none is left: the
  // owner sizes the pool for its worst case.
  int32_t take();
  void share(int32_t page);
  void release(int32_t page);
  int64_t free_pages() const { return static_cast<int64_t>(free_.size()); }

 private:
  std::vector<int32_t> uses_;
  std::vector<int32_t> free_;
};

}  // namespace cdx
