#include "util/sentences.h"

#include <doctest/doctest.h>

namespace cdx {
namespace {

using Ends = std::vector<size_t>;

TEST_CASE("a sentence ends behind its marks and what closes it") {
  CHECK(sentence_ends("One. Two!") == Ends{4, 9});
  CHECK(sentence_ends("\"Why?\" she said. And") == Ends{6, 16});
  CHECK(sentence_ends("What?!\nYes… (Really.) no") == Ends{6, 13, 23});
  CHECK(sentence_ends("終わり。 次") == Ends{12});
}

TEST_CASE("a mark within a word ends nothing") {
  CHECK(sentence_ends("3.5 and a.b") == Ends{});
  CHECK(sentence_ends("") == Ends{});
  CHECK(sentence_ends("...") == Ends{3});
}

}  // namespace
}  // namespace cdx
