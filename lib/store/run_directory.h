#pragma once

#include "store/run_records.h"

#include <filesystem>
#include <string>
#include <vector>

// What a run leaves on disk. Nothing is edited in place, nothing is locked.
namespace cdx {

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

  // Throws UserError when a path in `now` held other weights or another
  // tokenizer in an earlier start.
  void check_models(const Manifest& now) const;

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
  std::filesystem::path matches() const { return path_ / "matches"; }
  std::filesystem::path metrics() const { return path_ / "metrics"; }
  std::filesystem::path report() const { return path_ / "report"; }

 private:
  explicit RunDirectory(std::filesystem::path path);

  std::filesystem::path segment_file(const Segment& segment) const;

  std::filesystem::path path_;
  Manifest manifest_;
};

// Now, as "2025-07-28T12:34:56.789Z".
std::string utc_now();

}  // namespace cdx
