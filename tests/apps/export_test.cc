#include "program.h"
#include "store/embedding_store.h"
#include "store/generation_log.h"
#include "store/npy.h"
#include "store/run_directory.h"
#include "support.h"
#include "util/csv.h"
#include "util/files.h"
#include "util/hash.h"
#include "util/json.h"

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <zlib.h>

// cdx export, on a run whose stories are written here: no model is needed.
namespace cdx {
namespace {

namespace fs = std::filesystem;
using test::cdx;
using test::Result;

constexpr int kPrompts = 6, kSamples = 2;

bool has(const Result& result, const std::string& text) {
  return result.out.find(text) != std::string::npos;
}

struct Files {
  test::TemporaryFolder folder;
  fs::path run = folder / "small", out = folder / "out";
  std::vector<std::string> texts;  // in the order of conditions, prompts

  // Each story twice, as two processes leave it that draw the same.
  Files() {
    write_prompts();
    const RunDirectory directory = RunDirectory::start(run, config(), {});
    Segment segment{.config = config(),
                    .conditions = {{"base", "00000001"}, {"mix", "00000002"}}};
    directory.claim_segment(segment);
    for (const auto& [condition, hash8] : segment.conditions) {
      for (const char* process : {"first", "second"}) {
        GenerationWriter writer(directory.generations(condition, hash8),
                                process);
        for (int i = 0; i < kPrompts * kSamples; ++i) {
          writer.append(story(condition, i / kSamples, i % kSamples));
        }
      }
      for (int i = 0; i < kPrompts * kSamples; ++i) {
        texts.push_back(story(condition, i / kSamples, i % kSamples).text);
      }
    }
  }

  void write_prompts() const {
    std::string lines;
    for (int prompt = 0; prompt < kPrompts; ++prompt) {
      lines += fmt::format(
          R"({{"id":"0{0}","prompt":"about {0}","split":"dev","references":["human {0} one","human {0} two"]}})"
          "\n",
          prompt);
    }
    test::write_text(folder / "prompts.jsonl", lines);
  }

  std::string config() const {
    return fmt::format(R"(name: small
output: {}
seed: 1
models:
  base: {{path: data/models/fable/base}}
  dpo: {{path: data/models/fable/dpo}}
prompts: {{file: {}}}
formats:
  text: {{template: "{{prompt}}"}}
  chat: {{chat: true, user: "{{prompt}}"}}
generation: {{samples_per_prompt: 2, max_new_tokens: 8, batch_size: 16}}
conditions:
  - {{name: base, model: base, format: text, sampling: {{temperature: 0.5}}}}
  - name: mix
    mix: {{models: {{base: base, instruct: dpo}}, gamma: 0.25}}
    format: {{base: text, instruct: chat}}
    sampling: {{top_p: 0.9}}
  - {{name: human, source: references}}
measure: {{metrics: [distinct_2, length_words]}}
)",
                       run.string(),
                       (folder / "prompts.jsonl").string());
  }

  static GenerationRecord story(const std::string& condition,
                                int prompt,
                                int sample) {
    GenerationRecord record;
    record.coordinates = {fmt::format("0{}", prompt), condition, sample};
    record.text = fmt::format("{} \"tells\" {},\n{} a b{}",
                              condition,
                              prompt,
                              sample,
                              condition == "mix" ? " a b" : "");
    record.token_ids = {5, 6, 2};
    record.finish_reason = "stop";
    record.stop_token = 2;
    record.log_prob_sampled = -1.5;
    return record;
  }

