#include "tokenizer/tokenizer.h"

#include <cstdlib>
#include <filesystem>

#include <doctest/doctest.h>

// Mistral's own files: from the folder that CDX_TEST_DATA names, else
// ../shared/data. The numbers are those of Hugging Face's tokenizers 0.23.2
// with the tokenizer.json of Mistral v0.1, and of sentencepiece 0.1.97 for
// v0.3.
namespace cdx {
namespace {

using Ids = std::vector<int32_t>;

std::unique_ptr<Tokenizer> mistral(const char* name) {
  const char* data = std::getenv("CDX_TEST_DATA");
  std::filesystem::path folder = data != nullptr ? data : "../shared/data";
  folder = folder / "tokenizers" / name;
  if (!std::filesystem::exists(folder / "tokenizer.model")) {
    MESSAGE("skipped: no tokenizer.model in " << folder.string());
    return nullptr;
  }
  return load_tokenizer(folder);
}

struct Golden {
  const char* text;
  Ids ids;
  const char* decoded = nullptr;  // where it is not the text
};

const Golden kGoldens[] = {
    {"Hello world", {22557, 1526}},
    {"  two leading", {259, 989, 5374}},
    {"tab\tnl\n\n  x", {7683, 12, 14476, 13, 13, 28705, 1318}},
    {"I'LL we'll don\u2019t",
     {315, 28742, 5292, 478, 28742, 584, 949, 28809, 28707}},
    {"12345 1,234.5",
     {28705,
      28740,
      28750,
      28770,
      28781,
      28782,
      28705,
      28740,
      28725,
      28750,
      28770,
      28781,
      28723,
      28782}},
    {"caf\u00e9 cafe\u0301", {28345, 7913, 1512, 28949}},
    {"\u65e5\u672c\u8a9e \U0001f600\U0001f44d\U0001f3fd",
     {28705, 29142, 29119, 30321, 28705, 30575, 30195, 31007}},
    {"end \n", {948, 28705, 13}},
    {"<s> [INST] hi [/INST]",
     {1, 28705, 733, 16289, 28793, 12014, 733, 28748, 16289, 28793},
     "<s>  [INST] hi [/INST]"},
    {"<s>[INST] hi [/INST]",
     {1, 733, 16289, 28793, 12014, 733, 28748, 16289, 28793},
     "<s> [INST] hi [/INST]"},
    {"a<|endoftext|>b",
     {264, 28789, 28766, 416, 1009, 772, 28766, 28767, 28726}},
    {"\u00a0x\u2003y", {28705, 29000, 28744, 229, 131, 134, 28724}},
    {"     five", {355, 3359}},
    {"", {}},
};

}  // namespace

TEST_CASE("Mistral v0.1 by its tokenizer.model alone") {
  auto tokenizer = mistral("mistral-v1");
  if (!tokenizer) return;
  CHECK(tokenizer->vocab_size() == 32000);
  for (const auto& [text, ids, decoded] : kGoldens) {
    CAPTURE(text);
    CHECK(tokenizer->encode(text, false) == ids);
    CHECK(tokenizer->decode(ids, false) == (decoded ? decoded : text));
  }
  CHECK(tokenizer->encode("Hello", true) == Ids{1, 22557});
}

TEST_CASE("Mistral v0.3 has the ids of v0.1 and 768 more") {
  auto tokenizer = mistral("mistral-v3");
  if (!tokenizer) return;
  CHECK(tokenizer->vocab_size() == 32768);
  for (const auto& [text, ids, decoded] : kGoldens) {
    CAPTURE(text);
    Ids shifted;
    for (int32_t id : ids) shifted.push_back(id < 3 ? id : id + 768);
    CHECK(tokenizer->encode(text, false) == shifted);
    CHECK(tokenizer->decode(shifted, false) == (decoded ? decoded : text));
  }
  CHECK(tokenizer->encode("[INST]", false) == Ids{1501, 17057, 29561});
  CHECK(tokenizer->token_to_id("[INST]") == 3);
}

}  // namespace cdx
