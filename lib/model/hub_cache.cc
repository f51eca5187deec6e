#include "model/hub_cache.h"

#include "model/weight_files.h"
#include "util/errors.h"
#include "util/files.h"

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace cdx {
namespace {

namespace fs = std::filesystem;

constexpr size_t kCommitDigits = 40;
constexpr size_t kFewestDigits = 4;  // of an abbreviated commit
constexpr size_t kMaxName = 96;      // as huggingface_hub's own limit
constexpr size_t kMaxRevision = 255;

struct Repository {
  std::string id;        // "org/name"
  std::string revision;  // branch, tag or commit
};

bool is_plain_part(std::string_view part) {
  const auto is_allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
  };
  return !part.empty() && part.front() != '.' && part.front() != '-' &&
         part.find("..") == std::string_view::npos &&
         part.find("--") == std::string_view::npos &&
         std::ranges::all_of(part, is_allowed);
}

bool is_repository_id(std::string_view id) {
  const size_t slash = id.find('/');
  return id.size() <= kMaxName && is_plain_part(id.substr(0, slash)) &&
         (slash == std::string_view::npos ||
          is_plain_part(id.substr(slash + 1)));
}

// It becomes a path below refs/: no part of it may lead out of there.
bool is_revision(std::string_view revision) {
  const auto is_printable = [](char c) { return c > ' ' && c < '\x7f'; };
  return !revision.empty() && revision.size() <= kMaxRevision &&
         revision.front() != '/' && revision.back() != '/' &&
         revision.find("..") == std::string_view::npos &&
         revision.find("//") == std::string_view::npos &&
         revision.find('\\') == std::string_view::npos &&
         std::ranges::all_of(revision, is_printable);
}

std::optional<Repository> parse_name(const std::string& name) {
  const size_t at = name.find('@');
  const Repository repository{
      .id = name.substr(0, at),
      .revision = at == std::string::npos ? "main" : name.substr(at + 1)};
  if (!is_repository_id(repository.id) || !is_revision(repository.revision)) {
    return std::nullopt;
  }
  return repository;
}

bool is_commit(std::string_view text) {
  return text.size() >= kFewestDigits && text.size() <= kCommitDigits &&
         std::ranges::all_of(text, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

// As fs::status, with a circle of links as an error of ours.
fs::file_status status_of(const fs::path& path) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (error == std::errc::too_many_symbolic_link_levels) {
    throw WorldError(path.string() +
                     ": symbolic links that lead round in a circle: remove it "
                     "and download it again");
  }
  if (status.type() == fs::file_type::none) {
    throw WorldError(path.string() + ": cannot examine: " + error.message());
  }
  return status;
}

bool exists(const fs::path& path) {
  return fs::exists(status_of(path));
}

std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

// Files that are read later: whoever reads them need not think of links.
void check_links(const fs::path& folder) {
  for (const std::string& name : names_in(folder)) status_of(folder / name);
}

// One pattern a call: with several, versions 0 and 1 of the program want them
// spelled differently. Neither takes pickled or consolidated weights.
std::string download_command(const Repository& repository) {
  const auto part = [&](const char* pattern) {
    return fmt::format("hf download {} --revision {} --include '{}'",
                       repository.id,
                       repository.revision,
                       pattern);
  };
  return part("*.j*") + " && " + part("model*.safetensors");
}

std::string download_advice(const Repository& repository) {
  return fmt::format(
      "download it with `{}` (a gated model: accept its terms on its page and "
      "run `hf auth login` first; compute nodes without internet: on a node "
      "that has it, with the same HF_HOME or HF_HUB_CACHE)",
      download_command(repository));
}

class CachedRepository {
 public:
  CachedRepository(Repository repository, fs::path cache)
      : repository_(std::move(repository)), cache_(std::move(cache)) {
    std::string folder = "models--" + repository_.id;
    const size_t slash = folder.find('/');
    if (slash != std::string::npos) folder.replace(slash, 1, "--");
    folder_ = cache_ / folder;
  }

  fs::path snapshot() const {
    const std::optional<std::string> commit = find_commit();
    if (!commit) throw_absent();
    fs::path snapshot = folder_ / "snapshots" / *commit;
    if (!fs::is_directory(status_of(snapshot))) throw_absent();
    check_links(snapshot);
    check_complete(snapshot);
    refuse_other_weights(snapshot);
    return snapshot;
  }

 private:
  std::optional<std::string> find_commit() const {
    const fs::path ref = folder_ / "refs" / repository_.revision;
    if (fs::is_regular_file(status_of(ref))) return read_ref(ref);
    if (is_commit(repository_.revision)) return find_abbreviated();
    return std::nullopt;
  }

  static std::string read_ref(const fs::path& ref) {
    std::string commit;
    if (fs::file_size(ref) <= 2 * kCommitDigits) commit = read_file(ref);
    while (commit.ends_with('\n')) commit.pop_back();
    if (!is_commit(commit) || commit.size() != kCommitDigits) {
      throw WorldError(ref.string() +
                       ": holds no commit: remove it and download the model "
                       "again");
    }
    return commit;
  }

  std::optional<std::string> find_abbreviated() const {
    std::vector<std::string> found;
    for (const std::string& name : names_in(folder_ / "snapshots")) {
      if (name.starts_with(repository_.revision)) found.push_back(name);
    }
    if (found.size() > 1) {
      throw UserError(fmt::format(
          "model {}: {} begins several commits in the cache ({}): give more "
          "digits",
          repository_.id,
          repository_.revision,
          fmt::join(found, ", ")));
    }
    if (found.empty()) return std::nullopt;
    return found.front();
  }

  [[noreturn]] void throw_absent() const {
    const std::vector<std::string> refs = names_in(folder_ / "refs");
    const std::string has =
        refs.empty() ? ""
                     : fmt::format(" (there it has {})", fmt::join(refs, ", "));
    throw UserError(fmt::format(
        "model {}: there is neither a folder of that name nor, in the Hugging "
        "Face cache {}, its revision {}{}: {}",
        repository_.id,
        cache_.string(),
        repository_.revision,
        has,
        download_advice(repository_)));
  }

  void check_complete(const fs::path& snapshot) const {
    const std::vector<std::string> missing = missing_files(snapshot);
    if (missing.empty()) return;
    size_t broken_off = 0;
    for (const std::string& name : names_in(folder_ / "blobs")) {
      broken_off += name.ends_with(".incomplete") ? 1 : 0;
    }
    throw UserError(fmt::format(
        "model {}: the download in {} is incomplete: {} missing{}: {}",
        repository_.id,
        snapshot.string(),
        fmt::join(missing, ", "),
        broken_off == 0 ? ""
                        : fmt::format(" ({} *.incomplete in {})",
                                      broken_off,
                                      (folder_ / "blobs").string()),
        download_advice(repository_)));
  }

  Repository repository_;
  fs::path cache_, folder_;
};

// "~" and "~/x" are the home folder, as in Python's expanduser.
fs::path expanded(const std::string& path) {
  const char* home = std::getenv("HOME");
  if (home == nullptr || (path != "~" && !path.starts_with("~/"))) return path;
  return path.size() <= 2 ? fs::path(home) : fs::path(home) / path.substr(2);
}

std::optional<fs::path> from_environment(const char* variable) {
  const char* value = std::getenv(variable);
  if (value == nullptr || *value == '\0') return std::nullopt;
  return expanded(value);
}

}  // namespace

fs::path hub_cache_folder() {
  if (const auto cache = from_environment("HF_HUB_CACHE")) return *cache;
  if (const auto home = from_environment("HF_HOME")) return *home / "hub";
  const fs::path cache =
      from_environment("XDG_CACHE_HOME").value_or(expanded("~/.cache"));
  return cache / "huggingface" / "hub";
}

bool is_hub_name(const std::string& name) {
  return parse_name(name).has_value();
}

fs::path find_model_folder(const std::string& name, const fs::path& cache) {
  if (fs::is_directory(status_of(name))) {
    check_links(name);
    refuse_other_weights(name);
    return name;
  }
  if (exists(name)) {
    throw UserError(name +
                    ": a file, but a model is a Hugging Face folder "
                    "(config.json, model.safetensors, tokenizer.json): name "
                    "the folder");
  }
  const std::optional<Repository> repository = parse_name(name);
  if (!repository) {
    throw UserError(fmt::format(
        "there is no folder {}, and it is no org/name[@revision] of the "
        "Hugging Face hub: name a folder with config.json, model.safetensors "
        "and tokenizer.json",
        name));
  }
  return CachedRepository(*repository, cache).snapshot();
}

}  // namespace cdx
