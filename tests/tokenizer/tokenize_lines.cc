// A developers' program, for scripts/oracle/compare_tokenizers.py:
//
//     tokenize_lines FOLDER < TEXTS     a line of JSON a text, an answer a line
//     tokenize_lines FOLDER --time < TEXTS     megabytes a second of one core
//
// An answer is {"ids", "with_special", "decoded", "skipped"}; it says "stream"
// too when decoding token by token gave another text than decoding at once.

#include "tokenizer/tokenizer.h"
#include "util/errors.h"
#include "util/json.h"

#include <ctime>
#include <iostream>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace cdx {
namespace {

using Ids = std::vector<int32_t>;

// Of processor time, so that other programs do not count.
double seconds() {
  return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

std::string streamed(const Tokenizer& tokenizer, const Ids& ids, bool skip) {
  StreamDecoder decoder(tokenizer, skip);
  std::string text;
  for (int32_t id : ids) text += decoder.push(id);
  return text += decoder.finish();
}

Json answer(const Tokenizer& tokenizer, const std::string& text) {
  Ids ids = tokenizer.encode(text, false);
  std::string decoded = tokenizer.decode(ids, false);
  Json json = {{"ids", ids},
               {"with_special", tokenizer.encode(text, true)},
               {"decoded", decoded},
               {"skipped", tokenizer.decode(ids, true)}};
  if (streamed(tokenizer, ids, false) != json["decoded"] ||
      streamed(tokenizer, ids, true) != json["skipped"]) {
    json["stream"] = streamed(tokenizer, ids, false);
  }
  return json;
}

// The best of three rounds over all texts.
void time_all(const Tokenizer& tokenizer,
              const std::vector<std::string>& texts) {
  size_t bytes = 0, count = 0;
  for (const std::string& text : texts) bytes += text.size();
  double encoding = 1e9, decoding = 1e9;
  for (int round = 0; round < 3; ++round) {
    std::vector<Ids> ids;
    double start = seconds();
    for (const auto& text : texts) ids.push_back(tokenizer.encode(text, false));
    double middle = seconds();
    for (const Ids& list : ids) tokenizer.decode(list, false);
    encoding = std::min(encoding, middle - start);
    decoding = std::min(decoding, seconds() - middle);
    count = 0;
    for (const Ids& list : ids) count += list.size();
  }
  std::cout << fmt::format(
      "{:.2f} MB, {} ids: encode {:.1f} MB/s, decode {:.1f} MB/s\n",
      static_cast<double>(bytes) / 1e6,
      count,
      static_cast<double>(bytes) / 1e6 / encoding,
      static_cast<double>(bytes) / 1e6 / decoding);
}

int run(const std::string& folder, bool time) {
  double start = seconds();
  auto tokenizer = load_tokenizer(folder);
  if (time) std::cout << fmt::format("load {:.2f} s, ", seconds() - start);
  std::vector<std::string> texts;
  for (std::string line; std::getline(std::cin, line);) {
    auto text = parse_json(line, "a text").get<std::string>();
    if (time) {
      texts.push_back(std::move(text));
    } else {
      std::cout << dump_json(answer(*tokenizer, text)) << '\n';
    }
  }
  if (time) time_all(*tokenizer, texts);
  return 0;
}

}  // namespace
}  // namespace cdx

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  try {
    return cdx::run(argv[1], argc > 2 && std::string(argv[2]) == "--time");
  } catch (const cdx::Error& error) {
    std::cerr << error.what() << '\n';
    return error.exit_status();
  }
}
