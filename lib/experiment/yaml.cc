#include "experiment/yaml.h"

#include "util/errors.h"
#include "util/unicode.h"

#include <algorithm>
#include <charconv>
#include <functional>
#include <utility>

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

namespace cdx {
namespace {

using Locate = std::function<std::string(const YAML::Mark&)>;

// Aliases repeat what they name: without limits a few lines of text can grow
// into a tree of any size.
constexpr int kMaxDepth = 32;
constexpr int64_t kMaxNodes = 100'000;

class Converter {
 public:
  explicit Converter(Locate locate) : locate_(std::move(locate)) {}

  YamlNode convert(const YAML::Node& source, std::string where, int depth) {
    if (depth > kMaxDepth || ++nodes_ > kMaxNodes) {
      throw UserError(where + ": the file nests too deep or is too large");
    }
    YamlNode node;
    node.where = std::move(where);
    refuse_tag(source, node.where);
    if (source.IsMap()) {
      fill_map(source, node, depth);
    } else if (source.IsSequence()) {
      node.kind = YamlNode::Kind::kList;
      for (const YAML::Node& item : source) {
        node.children.push_back(convert(item, locate_(item.Mark()), depth + 1));
      }
    } else if (source.IsScalar()) {
      node.kind = YamlNode::Kind::kScalar;
      node.scalar = source.Scalar();
      node.quoted = source.Tag() == "!";
    } else {
      throw UserError(node.where +
                      ": a value is missing; write one, or leave the key out "
                      "for its default");
    }
    return node;
  }

 private:
  void fill_map(const YAML::Node& source, YamlNode& node, int depth) {
    node.kind = YamlNode::Kind::kMap;
    for (const auto& entry : source) {
      const YAML::Node& key = entry.first;
      const YAML::Node& value = entry.second;
      const std::string where = locate_(key.Mark());
      if (!key.IsScalar()) {
        throw UserError(where + ": a key must be a single word");
      }
      if (const YamlNode* first = node.find(key.Scalar())) {
        throw UserError(fmt::format("{}: key '{}' is given twice (first: {})",
                                    where,
                                    key.Scalar(),
                                    first->where));
      }
      node.keys.push_back(key.Scalar());
      if (value.IsNull()) {
        throw UserError(fmt::format(
            "{}: key '{}' has no value; write one, or leave the key out for "
            "its default",
            where,
            key.Scalar()));
      }
      node.children.push_back(convert(value, where, depth + 1));
    }
  }

  static void refuse_tag(const YAML::Node& source, const std::string& where) {
    const std::string& tag = source.Tag();
    if (!tag.empty() && tag != "?" && tag != "!") {
      throw UserError(
          fmt::format("{}: the YAML tag '{}' is not supported", where, tag));
    }
  }

  Locate locate_;
  int64_t nodes_ = 0;
};

YamlNode convert_text(const std::string& text,
                      const std::string& source,
                      const Locate& locate) {
  if (!is_utf8(text)) throw UserError(source + ": not valid UTF-8");
  try {
    const std::vector<YAML::Node> documents = YAML::LoadAll(text);
    if (documents.empty() || documents.front().IsNull()) {
      throw UserError(source + ": there is nothing in it");
    }
    if (documents.size() > 1) {
      throw UserError(fmt::format("{}: holds {} YAML documents, expected one",
                                  source,
                                  documents.size()));
    }
    const YAML::Node& root = documents.front();
    return Converter(locate).convert(root, locate(root.Mark()), 0);
  } catch (const YAML::Exception& error) {
    throw UserError(
        fmt::format("{}: not valid YAML: {}", locate(error.mark), error.msg));
  }
}

// `path` without `step` and the dot behind it, if it begins with that step.
bool starts_with_step(std::string_view path, std::string_view step) {
  return path == step || (path.size() > step.size() && path.starts_with(step) &&
                          path[step.size()] == '.');
}

// Where `path` goes next: index of the child and the length of the step.
// Names may hold dots, so the longest that fits is meant.
struct Step {
  size_t child = 0;
  size_t length = 0;
};

Step find_step(const YamlNode& node, std::string_view path) {
  Step best;
  const bool map = node.kind == YamlNode::Kind::kMap;
  for (size_t i = 0; i < node.children.size(); ++i) {
    const YamlNode* name = map ? nullptr : node.children[i].find("name");
    const std::string& step =
        map ? node.keys[i] : (name != nullptr ? name->scalar : "");
    if (step.size() > best.length && starts_with_step(path, step)) {
      best = {i, step.size()};
    }
    const std::string index = std::to_string(i);
    if (!map && best.length == 0 && starts_with_step(path, index)) {
      best = {i, index.size()};
    }
  }
  return best;
}

YamlNode& descend(YamlNode& node,
                  std::string_view path,
                  const std::string& where) {
  if (node.kind == YamlNode::Kind::kScalar) {
    throw UserError(
        fmt::format("{}: there is no '{}' inside a single value", where, path));
  }
  Step step = find_step(node, path);
  if (step.length == 0 && node.kind == YamlNode::Kind::kList) {
    throw UserError(fmt::format(
        "{}: the list has no element named '{}'; name one of its {} elements "
        "by its name or its index from 0",
        where,
        path.substr(0, path.find('.')),
        node.children.size()));
  }
  if (step.length == 0) {
    const std::string_view key = path.substr(0, path.find('.'));
    step = {node.children.size(), key.size()};
    node.keys.emplace_back(key);
    node.children.emplace_back().where = where;
  }
  YamlNode& child = node.children[step.child];
  if (step.length == path.size()) return child;
  return descend(child, path.substr(step.length + 1), where);
}

}  // namespace

const YamlNode* YamlNode::find(std::string_view key) const {
  const auto found = std::find(keys.begin(), keys.end(), key);
  return found == keys.end()
             ? nullptr
             : &children[static_cast<size_t>(found - keys.begin())];
}

YamlNode parse_yaml(const std::string& text, const std::string& file) {
  return convert_text(text, file, [&](const YAML::Mark& mark) {
    return mark.is_null() ? file : fmt::format("{}:{}", file, mark.line + 1);
  });
}

void apply_override(YamlNode& root, std::string_view assignment) {
  const size_t equals = assignment.find('=');
  if (equals == std::string_view::npos || equals == 0) {
    throw UserError(
        fmt::format("--set {}: expected key.path=value", assignment));
  }
  const std::string_view path = assignment.substr(0, equals);
  std::string where = fmt::format("--set {}", path);
  YamlNode value = convert_text(std::string(assignment.substr(equals + 1)),
                                where,
                                [&](const YAML::Mark&) { return where; });
  descend(root, path, where) = std::move(value);
}

}  // namespace cdx
