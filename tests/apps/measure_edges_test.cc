#include "program.h"
#include "store/npy.h"
#include "support.h"
#include "util/csv.h"
#include "util/files.h"

#include <cmath>
#include <limits>
#include <string>

#include <doctest/doctest.h>
#include <fmt/format.h>

// cdx measure --input on what is damaged, too little or all the same.
namespace cdx {
namespace {

namespace fs = std::filesystem;
using test::cdx;
using test::Result;

constexpr char kLexical[] =
    "distinct_1,distinct_2,ngram_diversity,ead,ead_avg5,"
    "compression_ratio_gzip,compression_ratio_xz,self_repetition,self_bleu,"
    "pairwise_bleu,homogenization_rouge_l,vendi_ngram,duplicate_rate,mtld,"
    "mattr,seq_rep_4,loop_rate,length_words,length_chars,empty_rate";

struct Sets {
  int prompts = 8, texts = 3;
};

class Folder {
 public:
  Result measure(const std::string& inputs, const std::string& more) const {
    return cdx(fmt::format("measure --input {} --out {} {}",
                           inputs,
                           (folder_ / "out").string(),
                           more));
  }
  std::string write(const char* name, const std::string& text) const {
    test::write_text(folder_ / name, text);
    return (folder_ / name).string();
  }
  CsvTable table(const std::string& name) const {
    return read_csv(folder_ / "out" / "metrics" / name);
  }
  bool is_measured() const { return fs::exists(folder_ / "out"); }

  // No table holds an infinity.
  void check_tables() const {
    for (const auto& file :
         fs::directory_iterator(folder_ / "out" / "metrics")) {
      CAPTURE(file.path().string());
      const std::string text = read_file(file.path());
      CHECK(text.find("inf") == std::string::npos);
      CHECK(text.find("nan") == std::string::npos);
    }
  }

