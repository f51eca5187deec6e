#include "metrics/tale_rules.h"

#include "util/errors.h"
#include "util/json.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <utility>

#include <fmt/format.h>

namespace cdx {
namespace {

constexpr std::string_view kTerminators = ".!?";
constexpr int kFree = -1;
[[noreturn]] void refuse(const std::string& where, const std::string& what) {
  throw UserError(where + ": " + what);
}

std::string capitalised(std::string text) {
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') {
    text[0] = static_cast<char>(text[0] - 'a' + 'A');
  }
  return text;
}

// Reads the file into rules, complaining about the first thing that is wrong.
class RulesReader {
 public:
  explicit RulesReader(const std::filesystem::path& path)
      : file_(path.string()), json_(parse_json_file(path)) {}

  TaleRules read() {
    if (json_int(json_, "format", file_) != 1) {
      refuse(file_, "\"format\" must be 1");
    }
    read_variables();
    read_free();
    read_parts();
    read_slots();
    rules_.object_variable = variable("object");
    rules_.theme_part = part("theme");
    if (rules_.object_variable < 0) refuse(file_, "no variable \"object\"");
    if (rules_.theme_part < 0) refuse(file_, "no part with slot \"theme\"");
    return std::move(rules_);
  }

 private:
  using Forms = std::map<std::string, std::vector<Wording>>;

  int variable(const std::string& name) const {
    const auto& all = rules_.variables;
    auto found = std::find_if(all.begin(), all.end(), [&](const auto& item) {
      return item.name == name;
    });
    return found == all.end() ? -1 : static_cast<int>(found - all.begin());
  }

  int part(const std::string& slot) const {
    const auto& all = rules_.parts;
    auto found = std::find_if(all.begin(), all.end(), [&](const auto& item) {
      return item.slot == slot;
    });
    return found == all.end() ? -1 : static_cast<int>(found - all.begin());
  }

  const Json& filled(const Json& object,
                     const std::string& key,
                     const std::string& where,
                     bool list) const {
    const Json& value = json_at(object, key, where);
    if (list ? !value.is_array() : !value.is_object()) {
      refuse(where,
             "\"" + key + "\" must be " + (list ? "a list" : "an object"));
    }
    if (value.empty()) refuse(where, "\"" + key + "\" is empty");
    return value;
  }

  std::string wording(const Json& value, const std::string& where) const {
    if (!value.is_string()) refuse(where, "must be a string");
    std::string text = value.get<std::string>();
    if (text.empty() || text.find_first_of(kTerminators) != text.npos) {
      refuse(where, "must not be empty or hold one of . ! ?");
    }
    return text;
  }

  static void add(std::vector<Wording>& wordings,
                  const std::string& text,
                  int value) {
    for (Wording& wording : wordings) {
      if (wording.text == text) return wording.values.push_back(value);
    }
    wordings.push_back({text, {value}});
  }

  static void require_no_prefix(const std::vector<Wording>& wordings,
                                const std::string& where) {
    for (const Wording& a : wordings) {
      for (const Wording& b : wordings) {
        if (&a != &b && b.text.starts_with(a.text)) {
          refuse(where,
                 "\"" + a.text + "\" begins \"" + b.text +
                     "\": no wording may begin another");
        }
      }
    }
  }

  void read_variables() {
    const Json& all = filled(json_, "variables", file_, false);
    for (const auto& item : all.items()) {
      const std::string where = file_ + ": variables." + item.key();
      const Json& values =
          filled(all, item.key(), file_ + ": variables", false);
      Variable variable{item.key(), {}};
      Forms& forms = forms_.emplace_back();
      for (const auto& [value, texts] : values.items()) {
        read_value(texts,
                   static_cast<int>(variable.values.size()),
                   fmt::format("{}.{}", where, value),
                   forms);
        variable.values.push_back(value);
      }
      for (const auto& [form, wordings] : forms) {
        check_form(wordings, variable.values.size(), where, form);
      }
      rules_.variables.push_back(std::move(variable));
    }
  }

  void read_value(const Json& texts,
                  int value,
                  const std::string& where,
                  Forms& forms) {
    if (!texts.is_object()) refuse(where, "must be an object of forms");
    for (const auto& [form, text] : texts.items()) {
      add(forms[form], wording(text, fmt::format("{}.{}", where, form)), value);
    }
  }

  static void check_form(const std::vector<Wording>& wordings,
                         size_t values,
                         const std::string& where,
                         const std::string& form) {
    size_t having = 0;
    for (const Wording& wording : wordings) having += wording.values.size();
    if (having != values) {
      refuse(where, "some values lack the form \"" + form + "\"");
    }
    require_no_prefix(wordings, where + " (form \"" + form + "\")");
  }

