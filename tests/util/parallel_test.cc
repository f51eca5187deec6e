#include "util/parallel.h"

#include "support.h"
#include "util/errors.h"

#include <atomic>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>

namespace cdx {
namespace {

TEST_CASE("every index is worked on once, on any number of threads") {
  for (const int threads : {0, 1, 3, 100}) {
    CAPTURE(threads);
    std::vector<std::atomic<int>> times(57);
    parallel_for(times.size(), threads, [&](size_t i) { ++times[i]; });
    for (const std::atomic<int>& count : times) CHECK(count == 1);
  }
  parallel_for(0, 4, [](size_t) { FAIL("there is nothing to do"); });
  CHECK(usable_cores() >= 1);
}

TEST_CASE("an error of a thread comes out, the others having ended") {
  CHECK(test::message_of<UserError>([] {
          parallel_for(40, 3, [](size_t i) {
            if (i == 0) throw UserError("number 0");
          });
        }) == "number 0");
}

}  // namespace
}  // namespace cdx
