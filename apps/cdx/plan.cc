#include "commands.h"
#include "measure.h"
#include "model_input.h"
#include "models.h"
#include "options.h"
#include "prompts/prompt.h"
#include "source_texts.h"
#include "store/generation_log.h"
#include "util/errors.h"
#include "util/nearest.h"
#include "util/unicode.h"

#include <algorithm>
#include <ctime>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace cdx {
namespace {

struct PlanArguments {
  ExperimentArguments experiment;
  int64_t prompts = 1;  // of which the inputs are shown
  std::string prompt;   // the id of the only one to show
};

// One model in one format, and the conditions that use it so.
struct Sending {
  std::string role, format;
  std::vector<std::string> conditions;
};

std::vector<Sending> sendings_of(const ExperimentConfig& config) {
  std::vector<Sending> all;
  for (const Condition& condition : config.conditions) {
    for (size_t m = 0; m < condition.models.size(); ++m) {
      const std::string& role = condition.models[m];
      const std::string& format = condition.formats[m];
      auto known =
          std::find_if(all.begin(), all.end(), [&](const Sending& one) {
            return one.role == role && one.format == format;
          });
      if (known == all.end()) {
        known = all.insert(all.end(), {role, format, {}});
      }
      known->conditions.push_back(condition.name);
    }
  }
  return all;
}

std::string local_date() {
  const std::time_t now = std::time(nullptr);
  std::tm local{};
  localtime_r(&now, &local);
  return fmt::format("{:04}-{:02}-{:02}",
                     local.tm_year + 1900,
                     local.tm_mon + 1,
                     local.tm_mday);
}

// A text in quotes in which nothing is invisible.
std::string visible(std::string_view text) {
  std::string out = "\"";
  for (size_t position = 0; position < text.size();) {
    const char32_t c = next_code_point(text, position);
    if (c == '"' || c == '\\') {
      out += '\\';
      append_utf8(c, out);
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (is_printable(c)) {
      append_utf8(c, out);
    } else {
      out += fmt::format("\\u{{{:x}}}", static_cast<uint32_t>(c));
    }
  }
  return out + '"';
}

// A line of output for each line of the text.
void print_text(std::string_view text) {
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
    fmt::print("    {}\n", visible(text.substr(0, end)));
    text.remove_prefix(end);
  }
}

class Plan {
 public:
  explicit Plan(const PlanArguments& arguments)
      : arguments_(arguments),
        config_(load(arguments.experiment)),
        prompts_(read_prompts(config_.prompts)),
        models_(open_models(config_, /*with_facts=*/false)) {}

  void print() const {
    const std::vector<const Prompt*> chosen = shown();
    check_prompts();
    print_counts();
    for (const Sending& sending : sendings_of(config_)) {
      print_sending(sending, chosen);
    }
  }

 private:
  // What is wrong with any prompt is found before hours are spent.
  void check_prompts() const {
    for (const Sending& sending : sendings_of(config_)) {
      for (const Prompt& prompt : prompts_) {
        prompt_input(formatted(sending), prompt, today_);
      }
    }
  }

  FormattedModel formatted(const Sending& sending) const {
    return {.role = sending.role,
            .format_name = sending.format,
            .model = models_.at(sending.role),
            .format = named(config_.formats, sending.format)};
  }

  // Stories of a condition that the run's last start knows and that are there.
  int64_t done(const std::string& condition) const {
    if (!std::filesystem::exists(config_.output / "manifest.json")) return 0;
    const RunDirectory directory = RunDirectory::open(config_.output);
    const LastStart last = last_start(directory);
    const auto hash8 = last.segment.conditions.find(condition);
    if (hash8 == last.segment.conditions.end()) return 0;
    const DoneSamples samples =
        done_samples(directory.generations(condition, hash8->second));
    int64_t count = 0;
    for (const Prompt& prompt : prompts_) {
      const auto there = samples.samples.find(prompt.id);
      if (there == samples.samples.end()) continue;
      count += std::count_if(
          there->second.begin(), there->second.end(), [&](int64_t sample) {
            return sample < config_.generation.samples_per_prompt;
          });
    }
    return count;
  }

  void print_counts() const {
    const auto prompts = static_cast<int64_t>(prompts_.size());
    const int64_t each = prompts * config_.generation.samples_per_prompt;
    int64_t to_do = 0, conditions = 0;
    fmt::print("{}: {} prompts of {}, {} stories each\n",
               config_.name,
               prompts,
               config_.prompts.file.string(),
               config_.generation.samples_per_prompt);
    for (const Condition& condition : config_.conditions) {
      if (!condition.is_sampled()) {
        fmt::print("{:32} {}\n", condition.name, source_words(condition));
        continue;
      }
      const int64_t missing = each - done(condition.name);
      fmt::print("{:32} {:>8} of {} stories to do; {}\n",
                 condition.name,
                 missing,
                 each,
                 models_of(condition));
      to_do += missing;
      ++conditions;
    }
    fmt::print("{:32} {:>8} of {} stories to do\n",
               fmt::format("{} prompts x {} conditions", prompts, conditions),
               to_do,
               each * conditions);
  }

