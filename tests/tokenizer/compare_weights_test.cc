#include "tokenizer/compare.h"
#include "tokenizer/tokenizer_support.h"

#include <cstdlib>
#include <filesystem>

#include <doctest/doctest.h>

// Real tokenizers, found as in tokenizer_weights_test.cc.
namespace cdx {
namespace {

namespace fs = std::filesystem;

fs::path tokenizers() {
  const char* folder = std::getenv("CDX_TEST_DATA");
  return fs::path(folder != nullptr ? folder : "../shared/data") / "tokenizers";
}

PairComparison compare(const char* base, const char* instruct) {
  const fs::path left = tokenizers() / base, right = tokenizers() / instruct;
  return compare_tokenizers(identity_of(*load_tokenizer(left), left),
                            identity_of(*load_tokenizer(right), right),
                            {});
}

}  // namespace

TEST_CASE("Mistral v0.1 with v0.3 is refused although most pieces agree") {
  if (!fs::exists(tokenizers() / "mistral-v1/tokenizer.model") ||
      !fs::exists(tokenizers() / "mistral-v3/tokenizer.model")) {
    MESSAGE("skipped: no Mistral tokenizers in " << tokenizers().string());
    return;
  }
  // models.md, section 5.4: v0.3 has [INST] as token 3, where v0.1 has the
  // first of its byte tokens; v0.1's ids from 3 on are shifted by 768.
  CHECK(compare("mistral-v1", "mistral-v3").difference ==
        R"(token 3 is "<0x00>" in the one and "[INST]" in the other)");
  CHECK(compare("mistral-v1", "mistral-v1").difference == "");
  CHECK(compare("mistral-v1", "mistral-v1").shared_ids == 32000);
  CHECK(compare("mistral-v3", "mistral-v3").shared_ids == 32768);
}

TEST_CASE("OLMo 1 with OLMo 2 is refused") {
  if (!fs::exists(tokenizers() / "olmo-1/tokenizer.json") ||
      !fs::exists(tokenizers() / "olmo-2/tokenizer.json")) {
    MESSAGE("skipped: no OLMo tokenizers in " << tokenizers().string());
    return;
  }
  CHECK(compare("olmo-1", "olmo-2").difference.starts_with("token 0 is "));
  CHECK(compare("olmo-2", "olmo-2").difference == "");
  CHECK(compare("olmo-2", "olmo-2").shared_ids == 100278);
}

}  // namespace cdx
