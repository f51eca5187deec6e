#include "metrics/tale.h"

#include "metrics/tale_rules.h"
#include "util/errors.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace cdx {
namespace {

constexpr std::string_view kSpace = " \t\r\n";
constexpr std::string_view kTerminators = ".!?";

struct Mention {
  int variable = 0;
  const std::vector<int>* values = nullptr;  // what it may mean
};

struct Recognised {
  const Template* source = nullptr;
  std::vector<Mention> mentions;
};

// No wording begins another, so at most one fits: no backtracking.
std::optional<Recognised> match(const Template& candidate,
                                std::string_view sentence) {
  Recognised result{&candidate, {}};
  for (const Piece& piece : candidate.pieces) {
    auto fits = std::find_if(
        piece.wordings.begin(), piece.wordings.end(), [&](const Wording& each) {
          return sentence.starts_with(each.text);
        });
    if (fits == piece.wordings.end()) return std::nullopt;
    sentence.remove_prefix(fits->text.size());
    if (piece.variable >= 0) {
      result.mentions.push_back({piece.variable, &fits->values});
    }
  }
  if (!sentence.empty()) return std::nullopt;
  return result;
}

std::optional<Recognised> match_part(const Part& part,
                                     std::string_view sentence) {
  for (const Template& candidate : part.templates) {
    if (auto found = match(candidate, sentence)) return found;
  }
  return std::nullopt;
}

// The part whose turn it is first: a tale's own sentences are found at once.
std::optional<Recognised> recognise(const TaleRules& rules,
                                    std::string_view sentence,
                                    size_t turn) {
  const size_t parts = rules.parts.size();
  for (size_t i = 0; i < parts; ++i) {
    auto found = match_part(rules.parts[(turn + i) % parts], sentence);
    if (found) return found;
  }
  return std::nullopt;
}

std::string_view trim(std::string_view text) {
  const size_t first = text.find_first_not_of(kSpace);
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

struct Sentences {
  std::vector<std::string_view> all;
  // One space between sentences, nothing after the last.
  bool well_spaced = true;
};

Sentences split(std::string_view text) {
  Sentences result;
  size_t begin = 0;
  while (begin < text.size()) {
    size_t end = text.find_first_of(kTerminators, begin);
    if (end == text.npos) break;
    ++end;
    if (end < text.size() && text[end] == '"') ++end;
    const std::string_view raw = text.substr(begin, end - begin);
    const std::string_view sentence = trim(raw);
    const size_t gap = raw.size() - sentence.size();
    result.well_spaced &=
        result.all.empty() ? gap == 0 : gap == 1 && raw.front() == ' ';
    result.all.push_back(sentence);
    begin = end;
  }
  result.well_spaced &= begin == text.size();
  return result;
}

// What the sentences say together.
class Reading {
 public:
  explicit Reading(const TaleRules& rules)
      : possible_(rules.variables.size()),
        first_(rules.variables.size(), -1),
        choices_(rules.parts.size(), -1) {}

  void add(const Recognised& sentence) {
    int& choice = choices_[static_cast<size_t>(sentence.source->part)];
    if (choice < 0) choice = sentence.source->choice;
    for (const Mention& mention : sentence.mentions) add(mention);
  }

  bool agreeing() const { return agreeing_; }
  // -1 when no sentence tells.
  int choice(int part) const { return choices_[static_cast<size_t>(part)]; }
  int value(int variable) const {
    return first_[static_cast<size_t>(variable)];
  }
  // Every mention of the variable may mean this value, and some one does.
  bool is_only(int variable, int value) const {
    const auto& possible = possible_[static_cast<size_t>(variable)];
    return possible && *possible == std::vector<int>{value};
  }

 private:
  void add(const Mention& mention) {
    const auto index = static_cast<size_t>(mention.variable);
    auto& possible = possible_[index];
    if (!possible) {
      possible = *mention.values;
    } else {
      std::vector<int> both;
      std::set_intersection(possible->begin(),
                            possible->end(),
                            mention.values->begin(),
                            mention.values->end(),
                            std::back_inserter(both));
      possible = std::move(both);
    }
    agreeing_ = agreeing_ && !possible->empty();
    if (first_[index] < 0 && mention.values->size() == 1) {
      first_[index] = mention.values->front();
    }
  }

  std::vector<std::optional<std::vector<int>>> possible_;
  std::vector<int> first_;
  std::vector<int> choices_;
  bool agreeing_ = true;
};

int index_of(const std::vector<std::string>& names,
             const std::string& name,
             const char* what) {
  auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) {
    throw UserError(std::string("the prompt's ") + what + " \"" + name +
                    "\" is not in the tale grammar");
  }
  return static_cast<int>(found - names.begin());
}

// The names of a slot's values, and the number among them that was read.
struct Slot {
  const std::vector<std::string>* values = nullptr;
  int value = -1;
};

Slot find_slot(const TaleRules& rules,
               const std::string& slot,
               const Reading* reading) {
  for (size_t i = 0; i < rules.variables.size(); ++i) {
    if (rules.variables[i].name != slot) continue;
    return {&rules.variables[i].values,
            reading ? reading->value(static_cast<int>(i)) : -1};
  }
  for (size_t i = 0; i < rules.parts.size(); ++i) {
    if (rules.parts[i].slot != slot) continue;
    return {&rules.parts[i].choices,
            reading ? reading->choice(static_cast<int>(i)) : -1};
  }
  throw UserError("the tale grammar has no slot \"" + slot + "\"");
}

}  // namespace

TaleGrammar TaleGrammar::load(const std::filesystem::path& path) {
  return TaleGrammar(std::make_shared<const TaleRules>(read_tale_rules(path)));
}

const std::vector<std::string>& TaleGrammar::slots() const {
  return rules_->slots;
}

const std::vector<std::string>& TaleGrammar::values(
    const std::string& slot) const {
  return *find_slot(*rules_, slot, nullptr).values;
}

TaleCheck TaleGrammar::check(std::string_view text,
                             const TalePrompt& prompt) const {
  const TaleRules& rules = *rules_;
  const int theme =
      index_of(rules.parts[static_cast<size_t>(rules.theme_part)].choices,
               prompt.theme,
               "theme");
  const int object = index_of(
      rules.variables[static_cast<size_t>(rules.object_variable)].values,
      prompt.object,
      "object");

  const Sentences sentences = split(trim(text));
  Reading reading(rules);
  TaleCheck result;
  result.grammatical =
      sentences.well_spaced && sentences.all.size() == rules.parts.size();
  for (size_t i = 0; i < sentences.all.size(); ++i) {
    const auto sentence = recognise(rules, sentences.all[i], i);
    if (sentence) reading.add(*sentence);
    if (!sentence || sentence->source->part != static_cast<int>(i)) {
      result.grammatical = false;
    }
  }
  result.agreeing = result.grammatical && reading.agreeing();
  result.on_prompt = reading.choice(rules.theme_part) == theme &&
                     reading.is_only(rules.object_variable, object);
  for (const std::string& name : rules.slots) {
    const Slot slot = find_slot(rules, name, &reading);
    result.choices.push_back(
        slot.value < 0 ? kUnrecognised
                       : (*slot.values)[static_cast<size_t>(slot.value)]);
  }
  return result;
}

}  // namespace cdx
