#include "explain.h"

#include "jobs.h"
#include "prompts/prompt.h"
#include "util/errors.h"
#include "util/json.h"
#include "util/nearest.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numeric>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace cdx {
namespace {

struct StepName {
  std::string prompt;
  int64_t sample = 0, step = 0;
};

// Prompt ids may hold slashes: the last two parts are numbers.
StepName parse_step(const std::string& text) {
  const auto number = [&](std::string_view part) {
    int64_t value = -1;
    const auto [stop, error] =
        std::from_chars(part.data(), part.data() + part.size(), value);
    if (error != std::errc() || stop != part.data() + part.size() ||
        value < 0) {
      throw UserError(fmt::format(
          "--explain: '{}' is not PROMPT/SAMPLE/STEP, as loyalty-clock/0/12",
          text));
    }
    return value;
  };
  const size_t last = text.rfind('/');
  const size_t middle = last == std::string::npos || last == 0
                            ? std::string::npos
                            : text.rfind('/', last - 1);
  if (middle == std::string::npos) number("");
  const std::string_view all = text;
  return {.prompt = text.substr(0, middle),
          .sample = number(all.substr(middle + 1, last - middle - 1)),
          .step = number(all.substr(last + 1))};
}

std::string hint(const std::string& name,
                 const std::vector<std::string>& known) {
  const std::string meant = nearest_name(name, known);
  return meant.empty() ? fmt::format("there is: {}", fmt::join(known, ", "))
                       : fmt::format("did you mean '{}'?", meant);
}

const Condition& find_condition(const ExperimentConfig& config,
                                const std::string& name) {
  std::vector<std::string> names;
  const Condition* only_mixture = nullptr;
  int mixtures = 0;
  for (const Condition& condition : config.conditions) {
    if (!condition.is_sampled()) continue;
    names.push_back(condition.name);
    if (condition.name == name) return condition;
    if (condition.kind != ConditionKind::kMixture) continue;
    only_mixture = &condition;
    ++mixtures;
  }
  if (name.empty() && mixtures == 1) return *only_mixture;
  throw UserError(name.empty()
                      ? fmt::format("--explain needs --condition; there is: {}",
                                    fmt::join(names, ", "))
                      : fmt::format("--condition: unknown condition '{}'; {}",
                                    name,
                                    hint(name, names)));
}

const Prompt& find_prompt(const std::vector<Prompt>& prompts,
                          const std::string& id) {
  std::vector<std::string> ids;
  for (const Prompt& prompt : prompts) {
    if (prompt.id == id) return prompt;
    ids.push_back(prompt.id);
  }
  const std::string meant = nearest_name(id, ids);
  throw UserError(fmt::format(
      "--explain: the experiment has no prompt '{}'{}",
      id,
      meant.empty() ? "" : fmt::format("; did you mean '{}'?", meant)));
}

class Table {
 public:
  Table(const Condition& condition,
        const Tokenizer& tokenizer,
        const StepTrace& trace)
      : condition_(condition), tokenizer_(tokenizer), trace_(trace) {}

  void print(int64_t rows) const {
    print_head();
    std::vector<size_t> order(trace_.ids.size());
    std::iota(order.begin(), order.end(), size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
      return trace_.q[a] > trace_.q[b];
    });
    const auto shown =
        std::min(order.size(), static_cast<size_t>(std::max<int64_t>(rows, 1)));
    double rest = 0;
    for (size_t i = 0; i < order.size(); ++i) {
      if (i < shown || trace_.ids[order[i]] == trace_.draw.id) {
        print_row(order[i]);
      } else {
        rest += trace_.q[order[i]];
      }
    }
    if (order.size() > shown) {
      fmt::print("  the other tokens of q together: {:.6f}\n", rest);
    }
  }

 private:
  void print_head() const {
    fmt::print("{:>8}  {:20}", "id", "token");
    for (const std::string& role : condition_.models) {
      fmt::print("  {:>12} {}", "p " + shortened(role), "S");
    }
    fmt::print("  {:>10}  {:>12}  {:>12}\n", "q", "E", "E/q");
  }

  static std::string shortened(const std::string& role) {
    return role.substr(0, 10);
  }

