#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// What gives equal words, or equal n-grams, equal numbers: 0, 1, … in the order
// of first appearance. Hash tables with open addressing. Keys come in batches,
// whose slots are brought into the cache before the first of them is read.
namespace cdx {

namespace numbering {

// The product's high bits depend on all bits of the key (Fibonacci hashing).
constexpr uint64_t kGolden = 0x9E3779B97F4A7C15u;

constexpr size_t kBatch = 64;

inline int shift_of(size_t n_slots) {
  return 64 - (std::bit_width(n_slots) - 1);
}

}  // namespace numbering

// Of 64-bit keys, as many different ones at most as are expected.
class KeyNumbering {
 public:
  // Forgets all keys; the memory stays.
  void expect(size_t most_keys) {
    const size_t n_slots = std::bit_ceil(2 * most_keys + 2);
    slots_.assign(n_slots, {});
    shift_ = numbering::shift_of(n_slots);
    size_ = 0;
  }

  // Whether kUnique stands for a key that differs from all others.
  enum class Uniques { kNone, kMarked };
  static constexpr uint64_t kUnique = ~uint64_t{0};

  // Calls take(number, is_new) for each key.
  template <Uniques uniques = Uniques::kNone, typename Take>
  void number(std::span<const uint64_t> keys, Take&& take) {
    while (!keys.empty()) {
      const auto batch = keys.first(std::min(keys.size(), numbering::kBatch));
      for (const uint64_t key : batch) __builtin_prefetch(&slots_[place(key)]);
      for (const uint64_t key : batch) {
        const int32_t before = size_;
        const bool is_unique = uniques == Uniques::kMarked && key == kUnique;
        const int32_t number = is_unique ? size_++ : number_of(key);
        take(number, size_ > before);
      }
      keys = keys.subspan(batch.size());
    }
  }

  int32_t size() const { return size_; }

 private:
  struct Slot {
    uint64_t key = 0;
    int32_t next_number = 0;  // the key's number + 1; 0: an empty slot
  };

  size_t place(uint64_t key) const {
    return (key * numbering::kGolden) >> shift_;
  }

  // Whether a key is new cannot be foretold: no branch depends on it.
  int32_t number_of(uint64_t key) {
    const size_t mask = slots_.size() - 1;
    size_t at = place(key);
    // Another key's slot, in one branch.
    while (((slots_[at].key != key) * slots_[at].next_number) != 0) {
      at = (at + 1) & mask;
    }
    Slot& slot = slots_[at];
    const bool is_new = slot.next_number == 0;
    const int32_t next_number = is_new ? size_ + 1 : slot.next_number;
    size_ += is_new ? 1 : 0;
    slot = {key, next_number};
    return next_number - 1;
  }

  std::vector<Slot> slots_;
  int shift_ = 63;
  int32_t size_ = 0;
};

// Of words. A word of up to sixteen bytes is its own key, so that only longer
// ones are compared.
class WordNumbering {
 public:
  // Whether the words that are given stay where they are, or must be copied.
  enum class Words { kStay, kAreCopied };
  explicit WordNumbering(Words words);

  // The numbers of words of `text`, which they lie in.
  std::vector<int32_t> numbers(std::span<const std::string_view> words,
                               std::string_view text);
  int32_t number(std::string_view word);

  int32_t size() const { return size_; }

 private:
  // Of a word the bytes, zeros after them; of a long one its hash and its place
  // among the long ones.
  struct Key {
    uint64_t low = 0, high = 0;
    size_t length = 0;
  };

  static Key key_of(std::string_view word, const char* end);
  static uint64_t hash_of(std::string_view word);
  size_t place(const Key& key) const;
  int32_t number_short(const Key& key);
  int32_t number_long(std::string_view word, const Key& key);
  int32_t number_of(std::string_view word, const Key& key);
  void reserve(size_t n_words);

  Words words_are_;
  std::vector<int32_t> slots_;  // a word's number + 1; 0: an empty slot
  std::vector<Key> keys_;       // by number + 1; as many as have room
  std::vector<std::string_view> long_words_;
  std::deque<std::string> copies_;
  int shift_ = 63;
  int32_t size_ = 0;
};

}  // namespace cdx
