#include "fuzz/folder.h"
#include "fuzz/targets.h"
#include "tokenizer/chat_template.h"
#include "tokenizer/identity.h"
#include "tokenizer/tokenizer.h"
#include "util/errors.h"
#include "util/unicode.h"

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace cdx::fuzz {
namespace {

// Words, digits, blanks, marks, an emoji, a sequence of combining characters
// and what the small tokenizers of tests/data call special.
constexpr std::string_view kText =
    "Once upon a time, there were 1234 foxes\n\n  it's \xC3\xA9t\x65\xCC\x81"
    " \xF0\x9F\xA6\x8A\xE2\x80\x8D\xF0\x9F\x94\xA5 <|endoftext|>[CLS] "
    "\xE4\xB8\x96\xE7\x95\x8C\t\r\n\xC2\xA0_##x";

void require(bool is_true, const char* what) {
  if (!is_true) throw std::logic_error(what);
}

void check_stream(const Tokenizer& tokenizer, const std::vector<int32_t>& ids) {
  StreamDecoder stream(tokenizer, /*skip_special_tokens=*/false);
  std::string text;
  for (const int32_t id : ids) {
    const std::string part = stream.push(id);
    require(is_utf8(part), "a stream gave a part of a character");
    text += part;
  }
  text += stream.finish();
  require(text == tokenizer.decode(ids, false), "a stream gave another text");
}

void exercise(const Tokenizer& tokenizer, std::string_view text) {
  std::vector<int32_t> ids = tokenizer.encode(text, true);
  tokenizer.decode(ids, true);
  for (const int32_t id : ids) tokenizer.id_to_token(id);
  for (const unsigned char byte : text.substr(0, 64)) {
    ids.push_back(byte * 131 - 7);
  }
  ids.push_back(-1);
  ids.push_back(1 << 30);
  require(is_utf8(tokenizer.decode(ids, false)), "decode gave invalid UTF-8");
  check_stream(tokenizer, ids);
}

// Loads the folder's tokenizer; `identity` too, for it reads the same file.
void load_and_exercise(const std::filesystem::path& folder) {
  try {
    const std::unique_ptr<Tokenizer> tokenizer = load_tokenizer(folder);
    exercise(*tokenizer, kText);
    identity_of(*tokenizer, folder);
  } catch (const Error&) {
  }
}

}  // namespace

void tokenizer_json(std::string_view bytes) {
  static const Folder folder({"tokenizer.json", "tokenizer_config.json"});
  folder.write(bytes);
  load_and_exercise(folder.path());
}

void tokenizer_model(std::string_view bytes) {
  static const Folder folder({"tokenizer.model", "tokenizer_config.json"});
  folder.write(bytes);
  load_and_exercise(folder.path());
}

void tokenizer_input(std::string_view bytes) {
  static const std::unique_ptr<Tokenizer> kFable =
      load_tokenizer("data/models/fable/base");
  static const std::unique_ptr<Tokenizer> kOthers[] = {
      load_tokenizer("tests/data/tokenizer/bert"),
      load_tokenizer("tests/data/tokenizer/cl100k"),
      load_tokenizer("tests/data/tokenizer/gpt2"),
      load_tokenizer("tests/data/tokenizer/prefix_space")};
  const std::string text = to_valid_utf8(bytes);
  try {
    exercise(*kFable, bytes);
  } catch (const UserError&) {
    if (is_utf8(bytes)) throw;
  }
  // Byte-level, nothing normalised: nothing may be lost.
  require(kFable->decode(kFable->encode(text, false), false) == text,
          "decode(encode(text)) is another text");
  for (const auto& tokenizer : kOthers) exercise(*tokenizer, text);
}

void chat_template(std::string_view bytes) {
  static const Folder folder({"chat_template.jinja", "tokenizer_config.json"});
  // A template that refuses one is not asked for the next.
  static const std::vector<std::vector<ChatMessage>> kConversations = {
      {{"user", "Write a story."}},
      {{"user", "a"}, {"assistant", "<think>b</think>c"}, {"user", "d"}},
      {{"system", "Be brief.\n"}, {"user", " \xF0\x9F\xA6\x8A{{x}} "}},
      {{"assistant", ""}, {"tool", "1"}},
      {}};
  folder.write(bytes);
  try {
    const ChatTemplate chat = ChatTemplate::load(folder.path());
    const ChatOptions options{.date = "2024-07-26"};
    for (const auto& messages : kConversations) chat.render(messages, options);
    chat.hidden_text(options);
  } catch (const Error&) {
  }
}

}  // namespace cdx::fuzz
