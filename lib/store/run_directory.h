#pragma once

#include "util/json.h"

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

// What a run leaves on disk. Nothing is edited in place, nothing is locked.
namespace cdx {

struct ModelFact {
  std::string path;            // as the experiment file has it
  std::string weights_hash;    // of all weight files and config.json
  std::string tokenizer_hash;  // of the tokenizer and the chat template
};

// What a run was begun with.
struct Manifest {
  std::string name;
  std::map<std::string, ModelFact> models;  // by role
  std::string prompts_file;
  std::string prompts_hash;
  int64_t batch_size = 0;  // obeyed by every later start that says "auto"
  std::map<std::string, std::string> versions;  // cdx, git, torch, …
};

// What one process had and did; segments/SHARD-RESTART.json.
struct Segment {
  std::string shard = "0of1";
  int64_t restart = 0;  // set by claim_segment()
  std::string started;  // UTC, ISO 8601; set by claim_segment()
  std::string stopped;  // "" while it runs or if it was killed
  Manifest manifest;
  std::string config;                             // the resolved YAML
  std::map<std::string, std::string> conditions;  // name → hash8
  Json machine = Json::object();                  // hardware, driver, SLURM ids
  Json rates = Json::object();                    // tokens, seconds, …
};

// One prompt as the models of one condition were sent it; a line of
// prompts.jsonl.
struct SentPrompt {
  std::string prompt_id;
  std::string prompt;  // the text of the prompt file
  std::string condition;
  std::string hash8;
  struct Input {
    std::string model;  // role
    std::string text;
    std::vector<int32_t> token_ids;
  };
  std::vector<Input> inputs;
};

class RunDirectory {
 public:
  // Creates the folder, or continues in it: config.yaml and manifest.json are
  // those of the first process that came. Throws UserError when a path in
  // `manifest` held other weights or another tokenizer in an earlier start,
  // WorldError when nothing can be written there.
  static RunDirectory start(const std::filesystem::path& path,
                            const std::string& resolved_config,
                            const Manifest& manifest);
  // An existing run. Throws UserError when there is none.
  static RunDirectory open(const std::filesystem::path& path);

  // The first process's.
  const Manifest& manifest() const { return manifest_; }

  // Adds to prompts.jsonl what is not in it yet. Throws UserError when a prompt
  // id had another text before. Processes that start together write the same.
  void add_prompts(const std::vector<SentPrompt>& prompts) const;
  std::vector<SentPrompt> prompts() const;

  // Gives the segment the next free restart number of its shard and publishes
  // it; update_segment() replaces it later on.
  void claim_segment(Segment& segment) const;
  void update_segment(const Segment& segment) const;
  // In the order of their starts. The last one's config and conditions are
  // what measures and reports are about.
  std::vector<Segment> segments() const;

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path config_file() const { return path_ / "config.yaml"; }
  std::filesystem::path manifest_file() const {
    return path_ / "manifest.json";
  }
  std::filesystem::path prompts_file() const { return path_ / "prompts.jsonl"; }
  std::filesystem::path generations(const std::string& condition,
                                    const std::string& hash8) const;
  std::filesystem::path scores(const std::string& model,
                               const std::string& condition,
                               const std::string& hash8) const;
  std::filesystem::path embeddings(const std::string& encoder) const;
  std::filesystem::path metrics() const { return path_ / "metrics"; }
  std::filesystem::path report() const { return path_ / "report"; }

 private:
  explicit RunDirectory(std::filesystem::path path);

  std::filesystem::path segment_file(const Segment& segment) const;
  void refuse_other_models(const Manifest& now) const;

  std::filesystem::path path_;
  Manifest manifest_;
};

// Now, as "2025-07-28T12:34:56.789Z".
std::string utc_now();

}  // namespace cdx
