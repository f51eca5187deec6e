#include "models.h"

#include "experiment/condition.h"
#include "model/hub_cache.h"
#include "model/weight_files.h"
#include "tokenizer/identity.h"
#include "util/errors.h"
#include "util/hash.h"
#include "util/json.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

namespace cdx {
namespace {

namespace fs = std::filesystem;

// Hash of the files that exist, by name and content.
std::string hash_of_files(const std::vector<fs::path>& files) {
  std::string all;
  for (const fs::path& file : files) {
    if (!fs::exists(file)) continue;
    all += file.filename().string() + " " + sha256_file(file) + "\n";
  }
  return sha256(all);
}

// Tokens without a row in the model: added ones may be (Gemma 3 has an image
// token that its text models do not know), the vocabulary's own mean that
// the files come from two models.
void check_size(const ExperimentModel& model, int64_t end) {
  if (end <= model.config.vocab_size) return;
  const TokenizerIdentity identity =
      identity_of(*model.tokenizer, model.folder);
  for (int64_t id = model.config.vocab_size; id < end; ++id) {
    const auto& piece = identity.pieces[static_cast<size_t>(id)];
    if (!piece || identity.added.contains(*piece)) continue;
    throw UserError(fmt::format(
        "{} has {} tokens, but config.json says that the model knows {} "
        "(vocab_size): the files do not belong together",
        identity.path,
        end,
        model.config.vocab_size));
  }
}

void set_tokens(ExperimentModel& model) {
  const int64_t end = id_end(*model.tokenizer);
  check_size(model, end);
  model.columns = std::min(end, model.config.vocab_size);
  model.eos_token_id = eos_token_id(*model.tokenizer, model.folder);
  std::set<int32_t> ids(model.config.eos_token_ids.begin(),
                        model.config.eos_token_ids.end());
  if (model.eos_token_id) ids.insert(*model.eos_token_id);
  for (const int32_t id : ids) {
    if (id < model.columns) model.stop_ids.push_back(id);
  }
}

// What a format needs besides the model.
void add_format(const ExperimentConfig& config,
                const std::string& name,
                ExperimentModel& model) {
  const PromptFormat& format = named(config.formats, name);
  if (format.chat && !model.chat_template) {
    model.chat_template = ChatTemplate::load(model.folder);
  }
  const std::filesystem::path& file = format.few_shot.examples;
  if (!file.empty() && !model.examples.contains(name)) {
    model.examples[name] = read_examples(file);
  }
}

StopIds stop_ids_of(const std::vector<int32_t>& base,
                    const ExperimentModel& instruct,
                    int64_t columns) {
  const auto below = [&](std::vector<int32_t> ids) {
    std::erase_if(ids, [&](int32_t id) { return id >= columns; });
    return ids;
  };
  return stop_ids_of_pair(
      below(base), below(instruct.stop_ids), instruct.eos_token_id);
}

// An end of the instruct model that the base has no column for could never be
// drawn. Empty if there is none.
std::string end_difference(const ExperimentModel& instruct, int64_t columns) {
  for (const int32_t id : instruct.stop_ids) {
    if (id < columns) continue;
    return fmt::format(
        "the instruct model ends with token {} ({}), which the base does not "
        "have",
        id,
        dump_json(Json(instruct.tokenizer->id_to_token(id).value_or(""))));
  }
  return "";
}

// Every model of a mixture beside the one whose text the story is.
void check_mixture(const Condition& condition,
                   const std::map<std::string, ExperimentModel>& models) {
  const std::string& lead = condition.models[condition.lead()];
  for (const std::string& role : condition.models) {
    if (role == lead) continue;
    const ExperimentModel& base = models.at(role);
    const ExperimentModel& instruct = models.at(lead);
    const std::string difference =
        mixture_of(base, instruct, condition.renamed_pieces)
            .comparison.difference;
    if (difference.empty()) continue;
    throw UserError(
        fmt::format("condition '{}': models '{}' and '{}' cannot be mixed: {}; "
                    "`cdx inspect {} {}` says more",
                    condition.name,
                    role,
                    lead,
                    difference,
                    base.fact.path,
                    instruct.fact.path));
  }
}

}  // namespace

ExperimentModel open_model(const std::string& name) {
  ExperimentModel model;
  model.folder = find_model_folder(name);
  model.config = load_model_config(model.folder);
  model.tokenizer = load_tokenizer(model.folder);
  set_tokens(model);
  return model;
}

ModelFact fact_of(const fs::path& folder, const std::string& path) {
  std::vector<fs::path> weights = weight_files(folder);
  weights.push_back(folder / "config.json");
  weights.push_back(folder / "generation_config.json");
  return {.path = path,
          .weights_hash = hash_of_files(weights),
          .tokenizer_hash = hash_of_files({folder / "tokenizer.json",
                                           folder / "tokenizer.model",
                                           folder / "tokenizer_config.json",
                                           folder / "special_tokens_map.json",
                                           folder / "chat_template.jinja"})};
}

ExperimentModel open_role(const std::string& role,
                          const std::string& path,
                          bool with_facts) {
  const std::string key = fmt::format("models.{}.path: ", role);
  try {
    ExperimentModel model = open_model(path);
    model.fact.path = path;
    if (with_facts) model.fact = fact_of(model.folder, path);
    return model;
  } catch (const UserError& error) {
    throw UserError(key + error.what());
  } catch (const WorldError& error) {
    throw WorldError(key + error.what());
  }
}

Mixture mixture_of(const ExperimentModel& base,
                   const ExperimentModel& instruct,
                   const RenamedPieces& declared) {
  Mixture mixture{.comparison = compare_tokenizers(
                      identity_of(*base.tokenizer, base.folder),
                      identity_of(*instruct.tokenizer, instruct.folder),
                      declared),
                  .columns = std::min(base.columns, instruct.columns),
                  .stop_ids = {}};
  mixture.stop_ids = stop_ids_of(base.stop_ids, instruct, mixture.columns);
  std::string& difference = mixture.comparison.difference;
  if (difference.empty()) {
    difference = end_difference(instruct, mixture.columns);
  }
  return mixture;
}

std::map<std::string, ExperimentModel> open_models(
    const ExperimentConfig& config, bool with_facts) {
  std::map<std::string, ExperimentModel> models;
  // A list of γ makes many conditions of one pair.
  std::set<std::pair<std::vector<std::string>, RenamedPieces>> checked;
  for (const Condition& condition : config.conditions) {
    for (size_t m = 0; m < condition.models.size(); ++m) {
      const std::string& role = condition.models[m];
      const std::string path = named(config.models, role).path.string();
      if (!models.contains(role)) {
        models[role] = open_role(role, path, with_facts);
      }
      add_format(config, condition.formats[m], models[role]);
    }
    if (condition.kind == ConditionKind::kMixture &&
        checked.emplace(condition.models, condition.renamed_pieces).second) {
      check_mixture(condition, models);
    }
  }
  return models;
}

TokenSpace token_space(const Condition& condition,
                       const std::map<std::string, ExperimentModel>& models) {
  const ExperimentModel& lead = models.at(condition.models[condition.lead()]);
  TokenSpace space{.columns = lead.columns,
                   .stop_ids = {.instruct = lead.stop_ids, .base = {}}};
  if (condition.kind != ConditionKind::kMixture) return space;
  std::set<int32_t> base_ids;
  for (size_t m = 0; m < condition.models.size(); ++m) {
    if (m == condition.lead()) continue;
    const ExperimentModel& guide = models.at(condition.models[m]);
    space.columns = std::min(space.columns, guide.columns);
    base_ids.insert(guide.stop_ids.begin(), guide.stop_ids.end());
  }
  space.stop_ids =
      stop_ids_of({base_ids.begin(), base_ids.end()}, lead, space.columns);
  return space;
}

std::string examples_hash(const Condition& condition,
                          size_t m,
                          const ExperimentModel& model) {
  const auto examples = model.examples.find(condition.formats[m]);
  return examples == model.examples.end() ? ""
                                          : hash_of_examples(examples->second);
}

}  // namespace cdx
