#include "measured_input.h"
#include "util/files.h"

#include <string>

#include <doctest/doctest.h>
#include <fmt/format.h>

// cdx measure --input: texts that cdx did not generate.
namespace cdx {
namespace {

namespace fs = std::filesystem;
using test::cdx;
using test::cell;
using test::has;
using test::Result;
using Input = test::MeasuredInput;

TEST_CASE("texts from files are measured, compared and reported") {
  const Input input;
  const Result result =
      input.measure("--metrics distinct_1,duplicate_rate,length_words");
  CAPTURE(result.out);
  REQUIRE(result.status == 0);
  CHECK(has(result,
            "49 texts of 2 conditions and 12 prompts (text: \"response\", "
            "group: \"prompt_id\", condition: the files' names)"));
  CHECK(has(result, "1 text left out"));
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
  CHECK(has(skipped, "1 line left out that could not be read"));
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

TEST_CASE("what the command line declares must be measured, once") {
  const Input input;
  const auto refusal = [&](const std::string& more) {
    const Result result = input.measure("--metrics distinct_1 " + more);
    CHECK(result.status == 2);
    return result.out;
  };
  const auto says = [&](const std::string& more, const char* what) {
    CHECK(refusal(more).find(what) != std::string::npos);
  };
  says("--primary ead", "--primary: ead is not measured; there are distinct_1");
  says("--margins ead=1", "--margins: ead is not measured");
  says("--margins distinct_1=1,distinct_1=2",
       "--margins: 'distinct_1' is named twice");
  says("--stages base,base,tuned", "--stages: 'base' is named twice");
  says("--gate 'length_words>=2'", "none is measured");
  const Result twice = input.measure("--metrics distinct_1,distinct_1");
  CHECK(twice.status == 2);
  CHECK(has(twice, "--metrics: 'distinct_1' is named twice"));
  REQUIRE(input
              .measure("--metrics distinct_1 --compare "
                       "base:tuned,tuned:base,base:tuned")
              .status == 0);
  CHECK(input.table("comparisons.csv").rows.size() == 1);
}

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
