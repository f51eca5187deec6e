#include "metrics/evaluate.h"

#include "metrics/lexical.h"
#include "util/errors.h"
#include "util/unicode.h"

#include <cmath>
#include <numeric>
#include <optional>
#include <string_view>

#include <fmt/format.h>

namespace cdx {
namespace {

struct Value {
  std::string variant;
  double value = 0;
  int64_t n_texts = 0;
  std::vector<double> per_text;
};
using Values = std::vector<Value>;

// What the metrics of one set share.
struct Work {
  const TextSet& set;
  const EvaluateOptions& options;
  TokenIds words;
};

Value of_set(const Work& work, std::string variant, double value) {
  return {std::move(variant),
          value,
          static_cast<int64_t>(work.set.texts.size()),
          {}};
}

Value of_texts(std::string variant, std::vector<double> per_text) {
  double sum = 0;
  int64_t defined = 0;
  for (double value : per_text) {
    if (std::isnan(value)) continue;
    sum += value;
    ++defined;
  }
  const double mean =
      defined == 0 ? std::nan("") : sum / static_cast<double>(defined);
  return {std::move(variant), mean, defined, std::move(per_text)};
}

template <int n>
Values distinct(const Work& work) {
  return {of_set(work, "ws", distinct_n(work.words, n))};
}

Values compression(const Work& work) {
  return {of_set(work, "gzip9", compression_ratio_gzip(work.set.texts))};
}

Values duplicates(const Work& work) {
  return {of_set(work, "nfc", duplicate_rate(work.set.texts))};
}

Values pairwise_distance(const Work& work) {
  return {of_set(
      work, work.options.encoder, mean_pairwise_distance(work.set.embeddings))};
}

Values vendi(const Work& work) {
  return {of_set(work, work.options.encoder, vendi_score(work.set.embeddings))};
}

Values choice_entropy(const Work& work) {
  const std::vector<ChoiceSlot>& slots = work.options.slots;
  std::vector<std::vector<std::string>> choices;
  for (const TaleCheck& tale : work.set.tales) choices.push_back(tale.choices);
  const std::vector<double> bits = choice_entropies(choices, slots);
  const double mean = std::accumulate(bits.begin(), bits.end(), 0.0) /
                      static_cast<double>(bits.size());
  Values values = {of_set(work, "mean", mean)};
  for (size_t i = 0; i < slots.size(); ++i) {
    values.push_back(of_set(work, slots[i].name, bits[i]));
  }
  return values;
}

template <typename Function>
Values for_each_tale(const Work& work, Function number_of) {
  std::vector<double> numbers;
  for (const TaleCheck& tale : work.set.tales) {
    numbers.push_back(number_of(tale) ? 1 : 0);
  }
  return {of_texts("", std::move(numbers))};
}

Values tale_valid(const Work& work) {
  return for_each_tale(work, [](const TaleCheck& t) { return t.valid(); });
}
Values tale_grammatical(const Work& work) {
  return for_each_tale(work, [](const TaleCheck& t) { return t.grammatical; });
}
Values tale_agreeing(const Work& work) {
  return for_each_tale(work, [](const TaleCheck& t) { return t.agreeing; });
}
Values tale_on_prompt(const Work& work) {
  return for_each_tale(work, [](const TaleCheck& t) { return t.on_prompt; });
}

// A list that may be unknown: then NaN for each text.
template <typename T>
Values known_numbers(const Work& work, const std::vector<T>& numbers) {
  if (numbers.empty()) {
    return {
        of_texts("", std::vector<double>(work.set.texts.size(), std::nan("")))};
  }
  return {of_texts("", std::vector<double>(numbers.begin(), numbers.end()))};
}

Values length_tokens(const Work& work) {
  return known_numbers(work, work.set.n_tokens);
}
Values finish_length_rate(const Work& work) {
  return known_numbers(work, work.set.finished_by_length);
}

template <typename Function>
Values for_each_text(const Work& work,
                     const char* variant,
                     Function number_of) {
  std::vector<double> numbers;
  for (const std::string& text : work.set.texts) {
    numbers.push_back(static_cast<double>(number_of(text)));
  }
  return {of_texts(variant, std::move(numbers))};
}

Values length_words(const Work& work) {
  std::vector<double> numbers;
  for (const std::vector<int32_t>& words : work.words.texts) {
    numbers.push_back(static_cast<double>(words.size()));
  }
  return {of_texts("ws", std::move(numbers))};
}
Values length_chars(const Work& work) {
  return for_each_text(work, "", [](const std::string& text) {
    return count_code_points(text);
  });
}
Values length_bytes(const Work& work) {
  return for_each_text(
      work, "", [](const std::string& text) { return text.size(); });
}
Values empty_rate(const Work& work) {
  return for_each_text(work, "", [](const std::string& text) {
    return strip_whitespace(text).empty() ? 1 : 0;
  });
}

struct Evaluator {
  std::string_view metric;
  Values (*values)(const Work&);
};

constexpr Evaluator kEvaluators[] = {
    {"distinct_1", distinct<1>},
    {"distinct_2", distinct<2>},
    {"distinct_3", distinct<3>},
    {"compression_ratio_gzip", compression},
    {"duplicate_rate", duplicates},
    {"mean_pairwise_distance", pairwise_distance},
    {"vendi_score", vendi},
    {"choice_entropy", choice_entropy},
    {"tale_valid", tale_valid},
    {"tale_grammatical", tale_grammatical},
    {"tale_agreeing", tale_agreeing},
    {"tale_on_prompt", tale_on_prompt},
    {"length_tokens", length_tokens},
    {"length_words", length_words},
    {"length_chars", length_chars},
    {"length_bytes", length_bytes},
    {"empty_rate", empty_rate},
    {"finish_length_rate", finish_length_rate},
};

const Evaluator& find_evaluator(std::string_view metric) {
  for (const Evaluator& evaluator : kEvaluators) {
    if (evaluator.metric == metric) return evaluator;
  }
  throw UserError(fmt::format("metric \"{}\" has no evaluator", metric));
}

std::string place_of(const TextSet& set) {
  return fmt::format(
      "condition \"{}\", prompt \"{}\"", set.condition, set.prompt_id);
}

void check_length(const TextSet& set, const char* what, size_t length) {
  if (length == 0 || length == set.texts.size()) return;
  throw UserError(fmt::format(
      "{}: {} {} for {} texts", place_of(set), length, what, set.texts.size()));
}

void check(const TextSet& set) {
  if (set.texts.empty()) {
    throw UserError(fmt::format("{}: there are no texts", place_of(set)));
  }
  check_length(set, "token counts", set.n_tokens.size());
  check_length(set, "finish reasons", set.finished_by_length.size());
  check_length(set, "tale checks", set.tales.size());
  check_length(set, "embeddings", static_cast<size_t>(set.embeddings.rows()));
}

void check_input(const MetricDescriptor& metric, const Work& work) {
  if (metric.input == Input::kEmbeddings && work.set.embeddings.rows() == 0) {
    throw UserError(fmt::format(
        "{}: {} needs sentence embeddings", place_of(work.set), metric.name));
  }
  if (metric.input == Input::kTales &&
      (work.set.tales.empty() || work.options.slots.empty())) {
    throw UserError(fmt::format(
        "{}: {} needs texts that are checked by a tale grammar; leave it out "
        "for other texts",
        place_of(work.set),
        metric.name));
  }
}

}  // namespace

std::vector<ChoiceSlot> choice_slots(const TaleGrammar& grammar) {
  std::vector<ChoiceSlot> slots;
  for (const std::string& slot : grammar.slots()) {
    slots.push_back({slot, static_cast<int64_t>(grammar.values(slot).size())});
  }
  return slots;
}

std::vector<MetricValue> evaluate(const TextSet& set,
                                  const std::vector<std::string>& metrics,
                                  const EvaluateOptions& options) {
  check(set);
  const Work work{set, options, white_space_tokens(set.texts)};
  std::vector<MetricValue> rows;
  for (const std::string& name : metrics) {
    const MetricDescriptor& metric = find_metric(name);
    check_input(metric, work);
    for (Value& value : find_evaluator(name).values(work)) {
      rows.push_back({set.condition,
                      set.prompt_id,
                      name,
                      metric.level,
                      std::move(value.variant),
                      value.value,
                      value.n_texts,
                      std::move(value.per_text)});
    }
  }
  return rows;
}

}  // namespace cdx
