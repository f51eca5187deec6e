#include "store/run_directory.h"

#include "store/folders.h"
#include "util/errors.h"
#include "util/files.h"
#include "util/unicode.h"

#include <algorithm>
#include <chrono>
#include <set>
#include <tuple>
#include <utility>

#include <fmt/chrono.h>
#include <fmt/format.h>

namespace cdx {
namespace {

constexpr size_t kShownDigits = 12;  // of a hash, in messages
constexpr size_t kShownText = 40;    // code points of a prompt

void refuse_change(const std::filesystem::path& run,
                   const std::string& what,
                   const std::string& path,
                   const std::string& before,
                   const std::string& now) {
  if (before == now) return;
  throw UserError(fmt::format(
      "{}: {} '{}' changed since this run began (hash {}, now {}); put the old "
      "one back, or give the experiment another `output`",
      run.string(),
      what,
      path,
      before.substr(0, kShownDigits),
      now.substr(0, kShownDigits)));
}

std::string excerpt(const std::string& text) {
  std::u32string points = to_code_points(text);
  if (points.size() > kShownText) points = points.substr(0, kShownText) + U"…";
  return to_utf8(points);
}

}  // namespace

std::string utc_now() {
  const auto now = std::chrono::floor<std::chrono::milliseconds>(
      std::chrono::system_clock::now());
  const auto seconds = std::chrono::floor<std::chrono::seconds>(now);
  return fmt::format("{:%FT%T}.{:03}Z", seconds, (now - seconds).count());
}

RunDirectory::RunDirectory(std::filesystem::path path)
    : path_(std::move(path)) {
  manifest_ = manifest_from_json(parse_json_file(manifest_file()),
                                 manifest_file().string());
}

RunDirectory RunDirectory::start(const std::filesystem::path& path,
                                 const std::string& resolved_config,
                                 const Manifest& manifest) {
  make_folders(path);
  publish_file(path / "config.yaml", resolved_config);
  publish_file(path / "manifest.json", pretty(to_json(manifest)));
  RunDirectory run(path);
  run.check_models(manifest);
  return run;
}

RunDirectory RunDirectory::open(const std::filesystem::path& path) {
  if (!std::filesystem::exists(path / "manifest.json")) {
    throw UserError(
        fmt::format("{}: not a run: it holds no manifest.json", path.string()));
  }
  return RunDirectory(path);
}

void RunDirectory::check_models(const Manifest& now) const {
  std::vector<Manifest> earlier = {manifest_};
  for (Segment& segment : segments()) {
    earlier.push_back(std::move(segment.manifest));
  }
  for (const Manifest& before : earlier) {
    for (const auto& [old_role, old] : before.models) {
      for (const auto& [role, model] : now.models) {
        if (old.path != model.path) continue;
        refuse_change(path_,
                      "the model in",
                      model.path,
                      old.weights_hash,
                      model.weights_hash);
        refuse_change(path_,
                      "the tokenizer or chat template in",
                      model.path,
                      old.tokenizer_hash,
                      model.tokenizer_hash);
      }
    }
  }
}

std::vector<SentPrompt> RunDirectory::prompts() const {
  std::vector<SentPrompt> prompts;
  if (!std::filesystem::exists(prompts_file())) return prompts;
  for_each_line(prompts_file(), [&](std::string_view line, int64_t number) {
    const std::string where =
        fmt::format("{}:{}", prompts_file().string(), number);
    prompts.push_back(sent_prompt_from_json(parse_json(line, where), where));
  });
  return prompts;
}

void RunDirectory::add_prompts(const std::vector<SentPrompt>& prompts) const {
  std::vector<SentPrompt> all = this->prompts();
  std::map<std::string, std::string> texts;
  std::set<std::tuple<std::string, std::string, std::string>> known;
  for (const SentPrompt& sent : all) {
    texts.emplace(sent.prompt_id, sent.prompt);
    known.emplace(sent.prompt_id, sent.condition, sent.hash8);
  }
  const size_t before = all.size();
  for (const SentPrompt& sent : prompts) {
    const auto [text, is_new] = texts.emplace(sent.prompt_id, sent.prompt);
    if (text->second != sent.prompt) {
      throw UserError(fmt::format(
          "{}: prompt '{}' had another text when this run began ('{}', now "
          "'{}'); give new texts new ids, or the experiment another `output`",
          path_.string(),
          sent.prompt_id,
          excerpt(text->second),
          excerpt(sent.prompt)));
    }
    if (known.emplace(sent.prompt_id, sent.condition, sent.hash8).second) {
      all.push_back(sent);
    }
  }
  if (all.size() == before) return;
  std::string lines;
  for (const SentPrompt& sent : all) lines += dump_json(to_json(sent)) + "\n";
  write_file_atomic(prompts_file(), lines);
}

std::filesystem::path RunDirectory::segment_file(const Segment& segment) const {
  return path_ / "segments" /
         fmt::format(
             "{}-{}.json", file_name_of(segment.shard), segment.restart);
}

void RunDirectory::claim_segment(Segment& segment) const {
  segment.started = utc_now();
  make_folders(path_ / "segments");
  for (segment.restart = 0;; ++segment.restart) {
    if (publish_file(segment_file(segment), pretty(to_json(segment)))) {
      return;
    }
  }
}

void RunDirectory::update_segment(const Segment& segment) const {
  write_file_atomic(segment_file(segment), pretty(to_json(segment)));
}

std::vector<Segment> RunDirectory::segments() const {
  std::vector<Segment> segments;
  for (const auto& file : files_with_extension(path_ / "segments", ".json")) {
    segments.push_back(segment_from_json(parse_json_file(file), file.string()));
  }
  std::stable_sort(
      segments.begin(), segments.end(), [](const Segment& a, const Segment& b) {
        return a.started < b.started;
      });
  return segments;
}

std::filesystem::path RunDirectory::generations(
    const std::string& condition, const std::string& hash8) const {
  return path_ / "generations" /
         fmt::format("{}-{}", file_name_of(condition), hash8);
}

std::filesystem::path RunDirectory::scores(const std::string& model,
                                           const std::string& condition,
                                           const std::string& hash8) const {
  return path_ / "scores" / file_name_of(model) /
         fmt::format("{}-{}.jsonl", file_name_of(condition), hash8);
}

std::filesystem::path RunDirectory::embeddings(
    const std::string& encoder) const {
  return path_ / "embeddings" / file_name_of(encoder);
}

}  // namespace cdx