  static std::string models_of(const Condition& condition) {
    std::vector<std::string> parts;
    for (size_t m = 0; m < condition.models.size(); ++m) {
      parts.push_back(fmt::format(
          "{} in format {}", condition.models[m], condition.formats[m]));
    }
    return fmt::format("{}", fmt::join(parts, " with "));
  }

  void print_sending(const Sending& sending,
                     const std::vector<const Prompt*>& chosen) const {
    const ExperimentModel& model = models_.at(sending.role);
    fmt::print("\nmodel {} in format {}, for {}\n",
               sending.role,
               sending.format,
               fmt::join(sending.conditions, ", "));
    fmt::print("  model: {}\n", model.fact.path);
    print_stop_ids(model);
    print_notes(sending);
    for (const Prompt* prompt : chosen) print_prompt(sending, *prompt);
  }

  static void print_stop_ids(const ExperimentModel& model) {
    std::vector<std::string> ids;
    for (const int32_t id : model.stop_ids) {
      ids.push_back(fmt::format(
          "{} {}", id, visible(model.tokenizer->id_to_token(id).value_or(""))));
    }
    fmt::print("  stops at: {}\n",
               ids.empty() ? "nothing, every story runs to max_new_tokens"
                           : fmt::format("{}", fmt::join(ids, ", ")));
  }

  // What the template does that the experiment file does not say.
  void print_notes(const Sending& sending) const {
    const PromptFormat& format = named(config_.formats, sending.format);
    if (!format.chat) return;
    const ExperimentModel& model = models_.at(sending.role);
    const ChatOptions options = chat_options(format, today_);
    const std::string hidden =
        format.system ? "" : model.chat_template->hidden_text(options);
    if (!hidden.empty()) {
      fmt::print(
          "  NOTE: the template adds, unasked: {} (`system:` in the "
          "format puts your own there)\n",
          visible(hidden));
    }
    const bool asks = prompt_input(formatted(sending), prompts_.front(), today_)
                          .date_was_asked;
    if (!asks) return;
    if (format.date.empty()) {
      fmt::print(
          "  NOTE: the template asks for today's date; cdx refuses to "
          "generate until the format pins one (`date: {}`, which is "
          "shown here)\n",
          today_);
    } else {
      fmt::print("  NOTE: the template is told that today is {}\n",
                 format.date);
    }
  }

  void print_prompt(const Sending& sending, const Prompt& prompt) const {
    const PromptInput input = prompt_input(formatted(sending), prompt, today_);
    fmt::print("  prompt {}: {} tokens\n", prompt.id, input.token_ids.size());
    print_text(input.text);
    fmt::print("    {}\n", fmt::join(input.token_ids, " "));
  }

  std::vector<const Prompt*> shown() const {
    std::vector<const Prompt*> chosen;
    std::vector<std::string> ids;
    for (const Prompt& prompt : prompts_) {
      ids.push_back(prompt.id);
      const bool wanted =
          arguments_.prompt.empty()
              ? static_cast<int64_t>(chosen.size()) < arguments_.prompts
              : prompt.id == arguments_.prompt;
      if (wanted) chosen.push_back(&prompt);
    }
    if (!chosen.empty() || arguments_.prompt.empty()) return chosen;
    const std::string meant = nearest_name(arguments_.prompt, ids);
    throw UserError(fmt::format(
        "--prompt: {} has no prompt '{}'{}",
        config_.prompts.file.string(),
        arguments_.prompt,
        meant.empty() ? "" : fmt::format("; did you mean '{}'?", meant)));
  }

  const PlanArguments& arguments_;
  const ExperimentConfig config_;
  const std::vector<Prompt> prompts_;
  const std::map<std::string, ExperimentModel> models_;
  const std::string today_ = local_date();
};

}  // namespace

void add_plan_command(CLI::App& app, int& status) {
  CLI::App* command = app.add_subcommand(
      "plan",
      "prompts as each model will see them, and what is to do; no work");
  auto arguments = std::make_shared<PlanArguments>();
  add_experiment_arguments(*command, arguments->experiment);
  command
      ->add_option("--prompts",
                   arguments->prompts,
                   "show the inputs of the first so many prompts (default: 1)")
      ->check(CLI::NonNegativeNumber);
  command->add_option(
      "--prompt", arguments->prompt, "show those of the prompt with this id");
  command->footer("Example: cdx plan configs/quickstart.yaml --prompts 3");
  command->callback([arguments, &status] {
    Plan(*arguments).print();
    status = 0;
  });
}

}  // namespace cdx
