#include "tokenizer/text_windows.h"

#include "support.h"
#include "util/errors.h"
#include "util/unicode.h"

#include <doctest/doctest.h>

namespace cdx {
namespace {

using Ids = std::vector<int32_t>;
constexpr int32_t kBegin = 1000, kEnd = 1001;

// A token for each letter of each word, special tokens around them.
class LetterTokenizer : public Tokenizer {
 public:
  Ids encode(std::string_view text, bool add_special_tokens) const override {
    Ids ids;
    if (add_special_tokens) ids.push_back(kBegin);
    for (const std::string_view word : split_whitespace(text)) {
      ids.insert(ids.end(), word.begin(), word.end());
    }
    if (add_special_tokens) ids.push_back(kEnd);
    return ids;
  }
  std::string decode(const Ids& ids, bool) const override {
    return {ids.begin(), ids.end()};
  }
  int64_t vocab_size() const override { return kEnd + 1; }
  std::optional<int32_t> token_to_id(std::string_view) const override {
    return std::nullopt;
  }
  std::optional<std::string> id_to_token(int32_t) const override {
    return std::nullopt;
  }
};

// The letters of each window, its special tokens checked and taken off.
std::vector<std::string> windows(std::string_view text, size_t max_tokens) {
  std::vector<std::string> letters;
  for (const Ids& ids : text_windows(LetterTokenizer(), text, max_tokens)) {
    REQUIRE(ids.size() >= 2);
    CHECK(ids.size() <= max_tokens);
    CHECK(ids.front() == kBegin);
    CHECK(ids.back() == kEnd);
    letters.emplace_back(ids.begin() + 1, ids.end() - 1);
  }
  return letters;
}

using Texts = std::vector<std::string>;

TEST_CASE("a text that fits is one window") {
  CHECK(windows("ab cd. ef", 9) == Texts{"abcd.ef"});
  CHECK(windows("", 9) == Texts{""});
}

TEST_CASE("a window holds as many whole sentences as fit") {
  // Five, four, three and two letters; room for eight.
  CHECK(windows("aaaa. bbb. cc. dd", 10) == Texts{"aaaa.", "bbb.cc.", "dd"});
  CHECK(windows("aaaa. bb. ccc. dd.", 10) == Texts{"aaaa.bb.", "ccc.dd."});
}

TEST_CASE("a sentence longer than a window is cut between words") {
  CHECK(windows("aa bb cc dd ee. ff.", 6) ==
        Texts{"aabb", "ccdd", "ee.", "ff."});
  CHECK(windows("a. bb cc dd.", 7) == Texts{"a.bb", "ccdd."});
}

TEST_CASE("of a word longer than a window the beginning is read") {
  CHECK(windows("aa. bbbbbbbb cc", 6) == Texts{"aa.", "bbbb", "cc"});
}

TEST_CASE("special tokens alone are no window") {
  CHECK(test::message_of<UserError>([] { windows("a", 2); }) ==
        "windows of 2 tokens leave no room for text beside 2 special tokens");
}

}  // namespace
}  // namespace cdx
