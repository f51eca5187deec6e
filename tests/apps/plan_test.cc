#include "apps/program.h"
#include "support.h"
#include "util/files.h"

#include <filesystem>
#include <string>

#include <doctest/doctest.h>

// `cdx plan`, run as a user runs it, on the shipped models and on one with
// another chat template.
namespace cdx {
namespace {

namespace fs = std::filesystem;

using test::cdx;
using test::Result;

// An experiment on a copy of the shipped dpo model with this chat template.
class Experiment {
 public:
  explicit Experiment(const std::string& chat_template,
                      const std::string& format) {
    fs::create_directory(folder_ / "model");
    for (const auto& entry : fs::directory_iterator("data/models/fable/dpo")) {
      fs::copy_file(entry.path(),
                    folder_ / "model" / entry.path().filename().string());
    }
    test::write_text(folder_ / "model/chat_template.jinja", chat_template);
    test::write_text(folder_ / "shots.jsonl",
                     "{\"prompt\": \"a fox\", \"response\": \"Once.\"}\n");
    test::write_text(
        folder_ / "x.yaml",
        "name: small\noutput: " + (folder_ / "run").string() +
            "\nmodels: {m: {path: " + (folder_ / "model").string() +
            "}}\nprompts: {file: data/prompts/fable.jsonl, "
            "limit: 3}\nformats: {f: {" +
            format +
            "}}\ngeneration: {samples_per_prompt: 4}\n"
            "conditions: [{name: c, model: m, format: f}, {name: "
            "human, source: references}]\n");
  }
  Result plan(const std::string& arguments = "") const {
    return cdx("plan " + (folder_ / "x.yaml").string() + " " + arguments);
  }
  std::string path(const char* name) const { return (folder_ / name).string(); }

 private:
  test::TemporaryFolder folder_;
};

std::string shipped(const std::string& name) {
  return read_file("tests/data/tokenizer/chat_templates/" + name);
}

void check_has(const Result& result, const std::string& part) {
  CAPTURE(result.out);
  CAPTURE(part);
  CHECK(result.out.find(part) != std::string::npos);
}

TEST_CASE("plan shows what each model is sent and what is to do") {
  const test::TemporaryFolder folder;
  const Result result = cdx("plan configs/quickstart.yaml --set output=" +
                            (folder / "run").string());
  CHECK(result.status == 0);
  check_has(result,
            "40 prompts x 6 conditions            2400 of 2400 stories to do");
  check_has(result,
            "model dpo in format chat, for dpo, conformative-g0.25, "
            "conformative-g0.5, conformative-g0.75\n");
  check_has(result, "  stops at: 0 \"<|endoftext|>\"\n");
  check_has(result,
            "  prompt loyalty-clock: 19 tokens\n"
            "    \"<|user|>\\n\"\n"
            "    \"Write a short fable about loyalty and a clock.\\n\"\n"
            "    \"<|assistant|>\\n\"\n"
            "    1 201 57 84 938 259 541 268 86 319 310 1014 282 259 497 16 "
            "201 2 201\n");
  CHECK(result.out.find("NOTE") == std::string::npos);
}

TEST_CASE("plan shows the prompts that it is asked for") {
  const auto count = [](const Result& result) {
    size_t found = 0;
    for (size_t at = result.out.find("\n  prompt "); at != std::string::npos;
         at = result.out.find("\n  prompt ", at + 1)) {
      ++found;
    }
    return found;
  };
  CHECK(count(cdx("plan configs/quickstart.yaml --prompts 3")) == 9);
  CHECK(count(cdx("plan configs/quickstart.yaml --prompts 0")) == 0);
  const Result named =
      cdx("plan configs/quickstart.yaml --prompt loyalty-clock");
  CHECK(count(named) == 3);
  const Result wrong =
      cdx("plan configs/quickstart.yaml --prompt loyalty-clok");
  CHECK(wrong.status == 2);
  check_has(wrong,
            "has no prompt 'loyalty-clok'; did you mean 'loyalty-clock'?");
}

TEST_CASE("plan refuses what measuring would refuse") {
  const auto refusal = [](const std::string& set) {
    const Result result = cdx("plan configs/quickstart.yaml --set " + set);
    CHECK(result.status == 2);
    return result;
  };
  check_has(refusal("measure.quality_gate.metric=distinct_1 "
                    "--set measure.quality_gate.at_least=0.5"),
            "\"distinct_1\" gives no number a text, which a quality gate "
            "needs: name a metric of level text or a score");
  check_has(refusal("\"report.trend=[[base, sft, dpo]]\""),
            "report.trend: condition 'base' has no gamma and is neither half "
            "of a mixture of its group; leave it out");
}

TEST_CASE("plan points out a system prompt that nobody asked for") {
  const Experiment hidden(shipped("qwen2-instruct.jinja"),
                          "chat: true, user: \"Of {prompt}.\"");
  check_has(hidden.plan(),
            "NOTE: the template adds, unasked: \"<|im_start|>system\\nYou are "
            "a helpful assistant.\" (`system:`");
  const Experiment asked(
      shipped("qwen2-instruct.jinja"),
      "chat: true, user: \"Of {prompt}.\", system: \"Be brief.\"");
  const Result result = asked.plan();
  CHECK(result.out.find("NOTE") == std::string::npos);
  check_has(result,
            "\"<|im_start|>system\\n\"\n    \"Be brief.<|im_end|>\\n\"");
}

TEST_CASE("plan points out dates, and generating without a pin is refused") {
  const std::string llama = shipped("llama-3.2-instruct.jinja");
  const Experiment loose(llama, "chat: true, user: \"Of {prompt}.\"");
  const Result result = loose.plan();
  CHECK(result.status == 0);
  check_has(result,
            "NOTE: the template asks for today's date; cdx refuses to "
            "generate until the format pins one (`date: ");
  const Experiment pinned(
      llama, "chat: true, user: \"Of {prompt}.\", date: 2024-07-26");
  check_has(pinned.plan(),
            "NOTE: the template is told that today is 2024-07-26");
  check_has(pinned.plan(), "\"Today Date: 26 Jul 2024\\n\"");
}

TEST_CASE("plan shows examples as turns or as text") {
  const std::string shots = ", num_examples: 1, examples: ";
  const Experiment chat(shipped("fable.jinja"),
                        "chat: true, user: \"Of {prompt}.\"");
  const Experiment turns(
      shipped("fable.jinja"),
      "chat: true, user: \"Of {prompt}.\"" + shots + chat.path("shots.jsonl"));
  check_has(turns.plan(),
            "    \"<|user|>\\n\"\n    \"Of a fox.\\n\"\n"
            "    \"<|assistant|>\\n\"\n"
            "    \"Once.<|endoftext|><|user|>\\n\"\n");
  const Experiment text(
      "x", "template: \"Of {prompt}: \"" + shots + chat.path("shots.jsonl"));
  check_has(text.plan(), "    \"Of a fox: Once.\\n\"\n    \"\\n\"\n    \"Of ");
  check_has(text.plan(),
            "human                            texts of the prompt");
}

TEST_CASE("a base model without a template says what to write instead") {
  const Experiment base("", "chat: true, user: \"{prompt}\"");
  test::write_text(base.path("model/tokenizer_config.json"), "{}");
  const Result result = base.plan();
  CHECK(result.status == 2);
  check_has(result, "has no chat template");
  check_has(result, "give the format a `template:`");
}

}  // namespace
}  // namespace cdx
