#include "metrics/ngrams.h"

#include "metrics/golden.h"
#include "metrics/numbering.h"
#include "util/errors.h"

#include <set>
#include <sstream>

#include <doctest/doctest.h>

namespace cdx {
namespace {

std::vector<std::string> words_of(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

}  // namespace

TEST_CASE("Ids tell equal n-grams from different ones, on random texts") {
  using Gram = std::vector<std::string>;
  for (unsigned seed = 0; seed < 50; ++seed) {
    CAPTURE(seed);
    const std::vector<std::string> texts = test::random_texts(seed);
    const TokenIds tokens = white_space_tokens(texts);
    for (int n = 1; n <= 5; ++n) {
      const TokenIds ids = ngrams(tokens, n);
      std::vector<std::pair<Gram, int32_t>> pairs;
      for (size_t t = 0; t < texts.size(); ++t) {
        const Gram words = words_of(texts[t]);
        const size_t length = words.size(), order = static_cast<size_t>(n);
        REQUIRE(ids.texts[t].size() ==
                (length < order ? 0 : length - order + 1));
        for (size_t i = 0; i < ids.texts[t].size(); ++i) {
          const auto at = words.begin() + static_cast<std::ptrdiff_t>(i);
          pairs.emplace_back(Gram(at, at + n), ids.texts[t][i]);
        }
      }
      // As many grams as ids as pairs of them: a bijection.
      std::set<Gram> grams;
      std::set<int32_t> numbers;
      for (const auto& [gram, number] : pairs) {
        grams.insert(gram);
        numbers.insert(number);
      }
      const std::set<std::pair<Gram, int32_t>> both(pairs.begin(), pairs.end());
      CHECK(grams.size() == both.size());
      CHECK(numbers.size() == both.size());
      CHECK(ids.n_types == static_cast<int32_t>(both.size()));
      CHECK(count_tokens(ids) == static_cast<int64_t>(pairs.size()));
      CHECK((numbers.empty() || *numbers.rbegin() == ids.n_types - 1));
    }
  }
}

TEST_CASE("Words have the numbers of their first appearance, long ones too") {
  std::vector<std::string> words = {"", "a", std::string("a\0", 2)};
  for (size_t length = 3; length <= 40; ++length) {
    const std::string word(length, 'x');
    for (const size_t at : {size_t{0}, length / 2, length - 1}) {
      words.push_back(word);
      words.back()[at] = 'y';
    }
  }
  for (int i = 0; i < 3000; ++i) {
    words.push_back(std::to_string(i));
    words.push_back("a long beginning " + std::to_string(i) + " a long end");
  }
  for (const auto kind :
       {WordNumbering::Words::kStay, WordNumbering::Words::kAreCopied}) {
    WordNumbering numbering(kind);
    for (int round = 0; round < 2; ++round) {
      for (size_t i = 0; i < words.size(); ++i) {
        // Of its own memory, and in the midst of other bytes.
        const std::string copy = words[i], inside = words[i] + " and more";
        const std::string_view view = kind == WordNumbering::Words::kStay
                                          ? std::string_view(words[i])
                                          : copy;
        CHECK(numbering.number(view) == static_cast<int32_t>(i));
        const std::string_view part =
            std::string_view(inside).substr(0, words[i].size());
        CHECK(numbering.numbers({&part, 1}, inside)[0] ==
              static_cast<int32_t>(i));
      }
    }
    CHECK(numbering.size() == static_cast<int32_t>(words.size()));
  }
}

TEST_CASE("N-grams are told apart by all bits of their ids, few or many") {
  // 16 bits an id: four fill a key of 64; 17: they do not fit into one.
  for (const int32_t n_types : {2, 65536, 65537, 1 << 20}) {
    CAPTURE(n_types);
    const int32_t last = n_types - 1;
    const TokenIds tokens{
        .texts = {{last, last, last, last, last, 0, last, last, last, last}},
        .n_types = n_types};
    const TokenIds grams = ngrams(tokens, 4);
    CHECK(grams.texts[0] == std::vector<int32_t>{0, 0, 1, 2, 3, 4, 0});
    CHECK(grams.n_types == 5);
    const NgramCount count = count_ngrams(tokens, 4);
    CHECK(count.types == 5);
    CHECK(count.all == 7);
    const TokenIds two{.texts = {tokens.texts[0], {last, 0, last, 0, last}},
                       .n_types = n_types};
    CHECK(count_ngrams_of_each(two, 4)[0].types == 5);
    CHECK(count_ngrams_of_each(two, 4)[1].types == 2);
    CHECK(count_ngrams_up_to(tokens, 4)[3].types == 5);
  }
}

TEST_CASE("N-grams are counted as their ids say, over all texts and in each") {
  for (unsigned seed = 0; seed < 50; ++seed) {
    CAPTURE(seed);
    const TokenIds tokens = white_space_tokens(test::random_texts(seed));
    const std::vector<NgramCount> orders = count_ngrams_up_to(tokens, 5);
    REQUIRE(orders.size() == 5);
    for (int n = 1; n <= 5; ++n) {
      const TokenIds grams = ngrams(tokens, n);
      const NgramCount count = count_ngrams(tokens, n);
      CHECK(count.types == grams.n_types);
      CHECK(count.all == count_tokens(grams));
      CHECK(orders[static_cast<size_t>(n - 1)].types == count.types);
      CHECK(orders[static_cast<size_t>(n - 1)].all == count.all);
      const std::vector<NgramCount> each = count_ngrams_of_each(tokens, n);
      REQUIRE(each.size() == tokens.texts.size());
      for (size_t t = 0; t < each.size(); ++t) {
        const std::vector<int32_t>& ids = grams.texts[t];
        const std::set<int32_t> types(ids.begin(), ids.end());
        CHECK(each[t].types == static_cast<int64_t>(types.size()));
        CHECK(each[t].all == static_cast<int64_t>(ids.size()));
      }
    }
  }
}

TEST_CASE("N-grams stop at the end of a text") {
  const TokenIds ids = ngrams(white_space_tokens({"a b", "a b c", "b"}), 2);
  CHECK(ids.texts == std::vector<std::vector<int32_t>>{{0}, {0, 1}, {}});
  CHECK(ids.n_types == 2);
}

TEST_CASE("Many types keep ids of their own") {
  std::string text;
  for (int i = 0; i < 20000; ++i) text += std::to_string(i % 10007) + ' ';
  const TokenIds tokens = white_space_tokens({text});
  CHECK(tokens.n_types == 10007);
  CHECK(ngrams(tokens, 2).n_types == 10007);
  CHECK(ngrams(tokens, 3).n_types == 10007);
}

TEST_CASE("An order below 1 is refused") {
  CHECK_THROWS_AS(ngrams(white_space_tokens({"a"}), 0), UserError);
}

TEST_CASE("All orders at once are each order by itself") {
  const TokenIds tokens = white_space_tokens(test::random_texts(3));
  const std::vector<TokenIds> orders = ngrams_up_to(tokens, 5);
  REQUIRE(orders.size() == 5);
  for (int n = 1; n <= 5; ++n) {
    const TokenIds& grams = orders[static_cast<size_t>(n - 1)];
    CHECK(grams.texts == ngrams(tokens, n).texts);
    CHECK(grams.n_types == ngrams(tokens, n).n_types);
  }
  CHECK_THROWS_AS(ngrams_up_to(tokens, 0), UserError);
}

TEST_CASE("Any integers become ids in the order of their appearance") {
  const TokenIds tokens =
      number_tokens(std::vector<int32_t>{7, -1, 7, 2147483647, -1, 0});
  CHECK(tokens.texts == std::vector<std::vector<int32_t>>{{0, 1, 0, 2, 1, 3}});
  CHECK(tokens.n_types == 4);
  CHECK(number_tokens({}).texts == std::vector<std::vector<int32_t>>{{}});
}

}  // namespace cdx
