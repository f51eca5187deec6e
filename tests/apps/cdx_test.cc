#include "store/generation_log.h"
#include "support.h"
#include "util/files.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <map>
#include <thread>

#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

// The program itself, run as a user runs it, on the shipped models.
namespace cdx {
namespace {

namespace fs = std::filesystem;

struct Result {
  int status = -1;  // exit status; 128 + signal
  std::string out, err;
};

class Process {
 public:
  Process(std::vector<std::string> arguments, const fs::path& folder)
      : out_(folder / "stdout"), err_(folder / "stderr") {
    arguments.insert(arguments.begin(), CDX_BINARY);
    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    pid_ = fork();
    if (pid_ == 0) {
      constexpr int kFlags = O_WRONLY | O_CREAT | O_TRUNC;
      dup2(open(out_.c_str(), kFlags, 0644), STDOUT_FILENO);
      dup2(open(err_.c_str(), kFlags, 0644), STDERR_FILENO);
      execv(argv[0], argv.data());
      _exit(127);
    }
  }

  void kill(int signal) const { ::kill(pid_, signal); }

  Result wait() const {
    int status = 0;
    waitpid(pid_, &status, 0);
    return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
            read_file(out_),
            read_file(err_)};
  }

 private:
  fs::path out_, err_;
  pid_t pid_ = -1;
};

Result cdx(const std::vector<std::string>& arguments) {
  const test::TemporaryFolder folder;
  return Process(arguments, folder.path()).wait();
}

std::string experiment(const fs::path& output, const std::string& more = "") {
  return "name: small\noutput: " + output.string() + R"(
seed: 7
common_random_numbers: true
models:
  base: {path: data/models/fable/base}
  dpo: {path: data/models/fable/dpo}
prompts: {file: data/prompts/fable.jsonl, limit: 5}
formats:
  completion: {template: "A fable about {prompt}.\nStory:\n"}
  chat: {chat: true, user: "Write a short fable about {prompt}."}
generation: {samples_per_prompt: 12, max_new_tokens: 60, batch_size: 16}
conditions:
  - {name: base, model: base, format: completion, sampling: {top_p: 0.95}}
  - {name: dpo, model: dpo, format: chat, sampling: {top_p: 0.95}}
  - name: conformative
    mix: {models: {base: base, instruct: dpo}, gamma: [0, 0.5]}
    format: {base: completion, instruct: chat}
    sampling: {top_p: 0.95}
measure:
  metrics: [distinct_2, choice_entropy, tale_valid, length_tokens]
  tale_grammar: data/fable/grammar.json
)" + more;
}

struct Files {
  test::TemporaryFolder folder;
  fs::path config = folder / "experiment.yaml";
  fs::path run = folder / "run";

  explicit Files(const std::string& more = "") {
    test::write_text(config, experiment(run, more));
  }
};

using Texts = std::map<std::pair<std::string, int64_t>, std::vector<int32_t>>;

// Ids of a condition's stories; its folder is NAME-HASH8.
Texts texts_of(const fs::path& run, const std::string& condition) {
  Texts texts;
  for (const auto& entry : fs::directory_iterator(run / "generations")) {
    const std::string name = entry.path().filename().string();
    if (name.substr(0, name.size() - 9) != condition) continue;
    for (const GenerationRecord& record :
         read_generations(entry.path()).records) {
      texts[{record.coordinates.prompt_id, record.coordinates.sample}] =
          record.token_ids;
    }
  }
  return texts;
}

// Stories of all conditions.
size_t texts_of_any(const fs::path& run) {
  if (!fs::exists(run / "generations")) return 0;
  size_t count = 0;
  for (const auto& entry : fs::directory_iterator(run / "generations")) {
    count += read_generations(entry.path()).records.size();
  }
  return count;
}

const std::vector<std::string> kConditions = {
    "base", "dpo", "conformative-g0", "conformative-g0.5"};

// The whole experiment in one go, made once.
const fs::path& finished_run() {
  static const Files kFiles;
  static const Result kResult = cdx({"run", kFiles.config.string()});
  CAPTURE(kResult.err);
  REQUIRE(kResult.status == 0);
  return kFiles.run;
}

void check_same_stories(const fs::path& run) {
  for (const std::string& condition : kConditions) {
    CAPTURE(condition);
    const Texts texts = texts_of(run, condition);
    CHECK(texts.size() == 60);
    CHECK(texts == texts_of(finished_run(), condition));
  }
}

int64_t count_files(const fs::path& folder) {
  int64_t count = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) ++count;
  }
  return count;
}

}  // namespace

TEST_CASE("run leaves stories, metrics and a page") {
  const fs::path& run = finished_run();
  for (const char* file : {"config.yaml",
                           "manifest.json",
                           "prompts.jsonl",
                           "metrics/per_text.csv",
                           "metrics/per_prompt.csv",
                           "metrics/summary.csv",
                           "metrics/comparisons.csv",
                           "report/index.html"}) {
    CAPTURE(file);
    CHECK(fs::file_size(run / file) > 0);
  }
  const Result again = cdx({"report", run.string()});
  CHECK(again.status == 0);
  CHECK(again.out.find("conformative-g0.5") != std::string::npos);
  CHECK(again.out.find("report/index.html") != std::string::npos);
}

TEST_CASE("with gamma 0 the instruct model's stories come out") {
  const Texts instruct = texts_of(finished_run(), "dpo");
  CHECK(instruct.size() == 60);
  CHECK(texts_of(finished_run(), "conformative-g0") == instruct);
  CHECK(texts_of(finished_run(), "conformative-g0.5") != instruct);
}

