#include "tokenizer/chat_template.h"

#include "support.h"
#include "util/errors.h"
#include "util/json.h"

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

TEST_CASE("a folder without a template says what to do") {
  TemporaryFolder folder;
  CHECK(refusal(folder) ==
        folder.path().string() +
            " has no chat template (no chat_template.jinja, no "
            "\"chat_template\" in tokenizer_config.json): give the format a "
            "`template:` instead of `chat: true`");
}

TEST_CASE("another template is refused") {
  TemporaryFolder folder;
  Json json = config();
  json["chat_template"] = golden()["template"].get<std::string>() + " ";
  write_text(folder / "tokenizer_config.json", dump_json(json));
  CHECK(refusal(folder) ==
        "the chat template of " + folder.path().string() +
            " is not supported yet: give the format a `template:` instead of "
            "`chat: true`");
}

TEST_CASE("a template without its end token is refused") {
  TemporaryFolder folder;
  Json json = config();
  json.erase("eos_token");
  write_text(folder / "tokenizer_config.json", dump_json(json));
  CHECK(refusal(folder) ==
        (folder / "tokenizer_config.json").string() +
            ": \"eos_token\" is missing, but the chat template needs it");
}

}  // namespace
}  // namespace cdx
