#include "metrics/evaluate.h"

#include "metrics/distinct_k.h"
#include "metrics/golden.h"
#include "metrics/lexical.h"
#include "support.h"
#include "util/errors.h"

#include <cmath>

#include <doctest/doctest.h>

namespace cdx {
namespace {

TaleCheck tale(bool grammatical,
               bool agreeing,
               bool on_prompt,
               std::vector<std::string> choices) {
  TaleCheck check;
  check.grammatical = grammatical;
  check.agreeing = agreeing;
  check.on_prompt = on_prompt;
  check.choices = std::move(choices);
  return check;
}

// Four texts of which everything is known.
TextSet full_set() {
  TextSet set;
  set.condition = "dpo";
  set.prompt_id = "p7";
  set.texts = test::kTextsB;
  set.n_tokens = {7, 8, 6, 9};
  set.finished_by_length = {false, true, false, false};
  set.tales = {tale(true, true, true, {"fox", "sad"}),
               tale(true, true, false, {"owl", "sad"}),
               tale(true, false, true, {"fox", "sad"}),
               tale(false, false, true, {"unrecognised", "sad"})};
  set.classes = {"quest", "loss", "quest", "quest"};
  set.embeddings.resize(4, 2);
  set.embeddings << 1.0F, 0.0F, 0.0F, 1.0F, 1.0F, 0.0F, 0.0F, 1.0F;
  set.scores = {{"reward", {1, 2, 3, 4}}};
  set.gated = {1, 1, 0, 1};
  set.off_prompt = {0, 0, 1, 0};
  return set;
}

EvaluateOptions options() {
  return {"MiniLM", {{"hero", 3}, {"ending", 2}}, "plots", QualityGate{"good"}};
}

std::vector<std::string> all_names() {
  std::vector<std::string> names;
  for (const MetricDescriptor& metric : metric_table()) {
    if (metric.level != Level::kCorpus) names.emplace_back(metric.name);
  }
  return names;
}

std::vector<MetricValue> rows_of(const TextSet& set, const std::string& name) {
  return evaluate(set, {name}, options());
}

// The value of a metric of one row.
double value_of(const TextSet& set, const std::string& name) {
  const std::vector<MetricValue> rows = rows_of(set, name);
  REQUIRE(rows.size() == 1);
  return rows[0].value;
}

}  // namespace

TEST_CASE("Every metric in the table can be computed, in the order asked for") {
  const std::vector<MetricValue> rows =
      evaluate(full_set(), all_names(), options());
  // One row each, one more for each slot and each further threshold, of which
  // two metrics have several.
  CHECK(rows.size() == all_names().size() + options().slots.size() +
                           2 * (kDistinctThresholds.size() - 1));
  std::vector<std::string> order;
  for (const MetricValue& row : rows) {
    CAPTURE(row.metric);
    CHECK(row.condition == "dpo");
    CHECK(row.prompt_id == "p7");
    CHECK(row.level == find_metric(row.metric).level);
    const bool too_short = row.metric == "mattr";  // below its window
    CHECK(row.n_texts == (too_short ? 0 : 4));
    CHECK(std::isfinite(row.value) == !too_short);
    CHECK(row.per_text.size() == (row.level == Level::kText ? 4 : 0));
    if (order.empty() || order.back() != row.metric)
      order.push_back(row.metric);
  }
  CHECK(order == all_names());
}

TEST_CASE("Rows of sets hold the metric's number and its variant") {
  const TextSet set = full_set();
  CHECK(value_of(set, "distinct_1") == 14.0 / 23);
  CHECK(value_of(set, "distinct_2") == 14.0 / 19);
  CHECK(value_of(set, "distinct_3") == 13.0 / 15);
  CHECK(value_of(set, "compression_ratio_gzip") == 92.0 / 82);
  CHECK(value_of(set, "duplicate_rate") == 0);
  CHECK(value_of(set, "mean_pairwise_distance") ==
        test::close_to(4.0 / 6));  // 4 of 6 pairs are orthogonal
  CHECK(value_of(set, "vendi_score") == test::close_to(2));
  CHECK(rows_of(set, "distinct_2")[0].variant == "ws");
  CHECK(rows_of(set, "compression_ratio_gzip")[0].variant == "gzip9");
  CHECK(rows_of(set, "duplicate_rate")[0].variant == "nfc");
  CHECK(rows_of(set, "vendi_score")[0].variant == "MiniLM");
  CHECK(rows_of(set, "mean_pairwise_distance")[0].variant == "MiniLM");
}

TEST_CASE("Choice entropy has a row for the mean and one for each slot") {
  const std::vector<MetricValue> rows = rows_of(full_set(), "choice_entropy");
  REQUIRE(rows.size() == 3);
  CHECK(rows[0].variant == "mean");
  CHECK(rows[1].variant == "hero");
  CHECK(rows[2].variant == "ending");
  CHECK(rows[1].value > 1.5);
  CHECK(rows[2].value == 0);
  CHECK(rows[0].value == rows[1].value / 2);
}

TEST_CASE("Rows of texts hold the mean and the number of each text") {
  const TextSet set = full_set();
  CHECK(value_of(set, "tale_grammatical") == 0.75);
  CHECK(value_of(set, "tale_agreeing") == 0.5);
  CHECK(value_of(set, "tale_on_prompt") == 0.75);
  CHECK(value_of(set, "tale_valid") == 0.25);
  CHECK(value_of(set, "length_tokens") == 7.5);
  CHECK(value_of(set, "finish_length_rate") == 0.25);
  CHECK(rows_of(set, "finish_length_rate")[0].per_text ==
        std::vector<double>{0, 1, 0, 0});
  CHECK(rows_of(set, "tale_on_prompt")[0].per_text ==
        std::vector<double>{1, 0, 1, 1});
}

TEST_CASE("Lengths and empty texts are counted as Python counts them") {
  for (const Json& golden : test::lexical_golden().at("cases")) {
    TextSet set;
    set.texts = golden.at("texts").get<std::vector<std::string>>();
    const auto per_text = [&](const std::string& name) {
      return rows_of(set, name)[0].per_text;
    };
    const auto python = [&](const char* key) {
      std::vector<double> numbers;
      for (const Json& number : golden.at(key)) {
        numbers.push_back(number.is_boolean()
                              ? static_cast<double>(number.get<bool>())
                              : number.get<double>());
      }
      return numbers;
    };
    CHECK(per_text("length_words") == python("words"));
    CHECK(per_text("length_chars") == python("chars"));
    CHECK(per_text("length_bytes") == python("utf8_bytes"));
    CHECK(per_text("empty_rate") == python("empty"));
  }
}

TEST_CASE("What is not known of texts from elsewhere is undefined, not zero") {
  TextSet set = full_set();
  set.n_tokens.clear();
  set.finished_by_length.clear();
  for (const char* name : {"length_tokens", "finish_length_rate"}) {
    const MetricValue row = rows_of(set, name)[0];
    CHECK(std::isnan(row.value));
    CHECK(row.n_texts == 0);
    CHECK(row.per_text.size() == 4);
  }
}

TEST_CASE("A metric without its input is refused by condition and prompt") {
  TextSet set = full_set();
  set.tales.clear();
  set.embeddings.resize(0, 0);
  CHECK(test::message_of<UserError>([&] { rows_of(set, "vendi_score"); }) ==
        "condition \"dpo\", prompt \"p7\": vendi_score needs sentence "
        "embeddings");
  CHECK(test::message_of<UserError>([&] {
          rows_of(set, "tale_valid");
        }).find("leave it out for other texts") != std::string::npos);
  CHECK_THROWS_AS(rows_of(set, "choice_entropy"), UserError);
  CHECK(test::message_of<UserError>([&] {
          rows_of(set, "distinct2");
        }).find("did you mean \"distinct_2\"") != std::string::npos);
  set.texts.clear();
  CHECK(test::message_of<UserError>([&] {
          rows_of(set, "distinct_2");
        }).find("there are no texts") != std::string::npos);
}

TEST_CASE("Lists of another length than the texts are refused") {
  TextSet set = full_set();
  set.n_tokens.pop_back();
  CHECK(test::message_of<UserError>([&] { rows_of(set, "distinct_2"); }) ==
        "condition \"dpo\", prompt \"p7\": 3 token counts for 4 texts");
  set = full_set();
  set.embeddings.conservativeResize(5, 2);
  CHECK_THROWS_AS(rows_of(set, "distinct_2"), UserError);
  set = full_set();
  set.tales.pop_back();
  CHECK_THROWS_AS(rows_of(set, "distinct_2"), UserError);
  set = full_set();
  set.finished_by_length.push_back(true);
  CHECK_THROWS_AS(rows_of(set, "distinct_2"), UserError);
}

TEST_CASE("The slots of a grammar come with their numbers of values") {
  const TaleGrammar grammar = TaleGrammar::load("data/fable/grammar.json");
  const std::vector<ChoiceSlot> slots = choice_slots(grammar);
  REQUIRE(slots.size() == grammar.slots().size());
  for (size_t i = 0; i < slots.size(); ++i) {
    CHECK(slots[i].name == grammar.slots()[i]);
    CHECK(slots[i].n_choices > 1);
  }
}

}  // namespace cdx
