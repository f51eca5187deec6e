#include "decoding/two_models.h"

#include <cstdlib>
#include <filesystem>

#include <doctest/doctest.h>

// Needs SmolLM2-135M-Instruct, which scripts/fetch_smollm2 makes.
namespace cdx {

TEST_CASE("on SmolLM2 it is that of a plain transformers loop, too") {
  const char* named = std::getenv("CDX_SMOLLM2");
  const std::filesystem::path folder =
      named != nullptr ? named : ".deps/SmolLM2-135M-Instruct";
  if (!std::filesystem::exists(folder / "model.safetensors")) {
    MESSAGE("skipped: no model.safetensors in "
            << folder.string() << "; run scripts/fetch_smollm2");
    return;
  }
  test::Pair pair("tests/data/decoding/two_models_smollm2.json");
  pair.load(folder, folder);
  CHECK(test::check_greedy(pair, 1e-3) == 4);
  CHECK(test::check_distributions(
            pair, {.largest = 2e-4, .total_variation = 2e-4}) > 60);
}

}  // namespace cdx
