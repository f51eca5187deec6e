#pragma once

#include "util/json.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

// What the files of a run say, as structs and as JSON.
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
  // Temperatures that `match` found, by condition.
  Json matches = Json::object();
  Json machine = Json::object();  // hardware, driver, SLURM ids
  Json rates = Json::object();    // tokens, seconds, …
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

// Indented, for files that people read.
std::string pretty(const Json& json);

// The …_from_json functions throw UserError naming `where`.
Json to_json(const Manifest& manifest);
Manifest manifest_from_json(const Json& json, const std::string& where);

Json to_json(const Segment& segment);
Segment segment_from_json(const Json& json, const std::string& where);

Json to_json(const SentPrompt& sent);
SentPrompt sent_prompt_from_json(const Json& json, const std::string& where);

}  // namespace cdx
