#include "metrics/match_length.h"

#include "metrics/word_spans.h"
#include "util/unicode.h"

#include <string_view>

#include <doctest/doctest.h>

namespace cdx {
namespace {

using Kept = std::vector<std::vector<size_t>>;

TEST_CASE("short texts go, then the shortest of all gives the length") {
  const LengthMatch match = match_length({{80, 20, 60}, {70, 90}}, 50);
  CHECK(match.words == 60);
  CHECK(match.kept == Kept{{0, 2}, {0, 1}});
}

TEST_CASE("a text that equal numbers leave out does not set the length") {
  const LengthMatch match = match_length({{80, 75, 51}, {70, 49, 90}}, 50);
  CHECK(match.words == 70);
  CHECK(match.kept == Kept{{0, 1}, {0, 2}});
}

TEST_CASE("where a condition has nothing left, none has") {
  const LengthMatch match = match_length({{80, 75}, {10, 49}}, 50);
  CHECK(match.words == 0);
  CHECK(match.kept == Kept{{}, {}});
}

TEST_CASE("words between two numbers keep the white space between them") {
  const std::string_view text = " One  two,\nthree four ";
  CHECK(count_words(text) == 4);
  CHECK(words_between(text, 0, 3) == "One  two,\nthree");
  CHECK(words_between(text, 1, 2) == "two,");
  CHECK(words_between(text, 2, 99) == "three four");
  CHECK(words_between(text, 4, 9).empty());
  CHECK(words_between(split_whitespace(text), 1, 3) == "two,\nthree");
  CHECK(count_words("") == 0);
}

}  // namespace
}  // namespace cdx
