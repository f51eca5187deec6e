#include "corpus_level.h"

#include "metrics/corpus.h"
#include "metrics/lexical.h"
#include "metrics/reference.h"
#include "stats/correction.h"
#include "stats/permutation.h"
#include "stats/set_interval.h"
#include "util/errors.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <optional>
#include <set>

#include <fmt/format.h>

namespace cdx {
namespace {

constexpr int64_t kSubsets = 199;  // behind each interval
constexpr const char* kSharedTexts = "shared_text_rate";

// The texts of one condition on the shared prompts, prompt after prompt.
struct Corpus {
  std::vector<std::string> texts;
  Embeddings embeddings;  // [n, D] or 0 rows
};

// All conditions have the same prompts and numbers of texts.
struct Corpora {
  std::vector<std::string> conditions;  // that have texts, as configured
  std::map<std::string, Corpus> by_name;
  std::vector<std::vector<size_t>> rows;  // of each prompt
  std::vector<size_t> prompts;            // of each row

  RowIndices all_rows() const { return rows_of_range(0, prompts.size()); }
  static RowIndices rows_of_range(size_t first, size_t end) {
    RowIndices all(end - first);
    std::iota(all.begin(), all.end(), first);
    return all;
  }
  RowIndices rows_of(const std::vector<size_t>& some) const {
    RowIndices found;
    for (const size_t prompt : some) {
      found.insert(found.end(), rows[prompt].begin(), rows[prompt].end());
    }
    std::sort(found.begin(), found.end());
    return found;
  }
};

using SetsOfPrompt = std::map<std::string, const TextSet*>;  // by condition

void add_prompt(const SetsOfPrompt& sets, size_t n, Corpora& all) {
  const size_t first = all.prompts.size();
  all.rows.push_back(Corpora::rows_of_range(first, first + n));
  all.prompts.insert(all.prompts.end(), n, all.rows.size() - 1);
  for (const auto& [condition, set] : sets) {
    Corpus& corpus = all.by_name[condition];
    corpus.texts.insert(corpus.texts.end(),
                        set->texts.begin(),
                        set->texts.begin() + static_cast<std::ptrdiff_t>(n));
    if (set->embeddings.rows() == 0) continue;
    const auto from = static_cast<Eigen::Index>(first),
               count = static_cast<Eigen::Index>(n);
    corpus.embeddings.conservativeResize(from + count, set->embeddings.cols());
    corpus.embeddings.bottomRows(count) = set->embeddings.topRows(count);
  }
}

Corpora corpora_of(const ExperimentConfig& config,
                   const std::vector<TextSet>& sets) {
  Corpora all;
  std::vector<std::string> prompts;
  std::map<std::string, SetsOfPrompt> by_prompt;
  std::set<std::string> found;
  for (const TextSet& set : sets) {
    if (!by_prompt.contains(set.prompt_id)) prompts.push_back(set.prompt_id);
    by_prompt[set.prompt_id][set.condition] = &set;
    found.insert(set.condition);
  }
  for (const Condition& condition : config.conditions) {
    if (found.contains(condition.name)) {
      all.conditions.push_back(condition.name);
    }
  }
  for (const std::string& prompt : prompts) {
    const SetsOfPrompt& of_prompt = by_prompt.at(prompt);
    if (of_prompt.size() < all.conditions.size()) continue;
    size_t fewest = of_prompt.begin()->second->texts.size();
    for (const auto& [name, set] : of_prompt) {
      fewest = std::min(fewest, set->texts.size());
    }
    add_prompt(of_prompt, fewest, all);
  }
  if (all.rows.empty()) {
    throw UserError(
        "there is no prompt that all conditions have texts of, which numbers "
        "of level corpus need; measure fewer conditions");
  }
  return all;
}

// Several numbers of each subset, whose statistics are asked for one after the
// other with the same seed, hence the same subsets in the same order: each is
// computed once.
template <typename Subset>
class Remembered {
 public:
  using Numbers = std::vector<double>;
  explicit Remembered(std::function<Numbers(const Subset&)> compute)
      : compute_(std::move(compute)) {}

  void start(size_t number) {
    number_ = number;
    next_ = 0;
  }
  double next(const Subset& subset) {
    if (next_ == known_.size()) known_.push_back(compute_(subset));
    return known_[next_++].at(number_);
  }

 private:
  std::function<Numbers(const Subset&)> compute_;
  std::vector<Numbers> known_;
  size_t number_ = 0, next_ = 0;
};

using OfPrompts = std::function<std::vector<double>(const RowIndices&)>;

class CorpusNumbers {
 public:
  CorpusNumbers(const ExperimentConfig& config,
                const std::vector<TextSet>& sets)
      : config_(config), all_(corpora_of(config, sets)) {}

