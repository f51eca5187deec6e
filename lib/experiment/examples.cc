#include "experiment/examples.h"

#include "util/errors.h"
#include "util/files.h"
#include "util/hash.h"
#include "util/json.h"
#include "util/unicode.h"

#include <array>
#include <utility>

#include <fmt/format.h>

namespace cdx {
namespace {

constexpr size_t kMaxExamples = 100'000;
constexpr std::array<std::pair<const char*, const char*>, 7> kFields = {
    {{"prompt", "response"},
     {"prompt", "completion"},
     {"prompt", "story"},
     {"instruction", "output"},
     {"instruction", "response"},
     {"input", "output"},
     {"question", "answer"}}};

Example read_example(std::string_view text, const std::string& where) {
  if (!is_utf8(text)) throw UserError(where + ": not valid UTF-8");
  const Json line = parse_json(text, where);
  if (!line.is_object()) throw UserError(where + ": must hold an object");
  for (const auto& [prompt, response] : kFields) {
    if (!line.contains(prompt) || !line.contains(response)) continue;
    Example example{json_string(line, prompt, where),
                    json_string(line, response, where)};
    if (!example.prompt.empty() && !example.response.empty()) return example;
    throw UserError(
        fmt::format("{}: \"{}\" or \"{}\" is empty", where, prompt, response));
  }
  throw UserError(where +
                  ": an example has the fields \"prompt\" and \"response\"");
}

}  // namespace

std::vector<Example> read_examples(const std::filesystem::path& file) {
  std::vector<Example> examples;
  for_each_line(file, [&](std::string_view text, int64_t number) {
    if (strip_whitespace(text).empty()) return;
    const std::string where = fmt::format("{}:{}", file.string(), number);
    examples.push_back(read_example(text, where));
    if (examples.size() > kMaxExamples) {
      throw UserError(
          fmt::format("{}: more than {} examples", where, kMaxExamples));
    }
  });
  return examples;
}

std::string hash_of_examples(const std::vector<Example>& examples) {
  if (examples.empty()) return "";
  Json all = Json::array();
  for (const Example& example : examples) {
    all.push_back({example.prompt, example.response});
  }
  return sha256(dump_json(all));
}

std::vector<Example> pick_examples(const FewShotOptions& options,
                                   const std::vector<Example>& examples,
                                   const Prompt& prompt) {
  const auto wanted = static_cast<size_t>(options.num_examples);
  const size_t start = options.rotate && !examples.empty()
                           ? hash64(prompt.id) % examples.size()
                           : 0;
  std::vector<Example> picked;
  for (size_t i = 0; i < examples.size() && picked.size() < wanted; ++i) {
    const Example& example = examples[(start + i) % examples.size()];
    if (example.prompt != prompt.text) picked.push_back(example);
  }
  if (picked.size() == wanted) return picked;
  throw UserError(
      fmt::format("{} holds {} examples for prompt '{}' (itself not counted), "
                  "num_examples is {}; add examples or lower it",
                  options.examples.string(),
                  picked.size(),
                  prompt.id,
                  wanted));
}

}  // namespace cdx
