#include "changed_texts.h"

#include "metrics/match_length.h"
#include "metrics/word_spans.h"
#include "util/csv.h"
#include "util/unicode.h"

#include <algorithm>
#include <map>

namespace cdx {
namespace {

struct PromptSets {
  std::vector<const TextSet*> sets;           // one a condition
  std::vector<std::vector<int64_t>> lengths;  // words of each of their texts
};

// By prompt; conditions in the order of the sets.
std::map<std::string, PromptSets> by_prompt(const std::vector<TextSet>& sets) {
  std::map<std::string, PromptSets> prompts;
  for (const TextSet& set : sets) {
    PromptSets& prompt = prompts[set.prompt_id];
    prompt.sets.push_back(&set);
    std::vector<int64_t>& lengths = prompt.lengths.emplace_back();
    for (const std::string& text : set.texts) {
      lengths.push_back(count_words(text));
    }
  }
  return prompts;
}

// part_of(i): what stays of text i.
template <typename Function>
TextSet cut_set(const TextSet& set,
                const std::vector<size_t>& kept,
                const Function& part_of) {
  TextSet cut{.condition = set.condition, .prompt_id = set.prompt_id};
  for (const size_t i : kept) {
    cut.texts.emplace_back(part_of(i));
    cut.samples.push_back(set.samples[i]);
  }
  return cut;
}

using WordsOfTexts = std::vector<std::vector<std::string_view>>;

// Those of each set.
std::vector<WordsOfTexts> split_texts(const PromptSets& prompt) {
  std::vector<WordsOfTexts> split;
  for (const TextSet* set : prompt.sets) {
    WordsOfTexts& words = split.emplace_back();
    for (const std::string& text : set->texts) {
      words.push_back(split_whitespace(text));
    }
  }
  return split;
}

// In the order of `like`, whose sets those of `sets` were made of.
std::vector<TextSet> in_order_of(
    const std::vector<TextSet>& like,
    std::map<std::pair<std::string, std::string>, TextSet> sets) {
  std::vector<TextSet> ordered;
  for (const TextSet& set : like) {
    const auto at = sets.find({set.condition, set.prompt_id});
    if (at != sets.end()) ordered.push_back(std::move(at->second));
  }
  return ordered;
}

void append_rows(const TextSet& set,
                 const std::vector<int64_t>& lengths,
                 const std::vector<size_t>& kept,
                 const LengthMatch& match,
                 int64_t floor,
                 std::string& csv) {
  for (size_t i = 0; i < lengths.size(); ++i) {
    const bool stays = std::binary_search(kept.begin(), kept.end(), i);
    const char* why = lengths[i] < floor ? "too short" : "equal numbers";
    csv += csv_line({set.condition,
                     set.prompt_id,
                     std::to_string(set.samples[i]),
                     std::to_string(lengths[i]),
                     std::to_string(stays ? match.words : 0),
                     stays ? "" : why});
  }
}

}  // namespace

std::vector<Sets> by_condition(const std::vector<TextSet>& sets) {
  std::vector<Sets> groups;
  for (size_t first = 0; first < sets.size();) {
    size_t end = first;
    while (end < sets.size() && sets[end].condition == sets[first].condition) {
      ++end;
    }
    groups.push_back(Sets(sets).subspan(first, end - first));
    first = end;
  }
  return groups;
}

std::vector<TextSet> with_matched_length(const std::vector<TextSet>& sets,
                                         int64_t floor,
                                         std::string& csv) {
  csv += csv_line({"condition",
                   "prompt_id",
                   "sample",
                   "n_words",
                   "matched_words",
                   "left_out"});
  std::map<std::pair<std::string, std::string>, TextSet> matched;
  for (const auto& [id, prompt] : by_prompt(sets)) {
    const LengthMatch match = match_length(prompt.lengths, floor);
    for (size_t c = 0; c < prompt.sets.size(); ++c) {
      const TextSet& set = *prompt.sets[c];
      append_rows(set, prompt.lengths[c], match.kept[c], match, floor, csv);
      if (match.words == 0) continue;
      matched[{set.condition, id}] = cut_set(set, match.kept[c], [&](size_t i) {
        return words_between(set.texts[i], 0, match.words);
      });
    }
  }
  return in_order_of(sets, std::move(matched));
}

std::vector<std::vector<TextSet>> stretches(const std::vector<TextSet>& sets,
                                            int64_t words) {
  using Key = std::pair<std::string, std::string>;
  std::vector<std::map<Key, TextSet>> cut;
  for (const auto& [id, prompt] : by_prompt(sets)) {
    const std::vector<WordsOfTexts> split = split_texts(prompt);
    for (size_t s = 0;; ++s) {
      const int64_t first = static_cast<int64_t>(s) * words;
      const LengthMatch match = match_length(prompt.lengths, first + words);
      if (match.words == 0) break;
      if (cut.size() <= s) cut.emplace_back();
      for (size_t c = 0; c < prompt.sets.size(); ++c) {
        const TextSet& set = *prompt.sets[c];
        cut[s][{set.condition, id}] =
            cut_set(set, match.kept[c], [&](size_t i) {
              return words_between(split[c][i], first, first + words);
            });
      }
    }
  }
  std::vector<std::vector<TextSet>> ordered;
  ordered.reserve(cut.size());
  for (std::map<Key, TextSet>& stretch : cut) {
    ordered.push_back(in_order_of(sets, std::move(stretch)));
  }
  return ordered;
}

std::vector<std::string> metrics_with(const std::vector<std::string>& metrics,
                                      std::initializer_list<Input> inputs) {
  std::vector<std::string> some;
  for (const std::string& name : metrics) {
    const Input input = find_metric(name).input;
    if (std::find(inputs.begin(), inputs.end(), input) != inputs.end()) {
      some.push_back(name);
    }
  }
  return some;
}

std::vector<std::string> set_metrics_of_texts(
    const std::vector<std::string>& metrics) {
  std::vector<std::string> some =
      metrics_with(metrics, {Input::kTexts, Input::kEmbeddings});
  std::erase_if(some, [](const std::string& name) {
    return find_metric(name).level != Level::kSet;
  });
  return some;
}

}  // namespace cdx
