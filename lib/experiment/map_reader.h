#pragma once

#include "experiment/yaml.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace cdx {

// Reads one map of the experiment file key by key and remembers which keys were
// asked for, so that finish() can refuse the rest. Every error is a UserError
// that begins with the key's position.
class MapReader {
 public:
  // `path` is what messages call the map: "conditions[2].sampling", "" for the
  // whole file.
  MapReader(const YamlNode& node, std::string path);

  bool has(const std::string& key);
  const YamlNode* find(const std::string& key);
  const YamlNode& require(const std::string& key);

  // Leave `value` alone when the key is absent.
  void read(const std::string& key, std::string& value);
  void read(const std::string& key, std::filesystem::path& value);
  void read(const std::string& key, int64_t& value);
  void read(const std::string& key, double& value);
  void read(const std::string& key, bool& value);
  void read(const std::string& key, std::vector<std::string>& value);
  // One of `allowed`.
  void read_choice(const std::string& key,
                   const std::vector<std::string>& allowed,
                   std::string& value);

  // One of `allowed`, by what to_string() calls them.
  template <typename Enum>
  void read_enum(const std::string& key,
                 const std::vector<Enum>& allowed,
                 Enum& value) {
    std::vector<std::string> names;
    names.reserve(allowed.size());
    for (const Enum one : allowed) names.emplace_back(to_string(one));
    std::string name;
    read_choice(key, names, name);
    for (size_t i = 0; i < names.size(); ++i) {
      if (names[i] == name) value = allowed[i];
    }
  }

  // As read(), the value being a name out of `names`; `what` is what they name
  // ("model").
  void read_name(const std::string& key,
                 const std::string& what,
                 const std::vector<std::string>& names,
                 std::string& value);

  // Reads a field of an options struct and lets the struct check itself. The
  // fields read before are sound, so that a complaint is about this key.
  template <typename Options, typename T>
  void read_checked(const std::string& key,
                    T Options::*field,
                    Options& options) {
    read(key, options.*field);
    check(key, [&] { options.check(); });
  }

  // Throws if the condition is false, at the key's position if it is there.
  void demand(bool condition,
              const std::string& key,
              const std::string& message) const;
  // Runs `check`; what UserError it throws gets the key's position.
  void check(const std::string& key, const std::function<void()>& check) const;
  // Throws for the first key that was never asked for.
  void finish() const;

  // "conditions[2].sampling.top_p"
  std::string path_of(const std::string& key) const;
  const std::string& path() const { return path_; }

 private:
  const std::string& where_of(const std::string& key) const;

  const YamlNode& node_;
  std::string path_;
  std::vector<std::string> known_;
};

// "did you mean 'x'?", or else all the candidates there are.
std::string did_you_mean(const std::string& name,
                         const std::vector<std::string>& candidates);

// Values of a node called `path` in messages. Numbers in quotes are text; text
// that YAML would read as a number, a truth value or null needs quotes.
std::string yaml_string(const YamlNode& node, const std::string& path);
int64_t yaml_int(const YamlNode& node, const std::string& path);
double yaml_double(const YamlNode& node, const std::string& path);
bool yaml_bool(const YamlNode& node, const std::string& path);

// Calls `item(node, "path[i]")` for each element of a list.
void for_each_item(
    const YamlNode& node,
    const std::string& path,
    const std::function<void(const YamlNode&, const std::string&)>& item);

// Refuses what cannot be part of a file's name on every system: names become
// folders.
void check_name(const YamlNode& node,
                const std::string& path,
                const std::string& name);

// True if a plain scalar of this text is not read as text by YAML.
bool yaml_needs_quotes(const std::string& text);

}  // namespace cdx