  CorpusLevel numbers() {
    for (const std::string& condition : all_.conditions) {
      if (config_.measure.corpus) add_lexical(condition);
      if (asked(kSharedTexts)) add_shared_texts(condition);
      if (condition == config_.measure.reference) continue;
      for (const ReferenceFamily& family : reference_families()) {
        if (asked(family)) add_reference(family, condition);
      }
    }
    for (const auto& [a, b] : config_.report.compare) {
      for (const ReferenceFamily& family : reference_families()) {
        if (can_compare(a) && can_compare(b) && asked(family)) {
          add_comparisons(family, a, b);
        }
      }
    }
    adjust();
    return std::move(result_);
  }

 private:
  bool asked(std::string_view metric) const {
    const auto& names = config_.measure.metrics;
    return std::find(names.begin(), names.end(), metric) != names.end();
  }
  bool asked(const ReferenceFamily& family) const {
    return std::any_of(family.metrics.begin(),
                       family.metrics.end(),
                       [&](std::string_view name) { return asked(name); });
  }
  bool can_compare(const std::string& condition) const {
    return condition != config_.measure.reference &&
           all_.by_name.contains(condition);
  }

  std::string variant(const ReferenceFamily& family) const {
    return fmt::format("{}/{}", config_.measure.encoder, family.parameters);
  }

  const Corpus& reference() const {
    const auto found = all_.by_name.find(config_.measure.reference);
    if (found != all_.by_name.end()) return found->second;
    throw UserError(fmt::format(
        "measure.reference: condition '{}' has no texts to hold the others "
        "against (texts per prompt: see texts.csv)",
        config_.measure.reference));
  }

  SummaryRow row(const std::string& condition,
                 std::string_view metric,
                 const std::string& variant,
                 double value) const {
    return {.condition = condition,
            .metric = std::string(metric),
            .level = std::string(to_string(Level::kCorpus)),
            .variant = variant,
            .direction = std::string(to_string(find_metric(metric).direction)),
            .n_prompts = static_cast<int64_t>(all_.rows.size()),
            .n_texts = static_cast<int64_t>(all_.prompts.size()),
            .mean = value};
  }

  // Fills the intervals of the last rows, `numbers` being those of each row.
  void add_intervals(size_t first_row,
                     const std::vector<size_t>& numbers,
                     const OfPrompts& of_rows) {
    const size_t n = all_.rows.size();
    if (!config_.measure.corpus_intervals || n < 2) return;
    Remembered<std::vector<size_t>> subsets(
        [&](const std::vector<size_t>& prompts) {
          return of_rows(all_.rows_of(prompts));
        });
    for (size_t i = 0; i < numbers.size(); ++i) {
      subsets.start(numbers[i]);
      SummaryRow& row = result_.summaries[first_row + i];
      const Interval ci =
          jackknife_interval(
              n,
              [&](const std::vector<size_t>& prompts) {
                return subsets.next(prompts);
              },
              {.deleted = static_cast<int64_t>(n / 2), .subsets = kSubsets})
              .ci;
      row.ci_low = ci.low;
      row.ci_high = ci.high;
    }
  }

  void add_lexical(const std::string& condition) {
    const Corpus& corpus = all_.by_name.at(condition);
    const auto evaluated = [&](const RowIndices& rows) {
      TextSet set{.condition = condition, .prompt_id = "all prompts"};
      for (const size_t row : rows) set.texts.push_back(corpus.texts[row]);
      return evaluate_corpus(set, config_.measure.metrics);
    };
    const size_t first = result_.summaries.size();
    std::vector<size_t> numbers;
    for (const MetricValue& value : evaluated(all_.all_rows())) {
      numbers.push_back(numbers.size());
      result_.summaries.push_back(
          row(condition, value.metric, value.variant, value.value));
    }
    add_intervals(first, numbers, [&](const RowIndices& rows) {
      std::vector<double> values;
      for (const MetricValue& value : evaluated(rows)) {
        values.push_back(value.value);
      }
      return values;
    });
  }

  void add_shared_texts(const std::string& condition) {
    const Corpus& corpus = all_.by_name.at(condition);
    std::vector<std::vector<std::string>> prompts;
    for (const std::vector<size_t>& rows : all_.rows) {
      std::vector<std::string>& texts = prompts.emplace_back();
      for (const size_t row : rows) texts.push_back(corpus.texts[row]);
    }
    result_.summaries.push_back(
        row(condition, kSharedTexts, "nfc", shared_text_rate(prompts)));
  }

