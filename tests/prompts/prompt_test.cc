#include "prompts/prompt.h"

#include "support.h"
#include "util/errors.h"

#include <doctest/doctest.h>

namespace cdx {
namespace {

using Fields = std::map<std::string, std::string>;
using Texts = std::vector<std::string>;

// A file of prompts and what is read from it.
struct File {
  File(std::string_view name, std::string_view content) {
    options.file = folder / name;
    test::write_text(options.file, content);
  }
  std::vector<Prompt> read() const { return read_prompts(options); }
  Texts texts() const {
    Texts result;
    for (const Prompt& prompt : read()) result.push_back(prompt.text);
    return result;
  }
  Texts ids() const {
    Texts result;
    for (const Prompt& prompt : read()) result.push_back(prompt.id);
    return result;
  }
  // The message of the refusal, without the folder.
  std::string refusal() const {
    std::string message = test::message_of<UserError>([&] { read(); });
    size_t name = message.find(options.file.filename().string());
    return name == std::string::npos ? message : message.substr(name);
  }

  test::TemporaryFolder folder;
  PromptOptions options;
};

TEST_CASE("a jsonl line gives id, text, references and its other strings") {
  File file("p.jsonl",
            R"({"id":"a","prompt":"A tale.","references":["x","y"],)"
            R"("split":"heldout","length":7})"
            "\n\n"
            R"({"prompt":" caf\u00e9 ","id":12})"
            "\r\n");
  std::vector<Prompt> prompts = file.read();
  REQUIRE(prompts.size() == 2);
  CHECK(prompts[0].id == "a");
  CHECK(prompts[0].text == "A tale.");
  CHECK(prompts[0].references == Texts{"x", "y"});
  CHECK(prompts[0].fields == Fields{{"split", "heldout"}});
  CHECK(prompts[1].id == "12");
  CHECK(prompts[1].text == " caf\u00e9 ");
  CHECK(prompts[1].references.empty());
}

TEST_CASE("a text file holds one prompt a line, numbered by position") {
  File file("p.txt", "\uFEFFone\r\n\n  \n two\nthree");
  CHECK(file.texts() == Texts{"one", " two", "three"});
  CHECK(file.ids() == Texts{"p0001", "p0002", "p0003"});
}

TEST_CASE("a table is read by its header") {
  File file("p.csv",
            "theme,prompt,id,references\n"
            "sea,\"Write, please\",x,\"Once\nupon\"\n,Short,,\n");
  std::vector<Prompt> prompts = file.read();
  REQUIRE(prompts.size() == 2);
  CHECK(prompts[0].text == "Write, please");
  CHECK(prompts[0].references == Texts{"Once\nupon"});
  CHECK(prompts[0].fields == Fields{{"theme", "sea"}});
  CHECK(prompts[1].id == "p0002");
  CHECK(prompts[1].references.empty());
}

TEST_CASE("fields may have other names") {
  File file("p.jsonl",
            R"({"key":"k","text":"t","prompt":"other","gold":["g"]})");
  file.options.id_field = "key";
  file.options.text_field = "text";
  file.options.references_field = "gold";
  Prompt prompt = file.read().at(0);
  CHECK(prompt.id == "k");
  CHECK(prompt.text == "t");
  CHECK(prompt.references == Texts{"g"});
  CHECK(prompt.fields == Fields{{"prompt", "other"}});
}

TEST_CASE("a limit takes the first prompts but checks them all") {
  File file("p.txt", "a\nb\nc\n");
  file.options.limit = 2;
  CHECK(file.texts() == Texts{"a", "b"});
  file.options.limit = 9;
  CHECK(file.texts() == Texts{"a", "b", "c"});
  file.options.limit = -1;
  CHECK(file.refusal() ==
        "p.txt: skip and limit of prompts must not be negative");
  File broken("p.jsonl", "{\"prompt\":\"a\"}\n{\"prompt\":\n");
  broken.options.limit = 1;
  CHECK(broken.refusal().starts_with("p.jsonl:2: not valid JSON: "));
}

TEST_CASE("skipped prompts are left out, and a limit counts from there") {
  File file("p.txt", "a\nb\n\nc\nd\n");
  file.options.skip = 1;
  CHECK(file.texts() == Texts{"b", "c", "d"});
  CHECK(file.ids() == Texts{"p0002", "p0003", "p0004"});
  file.options.limit = 2;
  CHECK(file.texts() == Texts{"b", "c"});
  CHECK(file.ids() == Texts{"p0002", "p0003"});
  file.options.skip = 3;
  CHECK(file.texts() == Texts{"d"});
  CHECK(file.ids() == Texts{"p0004"});
  file.options.skip = 0;
  CHECK(file.texts() == Texts{"a", "b"});
  File table("p.csv", "prompt,id\na,\nb,x\nc,\n");
  table.options.skip = 1;
  CHECK(table.ids() == Texts{"x", "p0003"});
}

TEST_CASE("what is skipped is checked as well") {
  File broken("p.jsonl", "{\"prompt\":\"\"}\n{\"prompt\":\"b\"}\n");
  broken.options.skip = 1;
  CHECK(broken.refusal() == "p.jsonl:1: \"prompt\" is empty");
  File twice("p.jsonl",
             "{\"prompt\":\"a\",\"id\":\"x\"}\n"
             "{\"prompt\":\"b\",\"id\":\"x\"}\n");
  twice.options.skip = 1;
  CHECK(twice.refusal() == "p.jsonl:2: the prompt id \"x\" appears twice");
}

TEST_CASE("skipping all prompts there are is refused") {
  File file("p.txt", "a\nb\n");
  file.options.skip = 2;
  CHECK(file.refusal() ==
        "p.txt: it has 2 prompts, and the first 2 are to be skipped: none is "
        "left");
  file.options.skip = 9;
  CHECK(file.refusal() ==
        "p.txt: it has 2 prompts, and the first 9 are to be skipped: none is "
        "left");
  file.options.skip = -1;
  CHECK(file.refusal() ==
        "p.txt: skip and limit of prompts must not be negative");
  CHECK(File("p.txt", "").refusal() == "p.txt: there is no prompt in it");
}

TEST_CASE("what is wrong is said with file and line") {
  CHECK(File("p.jsonl", "\n{\"id\":\"a\"}").refusal() ==
        "p.jsonl:2: \"prompt\" is missing");
  CHECK(File("p.jsonl", "{\"prompt\":3}").refusal() ==
        "p.jsonl:1: \"prompt\" must be a string, but is an integer");
  CHECK(File("p.jsonl", "[\"a\"]").refusal() ==
        "p.jsonl:1: an object with \"prompt\" must stand here, but it is a "
        "list");
  CHECK(File("p.jsonl", "{\"prompt\":\" \\n\"}").refusal() ==
        "p.jsonl:1: \"prompt\" is empty");
  CHECK(File("p.jsonl", "{\"prompt\":\"a\",\"references\":\"b\"}").refusal() ==
        "p.jsonl:1: \"references\" must be a list, but is a string");
  CHECK(File("p.jsonl", "{\"prompt\":\"a\",\"references\":[1]}").refusal() ==
        "p.jsonl:1: \"references\" must be a list of strings");
  CHECK(File("p.jsonl", "{\"prompt\":\"a\",\"references\":[\"\"]}").refusal() ==
        "p.jsonl:1: \"references\" is empty");
  CHECK(File("p.jsonl", "{\"prompt\":\"a\",\"id\":\"\"}").refusal() ==
        "p.jsonl:1: the id must be a string or an integer");
  CHECK(File("p.jsonl",
             "{\"prompt\":\"a\",\"id\":\"x\"}\n{\"prompt\":\"b\",\"id\":\"x\"}")
            .refusal() == "p.jsonl:2: the prompt id \"x\" appears twice");
  CHECK(File("p.txt", "a\nb\xFF\n").refusal() == "p.txt:2: not valid UTF-8");
  CHECK(File("p.csv", "prompt\n\xFF\n").refusal() == "p.csv: not valid UTF-8");
  CHECK(File("p.csv", "id,prompt\n1,\"a\nb\"\n2,\n").refusal() ==
        "p.csv:4: \"prompt\" is empty");
  CHECK(File("p.csv", "id,text\n1,a\n").refusal() ==
        "p.csv: there must be one column \"prompt\", and there are \"id\", "
        "\"text\"");
}

TEST_CASE("an empty, missing or unknown file is refused") {
  CHECK(File("p.jsonl", "").refusal() == "p.jsonl: there is no prompt in it");
  CHECK(File("p.txt", " \n\n").refusal() == "p.txt: there is no prompt in it");
  CHECK(File("p.csv", "prompt\n").refusal() ==
        "p.csv: there is no prompt in it");
  CHECK(File("p.parquet", "x").refusal() ==
        "p.parquet: prompts are read from .jsonl, .txt or .csv files");
  PromptOptions options;
  options.file = "no/such.jsonl";
  CHECK(test::message_of<UserError>([&] { read_prompts(options); }) ==
        "no such file: no/such.jsonl");
}

}  // namespace
}  // namespace cdx
