#include "support.h"
#include "tokenizer/tokenizer_support.h"

#include <doctest/doctest.h>

namespace cdx {
namespace {

using Ids = std::vector<int32_t>;

// `base` with the parts of `changes`; those of the model are set one by one.
Json changed(const Json& base, const Json& changes) {
  Json json = base;
  for (const auto& [key, value] : changes.items()) {
    if (key == "model") {
      json["model"].update(value);
    } else {
      json[key] = value;
    }
  }
  return json;
}

void check_case(const Tokenizer& tokenizer, const Json& item) {
  std::string text = item["text"], decoded = item["decoded"];
  Ids ids = item["ids"];
  CAPTURE(text);
  CHECK(tokenizer.encode(text, false) == ids);
  CHECK(tokenizer.encode(text, true) == item.value("with_special", ids));
  CHECK(tokenizer.decode(ids, false) == decoded);
  CHECK(tokenizer.decode(ids, true) == item.value("skipped", decoded));
}

// tokenizers 0.22.2, by scripts/oracle/tokenizer_components.py.
TEST_CASE("every component and flag gives the library's ids and texts") {
  Json base;
  int cases = 0;
  std::filesystem::path golden = test::kTokenizers / "components.jsonl";
  for_each_line(golden, [&](std::string_view text, int64_t number) {
    Json line = parse_json(text, golden.string());
    if (number == 1) return;
    if (line.contains("base")) {
      base = line["base"];
      return;
    }
    CAPTURE(line["name"].get<std::string>());
    auto tokenizer =
        test::TokenizerFolder(changed(base, line["changes"])).load();
    for (const Json& item : line["cases"]) {
      check_case(*tokenizer, item);
      ++cases;
    }
  });
  CHECK(cases > 350);
}

}  // namespace
}  // namespace cdx
