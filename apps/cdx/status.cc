#include "commands.h"
#include "measure.h"
#include "prompts/prompt.h"
#include "store/generation_log.h"

#include <fmt/format.h>

namespace cdx {
namespace {

void print_status(const RunDirectory& directory) {
  const LastStart last = last_start(directory);
  const auto prompts =
      static_cast<int64_t>(read_prompts(last.config.prompts).size());
  const int64_t wanted = prompts * last.config.generation.samples_per_prompt;
  int64_t all_done = 0, all_wanted = 0;
  for (const auto& [name, hash8] : last.segment.conditions) {
    int64_t done = 0;
    const DoneSamples samples =
        done_samples(directory.generations(name, hash8));
    for (const auto& [prompt, of_prompt] : samples.samples) {
      for (const int64_t sample : of_prompt) {
        if (sample < last.config.generation.samples_per_prompt) ++done;
      }
    }
    done = std::min(done, wanted);
    fmt::print("{:32} {:>8} of {} stories\n", name, done, wanted);
    all_done += done;
    all_wanted += wanted;
  }
  fmt::print("{:32} {:>8} of {} stories\n", "all", all_done, all_wanted);
  const bool measured =
      std::filesystem::exists(directory.metrics() / "summary.csv");
  fmt::print("{}{}\n",
             last.segment.stopped.empty()
                 ? "running, or killed, since " + last.segment.started
                 : "last start ended " + last.segment.stopped,
             measured ? "; measured" : "; not measured yet");
}

}  // namespace

void add_status_command(CLI::App& app, int& status) {
  CLI::App* command =
      app.add_subcommand("status", "what of a run is done, what is missing");
  auto run = std::make_shared<std::string>();
  command->add_option("run", *run, "run folder")->required();
  command->footer("Example: cdx status runs/quickstart");
  command->callback([run, &status] {
    print_status(RunDirectory::open(*run));
    status = 0;
  });
}

}  // namespace cdx