 private:
  test::TemporaryFolder folder_;
};

bool has(const Result& result, const std::string& text) {
  return result.out.find(text) != std::string::npos;
}

std::string cell(const CsvTable& table, size_t row, const char* column) {
  return table.rows.at(row).at(table.column(column));
}

template <typename Text>
std::string lines(Sets sets, Text text) {
  std::string all;
  for (int prompt = 0; prompt < sets.prompts; ++prompt) {
    for (int i = 0; i < sets.texts; ++i) {
      all += fmt::format(R"({{"prompt_id":"p{}","text":"{}"}})"
                         "\n",
                         prompt,
                         text(prompt, i));
    }
  }
  return all;
}

std::string varied(int prompt, int i) {
  return fmt::format("a{0} b{1} c{0} d{1} e e f", prompt, i);
}
std::string same(int, int) {
  return "the same text again and again";
}

TEST_CASE(
    "a text that is no UTF-8 is an error with file and line, or counted") {
  const Folder folder;
  const std::string bad_line = folder.write(
      "bad.jsonl",
      lines({}, varied) + "{\"prompt_id\":\"p1\",\"text\":\"caf\xE9\"}\n");
  const std::string bad_row = folder.write(
      "bad.csv", "prompt_id,text\np0,\"a\nb\"\np0,caf\xE9\np0,other\n");
  for (const auto& [file, where] :
       {std::pair{bad_line, bad_line + ":25: not valid JSON"},
        {bad_row, bad_row + ":4: \"text\" is not UTF-8"}}) {
    CAPTURE(file);
    const Result stopped = folder.measure(file, "--metrics distinct_1");
    CAPTURE(stopped.out);
    CHECK(stopped.status == 2);
    CHECK(has(stopped, where));
    CHECK(has(stopped, "--skip-bad-lines leaves such lines out"));
    CHECK_FALSE(folder.is_measured());
  }
  for (const std::string& file : {bad_line, bad_row}) {
    const Result skipped =
        folder.measure(file, "--metrics distinct_1 --skip-bad-lines");
    CHECK(skipped.status == 0);
    CHECK(has(skipped, "1 line left out that could not be read"));
  }
}

TEST_CASE("a score that is no finite number is an error with its place") {
  const Folder folder;
  const std::string texts = folder.write("texts.jsonl", lines({2, 2}, varied));
  const auto measured = [&](const char* name, const std::string& score) {
    const bool csv = std::string(name).ends_with("csv");
    std::string rows = csv ? "condition,prompt_id,sample,reward\n" : "";
    for (int prompt = 0; prompt < 2; ++prompt) {
      for (int i = 0; i < 2; ++i) {
        const std::string value = prompt == 1 && i == 0 ? score : "0.5";
        rows += csv ? fmt::format("texts,p{},{},{}\n", prompt, i, value)
                    : fmt::format(R"({{"condition":"texts","prompt_id":"p{}",)"
                                  R"("sample":{},"reward":{}}})"
                                  "\n",
                                  prompt,
                                  i,
                                  value);
      }
    }
    return folder.measure(
        texts, "--metrics distinct_1 --scores " + folder.write(name, rows));
  };
  for (const char* infinite : {"inf", "-inf", "1e999", "-1e999"}) {
    const Result result = measured("scores.csv", infinite);
    CAPTURE(result.out);
    CHECK(result.status == 2);
    CHECK(has(result, "scores.csv:4: \"reward\" is infinite"));
  }
  for (const char* missing : {"nan", "NaN", ""}) {
    const Result result = measured("scores.csv", missing);
    CAPTURE(result.out);
    CHECK(result.status == 2);
    CHECK(has(result, "1 of 4 texts have no row or lack a score"));
    CHECK(has(result, "prompt 'p1', sample 0"));
  }
  CHECK(has(measured("scores.jsonl", "null"), "prompt 'p1', sample 0"));
  for (const char* no_json : {"NaN", "Infinity", "1e999"}) {
    const Result result = measured("scores.jsonl", no_json);
    CAPTURE(result.out);
    CHECK(result.status == 2);
    CHECK(has(result, "scores.jsonl:3: not valid JSON"));
  }
  CHECK(measured("scores.csv", "1e-999").status == 0);
}

TEST_CASE("embeddings without a direction are an error with their row") {
  const Folder folder;
  const std::string texts = folder.write("texts.jsonl", lines({2, 2}, varied));
  const auto measured = [&](float value) {
    NpyMatrix matrix{.rows = 4, .columns = 2, .values = {1, 0, 0, 1}};
    matrix.values.insert(matrix.values.end(), {value, 0, 1, 1});
    return folder.measure(texts,
                          "--metrics vendi_score --embeddings " +
                              folder.write("mine.npy", encode_npy(matrix)));
  };
  CHECK(measured(1).status == 0);
  CHECK(has(measured(0), "mine.npy: row 2 is all zeros"));
  for (const float value : {std::nanf(""),
                            std::numeric_limits<float>::infinity(),
                            -std::numeric_limits<float>::infinity()}) {
    const Result result = measured(value);
    CHECK(result.status == 2);
    CHECK(has(result, "mine.npy: row 2 holds a number that is not finite"));
  }
}

TEST_CASE("one prompt gives tables, and no interval or p below 1") {
  const Folder folder;
  const std::string a = folder.write("a.jsonl", lines({1, 5}, varied));
  const std::string b = folder.write("b.jsonl", lines({1, 5}, same));
  const Result result = folder.measure(
      a + " " + b,
      std::string("--rarefaction --reliability --metrics ") + kLexical);
  CAPTURE(result.out);
  REQUIRE(result.status == 0);
  folder.check_tables();
  const CsvTable rows = folder.table("comparisons.csv");
  REQUIRE(!rows.rows.empty());
  for (size_t i = 0; i < rows.rows.size(); ++i) {
    CAPTURE(cell(rows, i, "metric"));
    // 5 texts of 7 words: too short for MATTR's window of 100.
    const bool defined = cell(rows, i, "metric") != "mattr";
    CHECK(cell(rows, i, "n") == (defined ? "1" : "0"));
    CHECK(cell(rows, i, "p") == (defined ? "1" : ""));
    CHECK(cell(rows, i, "ci_low").empty());
  }
}

TEST_CASE("one text a prompt leaves what needs two undefined") {
  const Folder folder;
  const std::string a = folder.write("a.jsonl", lines({9, 1}, varied));
  const std::string b = folder.write("b.jsonl", lines({9, 1}, same));
  const Result result =
      folder.measure(a + " " + b, std::string("--metrics ") + kLexical);
  CAPTURE(result.out);
  REQUIRE(result.status == 0);
  folder.check_tables();
  const CsvTable rows = folder.table("per_prompt.csv");
  for (size_t i = 0; i < rows.rows.size(); ++i) {
    const std::string metric = cell(rows, i, "metric");
    CAPTURE(metric);
    const bool of_pairs = metric.ends_with("bleu") || metric.ends_with("_l");
    CHECK(cell(rows, i, "value").empty() == (of_pairs || metric == "mattr"));
  }
}

TEST_CASE("equal texts under two conditions differ in nothing") {
  for (const char* text : {"the same text again and again", "", " "}) {
    CAPTURE(text);
    const Folder folder;
    const std::string both =
        lines({9, 3}, [&](int, int) { return std::string(text); });
    const std::string a = folder.write("a.jsonl", both);
    const std::string b = folder.write("b.jsonl", both);
    const Result result = folder.measure(
        a + " " + b,
        std::string("--margins distinct_1=0.1 --metrics ") + kLexical);
    CAPTURE(result.out);
    REQUIRE(result.status == 0);
    CHECK(has(result,
              "p: no test was made; where values are defined, none differs"));
    folder.check_tables();
    const CsvTable rows = folder.table("comparisons.csv");
    for (size_t i = 0; i < rows.rows.size(); ++i) {
      CAPTURE(cell(rows, i, "metric"));
      CHECK(cell(rows, i, "test") == "none");
      const bool defined = cell(rows, i, "n") != "0";
      CHECK(cell(rows, i, "p") == (defined ? "1" : ""));
      CHECK(cell(rows, i, "delta") == (defined ? "0" : ""));
    }
  }
}

TEST_CASE("files without a text say so") {
  const Folder folder;
  for (const char* text : {"", "\n\n", "\xEF\xBB\xBF"}) {
    const Result result = folder.measure(folder.write("none.jsonl", text), "");
    CAPTURE(result.out);
    CHECK(result.status == 2);
    CHECK(has(result, "none.jsonl"));
  }
  const Result table =
      folder.measure(folder.write("none.csv", "prompt_id,text\n"), "");
  CHECK(table.status == 2);
  CHECK(has(table, "none.csv: there is no text in it"));
}

}  // namespace
}  // namespace cdx
