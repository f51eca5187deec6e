#pragma once

#include "metrics/text_set.h"
#include "metrics/word_tokens.h"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

// What computes each metric of the table, from what all metrics of a set share.
namespace cdx {

// One row of a metric: MetricValue without the names.
struct EvaluatedValue {
  std::string variant;
  double value = 0;
  int64_t n_texts = 0;
  std::vector<double> per_text;
};

class Work {
 public:
  Work(const TextSet& set, const EvaluateOptions& options)
      : set(set), options(options) {}

  const TextSet& set;
  const EvaluateOptions& options;

  // Words of the texts by a tokeniser ("ws", "13a", "nltk310", "rouge",
  // "tevet", "lr"), made when they are first asked for.
  const TokenIds& words(const std::string& tokeniser) const;

 private:
  mutable std::map<std::string, TokenIds> words_;
};

using Evaluator = std::vector<EvaluatedValue> (*)(const Work& work);

// UserError when there is none.
Evaluator find_evaluator(std::string_view metric);

}  // namespace cdx
