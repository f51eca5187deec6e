#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cdx {

// What a higher value says.
enum class Direction {
  kHigherIsMoreDiverse,
  kHigherIsLessDiverse,
  kHigherIsBetterQuality,
  kControl,  // neither: what one must know to read the others
};

// What one value is computed from: the texts of one prompt; all texts of a
// condition; one text, then averaged over the texts of a prompt.
enum class Level { kSet, kCorpus, kText };

// What a TextSet must hold for the metric.
enum class Input {
  kTexts,
  kTokenCounts,
  kFinishReasons,
  kTales,
  kEmbeddings,
  kClasses,          // of a partition made elsewhere
  kGatedEmbeddings,  // and which texts pass a named quality gate
  kScores,           // of other programs
  kPrompts,          // embeddings of the texts and of all prompts
};

struct MetricDescriptor {
  std::string_view name;  // in the experiment file, the CSVs and `cdx metrics`
  Direction direction;
  Level level;
  Input input;
  std::string_view unit;        // "ratio", "share", "bits", …
  int version;                  // raised when the definition changes
  std::string_view definition;  // one line
  std::string_view source;      // paper, or "by definition"
  std::string_view cost;
};

// Every metric, in the order in which reports list them. Adding one: a line
// here, a function in its file, a line in the table of evaluators.cc.
std::span<const MetricDescriptor> metric_table();

// UserError with the nearest known name when there is none called `name`.
const MetricDescriptor& find_metric(std::string_view name);

// "higher_is_more_diverse" … "control"; "set", "corpus", "text".
std::string_view to_string(Direction direction);
std::string_view to_string(Level level);
// In words: "more diverse" … "neither".
std::string_view meaning_of(Direction direction);

}  // namespace cdx
