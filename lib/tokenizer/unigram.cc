#include "tokenizer/unigram.h"

#include "util/errors.h"
#include "util/unicode.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace cdx {
namespace {

constexpr double kUnknownPenalty = 10;

std::vector<std::string> read_tokens(const Json& model,
                                     const std::string& where) {
  std::vector<std::string> tokens;
  for (const Json& entry : json_list(model, "vocab", where)) {
    if (!entry.is_array() || entry.size() != 2 || !entry[0].is_string() ||
        !entry[1].is_number() || !std::isfinite(entry[1].get<double>())) {
      throw UserError(
          fmt::format("{}: entry {} of \"vocab\" is not a token and its "
                      "log-probability",
                      where,
                      tokens.size()));
    }
    tokens.push_back(entry[0].get<std::string>());
  }
  return tokens;
}

std::vector<double> read_scores(const Json& model) {
  std::vector<double> scores;
  for (const Json& entry : model.at("vocab")) {
    scores.push_back(entry[1].get<double>());
  }
  return scores;
}

UnigramTrie trie_of(const Vocabulary& vocabulary) {
  std::vector<std::string_view> tokens;
  for (int32_t id = 0; id < vocabulary.id_end(); ++id) {
    tokens.emplace_back(*vocabulary.token(id));
  }
  return UnigramTrie(tokens);
}

}  // namespace

Unigram::Unigram(const Json& model, const std::string& where)
    : vocabulary_(read_tokens(model, where), where),
      trie_(trie_of(vocabulary_)),
      scores_(read_scores(model)),
      unknown_score_(std::ranges::min(scores_) - kUnknownPenalty) {
  if (auto id = json_optional_int(model, "unk_id", where)) {
    if (*id < 0 || *id >= vocabulary_.id_end()) {
      throw UserError(
          fmt::format("{}: the unk_id {} is not in \"vocab\"", where, *id));
    }
    unknown_ = static_cast<int32_t>(*id);
  }
  find_bytes(model, where);
}

void Unigram::find_bytes(const Json& model, const std::string& where) {
  byte_ids_.fill(-1);
  if (!json_optional_bool(model, "byte_fallback", where).value_or(false))
    return;
  for (size_t byte = 0; byte < byte_ids_.size(); ++byte) {
    auto id = vocabulary_.find(fmt::format("<0x{:02X}>", byte));
    if (id) byte_ids_[byte] = *id;
  }
}

// Fills work.best[i] for every border i of two characters.
void Unigram::search(std::string_view text, Workspace& work) const {
  auto& best = work.best;
  best.assign(text.size() + 1, {});
  for (size_t begin = 0, next = 0; begin < text.size(); begin = next) {
    next_code_point(text, next);
    auto offer = [&](size_t end, double score, int32_t id) {
      score += best[begin].score;
      if (best[end].begin >= 0 && score <= best[end].score) return;
      best[end] = {score, static_cast<int32_t>(begin), id};
    };
    bool single = false;
    trie_.each_prefix(text.substr(begin), [&](size_t length, int32_t id) {
      offer(begin + length, scores_[id], id);
      single = single || begin + length == next;
    });
    if (single) continue;
    if (!unknown_) {
      throw UserError(fmt::format(
          "the tokenizer has no token for \"{}\", and no unknown token",
          text.substr(begin, next - begin)));
    }
    offer(next, unknown_score_, *unknown_);
  }
}

// The tokens of the best way, neighbouring unknown ones joined, last first.
void Unigram::trace_back(size_t end, Workspace& work) const {
  work.tokens.clear();
  while (end > 0) {
    auto [score, start, id] = work.best[end];
    auto begin = static_cast<size_t>(start);
    bool joins = !work.tokens.empty() && id == unknown_ &&
                 work.tokens.back().id == unknown_;
    if (joins) {
      work.tokens.back().span.begin = begin;
    } else {
      work.tokens.push_back({{begin, end}, id});
    }
    end = begin;
  }
}

void Unigram::append_unknown(std::string_view text,
                             std::vector<int32_t>& ids) const {
  auto id_of = [&](char c) { return byte_ids_[static_cast<uint8_t>(c)]; };
  if (auto id = vocabulary_.find(text)) {
    ids.push_back(*id);
  } else if (std::ranges::all_of(text, [&](char c) { return id_of(c) >= 0; })) {
    std::ranges::transform(text, std::back_inserter(ids), id_of);
  } else {
    ids.push_back(*unknown_);
  }
}

void Unigram::encode(const Pieces& pieces, std::vector<int32_t>& ids) const {
  Workspace work;
  for (Span span : pieces.spans) {
    std::string_view text = part(pieces.text, span);
    search(text, work);
    trace_back(text.size(), work);
    for (auto token = work.tokens.rbegin(); token != work.tokens.rend();
         ++token) {
      if (token->id == unknown_) {
        append_unknown(part(text, token->span), ids);
      } else {
        ids.push_back(token->id);
      }
    }
  }
}

}  // namespace cdx
