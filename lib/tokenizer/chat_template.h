#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace cdx {

struct ChatMessage {
  std::string role;  // user or assistant
  std::string content;
};

// Turns messages into the text an instruct model was trained on.
class ChatTemplate {
 public:
  // From chat_template.jinja or tokenizer_config.json of a Hugging Face folder.
  // Until templates are interpreted, only fable's is known: any other is a
  // UserError that names the folder.
  static ChatTemplate load(const std::filesystem::path& folder);

  std::string render(const std::vector<ChatMessage>& messages,
                     bool add_generation_prompt) const;

 private:
  std::string eos_token_;
};

}  // namespace cdx
