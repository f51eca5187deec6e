#include "tokenizer/chat_template.h"

#include "tokenizer/tokenizer_config.h"
#include "util/errors.h"
#include "util/files.h"
#include "util/unicode.h"

#include <algorithm>

#include <fmt/format.h>

namespace cdx {
namespace {

namespace fs = std::filesystem;

constexpr auto kAdvice =
    "give the format a `template:` (or a `prefix:` and `suffix:`) instead of "
    "`chat: true`";

Json read_object(const fs::path& path) {
  if (!fs::exists(path)) return Json::object();
  Json json = parse_json_file(path);
  if (!json.is_object()) {
    throw UserError(path.string() + ": must hold a JSON object");
  }
  return json;
}

// As transformers: special_tokens_map.json counts only beside an old
// tokenizer_config.json, one without added_tokens_decoder, and wins over it.
Json special_tokens(const fs::path& folder, const Json& config) {
  Json tokens =
      role_tokens(config, (folder / "tokenizer_config.json").string());
  if (!config.contains("added_tokens_decoder")) {
    const fs::path path = folder / "special_tokens_map.json";
    tokens.update(role_tokens(read_object(path), path.string()));
  }
  return tokens;
}

struct Source {
  std::string text, where;
};

// Of several templates the one called "default"; nothing if there is none.
std::optional<std::string> default_template(const Json& templates,
                                            const std::string& where) {
  for (const Json& one : templates) {
    if (json_string(one, "name", where) == "default") {
      return json_string(one, "template", where);
    }
  }
  return std::nullopt;
}

Source find_source(const fs::path& folder, const Json& config) {
  const fs::path file = folder / "chat_template.jinja";
  if (fs::exists(file)) {
    if (std::string text = read_file(file); !text.empty()) {
      return {std::move(text), file.string()};
    }
  }
  const std::string where = (folder / "tokenizer_config.json").string();
  const std::string key = "chat_template";
  std::optional<std::string> text;
  if (config.contains(key) && config.at(key).is_array()) {
    text = default_template(config.at(key), where);
  } else {
    text = json_optional_string(config, key, where);
  }
  if (text && !text->empty()) return {*text, where + ", chat_template"};
  throw UserError(
      fmt::format("{} has no chat template (no chat_template.jinja, no "
                  "\"chat_template\" in tokenizer_config.json), as is usual "
                  "for a base model: {}",
                  folder.string(),
                  kAdvice));
}

Json as_json(const std::vector<ChatMessage>& messages) {
  Json list = Json::array();
  for (const auto& [role, content] : messages) {
    list.push_back({{"role", role}, {"content", content}});
  }
  return list;
}

void remove_all(std::string& text, const std::string& part) {
  if (part.empty()) return;
  for (size_t at = text.find(part); at != std::string::npos;
       at = text.find(part, at)) {
    text.erase(at, part.size());
  }
}

size_t common_suffix(const std::string& a, const std::string& b) {
  const auto [x, y] = std::mismatch(a.rbegin(), a.rend(), b.rbegin(), b.rend());
  return static_cast<size_t>(x - a.rbegin());
}

}  // namespace

ChatTemplate::ChatTemplate(std::string source,
                           const std::string& where,
                           Json special_tokens)
    : source_(std::move(source)),
      special_tokens_(std::move(special_tokens)),
      template_(source_, where) {}

ChatTemplate ChatTemplate::load(const fs::path& folder) {
  const Json config = read_object(folder / "tokenizer_config.json");
  const Source source = find_source(folder, config);
  return {source.text, source.where, special_tokens(folder, config)};
}

jinja::Rendering ChatTemplate::render(const std::vector<ChatMessage>& messages,
                                      const ChatOptions& options) const {
  jinja::Inputs inputs{.variables = special_tokens_, .date = options.date};
  for (const auto& [name, value] : options.kwargs.items()) {
    inputs.variables[name] = value;
  }
  inputs.variables["messages"] = as_json(messages);
  inputs.variables["tools"] = nullptr;
  inputs.variables["documents"] = nullptr;
  inputs.variables["add_generation_prompt"] = options.add_generation_prompt;
  return template_.render(inputs);
}

std::string ChatTemplate::render(const std::vector<ChatMessage>& messages,
                                 bool add_generation_prompt) const {
  return render(messages, {.add_generation_prompt = add_generation_prompt})
      .text;
}

std::string ChatTemplate::hidden_text(const ChatOptions& options) const {
  const std::string first = "FIRSTQUESTION", answer = "FIRSTANSWER",
                    second = "SECONDQUESTION";
  std::string text;
  try {
    text = render({{"user", first}, {"assistant", answer}, {"user", second}},
                  options)
               .text;
  } catch (const UserError&) {
    return "";  // a template for single turns: the prompt itself shows it
  }
  const size_t at = text.find(first), end = text.find(answer),
               next = text.find(second);
  if (at == std::string::npos || end == std::string::npos ||
      next == std::string::npos || next < end) {
    return "";
  }
  const size_t answer_end = end + answer.size();
  std::string before = text.substr(0, at);
  std::string between = text.substr(answer_end, next - answer_end);
  for (const Json& token : special_tokens_) {
    if (!token.is_string()) continue;
    remove_all(before, token.get<std::string>());
    remove_all(between, token.get<std::string>());
  }
  before.resize(before.size() - common_suffix(before, between));
  return std::string(strip_whitespace(before));
}

}  // namespace cdx
