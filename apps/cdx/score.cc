#include "score.h"

#include "commands.h"
#include "experiment/condition.h"
#include "experiment/map_reader.h"
#include "measure.h"
#include "models.h"
#include "prompts/prompt.h"
#include "scoring.h"
#include "tokenizer/identity.h"
#include "torch_library.h"
#include "util/errors.h"
#include "util/progress.h"
#include "util/stop.h"

#include <algorithm>
#include <iterator>
#include <tuple>

#include <fmt/format.h>

namespace cdx {
namespace {

using Stories = std::map<std::string, std::vector<GenerationRecord>>;

bool uses(const Condition& condition, const std::string& role) {
  const auto& models = condition.models;
  return std::find(models.begin(), models.end(), role) != models.end();
}

// What the models were sent, by condition, prompt and role.
class SentInputs {
 public:
  SentInputs(const RunDirectory& directory, const LastStart& last) {
    for (SentPrompt& sent : directory.prompts()) {
      const auto hash8 = last.segment.conditions.find(sent.condition);
      if (hash8 == last.segment.conditions.end() ||
          hash8->second != sent.hash8) {
        continue;
      }
      for (SentPrompt::Input& input : sent.inputs) {
        ids_[{sent.condition, sent.prompt_id, input.model}] =
            std::move(input.token_ids);
      }
    }
  }

  const std::vector<int32_t>& ids(const std::string& condition,
                                  const std::string& prompt_id,
                                  const std::string& role) const {
    const auto found = ids_.find({condition, prompt_id, role});
    if (found != ids_.end()) return found->second;
    throw UserError(
        fmt::format("prompt '{}' was never sent to model '{}' in condition "
                    "'{}'; run cdx generate first",
                    prompt_id,
                    role,
                    condition));
  }

 private:
  std::map<std::tuple<std::string, std::string, std::string>,
           std::vector<int32_t>>
      ids_;
};

// The stories of one condition under one model.
struct Work {
  const Condition* condition = nullptr;
  const Stories* stories = nullptr;
  std::string role;
  // The condition whose format the model sees.
  const Condition* sender = nullptr;
  std::string format;
  bool same_tokens = false;  // recorded ids mean the same to the model
  std::unique_ptr<ScoreLog> log;
  ScoreRow row;
  std::vector<const GenerationRecord*> missing;
};

class RunScoring {
 public:
  RunScoring(const RunDirectory& directory, const ScoreArguments& arguments)
      : directory_(directory),
        threads_(arguments.threads),
        last_(last_start(directory)),
        prompts_(read_prompts(last_.config.prompts)),
        inputs_(directory, last_),
        roles_(chosen_roles(arguments.models)) {
    open_chosen_models();
    for (const Condition& condition : last_.config.conditions) {
      stories_[condition.name] =
          stories_of(directory_, last_, condition, prompts_);
    }
  }

  bool run() {
    for (const std::string& role : roles_) {
      for (const Condition& condition : last_.config.conditions) {
        plan(role, condition);
      }
    }
    const bool complete = score_missing();
    if (complete) print_table();
    return complete;
  }

 private:
  std::vector<std::string> chosen_roles(std::vector<std::string> roles) const {
    std::vector<std::string> known, used;
    for (const auto& [role, model] : last_.config.models) {
      known.push_back(role);
      if (is_used(role)) used.push_back(role);
    }
    if (roles.empty()) roles = last_.config.score.models;
    if (roles.empty()) roles = used;
    for (const std::string& role : roles) {
      if (std::find(known.begin(), known.end(), role) == known.end()) {
        throw UserError(fmt::format("{}: unknown model '{}'; {}",
                                    directory_.config_file().string(),
                                    role,
                                    did_you_mean(role, known)));
      }
      first_user(role);
    }
    return roles;
  }

  bool is_used(const std::string& role) const {
    const std::vector<Condition>& all = last_.config.conditions;
    return std::any_of(all.begin(), all.end(), [&](const Condition& condition) {
      return uses(condition, role);
    });
  }

  const Condition& first_user(const std::string& role) const {
    for (const Condition& condition : last_.config.conditions) {
      if (uses(condition, role)) return condition;
    }
    throw UserError(fmt::format(
        "{}: no condition uses model '{}', so that no format says how it is "
        "sent a prompt; add a condition",
        directory_.config_file().string(),
        role));
  }

