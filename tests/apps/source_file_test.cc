#include "program.h"
#include "store/embedding_store.h"
#include "store/run_directory.h"
#include "support.h"
#include "util/csv.h"
#include "util/files.h"
#include "util/hash.h"
#include "util/json.h"

#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>

// Conditions of texts that cdx did not sample, in an experiment of nothing
// else: nothing is generated, so that no model is needed.
namespace cdx {
namespace {

namespace fs = std::filesystem;
using test::cdx;
using test::Result;

bool has(const Result& result, const std::string& text) {
  return result.out.find(text) != std::string::npos;
}

// Four prompts. Each has two references; `texts` has three texts of p1 and p2,
// one of p3, and two of p9, which the prompt file has beyond the limit.
struct Run {
  test::TemporaryFolder folder;
  fs::path path = folder / "run";
  std::string file = (folder / "old.jsonl").string();

  Run() {
    std::string prompts;
    for (const char* id : {"p1", "p2", "p3", "p4", "p9"}) {
      prompts += fmt::format(
          R"({{"id":"{0}","prompt":"Of {0}.","references":["a b {0}","c d e"]}})"
          "\n",
          id);
    }
    test::write_text(folder / "prompts.jsonl", prompts);
    write_texts({"p1", "p2", "p1", "p2", "p1", "p2", "p3", "p9", "p9"});
  }

  void write_texts(const std::vector<std::string>& ids) const {
    std::string lines;
    for (size_t i = 0; i < ids.size(); ++i) {
      lines += fmt::format(R"({{"of":"{0}","response":"w{1} w w{0}"}})"
                           "\n",
                           ids[i],
                           i);
    }
    test::write_text(file, lines);
  }

  // As `cdx generate` leaves it.
  void start(const std::string& conditions,
             const std::string& measure,
             int64_t limit = 4) const {
    const std::string yaml = fmt::format(
        "name: small\noutput: {}\nmodels: {{m: {{path: none}}}}\n"
        "prompts: {{file: {}, limit: {}}}\n"
        "formats: {{f: {{template: '{{prompt}}'}}}}\n"
        "generation: {{samples_per_prompt: 3}}\n"
        "conditions:\n{}\nmeasure: {}\n",
        path.string(),
        (folder / "prompts.jsonl").string(),
        limit,
        conditions,
        measure);
    const Manifest manifest{.name = "small"};
    const RunDirectory directory = RunDirectory::start(path, yaml, manifest);
    Segment segment{.manifest = manifest, .config = yaml};
    directory.claim_segment(segment);
  }

  std::string both() const {
    return fmt::format(
        "  - {{name: human, source: references}}\n"
        "  - {{name: old, source: {}, text: response, group: of}}",
        file);
  }

