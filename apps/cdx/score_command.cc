#include "commands.h"
#include "score.h"
#include "util/errors.h"

namespace cdx {
namespace {

struct Options {
  std::string run;
  std::vector<std::string> models;
  ScoreFilesArguments files;
};

void add_file_options(CLI::App& command, Options& options) {
  ScoreFilesArguments& files = options.files;
  CLI::Option* input = command.add_option(
      "--input", files.inputs, "files of texts, one a line of JSON");
  CLI::Option* out =
      command.add_option("--out", files.out, "file for the scores of --input");
  input->needs(out);
  const auto of_input =
      [&](const char* name, std::string& value, const char* meaning) {
        return command.add_option(name, value, meaning)->needs(input);
      };
  out->needs(input);
  of_input("--text", files.text, "field with the text (default: text)");
  CLI::Option* prompt = of_input(
      "--prompt", files.prompt, "field with the prompt (default: no prompt)");
  CLI::Option* literal =
      of_input(
          "--template",
          files.literal,
          "how a prompt is put: 'A tale of {prompt}.\\n'; \\n is a newline "
          "(default: {prompt})")
          ->needs(prompt);
  of_input("--chat",
           files.chat,
           "the same as a user's turn in the model's chat template")
      ->needs(prompt)
      ->excludes(literal);
  of_input("--ids",
           files.ids,
           "field with the text's token ids (default: the text is encoded)");
  of_input("--device", files.device, "auto, cpu or cuda")
      ->check(CLI::IsMember({"auto", "cpu", "cuda"}));
}

bool score_either(Options& options) {
  const bool has_run = !options.run.empty();
  if (has_run == !options.files.inputs.empty()) {
    throw UserError(
        "give either a run folder, or --input FILE --model PATH --out FILE");
  }
  if (has_run) {
    return score(RunDirectory::open(options.run),
                 {.models = options.models, .threads = options.files.threads});
  }
  if (options.models.size() != 1) {
    throw UserError(
        "with --input, give one --model: a folder in Hugging Face format, or "
        "org/name in the local cache");
  }
  options.files.model = options.models.front();
  return score_files(options.files);
}

}  // namespace

void add_score_command(CLI::App& app, int& status) {
  CLI::App* command = app.add_subcommand(
      "score", "log-likelihood of stories, or of any texts, under models");
  auto options = std::make_shared<Options>();
  command->add_option("run", options->run, "run folder");
  command
      ->add_option("--model",
                   options->models,
                   "a role of the run (default: score.models, or else all that "
                   "it uses); with --input a folder, or org/name in the local "
                   "cache")
      ->take_all()
      ->expected(1);
  add_file_options(*command, *options);
  command->add_option("--threads", options->files.threads, "threads of the CPU")
      ->check(CLI::Range(1, 1024));
  command->footer(
      "Examples: cdx score runs/quickstart --model base\n"
      "          cdx score --input tales.jsonl --text story --prompt topic\n"
      "              --chat 'Write a tale about {prompt}.' --model org/name "
      "--out scores.jsonl");
  command->callback(
      [options, &status] { status = score_either(*options) ? 0 : kResumable; });
}

}  // namespace cdx
