#include "tokenizer/bpe.h"

#include "util/errors.h"
#include "util/unicode.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <tuple>
#include <utility>

#include <fmt/format.h>

namespace cdx {
namespace {

constexpr uint64_t kNoKey = ~uint64_t{0};

uint64_t key_of(int32_t left, int32_t right) {
  return static_cast<uint64_t>(left) << 32 | static_cast<uint32_t>(right);
}

// The two halves of "a b" or ["a", "b"].
std::optional<std::pair<std::string, std::string>> halves_of(
    const Json& merge) {
  if (merge.is_string()) {
    const auto& text = merge.get_ref<const std::string&>();
    size_t space = text.find(' ');
    if (space == std::string::npos ||
        text.find(' ', space + 1) != std::string::npos) {
      return std::nullopt;
    }
    return std::pair(text.substr(0, space), text.substr(space + 1));
  }
  if (merge.is_array() && merge.size() == 2 && merge[0].is_string() &&
      merge[1].is_string()) {
    return std::pair(merge[0].get<std::string>(), merge[1].get<std::string>());
  }
  return std::nullopt;
}

void refuse_options(const Json& model, const std::string& where) {
  for (const char* key : {"continuing_subword_prefix", "end_of_word_suffix"}) {
    if (!json_optional_string(model, key, where).value_or("").empty()) {
      throw UserError(
          fmt::format("{}: BPE with \"{}\" is not supported yet", where, key));
    }
  }
  if (json_optional_double(model, "dropout", where).value_or(0) != 0) {
    throw UserError(where + ": BPE with \"dropout\" is not supported yet");
  }
}

char32_t first_character(std::string_view text) {
  size_t position = 0;
  return next_code_point(text, position);
}

char32_t last_character(std::string_view text) {
  size_t position = text.size() - 1;
  while ((text[position] & 0xC0) == 0x80) --position;
  return next_code_point(text, position);
}

}  // namespace

MergeTable::MergeTable(size_t count)
    : slots_(std::bit_ceil(2 * count + 2), Slot{kNoKey, {}}) {}

size_t MergeTable::slot_of(uint64_t key) const {
  size_t mask = slots_.size() - 1;
  size_t slot = (key * 0x9E3779B97F4A7C15ULL) >> 20 & mask;
  while (slots_[slot].key != key && slots_[slot].key != kNoKey) {
    slot = (slot + 1) & mask;
  }
  return slot;
}

void MergeTable::set(int32_t left, int32_t right, Merge merge) {
  uint64_t key = key_of(left, right);
  slots_[slot_of(key)] = {key, merge};
}

const MergeTable::Merge* MergeTable::find(int32_t left, int32_t right) const {
  const Slot& slot = slots_[slot_of(key_of(left, right))];
  return slot.key == kNoKey ? nullptr : &slot.merge;
}

// A word as a linked list of tokens, and the merges that were possible when
// they were proposed.
struct Bpe::Workspace {
  struct Symbol {
    int32_t id;  // -1 once merged into the symbol before
    int32_t previous, next;
  };
  struct Proposal {
    int32_t rank;
    int32_t left;  // index of the left symbol
    int32_t id;    // of the merged token
    // Order of a heap whose top is the lowest rank, leftmost.
    bool operator<(const Proposal& other) const {
      return std::tie(rank, left) > std::tie(other.rank, other.left);
    }
  };
  std::vector<Symbol> symbols;
  std::vector<Proposal> heap;
  // For few symbols: their ids, and the merges of each with the next.
  std::vector<int32_t> few;
  std::vector<MergeTable::Merge> merges;