  void print_row(size_t i) const {
    const int32_t id = trace_.ids[i];
    fmt::print(
        "{:>8}  {:20}",
        id,
        dump_json(Json(tokenizer_.id_to_token(id).value_or(""))).substr(0, 20));
    for (size_t m = 0; m < trace_.p.size(); ++m) {
      const auto& set = trace_.sets[m];
      const bool inside = std::binary_search(set.begin(), set.end(), id);
      fmt::print("  {:>12.6g} {}",
                 trace_.p[m][static_cast<size_t>(id)],
                 set.empty() ? " " : (inside ? "x" : "-"));
    }
    fmt::print("  {:>10.6f}  {:>12.6g}  {:>12.6g}{}\n",
               trace_.q[i],
               trace_.exponentials[i],
               trace_.exponentials[i] / trace_.q[i],
               id == trace_.draw.id ? "  <- drawn" : "");
  }

  const Condition& condition_;
  const Tokenizer& tokenizer_;
  const StepTrace& trace_;
};

void print_summary(const Condition& condition, const StepTrace& trace) {
  const TokenDraw& draw = trace.draw;
  for (size_t m = 0; m < condition.models.size(); ++m) {
    fmt::print("  {:20} raw entropy {:.4f} nats, ln p of the drawn {:.4f}{}\n",
               condition.models[m],
               draw.entropies[m],
               draw.log_probs[m],
               trace.sets[m].empty()
                   ? ""
                   : fmt::format(", set of {} tokens", trace.sets[m].size()));
  }
  fmt::print(
      "  {:20} entropy {:.4f} nats over {} tokens, ln q of the drawn "
      "{:.4f}\n",
      "q",
      draw.entropy_sampled,
      draw.kept,
      draw.log_prob_sampled);
  if (condition.kind != ConditionKind::kMixture) return;
  fmt::print(
      "  {:20} {} {}\n", "weight", to_string(condition.mix.rule), draw.weight);
}

}  // namespace

void add_explain_arguments(CLI::App& command, ExplainArguments& arguments) {
  command.add_option("--explain",
                     arguments.step,
                     "print one decoding step, PROMPT/SAMPLE/STEP, as a table; "
                     "nothing is written");
  command.add_option(
      "--condition", arguments.condition, "the condition to explain");
  command
      .add_option(
          "--tokens", arguments.tokens, "rows of the table (default: 12)")
      ->check(CLI::PositiveNumber);
}

void explain(const ExperimentConfig& config,
             const ExplainArguments& arguments,
             int threads) {
  const StepName wanted = parse_step(arguments.step);
  const Condition& condition = find_condition(config, arguments.condition);
  const std::vector<Prompt> prompts = read_prompts(config.prompts);
  const Prompt& prompt = find_prompt(prompts, wanted.prompt);
  if (condition.match) {
    throw UserError(
        fmt::format("--explain: condition '{}' has a temperature that is still "
                    "to be found; "
                    "give it one: --set conditions.{}.sampling.temperature=…",
                    condition.name,
                    condition.name));
  }
  const Jobs jobs(config, threads);
  const int64_t batch_size = config.generation.batch_size != 0
                                 ? config.generation.batch_size
                                 : auto_batch_size(jobs.placement());
  DecodingJob job = jobs.make_job(condition, batch_size);
  SentPrompt sent;
  job.requests = {jobs.make_request(condition, prompt, sent)};
  job.requests[0].samples = {wanted.sample};
  std::vector<StepTrace> traces;
  job.trace_step = wanted.step;
  job.trace = [&](const StepTrace& trace) { traces.push_back(trace); };
  std::vector<int32_t> told;
  jobs.generator().run(
      job,
      [&](Story&& story) { told = story.ids; },
      [&](int64_t) { return traces.empty(); });
  if (traces.empty()) {
    throw UserError(
        fmt::format("--explain: this story has {} tokens; its last "
                    "step is {}",
                    told.size(),
                    told.size() - 1));
  }
  const Tokenizer& tokenizer =
      *jobs.models().at(condition.models[condition.lead()]).tokenizer;
  fmt::print("{} / sample {} / step {} under {} (batch size {})\n",
             prompt.id,
             wanted.sample,
             wanted.step,
             condition.name,
             batch_size);
  print_summary(condition, traces[0]);
  fmt::print(
      "p: after penalties, end tokens and temperature. S: in the model's own "
      "truncation set.\nq: what the token is drawn from. The least E/q wins; E "
      "= -ln(1-u) of the token's random number u.\n\n");
  Table(condition, tokenizer, traces[0]).print(arguments.tokens);
}

}  // namespace cdx
