#include "model/config_file.h"

#include "util/errors.h"

#include <cmath>

#include <fmt/format.h>

namespace cdx {

ConfigFile::ConfigFile(const std::filesystem::path& path)
    : where_(path.string()) {
  if (!std::filesystem::exists(path)) {
    throw UserError(where_ +
                    ": no such file: check that the folder holds a complete "
                    "Hugging Face checkpoint");
  }
  json_ = parse_json_file(path);
  if (!json_.is_object()) {
    throw UserError(where_ + ": holds no JSON object: download it again");
  }
}

ConfigFile::ConfigFile(Json json, std::string where)
    : where_(std::move(where)), json_(std::move(json)) {
  if (!json_.is_object()) throw UserError(where_ + ": is no JSON object");
}

void ConfigFile::add_defaults(const Json& defaults) {
  for (const auto& [key, value] : defaults.items()) {
    if (!json_.contains(key)) json_[key] = value;
  }
}

void ConfigFile::rename(const std::string& from, const std::string& to) {
  if (!json_.contains(from)) return;
  json_[to] = json_.at(from);
  json_.erase(from);
}

bool ConfigFile::has(const std::string& key) const {
  const auto member = json_.find(key);
  return member != json_.end() && !member->is_null();
}

int64_t ConfigFile::size(const std::string& key,
                         int64_t maximum,
                         std::optional<int64_t> fallback) const {
  if (fallback && !has(key)) return *fallback;
  const int64_t value = json_int(json_, key, where_);
  if (value < 1 || value > maximum) {
    fail(key, fmt::format("is {}, but must be from 1 to {}", value, maximum));
  }
  return value;
}

double ConfigFile::positive(const std::string& key,
                            std::optional<double> fallback) const {
  if (fallback && !has(key)) return *fallback;
  const double value = json_double(json_, key, where_);
  if (!(value > 0) || !std::isfinite(value)) {
    fail(key, fmt::format("is {}, but must be above 0", value));
  }
  return value;
}

bool ConfigFile::flag(const std::string& key, bool fallback) const {
  return json_optional_bool(json_, key, where_).value_or(fallback);
}

std::string ConfigFile::text(const std::string& key,
                             std::optional<std::string> fallback) const {
  if (fallback && !has(key)) return *fallback;
  return json_string(json_, key, where_);
}

void ConfigFile::refuse(std::span<const UnsupportedKey> keys) const {
  for (const UnsupportedKey& row : keys) {
    if (!has(row.key)) continue;
    const Json& value = json_.at(row.key);
    if (value == false || value == row.neutral) continue;
    std::string shown = dump_json(value);
    if (shown.size() > 60) shown = shown.substr(0, 60) + "…";
    fail(row.key, "is " + shown + ": " + row.reason);
  }
}

void ConfigFile::fail(const std::string& key,
                      const std::string& problem) const {
  throw UserError(fmt::format("{}: \"{}\" {}", where_, key, problem));
}

void check_model_folder(const std::filesystem::path& folder) {
  if (!std::filesystem::is_directory(folder)) {
    throw UserError(folder.string() +
                    ": no such model folder: give the path of a Hugging Face "
                    "checkpoint");
  }
  if (std::filesystem::exists(folder / "adapter_config.json")) {
    throw UserError(folder.string() +
                    ": holds an adapter (adapter_config.json): merge it into "
                    "its base model first (merge_and_unload of peft)");
  }
}

}  // namespace cdx