  void add_reference(const ReferenceFamily& family,
                     const std::string& condition) {
    const ReferenceSubsets subsets = family.prepare(
        reference().embeddings, all_.by_name.at(condition).embeddings);
    const RowIndices all = all_.all_rows();
    const ReferenceValues values = subsets(all, all);
    const size_t first = result_.summaries.size();
    std::vector<size_t> numbers;
    for (size_t i = 0; i < family.metrics.size(); ++i) {
      if (!asked(family.metrics[i])) continue;
      numbers.push_back(i);
      result_.summaries.push_back(
          row(condition, family.metrics[i], variant(family), values[i]));
    }
    add_intervals(first, numbers, [&](const RowIndices& rows) {
      const ReferenceValues of_rows = subsets(rows, rows);
      return std::vector<double>(of_rows.begin(), of_rows.end());
    });
  }

  double summary_of(const std::string& condition,
                    std::string_view metric) const {
    for (const SummaryRow& row : result_.summaries) {
      if (row.condition == condition && row.metric == metric) return row.mean;
    }
    return kUndefined;
  }

  void add_comparisons(const ReferenceFamily& family,
                       const std::string& a,
                       const std::string& b) {
    const size_t first = result_.comparisons.size();
    std::vector<size_t> numbers;
    for (size_t i = 0; i < family.metrics.size(); ++i) {
      if (!asked(family.metrics[i])) continue;
      const double mean_a = summary_of(a, family.metrics[i]),
                   mean_b = summary_of(b, family.metrics[i]);
      numbers.push_back(i);
      result_.comparisons.push_back(
          {.metric = std::string(family.metrics[i]),
           .level = std::string(to_string(Level::kCorpus)),
           .variant = variant(family),
           .condition_a = a,
           .condition_b = b,
           .n = static_cast<int64_t>(all_.rows.size()),
           .mean_a = mean_a,
           .mean_b = mean_b,
           .delta = mean_b - mean_a,
           .effect_name = "none",
           .test = "none",
           .family = "corpus"});
    }
    if (config_.measure.permutations > 0) test(family, a, b, first, numbers);
  }

  // The texts of a, then those of b; the reference stays as it is.
  void test(const ReferenceFamily& family,
            const std::string& a,
            const std::string& b,
            size_t first,
            const std::vector<size_t>& numbers) {
    const ReferenceSubsets subsets =
        family.prepare(reference().embeddings,
                       stack(all_.by_name.at(a).embeddings,
                             all_.by_name.at(b).embeddings,
                             "measure.reference"));
    LabelledTexts texts{all_.prompts, std::vector<bool>(all_.prompts.size())};
    texts.prompts.insert(
        texts.prompts.end(), all_.prompts.begin(), all_.prompts.end());
    texts.in_b.resize(texts.prompts.size(), true);
    const RowIndices all = all_.all_rows();
    using Sides = std::pair<RowIndices, RowIndices>;
    Remembered<Sides> arrangements([&](const Sides& sides) {
      const ReferenceValues of_a = subsets(all, sides.first),
                            of_b = subsets(all, sides.second);
      std::vector<double> differences;
      for (size_t i = 0; i < of_a.size(); ++i) {
        differences.push_back(of_b[i] - of_a[i]);
      }
      return differences;
    });
    for (size_t i = 0; i < numbers.size(); ++i) {
      arrangements.start(numbers[i]);
      const PermutationResult tested =
          permutation_test(texts,
                           [&](const RowIndices& in_a, const RowIndices& in_b) {
                             return arrangements.next({in_a, in_b});
                           },
                           {.permutations = config_.measure.permutations});
      result_.comparisons[first + i].test = tested.test;
      result_.comparisons[first + i].p = tested.p;
    }
  }

  void adjust() {
    std::vector<double> p;
    for (const ComparisonRow& row : result_.comparisons) p.push_back(row.p);
    const std::vector<double> adjusted = holm(p);
    for (size_t i = 0; i < adjusted.size(); ++i) {
      result_.comparisons[i].p_adjusted = adjusted[i];
    }
  }

  const ExperimentConfig& config_;
  Corpora all_;
  CorpusLevel result_;
};

bool needs_reference(const std::string& metric) {
  const MetricDescriptor& found = find_metric(metric);
  return found.level == Level::kCorpus && found.input == Input::kEmbeddings;
}

}  // namespace

void check_reference(const ExperimentConfig& config) {
  const auto& names = config.measure.metrics;
  const auto found = std::find_if(names.begin(), names.end(), needs_reference);
  if (found == names.end() || !config.measure.reference.empty()) return;
  throw UserError(fmt::format(
      "measure.metrics: {} holds the texts of a condition against those of "
      "another; name that one in measure.reference (--reference)",
      *found));
}

CorpusLevel corpus_level(const ExperimentConfig& config,
                         const std::vector<TextSet>& sets) {
  check_reference(config);
  const auto& names = config.measure.metrics;
  const bool any =
      std::any_of(names.begin(), names.end(), [](const std::string& metric) {
        return find_metric(metric).level == Level::kCorpus;
      });
  if (!config.measure.corpus && !any) return {};
  return CorpusNumbers(config, sets).numbers();
}

}  // namespace cdx