  // Refuses weights that are not those of the run.
  void open_chosen_models() {
    Manifest now;
    for (const std::string& role : roles_) {
      const std::string path = named(last_.config.models, role).path.string();
      models_[role] = open_role(role, path, /*with_facts=*/true);
      now.models[role] = models_[role].fact;
    }
    directory_.check_models(now);
  }

  void plan(const std::string& role, const Condition& condition) {
    Work work{.condition = &condition,
              .stories = &stories_.at(condition.name),
              .role = role,
              .sender = uses(condition, role) ? &condition : &first_user(role),
              .format = {},
              .same_tokens = same_tokens(role, condition),
              .log = std::make_unique<ScoreLog>(
                  directory_.scores(role, condition.name, hash8_of(condition))),
              .row = {.what = condition.name, .model = role},
              .missing = {}};
    const auto& models = work.sender->models;
    const auto last = std::find(models.rbegin(), models.rend(), role);
    work.format = work.sender->formats[static_cast<size_t>(
        std::distance(last, models.rend()) - 1)];
    for_each_story(work, [&](const GenerationRecord& record) {
      const std::string head = head_of(record.coordinates);
      const auto found = work.log->scores().find(head);
      if (found != work.log->scores().end() &&
          found->second.inputs == inputs_hash(work, record)) {
        work.row.add(found->second);
        return;
      }
      work.log->drop(head);  // of other weights, another prompt or text
      work.missing.push_back(&record);
    });
    works_.push_back(std::move(work));
  }

  // In the order of the prompt file.
  template <typename F>
  void for_each_story(const Work& work, F&& use) const {
    for (const Prompt& prompt : prompts_) {
      const auto of_prompt = work.stories->find(prompt.id);
      if (of_prompt == work.stories->end()) continue;
      for (const GenerationRecord& record : of_prompt->second) use(record);
    }
  }

  std::string hash8_of(const Condition& condition) const {
    // The hash of each score's inputs covers the texts.
    if (!condition.is_sampled()) {
      return condition_hash8(condition, last_.config, {});
    }
    return last_.segment.conditions.at(condition.name);
  }

  bool same_tokens(const std::string& role, const Condition& condition) {
    if (condition.models.empty()) return false;
    if (uses(condition, role)) return true;
    const std::string& other = condition.models.back();
    const auto& facts = last_.segment.manifest.models;
    if (facts.at(role).tokenizer_hash == facts.at(other).tokenizer_hash) {
      return true;
    }
    const auto [known, is_new] = same_tokens_.try_emplace({role, other}, false);
    if (is_new) known->second = have_same_ids(models_.at(role), other);
    return known->second;
  }

  bool have_same_ids(const ExperimentModel& model,
                     const std::string& other_role) const {
    const ExperimentModel other =
        open_role(other_role,
                  named(last_.config.models, other_role).path.string(),
                  /*with_facts=*/false);
    const TokenizerIdentity a = identity_of(*model.tokenizer, model.folder);
    const TokenizerIdentity b = identity_of(*other.tokenizer, other.folder);
    // What is known to be renamed is so from the base to the instruct model.
    return compare_tokenizers(a, b, {}).difference.empty() ||
           compare_tokenizers(b, a, {}).difference.empty();
  }

  // Whether the recorded ids are what is scored.
  bool keeps_ids(const Work& work, const GenerationRecord& record) const {
    const int64_t columns = models_.at(work.role).columns;
    return work.same_tokens &&
           std::all_of(record.token_ids.begin(),
                       record.token_ids.end(),
                       [&](int32_t id) { return id < columns; });
  }

  const std::vector<int32_t>& prompt_ids(const Work& work,
                                         const GenerationRecord& record) const {
    return inputs_.ids(
        work.sender->name, record.coordinates.prompt_id, work.role);
  }

  std::string inputs_hash(const Work& work,
                          const GenerationRecord& record) const {
    const ExperimentModel& model = models_.at(work.role);
    static const std::vector<int32_t> kNone;
    return hash_of({.weights_hash = model.fact.weights_hash,
                    .tokenizer_hash = model.fact.tokenizer_hash,
                    .device = named(last_.config.models, work.role).device,
                    .prompt_ids = prompt_ids(work, record),
                    .ids = keeps_ids(work, record) ? record.token_ids : kNone,
                    .text = record.text});
  }