  Result measure() const { return cdx("measure " + path.string()); }
  std::string csv(const char* name) const {
    return read_file(path / "metrics" / name);
  }
};

TEST_CASE("texts of a file are measured on prompts that have enough of them") {
  const Run run;
  run.start(run.both(), "{metrics: [length_words], texts_per_prompt: 2}");
  const Result result = run.measure();
  CAPTURE(result.out);
  REQUIRE(result.status == 0);
  CHECK(has(result,
            "condition 'old' is measured on 2 prompts with 2 texts each; left "
            "out: 2 prompts with fewer, 3 texts (measure.texts_per_prompt)"));
  CHECK(run.csv("texts.csv") ==
        "condition,n_prompts,n_texts,n_prompts_left_out,n_texts_left_out\n"
        "human,4,8,0,0\n"
        "old,2,4,2,3\n");
  // The first two texts of each prompt: all of three words.
  CHECK(run.csv("per_prompt.csv").find("old,p1,length_words,text,ws,3,2\n") !=
        std::string::npos);
  const Result report = cdx("report " + run.path.string());
  CAPTURE(report.out);
  CHECK(report.status == 0);
  const std::string page = read_file(run.path / "report/index.html");
  CHECK(page.find("texts of " + run.file) != std::string::npos);
}

TEST_CASE("without texts_per_prompt it is the number of samples") {
  const Run run;
  run.start(run.both(), "{metrics: [length_words]}");
  const Result result = run.measure();
  CAPTURE(result.out);
  REQUIRE(result.status == 0);
  CHECK(has(result, "condition 'human' is measured on 0 prompts"));
  CHECK(run.csv("texts.csv").find("human,0,0,4,8\nold,2,6,2,1\n") !=
        std::string::npos);
  CHECK(cdx("report " + run.path.string()).status == 0);
}

TEST_CASE("a text of a prompt that the prompt file lacks is named") {
  const Run run;
  run.write_texts({"p1", "p7", "p8"});
  run.start(run.both(), "{metrics: [length_words]}");
  const Result result = run.measure();
  CHECK(result.status == 2);
  CAPTURE(result.out);
  CHECK(has(result, "there is a text of prompt 'p7' (field \"of\"), which"));
}

TEST_CASE("a source that was changed must be measured again") {
  const Run run;
  run.start(run.both(), "{metrics: [length_words], texts_per_prompt: 2}");
  REQUIRE(run.measure().status == 0);
  run.write_texts({"p1", "p1"});
  const Result report = cdx("report " + run.path.string());
  CHECK(report.status == 2);
  CHECK(has(report, "run: cdx measure"));
}

TEST_CASE("nothing is sampled of a source") {
  const Run run;
  run.start(run.both(), "{metrics: [length_words]}");
  const Result status = cdx("status " + run.path.string());
  CAPTURE(status.out);
  CHECK(status.status == 0);
  CHECK_FALSE(has(status, "old"));
}

// Twelve prompts with two texts of each condition: `same` has the vectors of
// `truth` itself, `far` has others. They lie in the run's store of embeddings,
// so that no encoder runs.
struct ReferenceRun {
  static constexpr char kEncoder[] = "data/models/fable/base";
  Run run;
  std::mt19937 random{7};
  std::vector<std::string> hashes;
  std::vector<float> vectors;
  int64_t dimension =
      json_int(parse_json_file(fs::path(kEncoder) / "config.json"),
               "hidden_size",
               kEncoder);

  ReferenceRun() {
    std::string prompts;
    for (int p = 0; p < 12; ++p) {
      prompts += fmt::format(R"({{"id":"q{0}","prompt":"Of {0}."}})"
                             "\n",
                             p);
    }
    test::write_text(run.folder / "prompts.jsonl", prompts);
    std::vector<std::vector<float>> truth;
    for (int i = 0; i < 24; ++i) truth.push_back(vector_around(0));
    std::vector<std::vector<float>> far;
    for (int i = 0; i < 24; ++i) far.push_back(vector_around(3));
    write("truth", truth);
    write("same", truth);
    write("far", far);
  }

  std::vector<float> vector_around(float centre) {
    std::normal_distribution<float> normal(0, 0.1F);
    std::vector<float> vector(static_cast<size_t>(dimension));
    for (size_t d = 0; d < vector.size(); ++d) {
      vector[d] = normal(random) + (d == 0 ? 3 - 2 * centre : 0);
    }
    return vector;
  }

  void write(const std::string& name,
             const std::vector<std::vector<float>>& rows) {
    std::string lines;
    for (int i = 0; i < 24; ++i) {
      const std::string text = fmt::format("{} tale {}", name, i);
      lines += fmt::format(R"({{"of":"q{}","text":"{}"}})"
                           "\n",
                           i / 2,
                           text);
      hashes.push_back(sha256(text));
      const std::vector<float>& row = rows.at(static_cast<size_t>(i));
      vectors.insert(vectors.end(), row.begin(), row.end());
    }
    test::write_text(run.folder / (name + ".jsonl"), lines);
  }