  Result measure() const { return cdx("measure " + run.string()); }
  Result export_it(const std::string& more = "") const {
    return cdx(
        fmt::format("export {} --out {} {}", run.string(), out.string(), more));
  }
};

std::vector<Json> exported_texts(const fs::path& folder) {
  const fs::path path = folder / "generations.jsonl.gz";
  gzFile file = gzopen(path.c_str(), "rb");
  REQUIRE(file != nullptr);
  std::vector<Json> lines;
  std::string text(size_t{1} << 20, '\0');
  text.resize(static_cast<size_t>(
      gzread(file, text.data(), static_cast<unsigned>(text.size()))));
  CHECK(gzclose(file) == Z_OK);
  for (size_t at = 0, end = 0; at < text.size(); at = end + 1) {
    end = text.find('\n', at);
    lines.push_back(parse_json(text.substr(at, end - at), "line"));
  }
  return lines;
}

std::string cell(const CsvTable& table, size_t row, const char* column) {
  return table.rows.at(row).at(table.column(column));
}

// The fenced block of docs/analysis.md in `language`.
std::string block_of(const std::string& language) {
  const std::string page = read_file("docs/analysis.md");
  const std::string fence = "\n```" + language + "\n";
  const size_t start = page.find(fence);
  REQUIRE(start != std::string::npos);
  const size_t from = start + fence.size();
  return page.substr(from, page.find("\n```\n", from) + 1 - from);
}

// Runs the block in `folder`; false, said aloud, if `check` fails.
bool run_block(const std::string& language,
               const std::string& check,
               const std::string& program,
               const fs::path& folder) {
  if (std::system((check + " > /dev/null 2>&1").c_str()) != 0) {
    MESSAGE("skipped: the ", language, " block, for this fails: ", check);
    return false;
  }
  test::write_text(folder / "block", block_of(language));
  const std::string line =
      fmt::format("cd {} && {} block > said 2>&1", folder.string(), program);
  const int status = std::system(line.c_str());
  CAPTURE(read_file(folder / "said"));
  CHECK(status == 0);
  return true;
}

TEST_CASE("each story is exported once, with its condition's factors") {
  const Files files;
  REQUIRE(files.measure().status == 0);
  const Result result = files.export_it();
  CAPTURE(result.out);
  REQUIRE(result.status == 0);
  CHECK(has(result, "no embedding of these texts is stored"));
  CHECK_FALSE(fs::exists(files.out / "embeddings.npy"));

  const std::vector<Json> lines = exported_texts(files.out);
  REQUIRE(lines.size() == 3 * kPrompts * kSamples);
  for (size_t i = 0; i < files.texts.size(); ++i) {
    CHECK(lines[i]["text"] == files.texts[i]);
  }
  CHECK(lines[0]["run"] == "small");
  CHECK(lines[0]["condition"] == "base");
  CHECK(lines[0]["model"] == "data/models/fable/base");
  CHECK(lines[0]["family"] == "llama");
  CHECK(lines[0]["rule"].is_null());
  CHECK(lines[0]["gamma"].is_null());
  CHECK(lines[0]["temperature"] == 0.5);
  CHECK(lines[0]["prompt_id"] == "00");
  CHECK(lines[0]["split"] == "dev");
  CHECK(lines[0]["n_tokens"] == 2);
  CHECK(lines[0]["log_prob_sampled"] == -1.5);
  const Json& mixed = lines[kPrompts * kSamples];
  CHECK(mixed["stage"] == "dpo");
  CHECK(mixed["format"] == "chat");
  CHECK(mixed["rule"] == "linear");
  CHECK(mixed["gamma"] == 0.25);
  CHECK(mixed["top_p"] == 0.9);
  const Json& human = lines.back();
  CHECK(human["text"] == "human 5 two");
  CHECK(human["sample"] == 1);
  CHECK(human["model"].is_null());
  CHECK(human["temperature"].is_null());
  CHECK(human["n_tokens"].is_null());
}

TEST_CASE("exported numbers are the run's own, factors beside them") {
  const Files files;
  REQUIRE(files.measure().status == 0);
  REQUIRE(files.export_it().status == 0);
  for (const char* name : {"per_text.csv", "per_prompt.csv"}) {
    const CsvTable own = read_csv(files.run / "metrics" / name);
    const CsvTable table = read_csv(files.out / name);
    REQUIRE(table.rows.size() == own.rows.size());
    for (size_t i = 0; i < own.rows.size(); ++i) {
      for (const char* column : {"condition", "prompt_id", "metric", "value"}) {
        CHECK(cell(table, i, column) == cell(own, i, column));
      }
      const bool mixed = cell(table, i, "condition") == "mix";
      CHECK(cell(table, i, "gamma") == (mixed ? "0.25" : ""));
      CHECK(cell(table, i, "split") == "dev");
    }
  }
}

TEST_CASE("embeddings stand in the order of the stories that have one") {
  const Files files;
  REQUIRE(files.measure().status == 0);
  // All but the first story; vectors of length 2 come out with length 1.
  EmbeddingStore store(files.run / "embeddings/all-MiniLM-L6-v2/00000000", 2);
  for (size_t i = files.texts.size() - 1; i > 0; --i) {
    const bool even = i % 2 == 0;
    store.add({sha256(files.texts[i])},
              {even ? 2.0F : 0.0F, even ? 0.0F : -2.0F});
  }
  REQUIRE(files.export_it().status == 0);
  const NpyMatrix matrix = read_npy(files.out / "embeddings.npy");
  CHECK(matrix.rows == static_cast<int64_t>(files.texts.size()) - 1);
  CHECK(matrix.columns == 2);
  const std::vector<Json> lines = exported_texts(files.out);
  CHECK(lines[0]["embedding_row"].is_null());
  for (size_t i = 1; i < files.texts.size(); ++i) {
    REQUIRE(lines[i]["embedding_row"] == i - 1);
    CHECK(matrix.values[2 * (i - 1)] == (i % 2 == 0 ? 1 : 0));
    CHECK(matrix.values[2 * (i - 1) + 1] == (i % 2 == 0 ? 0 : -1));
  }
  CHECK(parse_json_file(files.out / "embeddings.json")["encoder"] ==
        "all-MiniLM-L6-v2");
}

TEST_CASE("a run without numbers is told how to get them, its stories come") {
  const Files files;
  const Result result = files.export_it();
  CHECK(result.status == 2);
  CHECK(has(result,
            fmt::format("this run was not measured yet; run: cdx measure {}",
                        files.run.string())));
  CHECK(exported_texts(files.out).size() == 3 * kPrompts * kSamples);
  CHECK_FALSE(fs::exists(files.out / "per_text.csv"));
}

TEST_CASE("several runs are told apart by their folders") {
  const Files files, others;
  REQUIRE(files.measure().status == 0);
  REQUIRE(others.measure().status == 0);
  REQUIRE(files.export_it(others.run.string()).status == 0);
  const std::vector<Json> lines = exported_texts(files.out);
  REQUIRE(lines.size() == 2 * 3 * kPrompts * kSamples);
  CHECK(lines.front()["run"] == files.run.string());  // both are called small
  CHECK(lines.back()["run"] == others.run.string());
  CHECK(files.export_it(files.run.string()).status == 2);
}

TEST_CASE("what cannot be exported is refused in a sentence") {
  const Files files;
  CHECK(cdx("export").status == 2);
  const Result none = cdx("export /nowhere --out x");
  CHECK(none.status == 2);
  CHECK(has(none, "not a run"));
  const Result own =
      cdx(fmt::format("export {0} --out {0}", files.run.string()));
  CHECK(own.status == 2);
  CHECK(has(own, "this is a run's own folder"));
}

TEST_CASE("the blocks of docs/analysis.md run on an export") {
  const Files files;
  REQUIRE(files.measure().status == 0);
  REQUIRE(files.export_it().status == 0);
  const std::string python = fs::exists(".venv/bin/python")
                                 ? fs::absolute(".venv/bin/python").string()
                                 : "python3";
  if (run_block("python", python + " -c 'import pandas'", python, files.out)) {
    CHECK(read_file(files.out / "said").find("6 prompts, sign-flip p = ") !=
          std::string::npos);
  }
  if (run_block("r", "Rscript --version", "Rscript", files.out)) {
    CHECK(read_file(files.out / "said").find("conditionmix") !=
          std::string::npos);
  }
}

}  // namespace
}  // namespace cdx
