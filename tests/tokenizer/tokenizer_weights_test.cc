#include "tokenizer/tokenizer_support.h"
#include "util/hash.h"

#include <cstdlib>

#include <doctest/doctest.h>
#include <fmt/format.h>

namespace cdx {
namespace {

// Real tokenizers, which are not part of this repository: from the folder that
// CDX_TEST_DATA names, else ../shared/data.
std::filesystem::path real_data() {
  const char* folder = std::getenv("CDX_TEST_DATA");
  return folder != nullptr ? folder : "../shared/data";
}

void check_real(const std::filesystem::path& folder) {
  if (!std::filesystem::exists(folder / "tokenizer.json")) {
    MESSAGE("skipped: no tokenizer.json in " << folder.string());
    return;
  }
  test::check_golden(
      *load_tokenizer(folder),
      test::kTokenizers / (folder.filename().string() + ".jsonl"));
}

TEST_CASE("OLMo 1: NFC, ByteLevel, runs of blanks as added tokens") {
  check_real(real_data() / "tokenizers/olmo-1");
}

TEST_CASE("OLMo 2: Split by GPT-4's pattern") {
  check_real(real_data() / "tokenizers/olmo-2");
}

TEST_CASE("all-MiniLM-L6-v2: WordPiece") {
  check_real(".deps/all-MiniLM-L6-v2");
}

using Ids = std::vector<int32_t>;

// "1 2 3\n" for each text of the file.
std::string ids_of_all(const Tokenizer& tokenizer,
                       const std::filesystem::path& file) {
  std::string all;
  for_each_line(file, [&](std::string_view line, int64_t) {
    Json record = parse_json(line, file.string());
    const auto ids =
        tokenizer.encode(record["response"].get<std::string>(), false);
    all += fmt::format("{}\n", fmt::join(ids, " "));
  });
  return all;
}

// tokenizers 0.22.2, by scripts/oracle/tokenizer_components.py.
TEST_CASE("8,000 generated texts have the library's ids") {
  auto generations = real_data() / "generations/olmo2-7b-alpacaeval";
  Json golden = parse_json_file(test::kTokenizers / "generations.json");
  for (const auto& [name, files] : golden.items()) {
    if (!files.is_object()) continue;
    auto folder = name == "all-MiniLM-L6-v2"
                      ? std::filesystem::path(".deps") / name
                      : real_data() / "tokenizers" / name;
    if (!std::filesystem::exists(folder / "tokenizer.json") ||
        !std::filesystem::exists(generations)) {
      MESSAGE("skipped: " << folder.string() << " on the generated texts");
      continue;
    }
    auto tokenizer = load_tokenizer(folder);
    for (const auto& [file, checksum] : files.items()) {
      CAPTURE(name);
      CAPTURE(file);
      CHECK(crc32(ids_of_all(*tokenizer, generations / file)) ==
            checksum.get<uint32_t>());
    }
  }
}

struct Vector {
  const char* text;
  Ids olmo_1, olmo_2;
};

// tokenizers 0.23.2 on the real files.
const std::vector<Vector> kVectors = {
    {"Hello world", {12092, 1533}, {9906, 1917}},
    {"  two leading", {50276, 9389, 4283}, {220, 1403, 6522}},
    {"tab\tnl\n\n  x",
     {8476, 186, 13307, 535, 50276, 89},
     {6323, 9215, 75, 271, 220, 865}},
    {"I'LL we'll don\u2019t",
     {42, 8, 2293, 359, 1833, 1053, 457, 85},
     {40, 6, 4178, 584, 3358, 1541, 1431}},
    {"12345 1,234.5",
     {42594, 337, 13, 20210, 15, 22},
     {4513, 1774, 220, 16, 11, 11727, 13, 20}},
    {"caf\u00E9 cafe\u0301",
     {68, 2320, 860, 36241},
     {936, 59958, 42030, 54939}},
    {"\u65E5\u672C\u8A9E \U0001F600\U0001F44D\U0001F3FD",
     {49868, 19119, 241, 49042, 211, 14931, 228, 224, 14931, 226, 123},
     {9080, 22656, 45918, 252, 91416, 9468, 239, 235, 9468, 237, 121}},
    {"end \n", {423, 2490}, {408, 720}},
    {"<s> [INST] hi [/INST]",
     {29, 84, 31, 544, 23486, 62, 14260, 544, 16, 23486, 62},
     {45147, 29, 510, 65562, 60, 15960, 66028, 65562, 60}},
    {"a<|endoftext|>b", {66, 50279, 67}, {64, 100257, 65}},
    {"\u00A0x\u2003y", {575, 89, 3930, 90}, {4194, 87, 378, 225, 88}},
    {"     five", {50273, 12071}, {257, 4330}},
    {"", {}, {}}};

TEST_CASE("OLMo 1 and OLMo 2 give the recorded ids") {
  for (bool first : {true, false}) {
    auto folder = real_data() / "tokenizers" / (first ? "olmo-1" : "olmo-2");
    if (!std::filesystem::exists(folder / "tokenizer.json")) {
      MESSAGE("skipped: no tokenizer.json in " << folder.string());
      continue;
    }
    auto tokenizer = load_tokenizer(folder);
    for (const Vector& vector : kVectors) {
      CAPTURE(vector.text);
      CHECK(tokenizer->encode(vector.text, true) ==
            (first ? vector.olmo_1 : vector.olmo_2));
    }
  }
}

}  // namespace
}  // namespace cdx
