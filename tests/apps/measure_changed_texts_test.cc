#include "measured_input.h"
#include "util/files.h"

#include <array>
#include <cmath>
#include <map>
#include <string>

#include <doctest/doctest.h>
#include <fmt/format.h>

// cdx measure on texts that are cut, dealt anew or read by windows.
namespace cdx {
namespace {

namespace fs = std::filesystem;
using test::cdx;
using test::cell;
using test::has;
using test::Result;
using Input = test::MeasuredInput;

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

TEST_CASE("numbers of texts of one length keep the texts' numbers") {
  const Input input;
  test::write_text(input.base,
                   Input::line(0, "a") + Input::line(0, "a b") +
                       Input::line(0, "a") + Input::line(0, "a b c"));
  test::write_text(input.tuned,
                   Input::line(0, "a b") + Input::line(0, "a b") +
                       Input::line(0, "a b") + Input::line(0, "a b"));
  REQUIRE(
      input.measure("--metrics length_words --match-length --length-floor 2")
          .status == 0);
  const CsvTable rows = input.table("per_text.csv");
  std::string samples;
  for (size_t i = 0; i < rows.rows.size(); ++i) {
    const bool matched = cell(rows, i, "variant") == "ws/matched_length";
    if (matched)
      samples += cell(rows, i, "condition") + cell(rows, i, "sample");
  }
  CHECK(samples == "base1base3tuned0tuned1");
}

TEST_CASE("texts from files that are cut off unequally often are warned of") {
  const Input input;
  const auto line = [](int prompt, const char* reason) {
    return fmt::format(
        R"({{"prompt_id":{},"response":"a","finish_reason":"{}"}})"
        "\n",
        prompt,
        reason);
  };
  test::write_text(input.base, line(0, "length") + line(0, "stop"));
  test::write_text(input.tuned, line(0, "stop") + line(0, "stop"));
  const Result result = input.measure("--metrics finish_length_rate");
  REQUIRE(result.status == 0);
  CHECK(cell(input.table("summary.csv"), 0, "mean") == "0.5");
  CHECK(has(result, "50 % of the texts of base were cut off"));
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
  const std::string page = read_file(input.out + "/report/index.html");
  CHECK(page.find("<section id=\"bounds\">") != std::string::npos);
  CHECK(page.find("<section id=\"by_position\">") != std::string::npos);
  CHECK(fs::exists(input.out + "/report/tables/bounds.csv"));
}

TEST_CASE("texts dealt anew come from other prompts") {
  const Input input;
  std::string lines;
  for (int prompt = 0; prompt < 20; ++prompt) {
    const std::string word = fmt::format("p{}", prompt);
    lines += Input::line(prompt, word) + Input::line(prompt, word);
  }
  test::write_text(input.base, lines);
  test::write_text(input.tuned, lines);
  REQUIRE(input.measure("--metrics duplicate_rate --bounds").status == 0);
  CHECK(cell(input.table("summary.csv"), 0, "mean") == "0.5");
  const CsvTable bounds = input.table("bounds.csv");
  CHECK(cell(bounds, 1, "bound") == "shuffled");
  // Of 40 texts one in 39 is the same; of 20 pairs a few at the most.
  CHECK(parse_csv_number(cell(bounds, 1, "mean")) < 0.1);
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

}  // namespace
}  // namespace cdx
