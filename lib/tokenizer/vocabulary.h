#pragma once

#include "util/json.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace cdx {

// The tokens of a model and their ids, one to one.
class Vocabulary {
 public:
  // From {"token": id, …}. Throws UserError on an id that is no integer in
  // [0, 2^22) or is given twice.
  Vocabulary(const Json& tokens, const std::string& where);
  Vocabulary(Vocabulary&&) = default;
  Vocabulary& operator=(Vocabulary&&) = default;

  std::optional<int32_t> find(std::string_view token) const;
  // nullptr for an id without a token.
  const std::string* token(int32_t id) const;
  // Number of tokens; all ids are < id_end(), not all need have a token.
  size_t size() const { return ids_.size(); }
  int32_t id_end() const { return static_cast<int32_t>(tokens_.size()); }

 private:
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>()(text);
    }
  };
  std::unordered_map<std::string, int32_t, Hash, std::equal_to<>> ids_;
  std::vector<const std::string*> tokens_;  // keys of ids_
};

}  // namespace cdx
