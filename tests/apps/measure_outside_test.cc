#include "measured_input.h"
#include "store/npy.h"
#include "util/files.h"

#include <string>

#include <doctest/doctest.h>
#include <fmt/format.h>

// cdx measure with embeddings, classes and scores of other programs, and the
// gates that they make.
namespace cdx {
namespace {

namespace fs = std::filesystem;
using test::cdx;
using test::cell;
using test::has;
using test::Result;
using Input = test::MeasuredInput;

// Base has three texts of prompt 0 and two of the others, tuned two of each.
constexpr int kTexts = 49;

TEST_CASE("embeddings made elsewhere stand in for an encoder's") {
  const Input input;
  // In the order of the files: base's texts of a prompt are orthogonal, its
  // third text of prompt 0 (left out) is like the first; tuned's are alike.
  NpyMatrix matrix{.rows = kTexts, .columns = 2, .values = {}};
  std::string lines;
  int64_t row = 0;
  for (const char* condition : {"base", "tuned"}) {
    for (int prompt = 0; prompt < 12; ++prompt) {
      const bool base = condition == std::string("base");
      for (int i = 0; i < (base && prompt == 0 ? 3 : 2); ++i, ++row) {
        const bool up = base && i == 1;
        matrix.values.push_back(up ? 0 : 2);
        matrix.values.push_back(up ? 3 : 0);
        lines =
            fmt::format(
                R"({{"condition":"{}","prompt_id":{},"sample":{},"embedding":[{},{}]}})"
                "\n",
                condition,
                prompt,
                i,
                up ? 0 : 2,
                up ? 3 : 0) +
            lines;
      }
    }
  }
  const std::string npy = (input.folder / "mine.npy").string();
  const std::string jsonl = (input.folder / "mine.jsonl").string();
  test::write_text(npy, encode_npy(matrix));
  test::write_text(jsonl, lines);
  for (const std::string& file : {npy, jsonl}) {
    const Result result =
        input.measure("--metrics mean_pairwise_distance --embeddings " + file);
    CAPTURE(result.out);
    REQUIRE(result.status == 0);
    const CsvTable summary = input.table("summary.csv");
    CHECK(cell(summary, 0, "variant") == "mine");
    CHECK(cell(summary, 0, "mean") == "1");
    CHECK(cell(summary, 1, "mean") == "0");
  }
  --matrix.rows;
  matrix.values.resize(matrix.values.size() - 2);
  test::write_text(npy, encode_npy(matrix));
  const std::string of_npy = "--metrics vendi_score --embeddings " + npy;
  const Result few = input.measure(of_npy);
  CHECK(few.status == 2);
  CHECK(has(few, "mine.npy: 48 rows for 49 texts"));
  test::write_text(jsonl, lines.substr(lines.find('\n') + 1));
  const Result missing =
      input.measure("--metrics vendi_score --embeddings " + jsonl);
  CHECK(missing.status == 2);
  CHECK(has(missing, "nothing about condition 'tuned', prompt '11', sample 1"));
  CHECK(input.measure(of_npy + " --extract all").status == 2);
  CHECK(input.measure(of_npy + " --encoder x").status == 2);
}

TEST_CASE("classes made elsewhere are counted for each prompt") {
  const Input input;
  std::string csv = "condition,prompt_id,sample,class\n";
  std::string lines;
  for (int prompt = 0; prompt < 12; ++prompt) {
    for (int i = 0; i < (prompt == 0 ? 3 : 2); ++i) {
      csv += fmt::format("base,{},{},{}\n", prompt, i, i);
    }
    csv += fmt::format("tuned,{0},0,same\ntuned,{0},1,same\n", prompt);
  }
  const std::string file = (input.folder / "plots.csv").string();
  test::write_text(file, csv);
  const Result result = input.measure("--metrics distinct_1 --classes " + file);
  CAPTURE(result.out);
  REQUIRE(result.status == 0);
  const CsvTable summary = input.table("summary.csv");
  CHECK(cell(summary, 1, "metric") == "distinct_classes");
  CHECK(cell(summary, 1, "variant") == "plots");
  CHECK(cell(summary, 1, "mean") == "2");
  CHECK(cell(summary, 3, "mean") == "1");

  test::write_text(file, csv + "tuned,3,1,other\n");
  const Result twice = input.measure("--metrics distinct_1 --classes " + file);
  CHECK(twice.status == 2);
  CHECK(has(twice, "plots.csv:51: this text was there before"));
  const Result none = input.measure("--metrics distinct_classes");
  CHECK(none.status == 2);
  CHECK(has(none, "distinct_classes needs --classes FILE"));
}

// A score for each text that is compared: base 3 · prompt + sample, tuned less.
std::string scores_of(const char* last) {
  std::string csv = "condition,prompt_id,sample,reward,judge\n";
  for (int prompt = 0; prompt < 12; ++prompt) {
    for (int i = 0; i < 2; ++i) {
      csv += fmt::format("base,{0},{1},{2},1\n", prompt, i, 3 * prompt + i);
      if (prompt < 11 || i < 1) {
        csv += fmt::format("tuned,{0},{1},{2},0\n", prompt, i, 3 * prompt - 1);
      }
    }
  }
  return csv + last;
}

TEST_CASE("scores from outside are metrics of texts") {
  const Input input;
  const std::string file = (input.folder / "scores.csv").string();
  test::write_text(file, scores_of("tuned,11,1,32,0\nother,0,0,1,1\n"));
  const Result result = input.measure("--metrics distinct_1 --scores " + file);
  CAPTURE(result.out);
  REQUIRE(result.status == 0);
  CHECK(has(result, "1 of 49 rows are of no text that is measured here"));
  const CsvTable summary = input.table("summary.csv");
  CHECK(cell(summary, 1, "metric") == "score");
  CHECK(cell(summary, 1, "variant") == "reward");
  CHECK(cell(summary, 1, "direction") == "higher_is_better_quality");
  CHECK(cell(summary, 1, "mean") == "17");  // 3 · 5.5 + 0.5
  CHECK(cell(summary, 2, "variant") == "judge");
  CHECK(cell(summary, 2, "mean") == "1");
  CHECK(cell(summary, 4, "mean") == "15.5");
  const CsvTable comparisons = input.table("comparisons.csv");
  CHECK(cell(comparisons, 1, "metric") == "score");
  CHECK(cell(comparisons, 1, "delta") == "-1.5");
  // Three numbers a text: distinct_1 is of none.
  CHECK(input.table("per_text.csv").rows.size() == size_t{2} * 48);
  const std::string page = read_file(fs::path(input.out) / "report/index.html");
  CHECK(page.find("--scores " + file) != std::string::npos);
}

TEST_CASE("every text must have every score") {
  const Input input;
  const std::string file = (input.folder / "scores.csv").string();
  test::write_text(file, scores_of(""));
  const Result none = input.measure("--metrics distinct_1 --scores " + file);
  CHECK(none.status == 2);
  CHECK(has(none,
            file + ": 1 of 48 texts have no row or lack a score in it (reward, "
                   "judge), the first: condition 'tuned', prompt '11', sample "
                   "1"));
  test::write_text(file, scores_of("tuned,11,1,,0\n"));
  CHECK(input.measure("--metrics distinct_1 --scores " + file).status == 2);
  test::write_text(file, "condition,prompt_id,sample,distinct_1\nbase,0,0,1\n");
  CHECK(has(input.measure("--metrics distinct_1 --scores " + file),
            "a score may not have the name of a metric, 'distinct_1'"));
}

TEST_CASE("effective metrics need a gate that exists") {
  const Input input;
  const std::string metrics = "--metrics effective_vendi_score ";
  const Result none = input.measure(metrics);
  CHECK(none.status == 2);
  CHECK(has(none, "effective_vendi_score needs --gate"));
  CHECK(has(input.measure(metrics + "--gate 'reward>0'"),
            "write NAME>=NUMBER or NAME<=NUMBER"));
  CHECK(
      has(input.measure(metrics + "--gate 'length_wrods>=3'"),
          "unknown metric \"length_wrods\" (did you mean \"length_words\"?)"));
  CHECK(has(input.measure(metrics + "--gate 'distinct_1>=3'"),
            "\"distinct_1\" gives no number a text"));
  CHECK(has(input.measure(metrics + "--gate 'tale_valid>=1'"),
            "tale_valid needs a tale grammar"));
}

#ifdef CDX_WITH_TORCH
TEST_CASE("effective metrics count the texts that pass, at every threshold") {
  const Input input;
  const std::string file = (input.folder / "scores.csv").string();
  test::write_text(file, scores_of("tuned,11,1,32,0\n"));
  const Result result = input.measure(
      "--metrics effective_vendi_score,effective_mean_pairwise_distance "
      "--gate 'reward>=18' --scores " +
      file);
  CAPTURE(result.out);
  REQUIRE(result.status == 0);
  const CsvTable rows = input.table("per_prompt.csv");
  for (size_t i = 0; i < rows.rows.size(); ++i) {
    if (cell(rows, i, "metric") != "effective_vendi_score") continue;
    CHECK(cell(rows, i, "variant") == "all-MiniLM-L6-v2/reward>=18");
    const int prompt = std::stoi(cell(rows, i, "prompt_id"));
    const double value = parse_csv_number(cell(rows, i, "value"));
    // Base passes from prompt 6 on, tuned, which repeats itself, from 7.
    if (prompt < 6) CHECK(value == 0);
    if (cell(rows, i, "condition") == "base" && prompt >= 6) CHECK(value > 1);
    if (cell(rows, i, "condition") == "tuned" && prompt >= 7) {
      CHECK(value == doctest::Approx(1));
    }
  }
  // Rewards −1 … 34; all pass at the lowest, one text at the highest.
  const CsvTable curve = input.table("effective_curve.csv");
  CHECK(curve.rows.size() == size_t{2} * 2 * 11);
  CHECK(cell(curve, 0, "variant") == "all-MiniLM-L6-v2/reward");
  CHECK(cell(curve, 0, "threshold") == "-1");
  CHECK(cell(curve, 0, "share_passing") == "1");
  CHECK(cell(curve, 0, "n_prompts") == "12");
  CHECK(cell(curve, 20, "threshold") == "34");
  CHECK(cell(curve, 20, "metric") == "effective_vendi_score");
  CHECK(parse_csv_number(cell(curve, 20, "share_passing")) ==
        doctest::Approx(1.0 / 24));
  CHECK(parse_csv_number(cell(curve, 20, "mean")) == doctest::Approx(1.0 / 12));
}
#endif

TEST_CASE("a gate on a number that a condition lacks is refused") {
  const Input input;
  CHECK(has(input.measure("--metrics effective_vendi_score --gate "
                          "'length_tokens>=1'"),
            "the quality gate length_tokens>=1: no text of condition 'base' "
            "has such a number"));
}

}  // namespace
}  // namespace cdx
