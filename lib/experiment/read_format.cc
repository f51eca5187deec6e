#include "experiment/read_format.h"

#include "experiment/map_reader.h"
#include "util/errors.h"

#include <algorithm>
#include <charconv>
#include <initializer_list>
#include <regex>

#include <fmt/format.h>

namespace cdx {
namespace {

using Keys = std::vector<std::string>;

// Each of `names` must stand in the text; any other name in braces would reach
// the model as it stands and is refused.
void check_placeholders(MapReader& reader,
                        const std::string& key,
                        const std::string& text,
                        const Keys& names,
                        const Keys& optional_names = {}) {
  static const std::regex kField("\\{([A-Za-z_][A-Za-z0-9_]*)\\}");
  const auto among = [](const Keys& keys, const std::string& name) {
    return std::find(keys.begin(), keys.end(), name) != keys.end();
  };
  Keys found;
  for (std::sregex_iterator it(text.begin(), text.end(), kField), end;
       it != end;
       ++it) {
    const std::string name = (*it)[1];
    std::string known;
    for (const std::string& one : names) known += ", {" + one + "}";
    reader.demand(among(names, name) || among(optional_names, name),
                  key,
                  fmt::format("{{{}}} is not filled in, only {} {}",
                              name,
                              known.substr(2),
                              names.size() > 1 ? "are" : "is"));
    found.push_back(name);
  }
  for (const std::string& name : names) {
    reader.demand(
        among(found, name), key, fmt::format("it does not hold {{{}}}", name));
  }
}

// A scalar as YAML means it, lists and maps of them.
Json to_json(const YamlNode& node, const std::string& path) {
  if (node.kind == YamlNode::Kind::kMap) {
    Json map = Json::object();
    for (size_t i = 0; i < node.keys.size(); ++i) {
      map[node.keys[i]] = to_json(node.children[i], path + "." + node.keys[i]);
    }
    return map;
  }
  if (node.kind == YamlNode::Kind::kList) {
    Json list = Json::array();
    for_each_item(node, path, [&](const YamlNode& item, const auto& at) {
      list.push_back(to_json(item, at));
    });
    return list;
  }
  if (node.quoted || !yaml_needs_quotes(node.scalar)) {
    return yaml_string(node, path);
  }
  if (node.scalar == "true" || node.scalar == "false") {
    return yaml_bool(node, path);
  }
  const bool whole =
      node.scalar.find_first_not_of("+-0123456789") == std::string::npos;
  if (whole) return yaml_int(node, path);
  return yaml_double(node, path);
}

void read_kwargs(MapReader& reader, PromptFormat& format) {
  const std::string key = "chat_template_kwargs";
  const YamlNode* node = reader.find(key);
  if (node == nullptr) return;
  const MapReader whole(*node, reader.path_of(key));  // refuses what is no map
  format.chat_template_kwargs = to_json(*node, reader.path_of(key));
  for (const char* own :
       {"messages", "tools", "documents", "add_generation_prompt"}) {
    reader.demand(
        !format.chat_template_kwargs.contains(own),
        key,
        fmt::format("'{}' is what cdx itself gives the template", own));
  }
}

void read_date(MapReader& reader, PromptFormat& format) {
  static const std::regex kDate("[0-9]{4}-(0[1-9]|1[0-2])-[0-3][0-9]");
  if (!reader.has("date")) return;
  reader.read("date", format.date);
  reader.demand(std::regex_match(format.date, kDate),
                "date",
                "write year, month and day: 2024-07-26");
}

void read_chat(MapReader& reader, PromptFormat& format) {
  reader.require("user");
  reader.read("user", format.text);
  check_placeholders(reader, "user", format.text, {"prompt"});
  if (reader.has("system")) {
    reader.read("system", format.system.emplace());
  }
  read_date(reader, format);
  read_kwargs(reader, format);
}

bool holds(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

void read_literal(MapReader& reader, PromptFormat& format) {
  format.has_affixes = reader.has("prefix") || reader.has("suffix");
  const bool few_shot = !format.few_shot.examples.empty();
  if (format.has_affixes) {
    reader.read("prefix", format.prefix);
    reader.read("suffix", format.suffix);
    return;
  }
  reader.require("template");
  reader.read("template", format.text);
  check_placeholders(reader,
                     "template",
                     format.text,
                     {"prompt"},
                     few_shot ? Keys{"examples"} : Keys{});
}

void read_few_shot(MapReader& reader, PromptFormat& format) {
  FewShotOptions& options = format.few_shot;
  reader.read("examples", options.examples);
  for (const std::string key :
       {"num_examples", "rotate", "example_template", "separator"}) {
    reader.demand(!options.examples.empty() || !reader.has(key),
                  key,
                  "is about examples, and there is no `examples:` file");
  }
  if (options.examples.empty()) return;
  reader.demand(reader.has("num_examples"),
                "examples",
                "say how many of them with `num_examples:`");
  reader.read("num_examples", options.num_examples);
  reader.demand(options.num_examples >= 1, "num_examples", "must be 1 or more");
  reader.read("rotate", options.rotate);
}

// What stands before the prompt's own text in a literal format.
void read_example_template(MapReader& reader, PromptFormat& format) {
  FewShotOptions& options = format.few_shot;
  reader.read("separator", options.separator);
  reader.read("example_template", options.example_template);
  if (!reader.has("example_template")) {
    reader.demand(!format.has_affixes && !holds(format.text, "{examples}"),
                  "examples",
                  "this format needs an `example_template:` with {prompt} and "
                  "{response}");
    options.example_template = format.text + "{response}";
  }
  check_placeholders(reader,
                     "example_template",
                     options.example_template,
                     {"prompt", "response"});
}

void refuse_keys(MapReader& reader,
                 std::initializer_list<const char*> keys,
                 const std::string& message) {
  for (const std::string key : keys) {
    reader.demand(!reader.has(key), key, message);
  }
}

}  // namespace

PromptFormat read_format(const YamlNode& node, const std::string& path) {
  MapReader reader(node, path);
  PromptFormat format;
  for (const char* key : {"template",
                          "prefix",
                          "suffix",
                          "user",
                          "system",
                          "date",
                          "chat_template_kwargs",
                          "examples",
                          "num_examples",
                          "rotate",
                          "example_template",
                          "separator"}) {
    reader.find(key);
  }
  reader.read("chat", format.chat);
  reader.finish();
  read_few_shot(reader, format);
  const std::string one_of =
      "a format has either a template, or a prefix and suffix, or chat: true "
      "and a user";
  if (format.chat) {
    refuse_keys(reader, {"template", "prefix", "suffix"}, one_of);
    refuse_keys(reader,
                {"example_template", "separator"},
                "in a chat the examples are turns; leave it out");
    read_chat(reader, format);
    return format;
  }
  refuse_keys(reader, {"user"}, one_of);
  refuse_keys(reader,
              {"system", "date", "chat_template_kwargs"},
              "is for formats with chat: true");
  const bool both =
      reader.has("template") && (reader.has("prefix") || reader.has("suffix"));
  reader.demand(!both, "template", one_of);
  read_literal(reader, format);
  if (!format.few_shot.examples.empty()) read_example_template(reader, format);
  return format;
}

}  // namespace cdx
