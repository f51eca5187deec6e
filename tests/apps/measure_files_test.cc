#include "program.h"
#include "store/npy.h"
#include "support.h"
#include "util/csv.h"
#include "util/files.h"

#include <array>
#include <cmath>
#include <filesystem>
#include <map>
#include <string>

#include <doctest/doctest.h>
#include <fmt/format.h>

// cdx measure --input: texts that cdx did not generate.
namespace cdx {
namespace {

namespace fs = std::filesystem;
using test::cdx;
using test::Result;

bool has(const Result& result, const std::string& text) {
  return result.out.find(text) != std::string::npos;
}

struct Input {
  test::TemporaryFolder folder;
  std::string base = (folder / "base.jsonl").string();
  std::string tuned = (folder / "tuned.jsonl").string();
  std::string out = (folder / "out").string();

  // Twelve prompts; the tuned texts repeat themselves. Prompt 0 has a third
  // text from the base.
  Input() {
    std::string first, second;
    for (int prompt = 0; prompt < 12; ++prompt) {
      for (int i = 0; i < (prompt == 0 ? 3 : 2); ++i) {
        first += line(prompt, fmt::format("a{0} b{1} c{0}{1} d", prompt, i));
      }
      for (int i = 0; i < 2; ++i) {
        second += line(prompt, fmt::format("a{} b c d", prompt));
      }
    }
    test::write_text(base, first);
    test::write_text(tuned, second);
  }

  static std::string line(int prompt, const std::string& text) {
    return fmt::format(R"({{"prompt_id":{},"response":"{}"}})"
                       "\n",
                       prompt,
                       text);
  }

  Result measure(const std::string& more) const {
    return cdx(fmt::format(
        "measure --input {} {} --out {} {}", base, tuned, out, more));
  }

