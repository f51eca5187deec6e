#include "export.h"

#include "commands.h"
#include "factors.h"
#include "measure.h"
#include "prompts/prompt.h"
#include "store/npy.h"
#include "stored_embeddings.h"
#include "util/counted.h"
#include "util/csv.h"
#include "util/errors.h"
#include "util/files.h"
#include "util/gzip.h"

#include <algorithm>
#include <cmath>
#include <set>

#include <fmt/format.h>

namespace cdx {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFiles[] = {"generations.jsonl.gz",
                                  "embeddings.npy",
                                  "embeddings.json",
                                  "per_text.csv",
                                  "per_prompt.csv"};

struct ExportedText {
  Factors factors;
  const Prompt* prompt;
  GenerationRecord record;
  bool sampled;  // by a model, not a text from elsewhere
};

std::string split_of(const Prompt& prompt) {
  const auto found = prompt.fields.find("split");
  return found == prompt.fields.end() ? "" : found->second;
}

// One run, open.
class ExportedRun {
 public:
  ExportedRun(const std::string& path, const std::string& name)
      : directory_(RunDirectory::open(path)),
        last_(last_start(directory_)),
        factors_(name, last_.config),
        prompts_(read_prompts(last_.config.prompts)) {
    for (const Prompt& prompt : prompts_) splits_[prompt.id] = split_of(prompt);
  }

  // In the order of conditions, prompts and samples, each story once.
  std::vector<ExportedText> texts() const {
    std::vector<ExportedText> texts;
    for (const Condition& condition : last_.config.conditions) {
      auto stories = stories_of(directory_, last_, condition, prompts_);
      for (const Prompt& prompt : prompts_) {
        const auto of_prompt = stories.find(prompt.id);
        if (of_prompt == stories.end()) continue;
        for (GenerationRecord& record : of_prompt->second) {
          texts.push_back({.factors = factors_.of(condition.name),
                           .prompt = &prompt,
                           .record = std::move(record),
                           .sampled = !condition.models.empty()});
        }
      }
    }
    return texts;
  }

  StoredEmbeddings embeddings(const std::vector<ExportedText>& texts) const {
    std::vector<std::string_view> views;
    views.reserve(texts.size());
    for (const ExportedText& text : texts) views.push_back(text.record.text);
    return {directory_, last_.config.measure.encoder, views};
  }

  void check_measured() const { cdx::check_measured(directory_, last_); }

  CsvTable metrics(const std::string& name) const {
    return read_csv(directory_.metrics() / name);
  }

  const FactorTable& factors() const { return factors_; }
  std::string split(const std::string& prompt_id) const {
    const auto found = splits_.find(prompt_id);
    return found == splits_.end() ? "" : found->second;
  }
  std::string path() const { return directory_.path().string(); }

 private:
  RunDirectory directory_;
  LastStart last_;
  FactorTable factors_;
  std::vector<Prompt> prompts_;
  std::map<std::string, std::string> splits_;
};

// A metrics file of several runs, factors in place of the condition.
class MetricTable {
 public:
  explicit MetricTable(std::string name) : name_(std::move(name)) {}

  void add(const ExportedRun& run) {
    const CsvTable table = run.metrics(name_);
    const size_t condition = table.column("condition");
    const size_t prompt = table.column("prompt_id");
    const auto rest = [&](const std::vector<std::string>& row) {
      std::vector<std::string> fields;
      for (size_t i = 0; i < row.size(); ++i) {
        if (i != condition && i != prompt) fields.push_back(row[i]);
      }
      return fields;
    };
    add_header(rest(table.header), run);
    for (const std::vector<std::string>& row : table.rows) {
      add_line(factor_fields(run.factors().of(row[condition])),
               {row[prompt], run.split(row[prompt])},
               rest(row));
    }
  }

  void write(const fs::path& folder) const {
    write_file_atomic(folder / name_, text_);
    fmt::print("{}  {} numbers\n", (folder / name_).string(), lines_ - 1);
  }

