#include "decoding/page_pool.h"

#include <set>
#include <stdexcept>

#include <doctest/doctest.h>

namespace cdx {

TEST_CASE("a pool hands out every page but page 0, once") {
  PagePool pool(5);
  std::set<int32_t> taken;
  for (int i = 0; i < 4; ++i) taken.insert(pool.take());
  CHECK(taken == std::set<int32_t>{1, 2, 3, 4});
  CHECK_THROWS_AS(pool.take(), std::logic_error);
}

TEST_CASE("a shared page is free when its last user releases it") {
  PagePool pool(2);
  const int32_t page = pool.take();
  pool.share(page);
  pool.release(page);
  CHECK(pool.free_pages() == 0);
  pool.release(page);
  CHECK(pool.free_pages() == 1);
  CHECK_THROWS_AS(pool.release(page), std::logic_error);
}

}  // namespace cdx