TEST_CASE("running again draws nothing again") {
  const fs::path& run = finished_run();
  const int64_t files = count_files(run / "generations");
  const Result again = cdx({"run", (run / "config.yaml").string()});
  CAPTURE(again.err);
  CHECK(again.status == 0);
  CHECK(count_files(run / "generations") == files);
  check_same_stories(run);
}

TEST_CASE("more samples are added to those that are there") {
  const Files files;
  const std::string config = files.config.string();
  CHECK(cdx({"generate", config, "--set", "generation.samples_per_prompt=5"})
            .status == 0);
  CHECK(texts_of(files.run, "dpo").size() == 25);
  CHECK(cdx({"generate", config}).status == 0);
  check_same_stories(files.run);
}

TEST_CASE("numbers of an experiment that was changed since are not reported") {
  const Files files;
  const auto with = [&](const char* command, const char* change) {
    return cdx({command,
                files.config.string(),
                "--set",
                "generation.samples_per_prompt=2",
                "--set",
                change});
  };
  const std::string run = files.run.string();
  CHECK(with("generate", "prompts.limit=2").status == 0);
  const Result unmeasured = cdx({"report", run});
  CHECK(unmeasured.status == 2);
  CHECK(unmeasured.err.find("not measured yet; run: cdx measure " + run) !=
        std::string::npos);
  CHECK(cdx({"measure", run}).status == 0);
  CHECK(cdx({"report", run}).status == 0);
  CHECK(with("generate", "conditions.0.sampling.top_p=0.5").status == 0);
  const Result stale = cdx({"report", run});
  CHECK(stale.status == 2);
  CHECK(stale.err.find("changed since these numbers were computed; run: cdx "
                       "measure " +
                       run) != std::string::npos);
}

TEST_CASE("stories are the same with one thread and with two") {
  for (const char* threads : {"1", "2"}) {
    const Files files;
    CHECK(
        cdx({"generate", files.config.string(), "--threads", threads}).status ==
        0);
    check_same_stories(files.run);
  }
}

TEST_CASE("a killed run is finished by running it again") {
  for (const int signal : {SIGKILL, SIGTERM}) {
    CAPTURE(signal);
    const Files files;
    const Process process({"generate", files.config.string()},
                          files.folder.path());
    // Some stories are written, others are in flight.
    for (int i = 0; i < 3000 && texts_of_any(files.run) < 10; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    process.kill(signal);
    const Result killed = process.wait();
    CHECK(killed.status == (signal == SIGKILL ? 128 + SIGKILL : 75));
    CHECK(texts_of_any(files.run) < 240);
    CHECK(cdx({"generate", files.config.string()}).status == 0);
    check_same_stories(files.run);
  }
}

TEST_CASE("a mistake is one clear sentence and exit status 2") {
  const Files files;
  const auto message = [&](const std::vector<std::string>& overrides) {
    std::vector<std::string> arguments = {"run", files.config.string()};
    for (const std::string& override : overrides) {
      arguments.insert(arguments.end(), {"--set", override});
    }
    const Result result = cdx(arguments);
    CHECK(result.status == 2);
    CHECK(std::count(result.err.begin(), result.err.end(), '\n') == 1);
    return result.err;
  };
  const auto holds = [](const std::string& text, const std::string& part) {
    CAPTURE(text);
    CHECK(text.find(part) != std::string::npos);
  };
  SUBCASE("a misspelt key") {
    test::write_text(files.config,
                     experiment(files.run, "report: {basline: dpo}\n"));
    const std::string text = message({});
    holds(text, "experiment.yaml:23");
    holds(text, "basline");
    holds(text, "baseline");
  }
  SUBCASE("a model folder that is not there") {
    holds(message({"models.dpo.path=data/models/none"}), "data/models/none");
  }
  SUBCASE("an empty prompt file") {
    test::write_text(files.folder / "empty.jsonl", "");
    holds(message({"prompts.file=" + (files.folder / "empty.jsonl").string()}),
          "empty.jsonl");
  }
  SUBCASE("a file that is no experiment") {
    test::write_text(files.config, "[1, 2");
    holds(message({}), "experiment.yaml");
  }
  SUBCASE("an unknown metric") {
    holds(message({"measure.metrics=[distinkt_2]"}), "distinct_2");
  }
}

TEST_CASE("a damaged file or an unwritable folder is exit status 1") {
  const Files files;
  SUBCASE("truncated weights") {
    const fs::path model = files.folder / "model";
    fs::copy("data/models/fable/dpo", model);
    fs::resize_file(model / "model.safetensors", 100000);
    const Result result = cdx({"run",
                               files.config.string(),
                               "--set",
                               "models.dpo.path=" + model.string()});
    CHECK(result.status == 1);
    CHECK(result.err.find("model.safetensors") != std::string::npos);
    CHECK(std::count(result.err.begin(), result.err.end(), '\n') == 1);
  }
  SUBCASE("an output folder below a file") {
    test::write_text(files.folder / "file", "");
    const std::string output = (files.folder / "file" / "run").string();
    const Result result =
        cdx({"run", files.config.string(), "--set", "output=" + output});
    CHECK(result.status == 1);
    CHECK(result.err.find(output) != std::string::npos);
    CHECK(std::count(result.err.begin(), result.err.end(), '\n') == 1);
  }
}

TEST_CASE("commands that need no model answer without one") {
  CHECK(cdx({"--help"}).out.find("generate") != std::string::npos);
  CHECK(cdx({"metrics"}).out.find("choice_entropy") != std::string::npos);
  CHECK(cdx({"status", finished_run().string()}).out.find("60 of 60") !=
        std::string::npos);
  CHECK(cdx({"status", "/nowhere"}).status == 2);
  CHECK(cdx({}).status == 2);
  CHECK(cdx({"frobnicate"}).status == 2);
}

}  // namespace cdx
