#include "tokenizer/vocabulary.h"

#include "util/errors.h"

#include <bit>
#include <functional>
#include <numeric>
#include <utility>

#include <fmt/format.h>

namespace cdx {
namespace {

constexpr int64_t kIdLimit = 1 << 22;

}  // namespace

Vocabulary::Vocabulary(const Json& tokens, const std::string& where) {
  if (!tokens.is_object() || tokens.empty()) {
    throw UserError(where + ": \"vocab\" must be an object with tokens");
  }
  tokens_.reserve(tokens.size());
  ids_.reserve(tokens.size());
  slots_.assign(std::bit_ceil(2 * tokens.size() + 1), -1);
  for (const auto& [token, value] : tokens.items()) {
    int64_t id = value.is_number_integer() ? value.get<int64_t>() : -1;
    if (id < 0 || id >= kIdLimit) {
      throw UserError(
          fmt::format("{}: the token \"{}\" has no valid id", where, token));
    }
    if (id >= id_end()) tokens_by_id_.resize(static_cast<size_t>(id) + 1, -1);
    auto index = static_cast<int32_t>(tokens_.size());
    int32_t& known = tokens_by_id_[static_cast<size_t>(id)];
    if (known >= 0) {
      throw UserError(
          fmt::format("{}: the tokens \"{}\" and \"{}\" have the "
                      "same id {}",
                      where,
                      tokens_[known],
                      token,
                      id));
    }
    known = index;
    slots_[slot_of(token)] = index;
    tokens_.push_back(token);
    ids_.push_back(static_cast<int32_t>(id));
  }
}

Vocabulary::Vocabulary(std::vector<std::string> tokens,
                       const std::string& where)
    : tokens_(std::move(tokens)),
      ids_(tokens_.size()),
      slots_(std::bit_ceil(2 * tokens_.size() + 1), -1) {
  if (tokens_.empty() || tokens_.size() > size_t{kIdLimit}) {
    throw UserError(
        fmt::format("{}: a vocabulary of {} tokens", where, tokens_.size()));
  }
  std::iota(ids_.begin(), ids_.end(), 0);
  tokens_by_id_ = ids_;
  for (int32_t id : ids_) {
    int32_t& slot = slots_[slot_of(tokens_[id])];
    if (slot >= 0) {
      throw UserError(fmt::format("{}: the token \"{}\" has two ids, {} and {}",
                                  where,
                                  tokens_[id],
                                  slot,
                                  id));
    }
    slot = id;
  }
}

size_t Vocabulary::slot_of(std::string_view token) const {
  size_t mask = slots_.size() - 1;
  size_t slot = std::hash<std::string_view>()(token) & mask;
  while (slots_[slot] >= 0 && tokens_[slots_[slot]] != token) {
    slot = (slot + 1) & mask;
  }
  return slot;
}

std::optional<int32_t> Vocabulary::find(std::string_view token) const {
  int32_t index = slots_[slot_of(token)];
  if (index < 0) return std::nullopt;
  return ids_[index];
}

const std::string* Vocabulary::token(int32_t id) const {
  if (id < 0 || id >= id_end() || tokens_by_id_[id] < 0) return nullptr;
  return &tokens_[tokens_by_id_[id]];
}

}  // namespace cdx