  void add(int32_t id) {
    auto index = static_cast<int32_t>(symbols.size());
    symbols.push_back({id, index - 1, index + 1});
  }
};

Bpe::Bpe(const Json& model, const std::string& where)
    : vocabulary_(json_at(model, "vocab", where), where),
      merges_(json_list(model, "merges", where).size()),
      fuse_unknown_(
          json_optional_bool(model, "fuse_unk", where).value_or(false)),
      ignore_merges_(
          json_optional_bool(model, "ignore_merges", where).value_or(false)),
      wholeness_(vocabulary_.id_end()) {
  refuse_options(model, where);
  if (auto token = json_optional_string(model, "unk_token", where)) {
    unknown_ = vocabulary_.find(*token);
    if (!unknown_) {
      throw UserError(fmt::format(
          "{}: the unk_token \"{}\" is not in \"vocab\"", where, *token));
    }
  }
  const Json& merges = json_list(model, "merges", where);
  read_merges(merges, where);
  find_characters();
  byte_ids_.fill(-1);
  if (json_optional_bool(model, "byte_fallback", where).value_or(false)) {
    find_bytes();
  }
  find_joints(merges);
}

void Bpe::read_merges(const Json& merges, const std::string& where) {
  int32_t rank = 0;
  for (const Json& merge : merges) {
    auto halves = halves_of(merge);
    if (!halves) {
      throw UserError(
          fmt::format("{}: merge {} is not a pair of tokens", where, rank));
    }
    auto left = vocabulary_.find(halves->first);
    auto right = vocabulary_.find(halves->second);
    auto merged = vocabulary_.find(halves->first + halves->second);
    if (!left || !right || !merged) {
      throw UserError(
          fmt::format("{}: merge {} (\"{}\" and \"{}\") has a part "
                      "or a result that is not in \"vocab\"",
                      where,
                      rank,
                      halves->first,
                      halves->second));
    }
    merges_.set(*left, *right, {rank++, *merged});
  }
}

void Bpe::find_characters() {
  for (int32_t id = 0; id < vocabulary_.id_end(); ++id) {
    const std::string* token = vocabulary_.token(id);
    if (token == nullptr || token->empty()) continue;
    size_t position = 0;
    char32_t c = next_code_point(*token, position);
    if (position != token->size()) continue;
    if (character_ids_.size() <= c) character_ids_.resize(c + 1, -1);
    character_ids_[c] = id;
  }
}

void Bpe::find_bytes() {
  for (int byte = 0; byte < 256; ++byte) {
    auto id = vocabulary_.find(fmt::format("<0x{:02X}>", byte));
    if (id) byte_ids_[static_cast<size_t>(byte)] = *id;
  }
}

// What stands at the border of two tokens in a merge is the end of one and the
// start of the other, unless symbols of several characters (bytes, the unknown
// token) take part in merges.
void Bpe::find_joints(const Json& merges) {
  MergeTable joints(merges.size());
  for (const Json& merge : merges) {
    auto [left, right] = *halves_of(merge);
    for (const std::string& token : {left, right}) {
      auto id = vocabulary_.find(token);
      bool is_byte = token.starts_with("<0x") &&
                     std::ranges::find(byte_ids_, *id) != byte_ids_.end();
      if (token.empty() || is_byte || id == unknown_) return;
    }
    int32_t end = character_id(last_character(left));
    int32_t begin = character_id(first_character(right));
    if (end >= 0 && begin >= 0) joints.set(end, begin, {});
  }
  joints_ = std::move(joints);
}

// The word's characters; in place of an unknown one its bytes, or the unknown
// token, which goes behind the bytes of characters that follow it.
void Bpe::start(std::string_view word, Workspace& work) const {
  work.symbols.clear();
  bool pending = false;  // an unknown token
  for (size_t position = 0; position < word.size();) {
    size_t begin = position;
    int32_t id = character_id(next_code_point(word, position));
    if (id < 0 && append_bytes(word.substr(begin, position - begin), work)) {
      continue;
    }
    if (pending && (id >= 0 || !fuse_unknown_)) work.add(*unknown_);
    pending = id < 0 && unknown_;
    if (id >= 0) work.add(id);
  }
  if (pending) work.add(*unknown_);
  if (!work.symbols.empty()) work.symbols.back().next = -1;
}

bool Bpe::append_bytes(std::string_view character, Workspace& work) const {
  auto id_of = [&](char c) { return byte_ids_[static_cast<uint8_t>(c)]; };
  for (char c : character) {
    if (id_of(c) < 0) return false;
  }
  for (char c : character) work.add(id_of(c));
  return true;
}

// Looks for the best pair again after each merge: the fastest way for words.
void Bpe::merge_few(Workspace& work) const {
  constexpr MergeTable::Merge kNone = {std::numeric_limits<int32_t>::max(), -1};
  auto& ids = work.few;
  auto& merges = work.merges;
  auto merge_at = [&](size_t i) {
    if (i + 1 >= ids.size()) return kNone;
    const auto* merge = merges_.find(ids[i], ids[i + 1]);
    return merge == nullptr ? kNone : *merge;
  };
  ids.clear();
  merges.clear();
  for (const auto& symbol : work.symbols) ids.push_back(symbol.id);
  for (size_t i = 0; i < ids.size(); ++i) merges.push_back(merge_at(i));
  for (;;) {
    auto best = std::ranges::min_element(merges, {}, &MergeTable::Merge::rank);
    if (best->id < 0) break;
    auto i = best - merges.begin();
    ids[static_cast<size_t>(i)] = best->id;
    ids.erase(ids.begin() + i + 1);
    merges.erase(best);
    merges[static_cast<size_t>(i)] = merge_at(static_cast<size_t>(i));
    if (i > 0) merges[static_cast<size_t>(i) - 1] = merge_at(i - 1);
  }
  work.symbols.resize(ids.size());
  for (size_t i = 0; i < ids.size(); ++i) work.symbols[i].id = ids[i];
}

void Bpe::propose(int32_t left, Workspace& work) const {
  int32_t right = work.symbols[left].next;
  if (right < 0) return;
  const auto* merge =
      merges_.find(work.symbols[left].id, work.symbols[right].id);
  if (merge == nullptr) return;
  work.heap.push_back({merge->rank, left, merge->id});
}

void Bpe::merge_many(Workspace& work) const {
  auto& symbols = work.symbols;
  auto& heap = work.heap;
  auto count = static_cast<int32_t>(symbols.size());
  for (int32_t i = 0; i + 1 < count; ++i) propose(i, work);
  std::make_heap(heap.begin(), heap.end());
  while (!heap.empty()) {
    std::pop_heap(heap.begin(), heap.end());
    auto [rank, position, id] = heap.back();
    heap.pop_back();
    auto& left = symbols[position];
    if (left.id < 0 || left.next < 0) continue;
    auto& right = symbols[left.next];
    // Has one of the two been merged since this was proposed?
    const auto* merge = merges_.find(left.id, right.id);
    if (merge == nullptr || merge->id != id) continue;
    left.id = id;
    right.id = -1;
    left.next = right.next;
    if (left.next >= 0) symbols[left.next].previous = position;
    for (int32_t neighbour : {left.previous, position}) {
      size_t before = heap.size();
      if (neighbour >= 0) propose(neighbour, work);
      if (heap.size() > before) std::push_heap(heap.begin(), heap.end());
    }
  }
}

void Bpe::merge(std::string_view word, Workspace& work) const {
  constexpr size_t kFew = 32;
  start(word, work);
  if (work.symbols.size() < 2) return;
  if (work.symbols.size() <= kFew) {
    merge_few(work);
  } else {
    merge_many(work);
  }
}

// Most words are a token: then one look-up tells.
void Bpe::encode_word(std::string_view word,
                      Workspace& work,
                      std::vector<int32_t>& ids) const {
  auto token = vocabulary_.find(word);
  auto* wholeness = token ? &wholeness_[*token] : nullptr;
  if (wholeness != nullptr && *wholeness == kWhole) {
    ids.push_back(*token);
    return;
  }
  size_t before = ids.size();
  merge(word, work);
  for (const auto& symbol : work.symbols) {
    if (symbol.id >= 0) ids.push_back(symbol.id);
  }
  if (wholeness != nullptr) {
    bool whole = ids.size() == before + 1 && ids.back() == *token;
    *wholeness = whole ? kWhole : kSeveral;
  }
}

// Cuts where no merge can join, so that a whole text is encoded by words.
void Bpe::encode_piece(std::string_view piece,
                       Workspace& work,
                       std::vector<int32_t>& ids) const {
  constexpr size_t kWord = 16;  // bytes: shorter ones are not worth it
  size_t done = 0;
  if (joints_ && piece.size() > kWord) {
    int32_t last = -1;
    for (size_t position = 0; position < piece.size();) {
      size_t begin = position;
      int32_t id = character_id(next_code_point(piece, position));
      if (last >= 0 && id >= 0 && joints_->find(last, id) == nullptr) {
        encode_word(piece.substr(done, begin - done), work, ids);
        done = begin;
      }
      last = id;
    }
  }
  if (done < piece.size()) encode_word(piece.substr(done), work, ids);
}

void Bpe::encode(const Pieces& pieces, std::vector<int32_t>& ids) const {
  Workspace work;
  for (Span span : pieces.spans) {
    std::string_view piece = part(pieces.text, span);
    auto token = ignore_merges_ ? vocabulary_.find(piece) : std::nullopt;
    if (token) {
      ids.push_back(*token);
    } else {
      encode_piece(piece, work, ids);
    }
  }
}

}  // namespace cdx
