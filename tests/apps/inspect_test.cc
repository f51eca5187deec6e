#include "apps/program.h"
#include "support.h"
#include "util/files.h"
#include "util/json.h"

#include <filesystem>
#include <string>

#include <doctest/doctest.h>

// `cdx inspect`, run as a user runs it, on the shipped models and on folders
// made from them.
namespace cdx {
namespace {

namespace fs = std::filesystem;

using test::cdx;
using test::Result;

bool has(const Result& result, const std::string& part) {
  INFO(result.out);
  CHECK(result.out.find(part) != std::string::npos);
  return result.out.find(part) != std::string::npos;
}

// A copy of a shipped model to change.
class Copy {
 public:
  explicit Copy(const std::string& model) {
    for (const auto& entry :
         fs::directory_iterator("data/models/fable/" + model)) {
      fs::copy_file(entry.path(), folder_ / entry.path().filename().string());
    }
  }

  template <typename Change>
  void change(const std::string& file, Change&& change) const {
    Json json = parse_json_file(folder_ / file);
    change(json);
    test::write_text(folder_ / file, dump_json(json));
  }

  const fs::path& path() const { return folder_.path(); }
  std::string name() const { return folder_.path().string(); }

 private:
  test::TemporaryFolder folder_;
};

}  // namespace

TEST_CASE("inspect shows what a model is") {
  const Result result = cdx("inspect data/models/fable/dpo");
  CHECK(result.status == 0);
  has(result, "  family            llama\n");
  has(result, "4 layers, hidden 128, intermediate 384");
  // 1408·128 + 4·(4·128² + 3·128·384 + 2·128) + 128: the head is tied.
  has(result, "1,033,344 in 38 tensors");
  has(result, "2.1 MB on disk in 1 file, BF16");
  has(result, "BPE with 1408 tokens\n");
  has(result, R"(0 "<|endoftext|>", 1 "<|user|>", 2 "<|assistant|>")");
  has(result, "    | <|user|>\n    | Write a story.\n    | <|assistant|>\n");
  has(result,
      R"(0 "<|endoftext|>" (config.json, generation_config.json, )"
      "the tokenizer's eos_token)");
}

TEST_CASE("what a template adds that nobody wrote is pointed out") {
  const Copy model("dpo");
  const auto with_template = [&](const std::string& name) {
    fs::copy_file("tests/data/tokenizer/chat_templates/" + name + ".jinja",
                  model.path() / "chat_template.jinja",
                  fs::copy_options::overwrite_existing);
    return cdx("inspect " + model.name());
  };
  const Result qwen = with_template("qwen2.5-instruct");
  has(qwen, "    | Write a story.<|im_end|>\n");
  has(qwen, "hidden text       nobody wrote, but the model reads: \"");
  has(qwen, "You are Qwen, created by Alibaba Cloud.");
  CHECK(qwen.out.find("  date ") == std::string::npos);
  const Result llama = with_template("llama-3.2-instruct");
  has(llama, "  date              the template asks for today's");
}

TEST_CASE("inspect says which sampling defaults it does not apply") {
  const Copy model("base");
  model.change("generation_config.json", [](Json& json) {
    json["do_sample"] = true;
    json["temperature"] = 0.6;
    json["top_p"] = 0.9;
    json["repetition_penalty"] = 1.0;
  });
  const Result result = cdx("inspect " + model.name());
  CHECK(result.status == 0);
  has(result, "not applied       temperature 0.6, top_p 0.9: ");
}

TEST_CASE("the shipped models are a pair") {
  const Result result =
      cdx("inspect data/models/fable/base data/models/fable/dpo");
  CHECK(result.status == 0);
  has(result, "may be mixed      yes: 1408 tokens mean the same in both");
  has(result, "masked columns    base: none; instruct: none");
  has(result, "both end with the same token");
}

TEST_CASE("a pair of other tokenizers is refused, its first difference named") {
  const Copy other("dpo");
  std::string a, b;  // tokens 300 and 301, which change places
  other.change("tokenizer.json", [&](Json& json) {
    for (auto& [piece, id] : json["model"]["vocab"].items()) {
      if (id == 300) a = piece;
      if (id == 301) b = piece;
    }
    json["model"]["vocab"][a] = 301;
    json["model"]["vocab"][b] = 300;
  });
  const Result result = cdx("inspect data/models/fable/base " + other.name());
  CHECK(result.status == 2);
  has(result,
      "may be mixed      no: token 300 is " + dump_json(Json(a)) +
          " in the one and " + dump_json(Json(b)) + " in the other\n");
}

TEST_CASE("padding columns and two ends of a text are told") {
  const Copy base("base"), instruct("dpo");
  base.change("config.json", [](Json& json) { json["vocab_size"] = 1500; });
  instruct.change("config.json", [](Json& json) { json["vocab_size"] = 1410; });
  instruct.change("generation_config.json", [](Json& json) {
    json["eos_token_id"] = Json::parse("[1, 0]");
  });
  const Result result = cdx("inspect " + base.name() + " " + instruct.name());
  CHECK(result.status == 0);
  has(result, "columns 1408 to 1499 are padding and never drawn");
  has(result,
      "masked columns    base: 1408 to 1499 (92 of 1500); instruct: 1408 to "
      "1409 (2 of 1410)");
  has(result,
      "merged: what the base gives to its stop ids goes to the instruct's 1 "
      "\"<|user|>\"");
}

TEST_CASE("a renamed token is mixed when it is declared") {
  const Copy instruct("dpo");
  instruct.change("tokenizer.json", [](Json& json) {
    for (Json& token : json["added_tokens"]) {
      if (token["id"] == 2) token["content"] = "<mine>";
    }
    Json& vocabulary = json["model"]["vocab"];
    if (vocabulary.contains("<|assistant|>")) {
      vocabulary.erase("<|assistant|>");
      vocabulary["<mine>"] = 2;
    }
  });
  instruct.change("tokenizer_config.json", [](Json& json) {
    json.erase("added_tokens_decoder");
    json.erase("additional_special_tokens");
    json.erase("extra_special_tokens");
  });
  const std::string pair = "inspect data/models/fable/base " + instruct.name();
  const Result refused = cdx(pair);
  CHECK(refused.status == 2);
  has(refused,
      R"(token 2 is "<|assistant|>" in the one and "<mine>" in the other)");
  const Result declared = cdx(pair + " --renamed '<|assistant|>=<mine>'");
  CHECK(declared.status == 0);
  has(declared, R"(2 is "<|assistant|>" in the base and "<mine>" in the)");
  CHECK(cdx(pair + " --renamed x").status == 2);
}

TEST_CASE("a model of the Hugging Face cache is found through its links") {
  const std::string commit = "0123456789abcdef0123456789abcdef01234567";
  const test::TemporaryFolder home;
  const fs::path root = home / "hub/models--org--fable";
  fs::create_directories(root / "blobs");
  fs::create_directories(root / "snapshots" / commit);
  fs::create_directories(root / "refs");
  test::write_text(root / "refs/main", commit);
  for (const auto& entry : fs::directory_iterator("data/models/fable/dpo")) {
    const std::string name = entry.path().filename().string();
    fs::copy_file(entry.path(), root / "blobs" / ("blob-" + name));
    fs::create_symlink("../../blobs/blob-" + name,
                       root / "snapshots" / commit / name);
  }
  const std::string variables =
      "env -u HF_HUB_CACHE HF_HOME=" + home.path().string();
  const Result found = cdx("inspect org/fable@01234", variables);
  CHECK(found.status == 0);
  has(found, "folder            " + (root / "snapshots" / commit).string());
  has(found, "1,033,344 in 38 tensors");
  const Result absent = cdx("inspect org/fable@v2", variables);
  CHECK(absent.status == 2);
  has(absent, "`hf download org/fable --revision v2 --include ");
  CHECK(fs::remove(root / "blobs/blob-model.safetensors"));
  const Result incomplete = cdx("inspect org/fable", variables);
  CHECK(incomplete.status == 2);
  has(incomplete, "is incomplete: model.safetensors missing");
}

TEST_CASE("what cannot be a model is refused in a sentence") {
  const Copy model("base");
  fs::remove(model.path() / "model.safetensors");
  test::write_text(model.path() / "pytorch_model.bin", "");
  const Result pickled = cdx("inspect " + model.name());
  CHECK(pickled.status == 2);
  has(pickled, "which can run code");
  fs::create_symlink("config.json", model.path() / "loop");
  fs::remove(model.path() / "config.json");
  fs::create_symlink("loop", model.path() / "config.json");
  const Result loop = cdx("inspect " + model.name());
  CHECK(loop.status == 1);
  has(loop, "lead round in a circle");
  CHECK(cdx("inspect no/such/folder").status == 2);
}

}  // namespace cdx
