#include "tokenizer/tokenizer_support.h"

#include <cstdlib>

#include <doctest/doctest.h>

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

}  // namespace
}  // namespace cdx
