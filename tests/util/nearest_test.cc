#include "util/nearest.h"

#include <doctest/doctest.h>

namespace cdx {

TEST_CASE("A slip of the fingers finds the name that was meant") {
  const std::vector<std::string> names = {
      "distinct_1", "distinct_2", "vendi_score"};
  CHECK(nearest_name("distnct_2", names) == "distinct_2");      // a letter less
  CHECK(nearest_name("vendi_scores", names) == "vendi_score");  // one more
  CHECK(nearest_name("vneid_score", names) == "vendi_score");   // two swaps
  CHECK(nearest_name("distinct_3", names) == "distinct_1");  // first of equals
}

TEST_CASE("A name that resembles nothing has no nearest name") {
  CHECK(nearest_name("temperature", {"distinct_1", "vendi_score"}).empty());
  CHECK(nearest_name("mauve", {}).empty());
  CHECK(nearest_name("ab", {"cd"}) == "cd");    // 2 replacements: the limit
  CHECK(nearest_name("abc", {"def"}).empty());  // 3 of 3
}

}  // namespace cdx
