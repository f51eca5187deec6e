#include "commands.h"
#include "generate.h"
#include "measure.h"
#include "options.h"
#include "report.h"
#include "score.h"

namespace cdx {

void add_run_command(CLI::App& app, int& status) {
  CLI::App* command = app.add_subcommand(
      "run", "generate, score, measure and report: all that is not done yet");
  auto options = std::make_shared<ExperimentArguments>();
  add_experiment_arguments(*command, *options);
  command->footer("Example: cdx run configs/quickstart.yaml");
  command->callback([options, &status] {
    const ExperimentConfig config = load(*options);
    if (!generate(config, {.threads = options->threads})) {
      status = kResumable;
      return;
    }
    const RunDirectory directory = RunDirectory::open(config.output);
    if (!config.score.models.empty() &&
        !score(directory,
               {.models = config.score.models, .threads = options->threads})) {
      status = kResumable;
      return;
    }
    measure(directory, {.threads = options->threads});
    report(directory);
  });
}

}  // namespace cdx
