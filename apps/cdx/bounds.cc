#include "bounds.h"

#include "metrics/off_prompt.h"
#include "metrics/reference.h"
#include "stats/random.h"
#include "stats/subsets.h"
#include "util/errors.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <span>

#include <fmt/format.h>

namespace cdx {
namespace {

// Place of a text: its set, and its number in the set.
using Places = std::vector<std::pair<size_t, size_t>>;

Places places_in(Sets sets) {
  Places places;
  for (size_t s = 0; s < sets.size(); ++s) {
    for (size_t i = 0; i < sets[s].texts.size(); ++i) places.emplace_back(s, i);
  }
  return places;
}

// Sets of the same sizes with the texts that `from` names, one after the other.
std::vector<TextSet> refilled(Sets sets, const Places& from) {
  std::vector<TextSet> filled;
  size_t next = 0;
  for (const TextSet& set : sets) {
    TextSet copy{.condition = set.condition, .prompt_id = set.prompt_id};
    copy.embeddings.resize(set.embeddings.rows(), set.embeddings.cols());
    for (size_t i = 0; i < set.texts.size(); ++i, ++next) {
      const auto& [s, number] = from[next];
      copy.texts.push_back(sets[s].texts[number]);
      if (set.embeddings.rows() == 0) continue;
      copy.embeddings.row(static_cast<Eigen::Index>(i)) =
          sets[s].embeddings.row(static_cast<Eigen::Index>(number));
    }
    filled.push_back(std::move(copy));
  }
  return filled;
}

std::vector<TextSet> duplicated(Sets sets) {
  Places places = places_in(sets);
  for (auto& [set, number] : places) number = 0;
  return refilled(sets, places);
}

std::vector<TextSet> shuffled(Sets sets, uint64_t seed) {
  Places places = places_in(sets);
  SplitMix64 random(seed);
  for (size_t i = places.size(); i > 1; --i) {
    std::swap(places[i - 1], places[random.below(i)]);
  }
  return refilled(sets, places);
}

class Bounds {
 public:
  Bounds(const std::vector<std::string>& metrics, const BoundsOptions& options)
      : metrics_(metrics), options_(options) {}

  std::vector<BoundRow> rows(const std::vector<TextSet>& sets) {
    const std::vector<std::string> of_sets = set_metrics_of_texts(metrics_);
    for (const Sets of_condition : by_condition(sets)) {
      add("duplicated", duplicated(of_condition), of_sets);
      std::vector<TextSet> dealt = shuffled(of_condition, options_.seed);
      std::vector<std::string> of_dealt = of_sets;
      if (options_.prompt_rows.rows() > 0) {
        add_off_prompt(dealt);
        of_dealt.emplace_back("off_prompt_rate");
      }
      add("shuffled", dealt, of_dealt);
      if (of_condition.front().condition == options_.reference) {
        add_split(of_condition);
      }
    }
    return std::move(rows_);
  }

 private:
  void add_off_prompt(std::vector<TextSet>& sets) const {
    for (TextSet& set : sets) {
      const size_t own = options_.prompts.at(set.prompt_id);
      set.off_prompt = off_prompt(
          set.embeddings, options_.prompt_rows, static_cast<Eigen::Index>(own));
    }
  }

  // Means over the prompts on which a metric is defined.
  void add(const char* bound,
           const std::vector<TextSet>& sets,
           const std::vector<std::string>& metrics) {
    using Series = std::pair<std::string, std::string>;  // metric, variant
    std::vector<Series> order;
    std::map<Series, std::pair<double, int64_t>> sums;
    for (const TextSet& set : sets) {
      for (const MetricValue& value :
           evaluate(set, metrics, options_.evaluate)) {
        const Series series{value.metric, value.variant};
        const auto [at, is_new] = sums.try_emplace(series);
        if (is_new) order.push_back(series);
        if (std::isnan(value.value)) continue;
        at->second.first += value.value;
        at->second.second += 1;
      }
    }
    for (const Series& series : order) {
      const auto& [sum, n] = sums.at(series);
      rows_.push_back({sets.front().condition,
                       series.first,
                       series.second,
                       bound,
                       n,
                       n == 0 ? kUndefined : sum / static_cast<double>(n)});
    }
  }

  bool asked(std::string_view metric) const {
    return std::find(metrics_.begin(), metrics_.end(), metric) !=
           metrics_.end();
  }

  void add_split(Sets sets) {
    std::vector<Eigen::Index> first, second;  // rows of all texts
    Eigen::Index row = 0;
    int64_t prompts = 0;
    Embeddings all(static_cast<Eigen::Index>(places_in(sets).size()),
                   sets.front().embeddings.cols());
    for (const TextSet& set : sets) {
      all.middleRows(row, set.embeddings.rows()) = set.embeddings;
      const auto [a, b] = random_halves(
          set.texts.size(), options_.seed + static_cast<uint64_t>(prompts++));
      for (const size_t i : a) {
        first.push_back(row + static_cast<Eigen::Index>(i));
      }
      for (const size_t i : b) {
        second.push_back(row + static_cast<Eigen::Index>(i));
      }
      row += set.embeddings.rows();
    }
    for (const ReferenceFamily& family : reference_families()) {
      const bool some = std::any_of(family.metrics.begin(),
                                    family.metrics.end(),
                                    [&](auto name) { return asked(name); });
      if (!some) continue;
      const ReferenceValues values =
          between(family, all(first, Eigen::all), all(second, Eigen::all));
      for (size_t i = 0; i < family.metrics.size(); ++i) {
        if (!asked(family.metrics[i])) continue;
        rows_.push_back(
            {options_.reference,
             std::string(family.metrics[i]),
             fmt::format("{}/{}", options_.evaluate.encoder, family.parameters),
             "split",
             prompts,
             values[i]});
      }
    }
  }

  // Undefined where half the texts are too few for the family.
  static ReferenceValues between(const ReferenceFamily& family,
                                 const Embeddings& a,
                                 const Embeddings& b) {
    RowIndices rows(static_cast<size_t>(a.rows()));
    std::iota(rows.begin(), rows.end(), size_t{0});
    try {
      return family.prepare(a, b)(rows, rows);
    } catch (const UserError&) {
      return {kUndefined, kUndefined, kUndefined, kUndefined};
    }
  }

  const std::vector<std::string>& metrics_;
  const BoundsOptions& options_;
  std::vector<BoundRow> rows_;
};

}  // namespace

std::vector<BoundRow> bounds(const std::vector<TextSet>& sets,
                             const std::vector<std::string>& metrics,
                             const BoundsOptions& options) {
  return Bounds(metrics, options).rows(sets);
}

}  // namespace cdx
