#pragma once

#include "util/json.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>

// What the readers of a model folder's JSON files share.
namespace cdx {

// A key that is refused by name unless its value is null, false or `neutral`.
struct UnsupportedKey {
  std::string key;
  Json neutral;
  std::string reason;  // "biases in the attention are not supported"
};

// A JSON object read from a file; messages name the file and the key. Every
// function throws UserError for a value of the wrong type or out of range.
class ConfigFile {
 public:
  // UserError when the file is missing or holds no object.
  explicit ConfigFile(const std::filesystem::path& path);
  // A part of a file; `where` names both.
  ConfigFile(Json json, std::string where);

  // Absent keys take these values; null stays null.
  void add_defaults(const Json& defaults);
  void set(const std::string& key, Json value) {
    json_[key] = std::move(value);
  }
  // A key under another name, where the file has it.
  void rename(const std::string& from, const std::string& to);

  const Json& json() const { return json_; }
  const std::string& where() const { return where_; }

  // True unless the key is absent or null.
  bool has(const std::string& key) const;
  // An integer from 1 to `maximum`; absent or null: `fallback`, or an error
  // when there is none.
  int64_t size(const std::string& key,
               int64_t maximum,
               std::optional<int64_t> fallback = {}) const;
  // A finite number above 0.
  double positive(const std::string& key,
                  std::optional<double> fallback = {}) const;
  bool flag(const std::string& key, bool fallback) const;
  std::string text(const std::string& key,
                   std::optional<std::string> fallback = {}) const;
  void refuse(std::span<const UnsupportedKey> keys) const;
  [[noreturn]] void fail(const std::string& key,
                         const std::string& problem) const;

 private:
  std::string where_;
  Json json_;
};

// UserError unless `folder` is a folder that can hold a model: a missing one
// and an adapter without its base model are told apart.
void check_model_folder(const std::filesystem::path& folder);

}  // namespace cdx
