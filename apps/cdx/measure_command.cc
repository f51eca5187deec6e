#include "commands.h"
#include "measure.h"
#include "measure_files.h"
#include "util/errors.h"

namespace cdx {
namespace {

struct Options {
  std::string run;
  MeasureFilesArguments files;
};

void add_file_options(CLI::App& command, MeasureFilesArguments& arguments) {
  TextFileOptions& files = arguments.files;
  CLI::Option* input = command.add_option(
      "--input",
      files.inputs,
      "files of texts that cdx did not generate, .jsonl or .csv; NAME=FILE "
      "gives a condition's name");
  CLI::Option* out = command.add_option(
      "--out", arguments.out, "folder for metrics and report of --input");
  input->needs(out);
  out->needs(input);
  const auto of_input = [&](const char* name, auto& value, const char* help) {
    return command.add_option(name, value, help)->needs(input);
  };
  of_input("--text",
           files.text,
           "field with the text, or a list of texts (default: text, response, "
           "generations, resps, completion, output: the first there is)");
  of_input("--group",
           files.group,
           "field that texts on the same prompt share (default: prompt_id, id, "
           "doc_id, prompt)");
  of_input("--condition",
           files.condition,
           "field with the condition (default: condition, or else each file is "
           "one)");
  command
      .add_flag("--skip-bad-lines",
                files.skip_bad_lines,
                "leave out lines that cannot be read, and count them")
      ->needs(input);
  of_input("--metrics", arguments.metrics, "names as `cdx metrics` lists them")
      ->delimiter(',');
  of_input("--extract",
           arguments.extract,
           "rules that take off what is not story, for a second set of "
           "numbers: all, or some of run_on, preamble, title, closing, "
           "unfinished")
      ->delimiter(',');
  CLI::Option* encoder =
      of_input("--encoder", arguments.encoder, "sentence encoder");
  of_input("--embeddings",
           arguments.embeddings,
           "embeddings made elsewhere: .npy with a row for each text in the "
           "order of the files, or .jsonl with condition, prompt_id, sample "
           "(from 0), embedding")
      ->excludes(encoder)
      ->excludes("--extract");
  of_input("--classes",
           arguments.classes,
           "a partition made elsewhere, for distinct_classes: .csv or .jsonl "
           "with condition, prompt_id, sample (from 0), class");
  of_input("--reference",
           arguments.reference,
           "condition that mauve, knn_recall and the like hold the others "
           "against");
  of_input("--baseline",
           arguments.baseline,
           "condition that the others are compared with (default: the first)");
  of_input(
      "--compare", arguments.compare, "pairs to compare in place of that: A:B")
      ->delimiter(',');
  of_input("--stages",
           arguments.stages,
           "stages of training in order, base,sft,dpo: which step changes "
           "most?")
      ->delimiter(',');
  of_input("--primary",
           arguments.primary,
           "metrics of the primary family of tests; the rest is exploratory "
           "(default: those of diversity and quality)")
      ->delimiter(',');
  of_input("--margins",
           arguments.margins,
           "largest difference that counts as none: METRIC=VALUE")
      ->delimiter(',');
}

void add_extra_options(CLI::App& command, MeasureExtras& extras) {
  command.add_option(
      "--scores",
      extras.scores,
      "file of scores from outside, .jsonl or .csv: condition, prompt_id, "
      "sample (from 0, as in per_text.csv) and a column a score");
  command.add_option(
      "--gate",
      extras.gate,
      "what texts the effective_* metrics count: NAME>=NUMBER or NAME<=NUMBER, "
      "of a score or a metric of level text");
  command.add_flag("--rarefaction",
                   extras.rarefaction,
                   "what each set metric says of fewer texts a prompt "
                   "(rarefaction.csv)");
  command.add_flag("--reliability",
                   extras.reliability,
                   "split-half reliability of each set metric "
                   "(reliability.csv)");
}

void add_text_options(CLI::App& command, MeasureExtras& extras) {
  command.add_flag("--match-length",
                   extras.match_length,
                   "also on texts that are cut, prompt by prompt, to the same "
                   "number of words");
  command
      .add_option("--length-floor",
                  extras.length_floor,
                  "words below which a text is left out of that (default: 50)")
      ->check(CLI::Range(int64_t{1}, int64_t{1'000'000}));
  command
      .add_option("--long-text",
                  extras.long_text,
                  "texts too long for the encoder: windows (default), where "
                  "more than 5 % are, or truncate")
      ->check(CLI::IsMember({"windows", "truncate"}));
  command
      .add_option("--by-position",
                  extras.by_position,
                  "words of a stretch: set metrics of one stretch of the texts "
                  "after the other (by_position.csv)")
      ->check(CLI::Range(int64_t{10}, int64_t{1'000'000}));
  command.add_flag("--bounds",
                   extras.bounds,
                   "what set metrics say of one text repeated and of texts "
                   "dealt over the prompts at random (bounds.csv)");
}

void measure_either(const Options& options) {
  const bool has_run = !options.run.empty();
  if (has_run == !options.files.files.inputs.empty()) {
    throw UserError("give either a run folder, or --input FILES --out FOLDER");
  }
  if (has_run) {
    measure(RunDirectory::open(options.run),
            {.threads = options.files.threads, .extras = options.files.extras});
  } else {
    measure_files(options.files);
  }
}

}  // namespace

void add_measure_command(CLI::App& app, int& status) {
  CLI::App* command = app.add_subcommand(
      "measure", "compute the metrics of a run, or of any files of texts");
  auto options = std::make_shared<Options>();
  command->add_option("run", options->run, "run folder");
  add_file_options(*command, options->files);
  add_extra_options(*command, options->files.extras);
  add_text_options(*command, options->files.extras);
  command->add_option("--threads", options->files.threads, "threads of the CPU")
      ->check(CLI::Range(1, 1024));
  command->footer(
      "Examples: cdx measure runs/quickstart\n"
      "          cdx measure --input base.jsonl dpo.jsonl --text response\n"
      "              --group prompt_id --out results");
  command->callback([options, &status] {
    measure_either(*options);
    status = 0;
  });
}

}  // namespace cdx