  void read_free() {
    const Json& all = json_at(json_, "free", file_);
    if (!all.is_object()) refuse(file_, "\"free\" must be an object");
    for (const auto& [name, texts] : all.items()) {
      const std::string where = file_ + ": free." + name;
      if (variable(name) >= 0) refuse(where, "is a variable, too");
      for (const Json& text : filled(all, name, file_ + ": free", true)) {
        add(free_[name], wording(text, where), 0);
      }
      require_no_prefix(free_[name], where);
    }
  }

  void read_parts() {
    for (const Json& item : filled(json_, "parts", file_, true)) {
      const int number = static_cast<int>(rules_.parts.size());
      const std::string where =
          file_ + ": parts[" + std::to_string(number) + "]";
      Part part;
      part.slot = json_optional_string(item, "slot", where).value_or("");
      if (!part.slot.empty() &&
          (this->part(part.slot) >= 0 || variable(part.slot) >= 0)) {
        refuse(where, "the slot \"" + part.slot + "\" appears twice");
      }
      const Json& choices = filled(item, "choices", where, false);
      for (const auto& [choice, templates] : choices.items()) {
        read_choice(filled(choices, choice, where + ".choices", true),
                    number,
                    fmt::format("{}.choices.{}", where, choice),
                    part);
        part.choices.push_back(choice);
      }
      rules_.parts.push_back(std::move(part));
    }
  }

  void read_choice(const Json& templates,
                   int number,
                   const std::string& where,
                   Part& part) {
    const int choice = static_cast<int>(part.choices.size());
    for (const Json& item : templates) {
      if (!item.is_string()) refuse(where, "a template must be a string");
      const std::string text = item.get<std::string>();
      part.templates.push_back(
          {number,
           choice,
           read_template(text, fmt::format("{}: \"{}\"", where, text))});
    }
  }

  // Exactly one sentence: ends with . ! or ?, a quotation mark may follow.
  static void require_sentence(std::string_view text,
                               const std::string& where) {
    if (text.ends_with('"')) text.remove_suffix(1);
    // A dot inside braces separates a variable from its form.
    bool inside = false;
    for (size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '{') inside = true;
      if (text[i] == '}') inside = false;
      const bool end = !inside && kTerminators.find(text[i]) != text.npos;
      if (end != (i + 1 == text.size())) {
        refuse(where, "must be one sentence: one of . ! ? at its end only");
      }
    }
    if (text.empty()) refuse(where, "is empty");
  }

  std::vector<Piece> read_template(const std::string& text,
                                   const std::string& where) const {
    require_sentence(text, where);
    std::vector<Piece> pieces;
    size_t at = 0;
    while (at < text.size()) {
      const size_t open = std::min(text.find('{', at), text.size());
      if (open > at) {
        pieces.push_back({kLiteral, {{text.substr(at, open - at), {}}}});
      }
      if (open == text.size()) break;
      const size_t close = text.find('}', open);
      if (close == text.npos) refuse(where, "a { lacks its }");
      pieces.push_back(
          read_mention(text.substr(open + 1, close - open - 1), where));
      at = close + 1;
    }
    return pieces;
  }

  // "hero.the", or "Hero.the" for the same with a capital; "name" stands for
  // "name.self".
  Piece read_mention(std::string mention, const std::string& where) const {
    const bool capital =
        mention != "" && mention[0] >= 'A' && mention[0] <= 'Z';
    if (capital) mention[0] = static_cast<char>(mention[0] - 'A' + 'a');
    const size_t dot = mention.find('.');
    const std::string name = mention.substr(0, dot);
    Piece piece;
    if (auto free = free_.find(mention); free != free_.end()) {
      piece = {kFree, free->second};
    } else {
      const std::string form =
          dot == mention.npos ? "self" : mention.substr(dot + 1);
      piece.variable = variable(name);
      if (piece.variable < 0) refuse(where, "no variable \"" + name + "\"");
      const Forms& forms = forms_[static_cast<size_t>(piece.variable)];
      auto found = forms.find(form);
      if (found == forms.end()) {
        refuse(where, "\"" + name + "\" has no form \"" + form + "\"");
      }
      piece.wordings = found->second;
    }
    if (capital) {
      for (Wording& each : piece.wordings) each.text = capitalised(each.text);
      require_no_prefix(piece.wordings, where);
    }
    return piece;
  }

  void read_slots() {
    for (const Json& item : filled(json_, "slots", file_, true)) {
      const std::string where = file_ + ": slots";
      if (!item.is_string()) refuse(where, "must be a list of strings");
      rules_.slots.push_back(item.get<std::string>());
      const std::string& slot = rules_.slots.back();
      if (slot.empty() || (variable(slot) < 0 && part(slot) < 0)) {
        refuse(where, "\"" + slot + "\" is no variable and no part's slot");
      }
    }
  }

  std::string file_;
  Json json_;
  TaleRules rules_;
  std::vector<Forms> forms_;  // one a variable
  std::map<std::string, std::vector<Wording>> free_;
};

}  // namespace

TaleRules read_tale_rules(const std::filesystem::path& path) {
  return RulesReader(path).read();
}

}  // namespace cdx