  CsvTable table(const std::string& name) const {
    return read_csv(fs::path(out) / "metrics" / name);
  }
};

std::string cell(const CsvTable& table, size_t row, const char* column) {
  return table.rows.at(row).at(table.column(column));
}

TEST_CASE("texts from files are measured, compared and reported") {
  const Input input;
  const Result result =
      input.measure("--metrics distinct_1,duplicate_rate,length_words");
  CAPTURE(result.out);
  REQUIRE(result.status == 0);
  CHECK(has(result,
            "49 texts of 2 conditions and 12 prompts (text: \"response\", "
            "group: \"prompt_id\", condition: the files' names)"));
  CHECK(has(result, "1 texts are left out"));
  const std::string page = read_file(fs::path(input.out) / "report/index.html");
  CHECK(page.find(fmt::format("cdx measure --input {} {} --out {} --text "
                              "response --group prompt_id --metrics "
                              "distinct_1,duplicate_rate,length_words "
                              "--encoder all-MiniLM-L6-v2",
                              input.base,
                              input.tuned,
                              input.out)) != std::string::npos);

  // Base: a b0 c0 d a b1 c1 d, 6 of 8 words; tuned: 4 of 8.
  const CsvTable summary = input.table("summary.csv");
  CHECK(cell(summary, 0, "condition") == "base");
  CHECK(cell(summary, 0, "metric") == "distinct_1");
  CHECK(cell(summary, 0, "mean") == "0.75");
  CHECK(cell(summary, 0, "n_texts") == "24");
  CHECK(cell(summary, 3, "condition") == "tuned");
  CHECK(cell(summary, 3, "mean") == "0.5");
  CHECK(cell(summary, 4, "metric") == "duplicate_rate");
  CHECK(cell(summary, 4, "mean") == "0.5");

  // Twelve equal differences of one sign: exact two-sided p has 12 ties, so
  // the normal one; effect −1 as all fall.
  const CsvTable comparisons = input.table("comparisons.csv");
  CHECK(cell(comparisons, 0, "condition_a") == "base");
  CHECK(cell(comparisons, 0, "condition_b") == "tuned");
  CHECK(cell(comparisons, 0, "n") == "12");
  CHECK(cell(comparisons, 0, "delta") == "-0.25");
  CHECK(cell(comparisons, 0, "effect_size") == "-1");
  CHECK(input.table("per_text.csv").rows.size() == 48);
}

TEST_CASE("a reference is a condition, and asked for where it is needed") {
  const Input input;
  const Result without = input.measure("--metrics mauve");
  CHECK(without.status == 2);
  CAPTURE(without.out);
  CHECK(has(without,
            "measure.metrics: mauve holds the texts of a condition against "
            "those of another; name that one in measure.reference "
            "(--reference)"));
  const Result misspelt =
      input.measure("--metrics knn_recall --reference bsae");
  CHECK(misspelt.status == 2);
  CAPTURE(misspelt.out);
  CHECK(has(misspelt,
            "--reference bsae: no such condition, did you mean 'base'; there "
            "are base, tuned"));
}

TEST_CASE("pairs and baseline are those asked for") {
  const Input input;
  const std::string few = "--metrics distinct_1 ";
  CHECK(input.measure(few + "--baseline tuned").status == 0);
  CHECK(cell(input.table("comparisons.csv"), 0, "condition_a") == "tuned");
  CHECK(input.measure(few + "--compare tuned:base").status == 0);
  CHECK(cell(input.table("comparisons.csv"), 0, "condition_b") == "base");

  const Result pair = input.measure(few + "--compare base:bse");
  CHECK(pair.status == 2);
  CHECK(has(pair,
            "--compare base:bse: write two different conditions, A:B; there "
            "are base, tuned"));
  const Result baseline = input.measure(few + "--baseline tunde");
  CHECK(baseline.status == 2);
  CHECK(has(baseline, "did you mean 'tuned'"));
}

TEST_CASE("stages, margins and the primary family are those asked for") {
  const Input input;
  const std::string third = (input.folder / "third.jsonl").string();
  test::write_text(third, read_file(input.tuned));
  const std::string inputs = fmt::format(
      "measure --input {} {} {} --out {} --metrics distinct_1,duplicate_rate ",
      input.base,
      input.tuned,
      third,
      input.out);
  const Result result =
      cdx(inputs +
          "--stages base,tuned,third --compare base:tuned,tuned:third "
          "--primary distinct_1 --margins distinct_1=0.1");
  CAPTURE(result.out);
  REQUIRE(result.status == 0);
  const CsvTable rows = input.table("comparisons.csv");
  CHECK(cell(rows, 0, "family") == "primary");
  CHECK(cell(rows, 1, "family") == "exploratory");
  CHECK(cell(rows, 0, "margin") == "0.1");
  CHECK(cell(rows, 1, "margin").empty());
  CHECK(cell(rows, 0, "scope") == "over prompts, for these texts");
  // All differences are equal: a t test has no variance to go by.
  CHECK(cell(rows, 0, "equivalence") == "undefined");
  const CsvTable steps = input.table("steps.csv");
  REQUIRE(steps.rows.size() == 6);  // 2 steps and a contrast, two metrics
  CHECK(cell(steps, 0, "step") == "base > tuned");
  CHECK(cell(steps, 0, "mean") == "-0.25");
  CHECK(cell(steps, 0, "largest_share") == "1");
  CHECK(cell(steps, 2, "kind") == "contrast");
  CHECK(cell(steps, 2, "mean") == "0.25");

  CHECK(cdx(inputs + "--stages base,tuned").status == 2);
  CHECK(has(cdx(inputs + "--stages base,tuned,thrid"), "no such condition"));
  CHECK(has(cdx(inputs + "--margins distinct_1=0"), "write METRIC=VALUE"));
}

TEST_CASE("bad lines stop the measurement, unless they are to be skipped") {
  const Input input;
  test::write_text(input.tuned, read_file(input.tuned) + "{\"prompt_id\": 3\n");
  const Result stopped = input.measure("--metrics distinct_1");
  CHECK(stopped.status == 2);
  CHECK(has(stopped, input.tuned + ":25: not valid JSON"));
  CHECK_FALSE(fs::exists(input.out));
  const Result skipped = input.measure("--metrics distinct_1 --skip-bad-lines");
  CHECK(skipped.status == 0);
  CHECK(has(skipped, "1 lines could not be read and are left out"));
}

TEST_CASE("what is not story is taken off for a second set of numbers") {
  const Input input;
  test::write_text(input.tuned,
                   read_file(input.tuned) +
                       Input::line(0, "Title: X\\na b c d e f.\\nUser: more"));
  const Result result = input.measure(
      "--metrics length_words --extract title,run_on --compare base:tuned");
  CAPTURE(result.out);
  REQUIRE(result.status == 0);
  const CsvTable hits = input.table("extract.csv");
  CHECK(hits.rows.size() == 10);
  CHECK(hits.rows[5] == std::vector<std::string>{"tuned", "run_on", "25", "1"});
  CHECK(hits.rows[7] == std::vector<std::string>{"tuned", "title", "25", "1"});
  // Prompt 0 of tuned: 4, 4 and 10 words, then 4, 4 and 6.
  const CsvTable rows = input.table("per_prompt.csv");
  double raw = 0, extracted = 0;
  for (size_t i = 0; i < rows.rows.size(); ++i) {
    if (cell(rows, i, "condition") != "tuned" ||
        cell(rows, i, "prompt_id") != "0") {
      continue;
    }
    const double value = parse_csv_number(cell(rows, i, "value"));
    if (cell(rows, i, "variant") == "ws") raw = value;
    if (cell(rows, i, "variant") == "ws/extracted") extracted = value;
  }
  CHECK(raw == 6);
  CHECK(extracted == doctest::Approx(14.0 / 3));
  CHECK(input.measure("--metrics length_words --extract titel").status == 2);
}

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

TEST_CASE("texts of one length have a second set of numbers") {
  const Input input;
  std::string first, second;
  for (int prompt = 0; prompt < 6; ++prompt) {
    // Five and three words; the third text is too short.
    first += Input::line(prompt, "a b c d e") + Input::line(prompt, "v w x") +
             Input::line(prompt, "a");
    second += Input::line(prompt, "a b c d e") + Input::line(prompt, "a b c d");
  }
  test::write_text(input.base, first);
  test::write_text(input.tuned, second);
  const std::string asked = "--metrics distinct_1,length_words ";
  const Result result =
      input.measure(asked + "--match-length --length-floor 2 --by-position 10");
  CAPTURE(result.out);
  REQUIRE(result.status == 0);
  const CsvTable rows = input.table("per_prompt.csv");
  std::map<std::string, std::string> values;
  for (size_t i = 0; i < rows.rows.size(); ++i) {
    if (cell(rows, i, "prompt_id") != "3") continue;
    values[cell(rows, i, "condition") + " " + cell(rows, i, "metric") + " " +
           cell(rows, i, "variant")] = cell(rows, i, "value");
  }
  CHECK(values.at("base length_words ws") == "4");
  CHECK(values.at("base length_words ws/matched_length") == "3");
  CHECK(values.at("base distinct_1 ws/matched_length") == "1");
  CHECK(values.at("tuned distinct_1 ws/matched_length") == "0.5");
  const CsvTable matched = input.table("matched_length.csv");
  REQUIRE(matched.rows.size() == size_t{6} * 4);
  CHECK(cell(matched, 1, "n_words") == "3");
  CHECK(cell(matched, 1, "matched_words") == "3");
  const CsvTable comparisons = input.table("comparisons.csv");
  for (size_t i = 0; i < comparisons.rows.size(); ++i) {
    const bool changed =
        cell(comparisons, i, "variant").ends_with("matched_length");
    if (changed) CHECK(cell(comparisons, i, "family") == "exploratory");
  }
  // No text has ten words.
  CHECK(input.table("by_position.csv").rows.empty());
  REQUIRE(input.measure(asked).status == 0);
  CHECK_FALSE(fs::exists(fs::path(input.out) / "metrics/matched_length.csv"));
  CHECK_FALSE(fs::exists(fs::path(input.out) / "metrics/by_position.csv"));
}

TEST_CASE("lengths have a distribution, stock answers a share") {
  const Input input;
  // Three of four texts are told to both prompts.
  test::write_text(input.base,
                   Input::line(0, "a b c") + Input::line(0, "d") +
                       Input::line(1, "a b c ") + Input::line(1, "a b c"));
  test::write_text(input.tuned,
                   Input::line(0, "a") + Input::line(0, "b") +
                       Input::line(1, "c") + Input::line(1, "d"));
  REQUIRE(input.measure("--metrics length_words,shared_text_rate").status == 0);
  const CsvTable lengths = input.table("lengths.csv");
  REQUIRE(lengths.rows.size() == 2);
  CHECK(cell(lengths, 0, "metric") == "length_words");
  CHECK(cell(lengths, 0, "n_texts") == "4");
  CHECK(cell(lengths, 0, "mean") == "2.5");
  CHECK(cell(lengths, 0, "minimum") == "1");
  CHECK(cell(lengths, 0, "quantile_25") == "2.5");  // type 7: 1 + 0.75 · 2
  CHECK(cell(lengths, 0, "median") == "3");
  CHECK(cell(lengths, 1, "standard_deviation") == "0");
  const CsvTable summary = input.table("summary.csv");
  REQUIRE(summary.rows.size() == 4);
  CHECK(cell(summary, 2, "metric") == "shared_text_rate");
  CHECK(cell(summary, 2, "level") == "corpus");
  CHECK(cell(summary, 2, "mean") == "0.75");
  CHECK(cell(summary, 3, "mean") == "0");
}

TEST_CASE("who is left out of texts of one length is told") {
  const Input input;
  test::write_text(
      input.base,
      Input::line(0, "a b c") + Input::line(0, "a") + Input::line(0, "a b"));
  test::write_text(
      input.tuned,
      Input::line(0, "a b") + Input::line(0, "a b") + Input::line(0, "a b"));
  REQUIRE(input.measure("--metrics distinct_1 --match-length --length-floor 2")
              .status == 0);
  const CsvTable table = input.table("matched_length.csv");
  std::vector<std::string> left_out;
  for (size_t i = 0; i < table.rows.size(); ++i) {
    left_out.push_back(cell(table, i, "left_out"));
  }
  CHECK(left_out ==
        std::vector<std::string>{"", "too short", "", "", "", "equal numbers"});
}

TEST_CASE("metrics are told by position and within their bounds") {
  const Input input;
  // Twelve words: all alike up to the tenth, then of each text its own.
  std::string lines;
  for (int prompt = 0; prompt < 6; ++prompt) {
    for (int i = 0; i < 2; ++i) {
      std::string text;
      for (int w = 0; w < 20; ++w) {
        text += w < 10 ? "same " : fmt::format("w{}p{}t{} ", w, prompt, i);
      }
      lines += Input::line(prompt, text);
    }
  }
  test::write_text(input.base, lines);
  test::write_text(input.tuned, lines);
  REQUIRE(input
              .measure("--metrics distinct_1,duplicate_rate --by-position 10 "
                       "--bounds")
              .status == 0);
  const CsvTable stretches = input.table("by_position.csv");
  REQUIRE(stretches.rows.size() == size_t{2} * 2 * 2);
  CHECK(cell(stretches, 0, "first_word") == "1");
  CHECK(cell(stretches, 0, "last_word") == "10");
  CHECK(parse_csv_number(cell(stretches, 0, "mean")) ==
        doctest::Approx(1.0 / 20));
  CHECK(cell(stretches, 4, "first_word") == "11");
  CHECK(cell(stretches, 4, "mean") == "1");
  CHECK(cell(stretches, 4, "n_texts") == "12");
  const CsvTable bounds = input.table("bounds.csv");
  REQUIRE(bounds.rows.size() == size_t{2} * 2 * 2);
  CHECK(cell(bounds, 0, "bound") == "duplicated");
  CHECK(parse_csv_number(cell(bounds, 0, "mean")) ==
        doctest::Approx(11.0 / 40));  // of one text twice
  CHECK(cell(bounds, 1, "metric") == "duplicate_rate");
  CHECK(cell(bounds, 1, "mean") == "0.5");
  CHECK(cell(bounds, 2, "bound") == "shuffled");
  CHECK(parse_csv_number(cell(bounds, 2, "mean")) ==
        doctest::Approx(21.0 / 40));
}

#ifdef CDX_WITH_TORCH
TEST_CASE("texts longer than the encoder reads are read by windows, too") {
  const Input input;
  std::string beginning, first, second;
  for (int w = 0; w < 40; ++w) beginning += "The cat sat on the old mat. ";
  for (int prompt = 0; prompt < 6; ++prompt) {
    first += Input::line(prompt, beginning + "A storm came over the sea.");
    first += Input::line(prompt, beginning + "Nobody paid for the two beers.");
    second += Input::line(prompt, "Short.") + Input::line(prompt, "Shorter.");
  }
  test::write_text(input.base, first);
  test::write_text(input.tuned, second);
  const std::string asked = "--metrics mean_pairwise_distance ";
  const Result result = input.measure(asked);
  CAPTURE(result.out);
  REQUIRE(result.status == 0);
  CHECK(has(result, "12 of 24 texts are longer than all-MiniLM-L6-v2 reads"));
  const CsvTable summary = input.table("summary.csv");
  REQUIRE(summary.rows.size() == 4);
  CHECK(cell(summary, 0, "variant") == "all-MiniLM-L6-v2");
  CHECK(std::abs(parse_csv_number(cell(summary, 0, "mean"))) < 1e-6);
  CHECK(cell(summary, 1, "variant") == "all-MiniLM-L6-v2/windows");
  CHECK(parse_csv_number(cell(summary, 1, "mean")) > 1e-3);
  // Short texts are the same either way.
  CHECK(cell(summary, 2, "mean") == cell(summary, 3, "mean"));
  const CsvTable comparisons = input.table("comparisons.csv");
  CHECK(cell(comparisons, 0, "family") == "exploratory");
  CHECK(cell(comparisons, 1, "family") == "primary");
  const CsvTable seen = input.table("encoder.csv");
  CHECK(cell(seen, 0, "n_cut") == "12");
  CHECK(cell(seen, 0, "windows") == "yes");
  // 40 sentences of 8 tokens and one of 7; the encoder reads 254.
  CHECK(parse_csv_number(cell(seen, 0, "least_seen")) ==
        doctest::Approx(254.0 / 327));
  CHECK(cell(seen, 1, "share_seen") == "1");
  REQUIRE(input.measure(asked + "--long-text truncate").status == 0);
  CHECK(input.table("summary.csv").rows.size() == 2);
}

// The same as in scripts/oracle/windows.py.
std::string long_text(int number) {
  constexpr std::array kSubjects = {
      "The captain", "An old miller", "My sister", "Nobody", "The fox"};
  constexpr std::array kVerbs = {
      "found", "sold", "feared", "painted", "forgot"};
  constexpr std::array kObjects = {"a lantern",
                                   "the last map",
                                   "three letters",
                                   "a broken clock",
                                   "the sea"};
  std::string text;
  for (int i = 0; i < 60; ++i) {
    const int k = i * (number + 1) + number;
    text += fmt::format("{}{} {} {} in year {}.",
                        i == 0 ? "" : " ",
                        kSubjects[k % 5],
                        kVerbs[k / 5 % 5],
                        kObjects[(k / 25 + i) % 5],
                        i);
  }
  return text;
}

TEST_CASE("windows and truncated texts are as sentence-transformers has them") {
  const Input input;
  std::string lines;
  for (int i = 0; i < 4; ++i) lines += Input::line(0, long_text(i));
  test::write_text(input.base, lines);
  test::write_text(input.tuned, lines);
  REQUIRE(input.measure("--metrics mean_pairwise_distance").status == 0);
  const CsvTable summary = input.table("summary.csv");
  CHECK(cell(summary, 1, "variant") == "all-MiniLM-L6-v2/windows");
  // scripts/oracle/windows.py: sentence-transformers 5.7.0, float32.
  CHECK(std::abs(parse_csv_number(cell(summary, 0, "mean")) -
                 0.01567750208489375) < 1e-6);
  CHECK(std::abs(parse_csv_number(cell(summary, 1, "mean")) -
                 0.0061555546117060085) < 1e-6);
}

TEST_CASE("stories that say nothing of their prompt are counted") {
  const Input input;
  const auto line = [](int prompt, const char* words, const char* text) {
    return fmt::format(R"({{"prompt_id":{},"prompt":"{}","response":"{}"}})"
                       "\n",
                       prompt,
                       words,
                       text);
  };
  const char *ship = "Write about a ship in a storm.",
             *cake = "Write about baking a chocolate cake.";
  const std::string lines =
      line(0, ship, "The waves broke over the deck of the ship.") +
      line(0, ship, "She put the chocolate cake into the oven.") +
      line(1, cake, "He stirred flour and cocoa for the cake.") +
      line(1, cake, "The cake was dark with chocolate.");
  test::write_text(input.base, lines);
  test::write_text(input.tuned, lines);
  const std::string asked = "--metrics off_prompt_rate --bounds";
  REQUIRE(input.measure(asked).status == 0);
  CHECK(cell(input.table("summary.csv"), 0, "mean") == "0.25");
  CHECK(cell(input.table("per_text.csv"), 1, "value") == "1");
  const CsvTable bounds = input.table("bounds.csv");
  REQUIRE(bounds.rows.size() == 2);
  CHECK(cell(bounds, 0, "bound") == "shuffled");
  // As a gate: one of the two texts on the ship counts, both on the cake.
  REQUIRE(input
              .measure("--metrics effective_distinct_k --gate "
                       "'off_prompt_rate<=0'")
              .status == 0);
  const CsvTable rows = input.table("per_prompt.csv");
  CHECK(cell(rows, 0, "variant") ==
        "all-MiniLM-L6-v2/cos>0.5/off_prompt_rate<=0");
  CHECK(cell(rows, 0, "value") == "1");
  const Input without;
  CHECK(has(without.measure(asked), "prompt '0' has none"));
}
#endif

TEST_CASE("fewer texts a prompt give the curve, halves the reliability") {
  const Input input;
  // Four texts a prompt: prompt p has p + 1 words of its own in each of them.
  std::string lines;
  for (int prompt = 0; prompt < 6; ++prompt) {
    for (int i = 0; i < 4; ++i) {
      std::string text = "x";
      for (int w = 0; w <= prompt; ++w) text += fmt::format(" a{}b{}", i, w);
      lines += Input::line(prompt, text);
    }
  }
  test::write_text(input.base, lines);
  test::write_text(input.tuned, lines);
  const std::string asked = "--metrics distinct_1,duplicate_rate,length_words ";
  const Result result = input.measure(asked + "--rarefaction --reliability");
  CAPTURE(result.out);
  REQUIRE(result.status == 0);
  // k texts have k(p + 1) + 1 different words of k(p + 2).
  const CsvTable curve = input.table("rarefaction.csv");
  REQUIRE(curve.rows.size() == size_t{2} * 2 * 2);
  size_t row = 0;
  for (const int k : {2, 3}) {
    double sum = 0;
    for (int p = 0; p < 6; ++p) sum += (k * (p + 1) + 1.0) / (k * (p + 2));
    CHECK(cell(curve, row, "metric") == "distinct_1");
    CHECK(cell(curve, row, "k") == std::to_string(k));
    CHECK(cell(curve, row, "draws") == (k == 2 ? "6" : "4"));
    CHECK(cell(curve, row, "n_prompts") == "6");
    CHECK(parse_csv_number(cell(curve, row, "mean")) ==
          doctest::Approx(sum / 6));
    row += 2;
  }
  // Both halves of a prompt have the same value; duplicates are nowhere.
  const CsvTable reliability = input.table("reliability.csv");
  REQUIRE(reliability.rows.size() == 4);
  CHECK(cell(reliability, 0, "metric") == "distinct_1");
  CHECK(parse_csv_number(cell(reliability, 0, "reliability")) ==
        doctest::Approx(1));
  CHECK(cell(reliability, 0, "n_prompts") == "6");
  CHECK(cell(reliability, 1, "metric") == "duplicate_rate");
  CHECK(cell(reliability, 1, "reliability").empty());
  REQUIRE(input.measure(asked).status == 0);
  CHECK_FALSE(fs::exists(fs::path(input.out) / "metrics/rarefaction.csv"));
}

TEST_CASE("two texts a prompt have no reliability") {
  const Input input;
  REQUIRE(input.measure("--metrics distinct_1 --reliability").status == 0);
  const CsvTable table = input.table("reliability.csv");
  REQUIRE(table.rows.size() == 2);
  CHECK(cell(table, 0, "n_prompts") == "0");
  CHECK(cell(table, 0, "reliability").empty());
}

TEST_CASE("docs/metrics.md holds the table of metrics as it is") {
  const Result table = cdx("metrics --markdown");
  REQUIRE(table.status == 0);
  CHECK(read_file("docs/metrics.md").find("\n\n" + table.out + "\n") !=
        std::string::npos);
}

TEST_CASE("what cannot be measured is refused") {
  const Input input;
  const Result metric = input.measure("--metrics distinct_22");
  CHECK(metric.status == 2);
  CHECK(has(metric, "did you mean \"distinct_2\"?"));
  const Result tale = input.measure("--metrics tale_valid");
  CHECK(tale.status == 2);
  CHECK(has(tale, "tale_valid needs a tale grammar"));
  CHECK(cdx("measure").status == 2);
  CHECK(cdx("measure run --input " + input.base + " --out x").status == 2);
  CHECK(cdx("measure --input " + input.base).status == 2);
}

}  // namespace
}  // namespace cdx
