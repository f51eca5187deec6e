#include "attach_scores.h"

#include "metrics/metric.h"
#include "util/errors.h"

#include <cmath>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace cdx {

AttachScores::AttachScores(std::filesystem::path path)
    : path_(std::move(path)), table_(read_score_table(path_)) {
  for (const MetricDescriptor& metric : metric_table()) {
    for (const std::string& name : table_.names) {
      if (name != metric.name || name == "score") continue;
      throw UserError(
          fmt::format("{}: a score may not have the name of a metric, '{}'",
                      path_.string(),
                      name));
    }
  }
}

void AttachScores::attach(TextSet& set) {
  const std::vector<int64_t>& samples = set.samples;
  for (const std::string& name : table_.names) {
    set.scores.emplace_back(name,
                            std::vector<double>(samples.size(), std::nan("")));
  }
  for (size_t i = 0; i < samples.size(); ++i) {
    ++texts_;
    const auto row =
        table_.rows.find({set.condition, set.prompt_id, samples[i]});
    bool complete = row != table_.rows.end();
    used_ += complete ? 1 : 0;
    for (size_t c = 0; complete && c < table_.names.size(); ++c) {
      set.scores[c].second[i] = row->second[c];
      complete = !std::isnan(row->second[c]);
    }
    if (complete || missing_++ > 0) continue;
    first_missing_ = fmt::format("condition '{}', prompt '{}', sample {}",
                                 set.condition,
                                 set.prompt_id,
                                 samples[i]);
  }
}

void AttachScores::finish() const {
  if (missing_ > 0) {
    throw UserError(fmt::format(
        "{}: {} of {} texts have no row or lack a score in it ({}), the first: "
        "{}",
        path_.string(),
        missing_,
        texts_,
        fmt::join(table_.names, ", "),
        first_missing_));
  }
  if (used_ < table_.rows.size()) {
    fmt::print(stderr,
               "cdx: {}: {} of {} rows are of no text that is measured here\n",
               path_.string(),
               table_.rows.size() - used_,
               table_.rows.size());
  }
  if (!table_.not_scores.empty()) {
    fmt::print(stderr,
               "cdx: {}: not numbers, left out: {}\n",
               path_.string(),
               fmt::join(table_.not_scores, ", "));
  }
}

}  // namespace cdx