 private:
  void add_header(std::vector<std::string> columns, const ExportedRun& run) {
    if (!text_.empty()) {
      if (columns == columns_) return;
      throw UserError(fmt::format(
          "{0}: metrics/{1} has other columns than that of the run before; "
          "measure both with the same cdx: cdx measure {0}",
          run.path(),
          name_));
    }
    add_line(factor_names(), {"prompt_id", "split"}, columns);
    columns_ = std::move(columns);
  }

  void add_line(std::vector<std::string> fields,
                const std::vector<std::string>& prompt,
                const std::vector<std::string>& rest) {
    fields.insert(fields.end(), prompt.begin(), prompt.end());
    fields.insert(fields.end(), rest.begin(), rest.end());
    text_ += csv_line(fields);
    ++lines_;
  }

  std::string name_, text_;
  std::vector<std::string> columns_;
  int64_t lines_ = 0;
};

// Embeddings of several runs in one matrix.
class EmbeddingTable {
 public:
  // Row of the text, nullopt if it has none.
  std::optional<int64_t> add(const StoredEmbeddings& stored,
                             std::string_view text) {
    const std::vector<float> row = stored.of(text);
    if (row.empty()) return std::nullopt;
    matrix_.values.insert(matrix_.values.end(), row.begin(), row.end());
    return matrix_.rows++;
  }

  // Whether rows of this run can stand below those of the ones before.
  bool takes(const StoredEmbeddings& stored) {
    if (stored.dimension() == 0) return true;
    if (matrix_.columns == 0) {
      matrix_.columns = stored.dimension();
      about_ = {{"encoder", stored.encoder()}, {"weights", stored.weights()}};
    }
    return matrix_.columns == stored.dimension() &&
           about_["encoder"] == stored.encoder() &&
           about_["weights"] == stored.weights();
  }

  void write(const fs::path& folder) {
    if (matrix_.rows == 0) {
      fmt::print(stderr,
                 "cdx: no embeddings.npy: no embedding of these texts is "
                 "stored; measuring a metric of embeddings leaves them\n");
      return;
    }
    about_["rows"] = matrix_.rows;
    about_["dimension"] = matrix_.columns;
    write_file_atomic(folder / "embeddings.npy", encode_npy(matrix_));
    write_file_atomic(folder / "embeddings.json", about_.dump(2) + "\n");
    fmt::print("{}  {} rows of {}\n",
               (folder / "embeddings.npy").string(),
               matrix_.rows,
               matrix_.columns);
  }

