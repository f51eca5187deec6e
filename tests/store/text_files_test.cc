#include "store/text_files.h"

#include "support.h"
#include "util/errors.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace cdx {
namespace {

using test::message_of;
using test::TemporaryFolder;

struct Files {
  TemporaryFolder folder;
  TextFileOptions options;

  std::string add(const std::string& name, const std::string& content) {
    const std::string path = (folder / name).string();
    test::write_text(path, content);
    options.inputs.push_back(path);
    return path;
  }

  TextFiles read() const { return read_text_files(options); }
  std::string error() const {
    return message_of<UserError>([&] { read(); });
  }
};

std::vector<std::string> texts_of(const TextFiles& files) {
  std::vector<std::string> texts;
  for (const FileText& text : files.texts) {
    texts.push_back(text.condition + "/" + text.prompt_id + "/" + text.text);
  }
  return texts;
}

using Texts = std::vector<std::string>;

constexpr char kHint[] = " (--skip-bad-lines leaves such lines out)";

TEST_CASE("a line of JSON is a text, its file a condition") {
  Files files;
  files.add("base.jsonl",
            "{\"prompt_id\":\"a\",\"text\":\"one\",\"finish_reason\":\"stop\","
            "\"prompt\":\"why?\"}\n\n"
            "{\"prompt_id\":\"a\",\"text\":\"Zo\\u00eb\"}\r\n");
  files.add("dpo.x.jsonl", "{\"prompt_id\":7,\"text\":\"three\"}");
  const TextFiles read = files.read();
  CHECK(texts_of(read) == Texts{"base/a/one", "base/a/Zoë", "dpo.x/7/three"});
  CHECK(read.texts[0].finish_reason == "stop");
  CHECK(read.texts[0].prompt == "why?");
  CHECK(read.texts[1].finish_reason.empty());
  CHECK(read.text == "text");
  CHECK(read.group == "prompt_id");
  CHECK(read.condition.empty());
}

TEST_CASE("fields are named, or found by their usual names") {
  Files files;
  files.add(
      "all.jsonl",
      "{\"doc_id\":3,\"q\":\"x\",\"response\":\"one\",\"stage\":\"sft\"}\n"
      "{\"doc_id\":4,\"q\":\"y\",\"response\":\"two\",\"stage\":1}\n");
  CHECK(texts_of(files.read()) == Texts{"all/3/one", "all/4/two"});
  files.options.group = "q";
  files.options.condition = "stage";
  CHECK(texts_of(files.read()) == Texts{"sft/x/one", "1/y/two"});
}

// The layouts of lm-evaluation-harness (--log_samples) and NoveltyBench.
TEST_CASE("a list of texts is that many texts of one prompt") {
  Files files;
  files.add("samples_task.jsonl",
            R"({"doc_id":0,"doc":{"q":"?"},"resps":[["a"],["b","c"]]})"
            "\n");
  files.add("generations.jsonl",
            R"({"id":"curated-1","prompt":"Tell.","generations":["d","e"]})"
            "\n");
  CHECK(files.error() ==
        files.options.inputs[1] + ":1: \"doc_id\" is missing" + kHint);
  const std::string second = files.options.inputs.back();
  files.options.inputs.pop_back();
  CHECK(texts_of(files.read()) ==
        Texts{"samples_task/0/a", "samples_task/0/b", "samples_task/0/c"});
  files.options.inputs = {"gpt=" + second};
  CHECK(texts_of(files.read()) == Texts{"gpt/curated-1/d", "gpt/curated-1/e"});
}

TEST_CASE("a CSV file holds a text a row") {
  Files files;
  files.add("t.csv",
            "id,text,condition\n1,\"a, \"\"b\"\"\nc\",base\n2,d,sft\n");
  CHECK(texts_of(files.read()) == Texts{"base/1/a, \"b\"\nc", "sft/2/d"});
  CHECK(files.read().condition == "condition");
}

TEST_CASE("a bad line is an error that names it, or is counted") {
  for (const std::string bad : {"{\"prompt_id\":\"a\",\"text\":",
                                "[1]",
                                "{\"prompt_id\":\"a\",\"text\":5}",
                                "{\"prompt_id\":\"a\"}",
                                "{\"prompt_id\":1.5,\"text\":\"x\"}",
                                "{\"prompt_id\":\"a\",\"text\":\"\xff\"}"}) {
    CAPTURE(bad);
    Files files;
    const std::string good = "{\"prompt_id\":\"a\",\"text\":\"x\"}\n";
    const std::string path = files.add("f.jsonl", good + bad + "\n" + good);
    const std::string error = files.error();
    CHECK(error.starts_with(path + ":2: "));
    CHECK(error.ends_with(kHint));
    files.options.skip_bad_lines = true;
    const TextFiles read = files.read();
    CHECK(read.texts.size() == 2);
    CHECK(read.bad_lines == 1);
    CHECK(read.first_bad + kHint == error);
  }
}

TEST_CASE("a bad row of a CSV file is an error that names it, or is counted") {
  for (const std::string bad :
       {"1", "1,2,3", "1,\"x\"y", "1,\xff", "1,\"a\nb\"\"c\" d"}) {
    CAPTURE(bad);
    Files files;
    const std::string path =
        files.add("f.csv", "id,text\n0,\"a\nb\"\n" + bad + "\n2,c\n");
    const std::string error = files.error();
    CHECK(error.starts_with(path + ":4: "));
    CHECK(error.ends_with(kHint));
    files.options.skip_bad_lines = true;
    int64_t bytes = 0;
    files.options.on_line = [&](int64_t of_row) { bytes += of_row; };
    const TextFiles read = files.read();
    CHECK(texts_of(read) == Texts{"f/0/a\nb", "f/2/c"});
    CHECK(read.bad_lines == 1);
    CHECK(read.first_bad + kHint == error);
    CHECK(bytes == static_cast<int64_t>(std::filesystem::file_size(path)));
  }
}

TEST_CASE("a quote that is never closed takes the rest of the file with it") {
  Files files;
  files.add("f.csv", "id,text\n0,a\n1,\"b\n2,c\n");
  files.options.skip_bad_lines = true;
  CHECK(texts_of(files.read()) == Texts{"f/0/a"});
  CHECK(files.read().bad_lines == 1);
}

TEST_CASE("a field that nobody named must be there") {
  Files files;
  const std::string path = files.add("f.jsonl", "{\"id\":1,\"story\":\"x\"}\n");
  CHECK(files.error() ==
        path +
            ":1: which field holds the text? Name it with --text; the line "
            "has id, story" +
            kHint);
  files.options.text = "story";
  CHECK(texts_of(files.read()) == Texts{"f/1/x"});
  files.options.group = "topic";
  CHECK(files.error() == path + ":1: \"topic\" is missing" + kHint);
}

TEST_CASE("a file without texts and two of one name are refused") {
  Files files;
  const std::string path = files.add("f.jsonl", "\n");
  CHECK(files.error() == path + ": there is no text in it");
  test::write_text(path, "{}\n");
  files.options.skip_bad_lines = true;
  CHECK(files.error().starts_with(path + ": there is no text in it (" + path +
                                  ":1: which field holds the text?"));
  files.options.inputs = {path, path};
  CHECK(files.error() ==
        "two inputs are called 'f': name them, as in --input first=" + path);
  files.options.inputs = {(files.folder / "no.jsonl").string()};
  CHECK(files.error() ==
        "no such file: " + (files.folder / "no.jsonl").string());
}

}  // namespace
}  // namespace cdx
