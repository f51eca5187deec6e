#include "tokenizer/sentencepiece_engine.h"

#include "util/errors.h"

#include <algorithm>

#include <fmt/format.h>
#include <sentencepiece_processor.h>

namespace cdx {
namespace {

constexpr std::string_view kSpace = "\xE2\x96\x81";  // U+2581
constexpr size_t kMaxWord = 32;                      // bytes of a kept one
constexpr size_t kMaxWords = 1 << 16;

// Bytes of the blank, or of the sign for one, that `text` has at `position`.
size_t space_at(std::string_view text, size_t position) {
  std::string_view rest = text.substr(position);
  if (rest.starts_with(' ')) return 1;
  return rest.starts_with(kSpace) ? kSpace.size() : 0;
}

// Does `piece` hold a blank, or "▁" behind something else?
bool crosses_words(std::string_view piece) {
  size_t begin = 0;
  while (piece.substr(begin).starts_with(kSpace)) begin += kSpace.size();
  return piece.find(' ') != std::string_view::npos ||
         piece.find(kSpace, begin) != std::string_view::npos;
}

// Is a text's encoding that of its words, one after the other? No merge may
// cross the border before a "▁", nothing may be normalised, and an unknown
// character may not join one of the next word.
bool can_cut_words(const SentencePieceModel& model) {
  using Type = SentencePieceModel::Type;
  const auto& normalizer = model.normalizer;
  if (model.kind != SentencePieceModel::Kind::kBpe ||
      !normalizer.charsmap.empty() || normalizer.remove_extra_whitespaces ||
      !normalizer.escape_whitespaces || model.treat_whitespace_as_suffix) {
    return false;
  }
  bool has_space = false;
  for (const auto& [text, score, type] : model.pieces) {
    bool is_text = type == Type::kNormal || type == Type::kUserDefined;
    has_space = has_space || (is_text && text == kSpace);
    if ((is_text || type == Type::kUnused) && crosses_words(text)) return false;
  }
  return has_space;
}

// Where the word that begins at `begin` ends: before the next run of blanks
// that another word follows.
size_t end_of_word(std::string_view text, size_t begin) {
  size_t end = begin;
  while (size_t space = space_at(text, end)) end += space;
  while (end < text.size()) {
    end = std::min(text.find_first_of(" \xE2", end), text.size());
    size_t space = space_at(text, end);
    if (space > 0 && end + space < text.size()) return end;
    // A lone blank at the end would be nothing without the word before it.
    end += std::max<size_t>(space, 1);
  }
  return text.size();
}

}  // namespace

SentencePieceEngine::SentencePieceEngine(const SentencePieceModel& model,
                                         const std::string& where)
    : library_(std::make_unique<sentencepiece::SentencePieceProcessor>()),
      cuts_words_(can_cut_words(model)),
      adds_dummy_prefix_(model.normalizer.add_dummy_prefix) {
  std::string reason;
  try {
    auto status =
        library_->LoadFromSerializedProto(write_sentencepiece_model(model));
    if (!status.ok()) reason = status.ToString();
  } catch (const std::exception& error) {
    reason = error.what();
  }
  if (!reason.empty()) {
    throw WorldError(fmt::format(
        "{}: the sentencepiece library refuses it: {}", where, reason));
  }
}

SentencePieceEngine::~SentencePieceEngine() = default;

void SentencePieceEngine::encode(std::string_view text,
                                 std::vector<int32_t>& ids) const {
  if (!cuts_words_) {
    encode_part(text, ids);
    return;
  }
  for (size_t begin = 0; begin < text.size();) {
    size_t end = end_of_word(text, begin);
    // The library sets a blank before what it gets.
    size_t implied =
        begin > 0 && adds_dummy_prefix_ ? space_at(text, begin) : 0;
    encode_part(text.substr(begin + implied, end - begin - implied), ids);
    begin = end;
  }
}

void SentencePieceEngine::encode_part(std::string_view part,
                                      std::vector<int32_t>& ids) const {
  bool keep = cuts_words_ && part.size() <= kMaxWord;
  if (keep) {
    std::lock_guard lock(mutex_);
    auto known = words_.find(part);
    if (known != words_.end()) {
      ids.insert(ids.end(), known->second.begin(), known->second.end());
      return;
    }
  }
  std::vector<int> found;
  ask(part, found);
  ids.insert(ids.end(), found.begin(), found.end());
  if (keep) {
    std::lock_guard lock(mutex_);
    if (words_.size() < kMaxWords) {
      words_.emplace(std::string(part), std::move(found));
    }
  }
}

void SentencePieceEngine::ask(std::string_view part,
                              std::vector<int>& ids) const {
  auto status = library_->Encode(part, &ids);
  if (!status.ok()) {
    throw WorldError("sentencepiece cannot encode a text: " +
                     status.ToString());
  }
}

std::string SentencePieceEngine::decode(const std::vector<int>& ids) const {
  std::string text;
  auto status = library_->Decode(ids, &text);
  if (!status.ok()) {
    throw WorldError("sentencepiece cannot decode ids: " + status.ToString());
  }
  return text;
}

}  // namespace cdx
