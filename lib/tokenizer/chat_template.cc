#include "tokenizer/chat_template.h"

#include "tokenizer/tokenizer_config.h"
#include "util/errors.h"
#include "util/files.h"

#include <string_view>

#include <fmt/format.h>

namespace cdx {
namespace {

// The one template that is known, as it stands in the models of data/.
constexpr std::string_view kFable =
    R"({% for message in messages %}{{ '<|' + message['role'] + '|>\n' + )"
    R"(message['content'] + ('\n' if message['role'] == 'user' else )"
    R"(eos_token) }}{% endfor %}{% if add_generation_prompt %})"
    R"({{ '<|assistant|>\n' }}{% endif %})";

constexpr auto kAdvice =
    "give the format a `template:` instead of `chat: true`";

}  // namespace

ChatTemplate ChatTemplate::load(const std::filesystem::path& folder) {
  TokenizerConfig config = read_tokenizer_config(folder);
  std::string text = config.chat_template.value_or("");
  auto file = folder / "chat_template.jinja";
  if (std::filesystem::exists(file)) text = read_file(file);
  if (text.ends_with('\n')) text.pop_back();  // as Jinja does
  if (text.empty()) {
    throw UserError(
        fmt::format("{} has no chat template (no "
                    "chat_template.jinja, no \"chat_template\" in "
                    "tokenizer_config.json): {}",
                    folder.string(),
                    kAdvice));
  }
  if (text != kFable) {
    throw UserError(
        fmt::format("the chat template of {} is not supported yet: "
                    "{}",
                    folder.string(),
                    kAdvice));
  }
  if (!config.eos_token) {
    throw UserError(fmt::format(
        "{}: \"eos_token\" is missing, but the chat template needs it",
        config.path));
  }
  ChatTemplate result;
  result.eos_token_ = *config.eos_token;
  return result;
}

std::string ChatTemplate::render(const std::vector<ChatMessage>& messages,
                                 bool add_generation_prompt) const {
  std::string text;
  for (const auto& [role, content] : messages) {
    text += "<|" + role + "|>\n" + content;
    text += role == "user" ? "\n" : eos_token_;
  }
  if (add_generation_prompt) text += "<|assistant|>\n";
  return text;
}

}  // namespace cdx
