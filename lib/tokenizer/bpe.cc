#include "tokenizer/bpe.h"

#include "util/errors.h"
#include "util/unicode.h"

#include <algorithm>
#include <bit>
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
  if (json_optional_bool(model, "byte_fallback", where).value_or(false)) {
    throw UserError(where +
                    ": BPE with \"byte_fallback\" is not supported yet");
  }
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

// The piece as a linked list of tokens, and the merges that were possible when
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
};

Bpe::Bpe(const Json& model, const std::string& where)
    : vocabulary_(json_at(model, "vocab", where), where),
      merges_(json_list(model, "merges", where).size()),
      fuse_unknown_(
          json_optional_bool(model, "fuse_unk", where).value_or(false)),
      ignore_merges_(
          json_optional_bool(model, "ignore_merges", where).value_or(false)) {
  refuse_options(model, where);
  if (auto token = json_optional_string(model, "unk_token", where)) {
    unknown_ = vocabulary_.find(*token);
    if (!unknown_) {
      throw UserError(fmt::format(
          "{}: the unk_token \"{}\" is not in \"vocab\"", where, *token));
    }
  }
  read_merges(json_list(model, "merges", where), where);
  find_characters();
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

void Bpe::start(std::string_view piece, Workspace& work) const {
  work.symbols.clear();
  work.heap.clear();
  bool after_unknown = false;
  for (size_t position = 0; position < piece.size();) {
    char32_t c = next_code_point(piece, position);
    int32_t id = c < character_ids_.size() ? character_ids_[c] : -1;
    bool known = id >= 0;
    if (!known && unknown_ && !(fuse_unknown_ && after_unknown)) id = *unknown_;
    if (id >= 0) {
      auto index = static_cast<int32_t>(work.symbols.size());
      work.symbols.push_back({id, index - 1, index + 1});
    }
    after_unknown = !known;
  }
  if (!work.symbols.empty()) work.symbols.back().next = -1;
}

void Bpe::propose(int32_t left, Workspace& work) const {
  int32_t right = work.symbols[left].next;
  if (right < 0) return;
  const auto* merge =
      merges_.find(work.symbols[left].id, work.symbols[right].id);
  if (merge == nullptr) return;
  work.heap.push_back({merge->rank, left, merge->id});
}

void Bpe::merge_all(Workspace& work) const {
  auto& [symbols, heap] = work;
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

void Bpe::encode(const Pieces& pieces, std::vector<int32_t>& ids) const {
  Workspace work;
  for (Span span : pieces.spans) {
    std::string_view piece = part(pieces.text, span);
    if (ignore_merges_) {
      if (auto id = vocabulary_.find(piece)) {
        ids.push_back(*id);
        continue;
      }
    }
    start(piece, work);
    merge_all(work);
    for (const auto& symbol : work.symbols) {
      if (symbol.id >= 0) ids.push_back(symbol.id);
    }
  }
}

}  // namespace cdx
