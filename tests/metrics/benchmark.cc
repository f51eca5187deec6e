#include "metrics/bleu.h"
#include "metrics/evaluate.h"
#include "store/text_files.h"
#include "util/errors.h"
#include "util/parallel.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <numeric>

#include <fmt/format.h>

// Times metrics of texts, for scripts/benchmark_metrics:
//
//   metrics_benchmark THREADS FILE.jsonl METRIC...
//
// Prints "METRIC SECONDS VALUE" of all sets, one after the other, the fastest
// of some runs, and the mean of their values. The time starts with the texts in
// memory, so splitting them into words is part of it.
namespace cdx {
namespace {

constexpr double kLeastSeconds = 0.5;  // of all runs of a metric together
constexpr int kFewestRuns = 3;

std::vector<TextSet> sets_of(const std::string& file) {
  TextFiles files = read_text_files({.inputs = {file}});
  std::map<std::string, size_t> place;
  std::vector<TextSet> sets;
  for (FileText& text : files.texts) {
    const auto [at, is_new] = place.emplace(text.prompt_id, sets.size());
    if (is_new) sets.push_back({.condition = "", .prompt_id = text.prompt_id});
    sets[at->second].texts.push_back(std::move(text.text));
  }
  return sets;
}

double value_of(const TextSet& set, const std::string& metric) {
  if (metric == "self_sacrebleu") return self_sacrebleu(set.texts);
  return evaluate(set, {metric}, {}).front().value;
}

void benchmark(const std::vector<TextSet>& sets,
               const std::string& metric,
               int threads) {
  using Clock = std::chrono::steady_clock;
  double fastest = 0, total = 0;
  std::vector<double> values(sets.size());
  for (int run = 0; run < kFewestRuns || total < kLeastSeconds; ++run) {
    const auto start = Clock::now();
    parallel_for(sets.size(), threads, [&](size_t i) {
      values[i] = value_of(sets[i], metric);
    });
    const std::chrono::duration<double> seconds = Clock::now() - start;
    fastest = run == 0 ? seconds.count() : std::min(fastest, seconds.count());
    total += seconds.count();
  }
  fmt::print("{} {:.9f} {}\n",
             metric,
             fastest,
             std::accumulate(values.begin(), values.end(), 0.0) /
                 static_cast<double>(sets.size()));
}

}  // namespace
}  // namespace cdx

int main(int argc, char** argv) {
  try {
    const std::vector<std::string> words(argv + std::min(argc, 1), argv + argc);
    if (words.size() < 3) throw cdx::UserError("THREADS FILE.jsonl METRIC...");
    const std::vector<cdx::TextSet> sets = cdx::sets_of(words[1]);
    for (size_t i = 2; i < words.size(); ++i) {
      cdx::benchmark(sets, words[i], std::stoi(words[0]));
    }
  } catch (const cdx::Error& error) {
    fmt::print(stderr, "metrics_benchmark: {}\n", error.what());
    return 1;
  }
  return 0;
}
