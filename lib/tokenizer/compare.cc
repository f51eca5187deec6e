#include "tokenizer/compare.h"

#include "util/json.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

namespace cdx {
namespace {

// Slots that a family left free in its base and named in its instruct models.
struct KnownRename {
  const char* slot;  // the free slot's piece begins like this
  const char* piece;
};

constexpr KnownRename kKnownRenames[] = {
    // OLMo 3 Instruct, README of its tokenizer.
    {"<|extra_id_", "<functions>"},
    {"<|extra_id_", "</functions>"},
    {"<|extra_id_", "<function_calls>"},
    {"<|extra_id_", "</function_calls>"}};

constexpr size_t kLongestShown = 200;

std::string shown(const std::string& text) {
  return text.size() <= kLongestShown ? text
                                      : text.substr(0, kLongestShown) + "…";
}

std::string spelled(const std::optional<std::string>& piece) {
  return piece ? shown(dump_json(Json(*piece))) : "nothing";
}

bool is_known_rename(const std::string& base, const std::string& instruct) {
  return std::ranges::any_of(kKnownRenames, [&](const KnownRename& known) {
    return base.starts_with(known.slot) && instruct == known.piece;
  });
}

bool is_renamed(const TokenizerIdentity& base,
                const TokenizerIdentity& instruct,
                size_t id,
                const RenamedPieces& declared) {
  const auto& from = base.pieces[id];
  const auto& to = instruct.pieces[id];
  if (!from || !to) return false;
  if (!base.added.contains(*from) || !instruct.added.contains(*to)) {
    return false;
  }
  return is_known_rename(*from, *to) ||
         std::ranges::find(declared, std::pair(*from, *to)) != declared.end();
}

// Empty when all agree; renamed slots are noted in `result`.
std::string piece_difference(const TokenizerIdentity& base,
                             const TokenizerIdentity& instruct,
                             const RenamedPieces& declared,
                             PairComparison& result) {
  const auto ids = static_cast<size_t>(result.shared_ids);
  for (size_t id = 0; id < ids; ++id) {
    const auto& left = base.pieces[id];
    const auto& right = instruct.pieces[id];
    if (left == right) continue;
    if (is_renamed(base, instruct, id, declared)) {
      result.renamed.push_back({static_cast<int32_t>(id), *left, *right});
      continue;
    }
    return fmt::format("token {} is {} in the one and {} in the other",
                       id,
                       spelled(left),
                       spelled(right));
  }
  return "";
}

std::string rule_difference(const TokenizerIdentity& base,
                            const TokenizerIdentity& instruct) {
  const char* what = base.kind == "BPE" ? "merge" : "the score of token";
  const size_t shorter = std::min(base.rules.size(), instruct.rules.size());
  for (size_t i = 0; i < shorter; ++i) {
    if (base.rules[i] == instruct.rules[i]) continue;
    return fmt::format("{} {} is {} in the one and {} in the other",
                       what,
                       i,
                       spelled(base.rules[i]),
                       spelled(instruct.rules[i]));
  }
  // Scores of padding ids say nothing; every merge counts.
  if (base.kind != "BPE" || base.rules.size() == instruct.rules.size()) {
    return "";
  }
  return fmt::format("the one has {} merges and the other {}",
                     base.rules.size(),
                     instruct.rules.size());
}

std::string text_difference(const char* what,
                            const std::string& base,
                            const std::string& instruct) {
  if (base == instruct) return "";
  return fmt::format("the {} is {} in the one and {} in the other",
                     what,
                     shown(base),
                     shown(instruct));
}

std::string kind_difference(const TokenizerIdentity& base,
                            const TokenizerIdentity& instruct) {
  if (base.kind == instruct.kind) return "";
  return fmt::format(
      "the one is {} ({}) and the other {} ({}), whose rules cannot be "
      "compared",
      base.kind,
      base.path,
      instruct.kind,
      instruct.path);
}

}  // namespace

PairComparison compare_tokenizers(const TokenizerIdentity& base,
                                  const TokenizerIdentity& instruct,
                                  const RenamedPieces& declared) {
  PairComparison result;
  result.shared_ids = static_cast<int64_t>(
      std::min(base.pieces.size(), instruct.pieces.size()));
  std::string& difference = result.difference;
  difference = piece_difference(base, instruct, declared, result);
  if (difference.empty()) difference = kind_difference(base, instruct);
  if (difference.empty()) difference = rule_difference(base, instruct);
  if (difference.empty()) {
    difference =
        text_difference("model's options", base.options, instruct.options);
  }
  if (difference.empty()) {
    difference =
        text_difference("normalizer", base.normalizer, instruct.normalizer);
  }
  if (difference.empty()) {
    difference = text_difference(
        "pre_tokenizer", base.pre_tokenizer, instruct.pre_tokenizer);
  }
  return result;
}

}  // namespace cdx
