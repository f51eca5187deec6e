#include "experiment/map_reader.h"

#include "util/errors.h"
#include "util/nearest.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace cdx {
namespace {

constexpr size_t kMaxNameLength = 100;

std::string found(const YamlNode& node) {
  switch (node.kind) {
    case YamlNode::Kind::kMap:
      return "a map";
    case YamlNode::Kind::kList:
      return "a list";
    case YamlNode::Kind::kScalar:
      break;
  }
  return fmt::format("'{}'{}", node.scalar, node.quoted ? " in quotes" : "");
}

[[noreturn]] void refuse(const YamlNode& node,
                         const std::string& path,
                         std::string_view expected) {
  throw UserError(fmt::format("{}: {}: expected {}, found {}",
                              node.where,
                              path,
                              expected,
                              found(node)));
}

bool is_plain_scalar(const YamlNode& node) {
  return node.kind == YamlNode::Kind::kScalar && !node.quoted;
}

template <typename T>
bool parse_number(std::string_view text, T& value) {
  if (text.starts_with('+')) text.remove_prefix(1);
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  return error == std::errc() && stop == end && !text.empty();
}

// What YAML 1.1 or 1.2 readers take for a truth value or nothing at all.
constexpr std::array<std::string_view, 10> kReservedWords = {
    "true", "false", "yes", "no", "on", "off", "y", "n", "null", "~"};

bool is_reserved_word(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  });
  return std::find(kReservedWords.begin(), kReservedWords.end(), lower) !=
         kReservedWords.end();
}

std::string in(const std::string& path) {
  return path.empty() ? "" : " in " + path;
}

}  // namespace

std::string did_you_mean(const std::string& name,
                         const std::vector<std::string>& candidates) {
  const std::string nearest = nearest_name(name, candidates);
  if (!nearest.empty()) return fmt::format("did you mean '{}'?", nearest);
  if (candidates.empty()) return "there is none";
  return fmt::format("there is: {}", fmt::join(candidates, ", "));
}

bool yaml_needs_quotes(const std::string& text) {
  double number = 0;
  return text.empty() || is_reserved_word(text) || parse_number(text, number);
}

std::string yaml_string(const YamlNode& node, const std::string& path) {
  if (node.kind != YamlNode::Kind::kScalar) refuse(node, path, "text");
  if (!node.quoted && yaml_needs_quotes(node.scalar)) {
    refuse(node, path, "text (in quotes if this is what is meant)");
  }
  return node.scalar;
}

int64_t yaml_int(const YamlNode& node, const std::string& path) {
  int64_t value = 0;
  const std::string& text = node.scalar;
  const bool octal_look = text.size() > 1 && text[0] == '0';
  if (!is_plain_scalar(node) || octal_look || !parse_number(text, value)) {
    refuse(node, path, "a whole number");
  }
  return value;
}

double yaml_double(const YamlNode& node, const std::string& path) {
  double value = 0;
  if (!is_plain_scalar(node) || !parse_number(node.scalar, value) ||
      !std::isfinite(value)) {
    refuse(node, path, "a number");
  }
  return value;
}

bool yaml_bool(const YamlNode& node, const std::string& path) {
  if (!is_plain_scalar(node) ||
      (node.scalar != "true" && node.scalar != "false")) {
    refuse(node, path, "true or false");
  }
  return node.scalar == "true";
}

void for_each_item(
    const YamlNode& node,
    const std::string& path,
    const std::function<void(const YamlNode&, const std::string&)>& item) {
  if (node.kind != YamlNode::Kind::kList) refuse(node, path, "a list");
  for (size_t i = 0; i < node.children.size(); ++i) {
    item(node.children[i], fmt::format("{}[{}]", path, i));
  }
}

void check_name(const YamlNode& node,
                const std::string& path,
                const std::string& name) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
  };
  if (!name.empty() && name.size() <= kMaxNameLength && name.front() != '.' &&
      name.front() != '-' && std::all_of(name.begin(), name.end(), allowed)) {
    return;
  }
  throw UserError(fmt::format(
      "{}: {}: '{}' cannot be a name: names become folders and have 1 to {} "
      "letters, digits, '-', '_' or '.', the first a letter, a digit or '_'",
      node.where,
      path,
      name,
      kMaxNameLength));
}

