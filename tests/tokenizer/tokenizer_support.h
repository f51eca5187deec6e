#pragma once

#include "support.h"
#include "tokenizer/tokenizer.h"
#include "util/files.h"
#include "util/json.h"

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace cdx::test {

inline const std::filesystem::path kTokenizers = "tests/data/tokenizer";

// Compares a tokenizer with a file that scripts/oracle/tokenizer.py wrote:
// transformers 4.57.6 with tokenizers 0.22.2.
inline void check_golden(const Tokenizer& tokenizer,
                         const std::filesystem::path& golden) {
  using Ids = std::vector<int32_t>;
  int lines = 0;
  for_each_line(golden, [&](std::string_view text, int64_t number) {
    Json line = parse_json(text, golden.string());
    if (number == 1) {
      CHECK(tokenizer.vocab_size() == line["vocab_size"].get<int64_t>());
      return;
    }
    ++lines;
    CAPTURE(golden.string());
    CAPTURE(number);
    // A field that is left out equals the one before it.
    std::string input = line["text"];
    Ids ids = line["ids"];
    Ids with_special = line.value("with_special", ids);
    std::string decoded = line.value("decoded", input);
    std::string skipped = line.value("skipped", decoded);
    CHECK(tokenizer.encode(input, false) == ids);
    CHECK(tokenizer.encode(input, true) == with_special);
    CHECK(tokenizer.decode(ids, false) == decoded);
    CHECK(tokenizer.decode(ids, true) == skipped);
  });
  CHECK(lines >= 80);
}

// A tokenizer.json (and tokenizer_config.json) of a test's own.
class TokenizerFolder {
 public:
  explicit TokenizerFolder(const Json& tokenizer, const Json& config = {}) {
    write_text(folder_ / "tokenizer.json", dump_json(tokenizer));
    if (!config.is_null()) {
      write_text(folder_ / "tokenizer_config.json", dump_json(config));
    }
  }
  std::unique_ptr<Tokenizer> load() const {
    return load_tokenizer(folder_.path());
  }
  const std::filesystem::path& path() const { return folder_.path(); }

 private:
  TemporaryFolder folder_;
};

inline Json shipped_json(std::string_view name) {
  return parse_json_file(kTokenizers / name / "tokenizer.json");
}

}  // namespace cdx::test
