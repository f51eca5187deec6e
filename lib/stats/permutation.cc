#include "stats/permutation.h"

#include "stats/random.h"
#include "util/errors.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <utility>

namespace cdx {
namespace {

// The texts of one prompt and their labels, 1 for condition b.
struct Block {
  std::vector<size_t> texts;
  std::vector<char> labels;
};

void check(const LabelledTexts& texts, const PermutationOptions& options) {
  if (options.permutations < 1) {
    throw UserError("permutation_test: needs at least one permutation");
  }
  if (texts.prompts.size() != texts.in_b.size()) {
    throw UserError("permutation_test: needs a label for each text");
  }
  const auto in_b = std::count(texts.in_b.begin(), texts.in_b.end(), true);
  if (in_b == 0 || static_cast<size_t>(in_b) == texts.in_b.size()) {
    throw UserError("permutation_test: a condition has no text");
  }
}

std::vector<Block> blocks_of(const LabelledTexts& texts) {
  std::map<size_t, Block> by_prompt;
  for (size_t i = 0; i < texts.prompts.size(); ++i) {
    Block& block = by_prompt[texts.prompts[i]];
    block.texts.push_back(i);
    block.labels.push_back(texts.in_b[i] ? 1 : 0);
  }
  std::vector<Block> blocks;
  blocks.reserve(by_prompt.size());
  for (auto& [prompt, block] : by_prompt) blocks.push_back(std::move(block));
  return blocks;
}

// How many ways there are to label the texts; a double, for it may be huge.
double count_arrangements(const std::vector<Block>& blocks) {
  double count = 1;
  for (const Block& block : blocks) {
    double in_b = 0, texts = 0;
    for (char label : block.labels) {
      in_b += label;
      ++texts;
    }
    double choices = 1;  // texts over in_b, exact while it matters
    for (double k = 1; k <= in_b; ++k) {
      choices = choices * (texts - in_b + k) / k;
    }
    count *= choices;
  }
  return count;
}

void shuffle(std::vector<Block>& blocks, SplitMix64& random) {
  for (Block& block : blocks) {
    for (size_t i = block.labels.size(); i > 1; --i) {
      std::swap(block.labels[i - 1], block.labels[random.below(i)]);
    }
  }
}

// The next of all arrangements; false after the last, which the sorted one
// follows.
bool advance(std::vector<Block>& blocks) {
  return std::any_of(blocks.begin(), blocks.end(), [](Block& block) {
    return std::next_permutation(block.labels.begin(), block.labels.end());
  });
}

class Counter {
 public:
  Counter(const TwoSetStatistic& statistic, const std::vector<Block>& observed)
      : statistic_(statistic), observed_(value_of(observed)) {}

  double observed() const { return observed_; }

  void add(const std::vector<Block>& blocks) { count(value_of(blocks)); }
  void add_observed() { count(observed_); }

  PermutationResult result(std::string test) const {
    const auto all = static_cast<double>(arrangements_);
    const double p_greater = static_cast<double>(at_least_) / all;
    const double p_less = static_cast<double>(at_most_) / all;
    return {.statistic = observed_,
            .p = std::min(1.0, 2 * std::min(p_greater, p_less)),
            .p_greater = p_greater,
            .p_less = p_less,
            .test = std::move(test),
            .arrangements = arrangements_,
            .n_undefined = n_undefined_};
  }

 private:
  double value_of(const std::vector<Block>& blocks) {
    a_.clear();
    b_.clear();
    for (const Block& block : blocks) {
      for (size_t i = 0; i < block.texts.size(); ++i) {
        (block.labels[i] != 0 ? b_ : a_).push_back(block.texts[i]);
      }
    }
    return statistic_(a_, b_);
  }

  void count(double value) {
    constexpr double kEpsilon = std::numeric_limits<double>::epsilon();
    const double noise = 100 * kEpsilon * std::abs(observed_);
    ++arrangements_;
    n_undefined_ += std::isnan(value) ? 1 : 0;
    at_least_ += value < observed_ - noise ? 0 : 1;
    at_most_ += value > observed_ + noise ? 0 : 1;
  }

  const TwoSetStatistic& statistic_;
  std::vector<size_t> a_, b_;
  double observed_ = 0;
  int64_t arrangements_ = 0, at_least_ = 0, at_most_ = 0, n_undefined_ = 0;
};

}  // namespace

PermutationResult permutation_test(const LabelledTexts& texts,
                                   const TwoSetStatistic& statistic,
                                   const PermutationOptions& options) {
  check(texts, options);
  std::vector<Block> blocks = blocks_of(texts);
  Counter counter(statistic, blocks);
  if (std::isnan(counter.observed())) {
    const double nan = std::nan("");
    return {.statistic = nan,
            .p = nan,
            .p_greater = nan,
            .p_less = nan,
            .test = "none"};
  }
  if (count_arrangements(blocks) <= static_cast<double>(options.permutations)) {
    for (Block& block : blocks) {
      std::sort(block.labels.begin(), block.labels.end());
    }
    do {
      counter.add(blocks);
    } while (advance(blocks));
    return counter.result("permutation_exact");
  }
  counter.add_observed();
  SplitMix64 random(options.seed);
  for (int64_t i = 0; i < options.permutations; ++i) {
    shuffle(blocks, random);
    counter.add(blocks);
  }
  return counter.result("permutation_monte_carlo");
}

}  // namespace cdx