MapReader::MapReader(const YamlNode& node, std::string path)
    : node_(node), path_(std::move(path)) {
  if (node.kind != YamlNode::Kind::kMap) {
    refuse(node,
           path_.empty() ? "the experiment file" : path_,
           "a map (key: value)");
  }
}

std::string MapReader::path_of(const std::string& key) const {
  return path_.empty() ? key : path_ + "." + key;
}

const YamlNode* MapReader::find(const std::string& key) {
  if (std::find(known_.begin(), known_.end(), key) == known_.end()) {
    known_.push_back(key);
  }
  return node_.find(key);
}

bool MapReader::has(const std::string& key) {
  return find(key) != nullptr;
}

const YamlNode& MapReader::require(const std::string& key) {
  const YamlNode* node = find(key);
  if (node != nullptr) return *node;
  if (const std::string meant = nearest_name(key, node_.keys); !meant.empty()) {
    throw UserError(fmt::format("{}: unknown key '{}'{}; did you mean '{}'?",
                                node_.find(meant)->where,
                                meant,
                                in(path_),
                                key));
  }
  throw UserError(fmt::format("{}: {} has no '{}'",
                              node_.where,
                              path_.empty() ? "the experiment file" : path_,
                              key));
}

void MapReader::read(const std::string& key, std::string& value) {
  if (const YamlNode* node = find(key))
    value = yaml_string(*node, path_of(key));
}

void MapReader::read(const std::string& key, std::filesystem::path& value) {
  const YamlNode* node = find(key);
  if (node == nullptr) return;
  value = yaml_string(*node, path_of(key));
  demand(!value.empty(), key, "the path is empty");
}

void MapReader::read(const std::string& key, int64_t& value) {
  if (const YamlNode* node = find(key)) value = yaml_int(*node, path_of(key));
}

void MapReader::read(const std::string& key, double& value) {
  if (const YamlNode* node = find(key))
    value = yaml_double(*node, path_of(key));
}

void MapReader::read(const std::string& key, bool& value) {
  if (const YamlNode* node = find(key)) value = yaml_bool(*node, path_of(key));
}

void MapReader::read(const std::string& key, std::vector<std::string>& value) {
  const YamlNode* node = find(key);
  if (node == nullptr) return;
  value.clear();
  for_each_item(
      *node, path_of(key), [&](const YamlNode& item, const std::string& path) {
        value.push_back(yaml_string(item, path));
      });
}

void MapReader::read_choice(const std::string& key,
                            const std::vector<std::string>& allowed,
                            std::string& value) {
  const YamlNode* node = find(key);
  if (node == nullptr) return;
  value = yaml_string(*node, path_of(key));
  if (std::find(allowed.begin(), allowed.end(), value) == allowed.end()) {
    throw UserError(
        fmt::format("{}: {}: '{}' is not supported (yet); supported: {}",
                    node->where,
                    path_of(key),
                    value,
                    fmt::join(allowed, ", ")));
  }
}

void MapReader::read_name(const std::string& key,
                          const std::string& what,
                          const std::vector<std::string>& names,
                          std::string& value) {
  const YamlNode* node = find(key);
  if (node == nullptr) return;
  value = yaml_string(*node, path_of(key));
  demand(std::find(names.begin(), names.end(), value) != names.end(),
         key,
         fmt::format(
             "unknown {} '{}'; {}", what, value, did_you_mean(value, names)));
}

const std::string& MapReader::where_of(const std::string& key) const {
  const YamlNode* node = node_.find(key);
  return node == nullptr ? node_.where : node->where;
}

void MapReader::demand(bool condition,
                       const std::string& key,
                       const std::string& message) const {
  if (condition) return;
  throw UserError(
      fmt::format("{}: {}: {}", where_of(key), path_of(key), message));
}

void MapReader::check(const std::string& key,
                      const std::function<void()>& check) const {
  try {
    check();
  } catch (const UserError& error) {
    demand(false, key, error.what());
  }
}

void MapReader::finish() const {
  for (size_t i = 0; i < node_.keys.size(); ++i) {
    const std::string& key = node_.keys[i];
    if (std::find(known_.begin(), known_.end(), key) != known_.end()) continue;
    throw UserError(fmt::format("{}: unknown key '{}'{}; {}",
                                node_.children[i].where,
                                key,
                                in(path_),
                                did_you_mean(key, known_)));
  }
}

}  // namespace cdx
