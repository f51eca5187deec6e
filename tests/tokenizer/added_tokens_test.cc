#include "tokenizer/added_tokens.h"

#include "support.h"
#include "util/errors.h"
#include "util/unicode.h"

#include <doctest/doctest.h>

namespace cdx {
namespace {

using Words = std::vector<std::string>;

// Segments as words; added tokens are [in brackets].
Words words_of(const std::vector<TextSegment>& segments) {
  Words words;
  for (const TextSegment& segment : segments) {
    std::string text(segment.text);
    words.push_back(segment.id ? "[" + text + "]" : text);
  }
  return words;
}

AddedTokens tokens(std::vector<AddedToken> list, const Normalizer& n = {}) {
  for (size_t i = 0; i < list.size(); ++i) list[i].id = static_cast<int32_t>(i);
  return {std::move(list), n, "f"};
}

Words split(const AddedToken& token, std::string_view text) {
  return words_of(tokens({token}).split_raw(text));
}

TEST_CASE("the leftmost match wins, then the longest") {
  AddedTokens added = tokens({{.content = "<a"},
                              {.content = "<a>"},
                              {.content = "a>b"},
                              {.content = "  "},
                              {.content = "    "}});
  CHECK(words_of(added.split_raw("x<a>b <a")) ==
        Words{"x", "[<a>]", "b ", "[<a]"});
  CHECK(words_of(added.split_raw("     ")) == Words{"[    ]", " "});
  CHECK(words_of(added.split_raw("       ")) == Words{"[    ]", "[  ]", " "});
  CHECK(added.split_raw("").empty());
}

TEST_CASE("a single word has no word character beside it") {
  AddedToken word{.content = "word", .single_word = true};
  CHECK(split(word, "word, -word-") == Words{"[word]", ", -", "[word]", "-"});
  for (const char* text : {"sword",
                           "words",
                           "_word",
                           "word1",
                           "\u00E9word",
                           "word\u0301",
                           "word\u200D"}) {
    CAPTURE(text);
    CHECK(split(word, text) == Words{text});
  }
}

TEST_CASE("white space beside a token can be taken along") {
  CHECK(split({.content = "<m>", .lstrip = true}, "a \u3000<m> b") ==
        Words{"a", "[ \u3000<m>]", " b"});
  CHECK(split({.content = "<m>", .rstrip = true}, "a <m>\n\u00A0b") ==
        Words{"a ", "[<m>\n\u00A0]", "b"});
  CHECK(split({.content = "<m>", .lstrip = true, .rstrip = true},
              "<m> <m> <m>") == Words{"[<m> ]", "[<m> ]", "[<m>]"});
}

TEST_CASE("normalised tokens are looked for in normalised form") {
  AddedTokens added = tokens(
      {{.content = "e\u0301", .normalized = true}, {.content = "<x>"}}, to_nfc);
  CHECK(words_of(added.split_raw("e\u0301<x>\u00E9")) ==
        Words{"e\u0301", "[<x>]", "\u00E9"});
  CHECK(words_of(added.split_normalized("a\u00E9<x>")) ==
        Words{"a", "[\u00E9]", "<x>"});
}

TEST_CASE("a token that normalises to nothing is refused") {
  Normalizer nothing = [](std::string_view) { return std::string(); };
  CHECK(test::message_of<UserError>([&] {
          tokens({{.content = "a", .normalized = true}}, nothing);
        }) == "f: the added token 0 is empty");
}

TEST_CASE("a token of more than a kilobyte is refused") {
  CHECK(test::message_of<UserError>([] {
          tokens({{.content = std::string(1025, 'a')}});
        }) == "f: the added token 0 is longer than 1024 bytes");
}

}  // namespace
}  // namespace cdx
