#include "source_texts.h"

#include "store/text_files.h"
#include "util/counted.h"
#include "util/csv.h"
#include "util/errors.h"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

namespace cdx {
namespace {

void add_text(const Condition& condition,
              const std::string& prompt_id,
              const std::string& text,
              const std::string& finish_reason,
              Stories& stories) {
  std::vector<GenerationRecord>& of_prompt = stories[prompt_id];
  const auto sample = static_cast<int64_t>(of_prompt.size());
  of_prompt.push_back({.coordinates = {.prompt_id = prompt_id,
                                       .condition = condition.name,
                                       .sample = sample},
                       .text = text,
                       .finish_reason = finish_reason});
}

std::set<std::string> ids_of(const std::vector<Prompt>& prompts) {
  std::set<std::string> ids;
  for (const Prompt& prompt : prompts) ids.insert(prompt.id);
  return ids;
}

Stories file_texts(const Condition& condition,
                   const PromptOptions& options,
                   const std::vector<Prompt>& prompts) {
  const SourceOptions& source = condition.source;
  const TextFiles files = read_text_files({.inputs = {source.file.string()},
                                           .text = source.text,
                                           .group = source.group});
  PromptOptions whole_file = options;
  whole_file.skip = whole_file.limit = 0;
  const std::set<std::string> known = ids_of(read_prompts(whole_file));
  const std::set<std::string> wanted = ids_of(prompts);
  Stories stories;
  for (const FileText& text : files.texts) {
    if (text.condition != files.texts.front().condition) {
      throw UserError(
          fmt::format("{}: holds texts of several conditions ('{}' and '{}'), "
                      "and condition '{}' is one; give each a file of its own",
                      source.file.string(),
                      files.texts.front().condition,
                      text.condition,
                      condition.name));
    }
    if (!known.contains(text.prompt_id)) {
      throw UserError(fmt::format(
          "{}: there is a text of prompt '{}' (field \"{}\"), which {} does "
          "not have; the group of condition '{}' must be ids of its prompts",
          source.file.string(),
          text.prompt_id,
          files.group,
          options.file.string(),
          condition.name));
    }
    if (!wanted.contains(text.prompt_id)) continue;
    add_text(condition, text.prompt_id, text.text, text.finish_reason, stories);
  }
  return stories;
}

}  // namespace

std::string source_words(const Condition& condition) {
  if (condition.kind == ConditionKind::kReferences) {
    return "texts of the prompt file";
  }
  return "texts of " + condition.source.file.string();
}

Stories source_texts(const Condition& condition,
                     const PromptOptions& options,
                     const std::vector<Prompt>& prompts) {
  if (condition.kind == ConditionKind::kFile) {
    return file_texts(condition, options, prompts);
  }
  Stories stories;
  for (const Prompt& prompt : prompts) {
    for (const std::string& text : prompt.references) {
      add_text(condition, prompt.id, text, "", stories);
    }
  }
  return stories;
}

UsedTexts keep_first_texts(const Condition& condition,
                           int64_t k,
                           int64_t prompts,
                           Stories& stories) {
  UsedTexts used{.condition = condition.name};
  for (auto at = stories.begin(); at != stories.end();) {
    std::vector<GenerationRecord>& texts = at->second;
    const auto found = static_cast<int64_t>(texts.size());
    if (found == 0 || (found < k && !condition.is_sampled())) {
      used.texts_left_out += found;
      at = stories.erase(at);
      continue;
    }
    const int64_t kept = std::min(found, k);
    texts.resize(static_cast<size_t>(kept));
    used.texts_left_out += found - kept;
    used.texts += kept;
    ++used.prompts;
    ++at;
  }
  used.prompts_left_out = prompts - used.prompts;
  return used;
}

std::string left_out_words(const UsedTexts& used, int64_t k) {
  if (used.prompts_left_out == 0 && used.texts_left_out == 0) return "";
  return fmt::format(
      "condition '{}' is measured on {} with {} each; left out: {} with fewer, "
      "{} (measure.texts_per_prompt)",
      used.condition,
      counted(used.prompts, "prompt"),
      counted(k, "text"),
      counted(used.prompts_left_out, "prompt"),
      counted(used.texts_left_out, "text"));
}

std::string texts_csv(const std::vector<UsedTexts>& used) {
  std::string csv = csv_line({"condition",
                              "n_prompts",
                              "n_texts",
                              "n_prompts_left_out",
                              "n_texts_left_out"});
  for (const UsedTexts& of : used) {
    csv += csv_line({of.condition,
                     std::to_string(of.prompts),
                     std::to_string(of.texts),
                     std::to_string(of.prompts_left_out),
                     std::to_string(of.texts_left_out)});
  }
  return csv;
}

}  // namespace cdx
