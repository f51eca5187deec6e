#pragma once

#include "util/json.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cdx {

// The tokens of a model and their ids, one to one.
class Vocabulary {
 public:
  // From {"token": id, …}. Throws UserError on an id that is no integer in
  // [0, 2^22) or is given twice.
  Vocabulary(const Json& tokens, const std::string& where);
  // A token's id is its index. Throws UserError on one that is given twice.
  Vocabulary(std::vector<std::string> tokens, const std::string& where);
  Vocabulary(Vocabulary&&) = default;
  Vocabulary& operator=(Vocabulary&&) = default;

  std::optional<int32_t> find(std::string_view token) const;
  // nullptr for an id without a token.
  const std::string* token(int32_t id) const;
  // Number of tokens; all ids are < id_end(), not all need have a token.
  size_t size() const { return tokens_.size(); }
  int32_t id_end() const { return static_cast<int32_t>(tokens_by_id_.size()); }

 private:
  size_t slot_of(std::string_view token) const;

  std::vector<std::string> tokens_;
  std::vector<int32_t> ids_;           // of tokens_
  std::vector<int32_t> tokens_by_id_;  // indices of tokens_, -1 for none
  // Indices of tokens_, -1 for none: open addressing.
  std::vector<int32_t> slots_;
};

}  // namespace cdx