  Result measure(const std::string& options) const {
    std::string conditions;
    for (const char* name : {"truth", "same", "far"}) {
      conditions +=
          fmt::format("  - {{name: {}, source: {}, group: of}}\n",
                      name,
                      (run.folder / (std::string(name) + ".jsonl")).string());
    }
    run.start(conditions,
              fmt::format("{{encoder: {}, texts_per_prompt: 2, {}}}\n"
                          "report: {{compare: [[same, far], [truth, far]]}}",
                          kEncoder,
                          options),
              12);
    const std::string weights =
        sha256_file(fs::path(kEncoder) / "model.safetensors").substr(0, 8);
    EmbeddingStore(RunDirectory::open(run.path).embeddings(kEncoder) / weights,
                   dimension)
        .add(hashes, vectors);
    return run.measure();
  }
};

// The value in `column` of the row of these texts, "" if there is none.
std::string cell(const CsvTable& table,
                 const std::vector<std::pair<std::string, std::string>>& of,
                 const std::string& column) {
  for (const std::vector<std::string>& row : table.rows) {
    bool found = true;
    for (const auto& [name, value] : of) {
      found = found && row[table.column(name)] == value;
    }
    if (found) return row[table.column(column)];
  }
  return "";
}

TEST_CASE("conditions are held against a reference, and tested") {
  const ReferenceRun reference;
  const Result result = reference.measure(
      "metrics: [knn_recall, lebronnec_precision, mauve, distinct_1], "
      "reference: truth, corpus: true, corpus_intervals: true, "
      "permutations: 99");
  CAPTURE(result.out);
  REQUIRE(result.status == 0);
  const CsvTable summary =
      read_csv(reference.run.path / "metrics" / "summary.csv");
  const auto mean = [&](const char* condition, const char* metric) {
    return cell(
        summary,
        {{"condition", condition}, {"metric", metric}, {"level", "corpus"}},
        "mean");
  };
  CHECK(mean("same", "knn_recall") == "1");
  CHECK(mean("far", "knn_recall") == "0");
  CHECK(mean("same", "lebronnec_precision") == "1");
  CHECK(std::stod(mean("same", "mauve")) == doctest::Approx(1));
  CHECK(std::stod(mean("far", "mauve")) < 0.5);
  CHECK(mean("truth", "mauve").empty());
  // "far tale 0" … "far tale 23": 26 words of 72.
  CHECK(std::stod(mean("far", "distinct_1")) == doctest::Approx(26.0 / 72));
  CHECK_FALSE(
      cell(summary,
           {{"condition", "far"}, {"metric", "mauve"}, {"level", "corpus"}},
           "ci_low")
          .empty());
  CHECK(cell(summary, {{"metric", "mauve"}}, "variant") ==
        "data/models/fable/base/buckets=n/10");

  const CsvTable comparisons =
      read_csv(reference.run.path / "metrics" / "comparisons.csv");
  const std::vector<std::pair<std::string, std::string>> recall = {
      {"metric", "knn_recall"}, {"condition_a", "same"}};
  CHECK(cell(comparisons, recall, "delta") == "-1");
  CHECK(cell(comparisons, recall, "test") == "permutation_monte_carlo");
  // None of 99 drawn arrangements is as extreme: 2 · 1/100.
  CHECK(std::stod(cell(comparisons, recall, "p")) == doctest::Approx(0.02));
  CHECK(cell(comparisons, recall, "family") == "corpus");
  CHECK(cell(comparisons,
             {{"metric", "knn_recall"}, {"condition_a", "truth"}},
             "p")
            .empty());

  const Result report = cdx("report " + reference.run.path.string());
  CAPTURE(report.out);
  REQUIRE(report.status == 0);
  CHECK(has(report, "distinct_1 (corpus)"));
  CHECK(has(report, "knn_recall (corpus)"));
  const std::string page = read_file(reference.run.path / "report/index.html");
  CHECK(page.find("(corpus)") != std::string::npos);
}

TEST_CASE("a metric against a reference needs one") {
  const ReferenceRun reference;
  const Result none = reference.measure("metrics: [mauve]");
  CHECK(none.status == 2);
  CAPTURE(none.out);
  CHECK(has(none, "name that one in measure.reference"));
}

}  // namespace
}  // namespace cdx
