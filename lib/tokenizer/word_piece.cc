#include "tokenizer/word_piece.h"

#include "util/errors.h"
#include "util/unicode.h"

#include <algorithm>

#include <fmt/format.h>

namespace cdx {
namespace {

void drop_last_character(std::string& text) {
  while ((text.back() & 0xC0) == 0x80) text.pop_back();
  text.pop_back();
}

}  // namespace

WordPiece::WordPiece(const Json& model, const std::string& where)
    : vocabulary_(json_at(model, "vocab", where), where),
      prefix_(json_string(model, "continuing_subword_prefix", where)) {
  int64_t longest = json_int(model, "max_input_chars_per_word", where);
  if (longest < 1) {
    throw UserError(where + ": \"max_input_chars_per_word\" must be positive");
  }
  max_characters_ = static_cast<size_t>(longest);
  std::string unknown = json_string(model, "unk_token", where);
  auto id = vocabulary_.find(unknown);
  if (!id) {
    throw UserError(fmt::format(
        "{}: the unk_token \"{}\" is not in \"vocab\"", where, unknown));
  }
  unknown_ = *id;
  for (int32_t token = 0; token < vocabulary_.id_end(); ++token) {
    const std::string* text = vocabulary_.token(token);
    if (text != nullptr) longest_ = std::max(longest_, text->size());
  }
}

// Appends the tokens of `word`; false, and some of them, when it has none.
bool WordPiece::cut(std::string_view word, std::vector<int32_t>& ids) const {
  std::string token;
  for (size_t begin = 0; begin < word.size();) {
    token = begin == 0 ? "" : prefix_;
    size_t kept = token.size();
    // It may end within a character, which then is the first to be dropped.
    token += word.substr(begin, longest_);
    std::optional<int32_t> id;
    while (token.size() > kept && !(id = vocabulary_.find(token))) {
      drop_last_character(token);
    }
    if (!id) return false;
    ids.push_back(*id);
    begin += token.size() - kept;
  }
  return true;
}

void WordPiece::encode(const Pieces& pieces, std::vector<int32_t>& ids) const {
  for (Span span : pieces.spans) {
    std::string_view word = part(pieces.text, span);
    size_t before = ids.size();
    if (count_code_points(word) > max_characters_ || !cut(word, ids)) {
      ids.resize(before);
      ids.push_back(unknown_);
    }
  }
}

}  // namespace cdx