  // Of the text that the scored tokens write: with the stop string, which they
  // hold but the story does not.
  int64_t bytes_of(const ExperimentModel& model,
                   const GenerationRecord& record,
                   bool keeps) const {
    const bool more = keeps && !record.stop_string.empty();
    return static_cast<int64_t>(
        more ? model.tokenizer->decode(record.token_ids, true).size()
             : record.text.size());
  }

  TextToScore to_score(const Work& work, const GenerationRecord& record) const {
    const bool keeps = keeps_ids(work, record);
    const ExperimentModel& model = models_.at(work.role);
    std::vector<int32_t> ids = record.token_ids;
    if (!keeps) {
      ids = model.tokenizer->encode(record.text, /*add_special_tokens=*/false);
      check_known(ids,
                  model.columns,
                  fmt::format("story {} of prompt '{}' in condition '{}'",
                              record.coordinates.sample,
                              record.coordinates.prompt_id,
                              work.condition->name));
    }
    return {.head = head_of(record.coordinates),
            .request = {.prompt_ids = prompt_ids(work, record),
                        .ids = std::move(ids)},
            .has_end_token = keeps && record.stop_token.has_value(),
            .score = {.model = work.role,
                      .format = work.format,
                      .retokenised = !keeps,
                      .n_bytes = bytes_of(model, record, keeps),
                      .inputs = inputs_hash(work, record)}};
  }

  bool score_missing() {
    int64_t total = 0, done = 0;
    for (const Work& work : works_) {
      done += work.row.texts;
      total += work.row.texts + static_cast<int64_t>(work.missing.size());
    }
    if (total == 0) {
      throw UserError(fmt::format(
          "{}: no story of any condition to score; run cdx generate first",
          directory_.path().string()));
    }
    Progress progress("score", "stories", total, done);
    progress.set_rate_unit("tokens");
    for (const std::string& role : roles_) {
      if (!score_under(role, progress)) return false;
    }
    progress.finish();
    return true;
  }

  // A model is in memory only while it is needed.
  bool score_under(const std::string& role, Progress& progress) {
    std::unique_ptr<StoryGenerator> generator;
    for (Work& work : works_) {
      if (work.role != role || work.missing.empty()) continue;
      if (!generator) {
        generator = open_story_generator(threads_);
        generator->load(role,
                        models_.at(role).folder,
                        named(last_.config.models, role).device);
      }
      if (stop_requested() || !score_work(*generator, work, progress)) {
        return false;
      }
    }
    return true;
  }

  bool score_work(StoryGenerator& generator, Work& work, Progress& progress) {
    std::vector<TextToScore> texts;
    texts.reserve(work.missing.size());
    for (const GenerationRecord* record : work.missing) {
      texts.push_back(to_score(work, *record));
    }
    const std::string label =
        fmt::format("{} under {}", work.condition->name, work.role);
    return score_into({.generator = generator,
                       .name = work.role,
                       .columns = models_.at(work.role).columns},
                      std::move(texts),
                      *work.log,
                      [&](const Score& score) {
                        work.row.add(score);
                        progress.advance(label, 1, score.n_tokens);
                      });
  }

  void print_table() const {
    std::vector<ScoreRow> rows;
    for (const Condition& condition : last_.config.conditions) {
      for (const Work& work : works_) {
        if (work.condition == &condition) rows.push_back(work.row);
      }
    }
    fmt::print("{}", score_table("condition", rows));
  }

  const RunDirectory& directory_;
  int threads_;
  LastStart last_;
  std::vector<Prompt> prompts_;
  SentInputs inputs_;
  std::vector<std::string> roles_;
  std::map<std::string, ExperimentModel> models_;  // of roles_
  std::map<std::string, Stories> stories_;         // by condition
  std::map<std::pair<std::string, std::string>, bool> same_tokens_;
  std::vector<Work> works_;
};

}  // namespace

bool score(const RunDirectory& directory, const ScoreArguments& arguments) {
  install_stop_handlers();
  return RunScoring(directory, arguments).run();
}

}  // namespace cdx
