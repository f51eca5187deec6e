#include "fuzz/targets.h"
#include "util/files.h"

#include <filesystem>

#include <doctest/doctest.h>

namespace cdx::fuzz {
namespace {

namespace fs = std::filesystem;

const fs::path kCorpus = "tests/fuzz/corpus";

TEST_CASE("no input that a fuzzer has kept crashes its target") {
  for (const Target& target : targets()) {
    CAPTURE(target.name);
    int files = 0;
    for (const auto& entry : fs::directory_iterator(kCorpus / target.name)) {
      CAPTURE(entry.path().string());
      const std::string bytes = read_file(entry.path());
      CHECK_NOTHROW(target.run(bytes));
      ++files;
    }
    CHECK(files > 0);
  }
}

TEST_CASE("every folder of the corpus belongs to a target") {
  for (const auto& entry : fs::directory_iterator(kCorpus)) {
    CAPTURE(entry.path().string());
    bool is_known = false;
    for (const Target& target : targets()) {
      is_known = is_known || target.name == entry.path().filename().string();
    }
    CHECK(is_known);
  }
}

}  // namespace
}  // namespace cdx::fuzz