 private:
  NpyMatrix matrix_;
  Json about_ = Json::object();
};

std::string line_of(const ExportedText& text, std::optional<int64_t> row) {
  const GenerationRecord& record = text.record;
  const auto or_null = [&](const Json& value) {
    return text.sampled ? value : Json();
  };
  const std::string split = split_of(*text.prompt);
  Json line = Json::object();
  add_factors(text.factors, line);
  line["prompt_id"] = record.coordinates.prompt_id;
  line["split"] = split.empty() ? Json() : Json(split);
  line["sample"] = record.coordinates.sample;
  line["prompt"] = text.prompt->text;
  line["text"] = record.text;
  line["n_tokens"] = or_null(record.story_tokens());
  line["finish_reason"] = or_null(record.finish_reason);
  line["log_prob_sampled"] = or_null(std::isfinite(record.log_prob_sampled)
                                         ? Json(record.log_prob_sampled)
                                         : Json());
  line["embedding_row"] = row ? Json(*row) : Json();
  return dump_json(line) + '\n';
}

// The folder's name, which reads well in a table; the path as given where two
// runs share it.
std::vector<std::string> names_of_runs(const std::vector<std::string>& paths) {
  std::multiset<std::string> names;
  std::set<fs::path> folders;
  const auto folder_of = [](const std::string& path) {
    return fs::weakly_canonical(path);
  };
  for (const std::string& path : paths) {
    if (!folders.insert(folder_of(path)).second) {
      throw UserError(fmt::format("{}: this run is named twice", path));
    }
    names.insert(folder_of(path).filename().string());
  }
  std::vector<std::string> result;
  for (const std::string& path : paths) {
    const std::string name = folder_of(path).filename().string();
    result.push_back(names.count(name) == 1 ? name : path);
  }
  return result;
}

void check_is_run(const std::string& path) {
  if (fs::exists(fs::path(path) / "manifest.json") ||
      !fs::exists(fs::path(path) / "metrics" / "per_prompt.csv")) {
    return;  // RunDirectory::open says what is wrong, if anything
  }
  throw UserError(
      fmt::format("{0}: made by cdx measure --input, with texts that lie "
                  "elsewhere; its numbers are in {0}/metrics/per_text.csv and "
                  "per_prompt.csv as they are",
                  path));
}

class Export {
 public:
  explicit Export(const ExportArguments& arguments) : out_(arguments.out) {
    for (const char* own : {"manifest.json", "measured.json"}) {
      if (!fs::exists(out_ / own)) continue;
      throw UserError(fmt::format(
          "--out {}: this is a run's own folder; name another", out_.string()));
    }
    if (fs::exists(out_) && !fs::is_directory(out_)) {
      throw UserError(fmt::format("--out {}: this is a file; name a folder",
                                  out_.string()));
    }
    const std::vector<std::string> names = names_of_runs(arguments.runs);
    for (size_t i = 0; i < names.size(); ++i) {
      check_is_run(arguments.runs[i]);
      runs_.emplace_back(arguments.runs[i], names[i]);
    }
  }

  void run() {
    // What an earlier export left would be taken for this one's.
    for (const char* name : kFiles) fs::remove(out_ / name);
    write_texts();
    for (const ExportedRun& run : runs_) run.check_measured();
    for (const char* name : {"per_text.csv", "per_prompt.csv"}) {
      MetricTable table(name);
      for (const ExportedRun& run : runs_) table.add(run);
      table.write(out_);
    }
  }

 private:
  void write_texts() const {
    std::string lines;
    int64_t count = 0;
    EmbeddingTable embeddings;
    for (const ExportedRun& run : runs_) {
      const std::vector<ExportedText> texts = run.texts();
      const StoredEmbeddings stored = run.embeddings(texts);
      const bool taken = embeddings.takes(stored);
      if (!taken) {
        fmt::print(stderr,
                   "cdx: {}: its embeddings are of another encoder than those "
                   "of the runs before and are left out\n",
                   run.path());
      }
      for (const ExportedText& text : texts) {
        lines += line_of(
            text,
            taken ? embeddings.add(stored, text.record.text) : std::nullopt);
      }
      count += static_cast<int64_t>(texts.size());
    }
    const fs::path file = out_ / "generations.jsonl.gz";
    write_file_atomic(file, gzip(lines));
    fmt::print("{}  {}\n", file.string(), counted(count, "text"));
    embeddings.write(out_);
  }

  fs::path out_;
  std::vector<ExportedRun> runs_;
};

}  // namespace

void export_runs(const ExportArguments& arguments) {
  Export(arguments).run();
}

void add_export_command(CLI::App& app, int& status) {
  CLI::App* command = app.add_subcommand(
      "export", "clean data of runs for pandas and R: texts, numbers, factors");
  auto arguments = std::make_shared<ExportArguments>();
  command->add_option("runs", arguments->runs, "run folders")->required();
  command->add_option("--out", arguments->out, "folder for the files")
      ->required();
  command->footer(
      "Example: cdx export runs/quickstart --out data\n"
      "generations.jsonl.gz has a story a line, embeddings.npy their "
      "embeddings,\n"
      "per_text.csv and per_prompt.csv a number a row (docs/analysis.md).");
  command->callback([arguments, &status] {
    export_runs(*arguments);
    status = 0;
  });
}

}  // namespace cdx
