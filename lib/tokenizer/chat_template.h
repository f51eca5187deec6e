#pragma once

#include "tokenizer/jinja.h"
#include "util/json.h"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace cdx {

struct ChatMessage {
  std::string role;  // system, user or assistant
  std::string content;
};

struct ChatOptions {
  // Ends the text where the assistant's turn begins.
  bool add_generation_prompt = true;
  // Today for a template that asks for it, "2024-07-26"; without a date such a
  // template is refused.
  std::optional<std::string> date = std::nullopt;
  // More variables for the template (`chat_template_kwargs` of transformers and
  // vLLM): {"enable_thinking": false}. They win over the special tokens.
  Json kwargs = Json::object();
};

// Turns messages into the text an instruct model was trained on, as
// transformers 4.57's apply_chat_template does.
class ChatTemplate {
 public:
  // From chat_template.jinja or tokenizer_config.json of a Hugging Face folder
  // ("default" of several); special tokens from tokenizer_config.json or
  // special_tokens_map.json. Throws UserError naming the folder when there is
  // none, naming the line when it is not supported.
  static ChatTemplate load(const std::filesystem::path& folder);

  // Messages must be valid UTF-8. Throws UserError with the template's line:
  // what the template itself raises, a date that is not pinned, …
  jinja::Rendering render(const std::vector<ChatMessage>& messages,
                          const ChatOptions& options) const;
  std::string render(const std::vector<ChatMessage>& messages,
                     bool add_generation_prompt) const;

  // What the template puts before the first user's turn that no other turn has
  // and no message asked for, without special tokens: a default system prompt,
  // a date. Empty if there is none.
  std::string hidden_text(const ChatOptions& options) const;

  const std::string& source() const { return source_; }

 private:
  ChatTemplate(std::string source,
               const std::string& where,
               Json special_tokens);

  std::string source_;
  Json special_tokens_;  // name → text, or list of texts
  jinja::Template template_;
};

}  // namespace cdx
