#include "tokenizer/chat_template.h"

#include "support.h"
#include "util/errors.h"
#include "util/files.h"
#include "util/json.h"

#include <filesystem>

#include <doctest/doctest.h>

namespace cdx {
namespace {

using test::message_of;
using test::TemporaryFolder;
using test::write_text;

// What Jinja makes of the template; written by scripts/oracle/tokenizer.py.
const Json& golden() {
  static const Json kGolden = parse_json_file("tests/data/tokenizer/chat.json");
  return kGolden;
}

Json config() {
  return {{"eos_token", "<eos>"}, {"chat_template", golden()["template"]}};
}

std::string refusal(const TemporaryFolder& folder) {
  return message_of<UserError>([&] { ChatTemplate::load(folder.path()); });
}

TEST_CASE("conversations are rendered as Jinja renders them") {
  TemporaryFolder folder;
  write_text(folder / "tokenizer_config.json", dump_json(config()));
  ChatTemplate chat = ChatTemplate::load(folder.path());
  int cases = 0;
  for (const Json& item : golden()["cases"]) {
    std::vector<ChatMessage> messages;
    for (const Json& message : item["messages"]) {
      messages.push_back({message["role"], message["content"]});
    }
    CHECK(chat.render(messages, item["add_generation_prompt"]) ==
          item["text"].get<std::string>());
    ++cases;
  }
  CHECK(cases == 8);
}

TEST_CASE("chat_template.jinja is read first, eos_token may be an object") {
  TemporaryFolder folder;
  write_text(folder / "chat_template.jinja",
             golden()["template"].get<std::string>() + "\n");
  Json json = {{"eos_token", {{"content", "END"}}}, {"chat_template", "other"}};
  write_text(folder / "tokenizer_config.json", dump_json(json));
  CHECK(ChatTemplate::load(folder.path()).render({{"assistant", "x"}}, false) ==
        "<|assistant|>\nxEND");
}

TEST_CASE("of several templates the default one is taken") {
  TemporaryFolder folder;
  Json json = config();
  json["chat_template"] = Json::array(
      {Json{{"name", "tool_use"}, {"template", "T"}},
       Json{{"name", "default"}, {"template", "D{{ messages | length }}"}}});
  write_text(folder / "tokenizer_config.json", dump_json(json));
  CHECK(ChatTemplate::load(folder.path()).render({{"user", "x"}}, false) ==
        "D1");
}

TEST_CASE("special tokens come from the files that transformers asks") {
  const std::string all =
      "{{ bos_token }}|{{ eos_token }}|{{ pad_token }}|"
      "{{ additional_special_tokens }}";
  const auto rendered = [&](const Json& config) {
    TemporaryFolder folder;
    write_text(folder / "chat_template.jinja", all);
    write_text(folder / "tokenizer_config.json", dump_json(config));
    write_text(folder / "special_tokens_map.json",
               R"({"eos_token": {"content": "<map>"},)"
               R"( "additional_special_tokens": ["<a>", {"content": "<b>"}]})");
    return ChatTemplate::load(folder.path()).render({}, false);
  };
  CHECK(rendered({{"bos_token", "<s>"}, {"eos_token", "</s>"}}) ==
        "<s>|<map>||['<a>', '<b>']");
  CHECK(rendered({{"bos_token", nullptr},
                  {"eos_token", "</s>"},
                  {"added_tokens_decoder", Json::object()}}) == "|</s>||");
}

TEST_CASE("a folder without a template says what to do") {
  TemporaryFolder folder;
  CHECK(refusal(folder) ==
        folder.path().string() +
            " has no chat template (no chat_template.jinja, no "
            "\"chat_template\" in tokenizer_config.json), as is usual for a "
            "base model: give the format a `template:` (or a `prefix:` and "
            "`suffix:`) instead of `chat: true`");
}

TEST_CASE("a template that is not understood is refused with its line") {
  TemporaryFolder folder;
  write_text(folder / "chat_template.jinja", "a\n{% include 'x' %}");
  CHECK(refusal(folder) ==
        (folder / "chat_template.jinja").string() +
            ", line 2: statement 'include' is not supported here");
  std::filesystem::remove(folder / "chat_template.jinja");
  write_text(folder / "tokenizer_config.json", R"({"chat_template": "{{ x"})");
  CHECK(refusal(folder) == (folder / "tokenizer_config.json").string() +
                               ", chat_template, line 1: the tag has no }}");
}

ChatTemplate shipped(const TemporaryFolder& folder, const std::string& name) {
  write_text(folder / "chat_template.jinja",
             read_file("tests/data/tokenizer/chat_templates/" + name));
  write_text(folder / "tokenizer_config.json",
             R"({"bos_token": "<s>", "eos_token": "</s>"})");
  return ChatTemplate::load(folder.path());
}

TEST_CASE("extra variables and the date reach the template") {
  TemporaryFolder folder;
  const ChatTemplate qwen = shipped(folder, "qwen3.jinja");
  CHECK(qwen.render({{"user", "U"}}, {.kwargs = {{"enable_thinking", false}}})
            .text.ends_with("assistant\n<think>\n\n</think>\n\n"));
  const ChatTemplate llama = shipped(folder, "llama-3.2-instruct.jinja");
  CHECK(llama.render({{"user", "U"}}, {.date = "2024-07-26"})
            .text.find("Today Date: 26 Jul 2024\n") != std::string::npos);
  CHECK(message_of<UserError>([&] {
          llama.render({{"user", "U"}}, true);
        }).find("pin it in the format") != std::string::npos);
}

TEST_CASE("what a template adds unasked is told") {
  TemporaryFolder folder;
  const auto hidden = [&](const std::string& name) {
    return shipped(folder, name).hidden_text({.date = "2024-07-26"});
  };
  CHECK(hidden("qwen2-instruct.jinja") ==
        "<|im_start|>system\nYou are a helpful assistant.");
  CHECK(hidden("llama-3.2-instruct.jinja").find("Today Date: 26 Jul 2024") !=
        std::string::npos);
  for (const char* plain : {"qwen3.jinja",
                            "gemma-3-it.jinja",
                            "llama-2-chat.jinja",
                            "llama-3-instruct.jinja",
                            "mistral-v0.3.jinja",
                            "olmo-2.jinja",
                            "fable.jinja"}) {
    CAPTURE(plain);
    CHECK(hidden(plain).empty());
  }
}

}  // namespace
}  // namespace cdx
