#include "metrics/evaluate.h"
#include "metrics/reference.h"
#include "util/errors.h"
#include "util/hash.h"

#include <cmath>
#include <limits>
#include <numeric>
#include <random>

#include <doctest/doctest.h>
#include <fmt/format.h>

// What every metric of the table answers to texts that hardly are any.
namespace cdx {
namespace {

using Texts = std::vector<std::string>;

const TaleGrammar& grammar() {
  static const TaleGrammar kGrammar =
      TaleGrammar::load("data/fable/grammar.json");
  return kGrammar;
}

// Equal texts have equal embeddings, others hardly similar ones.
Embeddings embeddings_of(const Texts& texts) {
  constexpr Eigen::Index kColumns = 16;
  Embeddings rows(static_cast<Eigen::Index>(texts.size()), kColumns);
  for (Eigen::Index i = 0; i < rows.rows(); ++i) {
    std::mt19937 random(crc32(texts[static_cast<size_t>(i)]));
    std::normal_distribution<float> normal;
    for (float& x : rows.row(i)) x = normal(random);
  }
  return rows;
}

// A set of which everything is known, equal for equal texts.
TextSet set_of(const Texts& texts) {
  TextSet set{.condition = "edge", .prompt_id = "0", .texts = texts};
  set.embeddings = embeddings_of(texts);
  std::vector<double> reward;
  for (const std::string& text : texts) {
    set.n_tokens.push_back(static_cast<int64_t>(text.size()));
    set.finished_by_length.push_back(false);
    set.tales.push_back(
        grammar().check(text, {.theme = "patience", .object = "lantern"}));
    set.classes.push_back(text);
    set.gated.push_back(1);
    set.off_prompt.push_back(text.empty() ? 1 : 0);
    reward.push_back(static_cast<double>(text.size()));
  }
  set.scores.emplace_back("reward", std::move(reward));
  return set;
}

std::vector<MetricValue> values_of(const Texts& texts) {
  std::vector<std::string> names;
  for (const MetricDescriptor& metric : metric_table()) {
    names.emplace_back(metric.name);  // those of level corpus have no row
  }
  return evaluate(set_of(texts),
                  names,
                  {"encoder",
                   choice_slots(grammar()),
                   "partition",
                   QualityGate{.metric = "good"}});
}

double highest(std::string_view unit, const Texts& texts) {
  const auto n = static_cast<double>(texts.size());
  if (unit == "share" || unit == "BLEU" || unit == "F") return 1;
  if (unit == "texts" || unit == "classes") return n;
  if (unit == "1 - cos") return 2;
  if (unit == "0 to 4") return 4;
  if (unit == "0 to 100") return 100;
  return std::numeric_limits<double>::max();
}

// Undefined, or a finite number within the bounds that its unit has.
void check_range(const MetricDescriptor& metric,
                 const Texts& texts,
                 double value) {
  constexpr double kRounding = 1e-9;
  if (std::isnan(value)) return;
  // What the package has for one text.
  if (metric.name == "chamfer_distance_compat" && texts.size() == 1) {
    CHECK(value == 1e9);
    return;
  }
  CHECK(value >= -kRounding);
  CHECK(value <= highest(metric.unit, texts) + kRounding);
}

void check_answers(const std::string& what, const Texts& texts) {
  CAPTURE(what);
  for (const MetricValue& row : values_of(texts)) {
    CAPTURE(row.metric);
    const MetricDescriptor& metric = find_metric(row.metric);
    check_range(metric, texts, row.value);
    CHECK(row.n_texts >= 0);
    CHECK(row.n_texts <= static_cast<int64_t>(texts.size()));
    for (const double of_text : row.per_text) {
      check_range(metric, texts, of_text);
    }
  }
}

std::string repeated(const std::string& piece, size_t bytes) {
  std::string text;
  while (text.size() < bytes) text += piece;
  return text;
}

// Words that never come twice.
std::string many_words(size_t bytes) {
  std::string text;
  for (int i = 0; text.size() < bytes; ++i) text += fmt::format("w{} ", i);
  return text;
}

const std::string kStory =
    "Once there was a small fox who lived in the wood and was afraid of rain. "
    "One day it rained, and the fox found that nothing came of it at all.";
constexpr size_t kMegabyte = 1'000'000;

}  // namespace

TEST_CASE("Every metric answers odd texts with a number in range or none") {
  check_answers("an empty text among others", {kStory, "", "a cat sat there"});
  check_answers("empty texts", {"", "", ""});
  check_answers("one empty text", {""});
  check_answers("one text", {kStory});
  check_answers("two equal texts", {kStory, kStory});
  check_answers("one word each", {"fox", "owl", "fox", "hen"});
  check_answers("the same word", {"fox", "fox", "fox"});
  check_answers("white space", {" ", "\n\n\t", "\u3000\u2028", "\r\n"});
  check_answers(
      "emoji",
      {"\U0001F98A", "\U0001F98A\U0001F525", "\U0001F468\u200D\U0001F469"});
  check_answers("combining characters alone",
                {"\u0301", repeated("\u0301", 600), "e\u0301\u0323"});
  check_answers("punctuation", {"...", "—–-", "''\"`", "?!?!"});
  check_answers("control characters", {std::string(3, '\0'), "\x1F\x7F\x01"});
}

TEST_CASE("Every metric answers texts of a megabyte in seconds") {
  check_answers("a long word", {std::string(kMegabyte, 'x'), kStory});
  check_answers("new words",
                {many_words(kMegabyte), many_words(kMegabyte / 4)});
  check_answers(
      "a loop",
      {repeated(kStory + " ", kMegabyte), repeated(kStory, kMegabyte / 4)});
  check_answers("quotation marks and periods",
                {repeated("'", kMegabyte),
                 repeated("\"", kMegabyte),
                 repeated(".", kMegabyte)});
  check_answers("marks on one letter",
                {"e" + repeated("\u0301", kMegabyte), kStory});
}

// What a metric says of equal texts, where that is a number of its own; NaN
// for those that depend on the text.
double value_of_equal_texts(const MetricDescriptor& metric, size_t n) {
  if (metric.name == "duplicate_rate") {
    return 1 - 1 / static_cast<double>(n);
  }
  const std::string_view unit = metric.unit;
  if (unit == "BLEU" || unit == "F") return 1;
  if (unit == "texts" || unit == "classes") return 1;
  if (unit == "1 - cos" || unit == "bits") return 0;
  return std::nan("");
}

TEST_CASE("Equal texts are the least diverse by every metric of diversity") {
  const Texts equal(4, kStory);
  // As many words, all different ones.
  Texts different;
  for (const char* letter : {"a", "b", "c", "d"}) {
    std::string text = kStory;
    for (size_t at = 0; (at = text.find(' ', at)) != text.npos; at += 2) {
      text.insert(at, letter);
    }
    different.push_back(text + letter);
  }
  const std::vector<MetricValue> low = values_of(equal),
                                 high = values_of(different);
  REQUIRE(low.size() == high.size());
  for (size_t i = 0; i < low.size(); ++i) {
    const MetricDescriptor& metric = find_metric(low[i].metric);
    CAPTURE(low[i].metric);
    CAPTURE(low[i].variant);
    const double golden = value_of_equal_texts(metric, equal.size());
    if (!std::isnan(golden)) {
      CHECK(low[i].value == doctest::Approx(golden).epsilon(1e-6));
    }
    if (metric.direction == Direction::kHigherIsLessDiverse) {
      CHECK(low[i].value > high[i].value);
    } else if (metric.direction == Direction::kHigherIsMoreDiverse &&
               metric.unit != "bits") {  // no choice of a tale is in these
      CHECK(low[i].value < high[i].value);
    }
  }
}

TEST_CASE("Metrics against a reference refuse what is too little for them") {
  const auto fill = [](Eigen::Index rows, bool equal) {
    Texts texts;
    for (Eigen::Index i = 0; i < rows; ++i) {
      texts.push_back(equal ? "same" : fmt::format("text {}", i));
    }
    return embeddings_of(texts);
  };
  for (const ReferenceFamily& family : reference_families()) {
    CAPTURE(family.metrics[0]);
    for (const Eigen::Index rows : {1, 2, 5, 6, 12}) {
      CAPTURE(rows);
      for (const bool equal : {false, true}) {
        CAPTURE(equal);
        RowIndices all(static_cast<size_t>(rows));
        std::iota(all.begin(), all.end(), size_t{0});
        try {
          const ReferenceSubsets subsets =
              family.prepare(fill(rows, equal), fill(rows, equal));
          const ReferenceValues values = subsets(all, all);
          for (size_t i = 0; i < values.size(); ++i) {
            CAPTURE(family.metrics[i]);
            check_range(
                find_metric(family.metrics[i]), Texts(all.size()), values[i]);
          }
        } catch (const UserError&) {
          CHECK(rows < 12);
        }
      }
    }
  }
}

}  // namespace cdx
