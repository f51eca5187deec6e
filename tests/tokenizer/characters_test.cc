#include "tokenizer/characters.h"

#include "tokenizer/normalizers.h"
#include "tokenizer/regex.h"
#include "util/hash.h"
#include "util/json.h"
#include "util/unicode.h"

#include <functional>

#include <doctest/doctest.h>
#include <fmt/format.h>

namespace cdx {
namespace {

// What tokenizers 0.22.2 makes of every code point, as a CRC-32 of each block
// of 4096; written by scripts/oracle/characters.py.
const Json& golden() {
  static const Json kGolden =
      parse_json_file("tests/data/tokenizer/characters.json");
  return kGolden;
}

const std::vector<char32_t>& all_code_points() {
  static const std::vector<char32_t> kPoints = [] {
    std::vector<char32_t> points;
    for (char32_t c = 0; c < 0x110000; ++c) {
      if (c < 0xD800 || c > 0xDFFF) points.push_back(c);
    }
    return points;
  }();
  return kPoints;
}

void compare(const std::string& name,
             const std::function<std::string(char32_t)>& text_of) {
  constexpr size_t kBlock = 4096;
  const auto& points = all_code_points();
  for (size_t begin = 0; begin < points.size(); begin += kBlock) {
    std::string block;
    for (size_t i = begin; i < std::min(begin + kBlock, points.size()); ++i) {
      block += text_of(points[i]) + '\n';
    }
    CAPTURE(name);
    CAPTURE(static_cast<uint32_t>(points[begin]));
    CHECK(crc32(block) == golden()[name][begin / kBlock].get<uint32_t>());
  }
}

TEST_CASE("classes of characters are the library's, for all code points") {
  using Class = bool (*)(char32_t);
  for (auto [name, is_member] :
       {std::pair<const char*, Class>{"word", is_word_character},
        {"space", is_unicode_space},
        {"number", is_numeric},
        {"punctuation", is_bert_punctuation}}) {
    compare(name, [&](char32_t c) { return is_member(c) ? "1" : "0"; });
  }
}

TEST_CASE("patterns see the categories of Oniguruma, for all code points") {
  constexpr const char* kNames[] = {
      "Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nd", "Nl",
      "No", "Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po", "Sm", "Sc",
      "Sk", "So", "Zs", "Zl", "Zp", "Cc", "Cf", "Co", "Cn"};
  std::string text;
  for (char32_t c : all_code_points()) append_utf8(c, text);
  std::vector<const char*> names(0x110000);
  for (const char* name : kNames) {
    Regex regex(fmt::format("\\p{{{}}}+", name), "f");
    for (Span span : regex.find_all(text)) {
      for (size_t position = span.begin; position < span.end;) {
        names[next_code_point(text, position)] = name;
      }
    }
  }
  compare("category", [&](char32_t c) { return std::string(names[c]); });
}

TEST_CASE("normalizers do the library's for all code points") {
  // Of several combining classes, in descending order.
  const std::string marks = "\u0345\u0301\u0316\u05B0\u093C\u0334";
  for (const char* form : {"NFC", "NFD", "NFKC", "NFKD"}) {
    auto normalize = read_normalizer({{"type", form}}, "f");
    compare(form, [&](char32_t c) {
      std::string one = to_utf8(std::u32string(1, c));
      return normalize(one + marks + one);
    });
  }
  Json bert = {{"type", "BertNormalizer"},
               {"clean_text", true},
               {"handle_chinese_chars", true},
               {"strip_accents", false},
               {"lowercase", false}};
  for (const Json& json :
       {bert, Json{{"type", "Lowercase"}}, Json{{"type", "StripAccents"}}}) {
    auto normalize = read_normalizer(json, "f");
    compare(json["type"], [&](char32_t c) {
      return normalize(to_utf8(std::u32string(1, c)));
    });
  }
}

}  // namespace
}  // namespace cdx
