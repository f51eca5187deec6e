#include "tokenizer/vocabulary.h"

#include "util/errors.h"

#include <fmt/format.h>

namespace cdx {
namespace {

constexpr int64_t kIdLimit = 1 << 22;

}  // namespace

Vocabulary::Vocabulary(const Json& tokens, const std::string& where) {
  if (!tokens.is_object() || tokens.empty()) {
    throw UserError(where + ": \"vocab\" must be an object with tokens");
  }
  ids_.reserve(tokens.size());
  for (const auto& [token, value] : tokens.items()) {
    int64_t id = value.is_number_integer() ? value.get<int64_t>() : -1;
    if (id < 0 || id >= kIdLimit) {
      throw UserError(
          fmt::format("{}: the token \"{}\" has no valid id", where, token));
    }
    auto entry = ids_.emplace(token, static_cast<int32_t>(id)).first;
    if (tokens_.size() <= static_cast<size_t>(id)) tokens_.resize(id + 1);
    if (tokens_[id] != nullptr) {
      throw UserError(
          fmt::format("{}: the tokens \"{}\" and \"{}\" have the "
                      "same id {}",
                      where,
                      *tokens_[id],
                      token,
                      id));
    }
    tokens_[id] = &entry->first;
  }
}

std::optional<int32_t> Vocabulary::find(std::string_view token) const {
  auto entry = ids_.find(token);
  if (entry == ids_.end()) return std::nullopt;
  return entry->second;
}

const std::string* Vocabulary::token(int32_t id) const {
  return id >= 0 && static_cast<size_t>(id) < tokens_.size() ? tokens_[id]
                                                             : nullptr;
}

}  // namespace cdx
