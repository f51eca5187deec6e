#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <utility>
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
    const size_t n_slots = std::bit_ceil(most_keys + most_keys / 2 + 2);
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

  int32_t number_of(uint64_t key) {
    const size_t mask = slots_.size() - 1;
    size_t at = place(key);
    while (slots_[at].next_number != 0 && slots_[at].key != key) {
      at = (at + 1) & mask;
    }
    if (slots_[at].next_number == 0) slots_[at] = {key, ++size_};
    return slots_[at].next_number - 1;
  }

  std::vector<Slot> slots_;
  int shift_ = 63;
  int32_t size_ = 0;
};

// Of words. A word of up to eight bytes is its own key, so that only longer
// ones are compared.
class WordNumbering {
 public:
  // Whether the words that are given stay where they are, or must be copied.
  enum class Words { kStay, kAreCopied };
  explicit WordNumbering(Words words) : words_are_(words) { grow(1024); }

  // The numbers of words of `text`, which they lie in.
  std::vector<int32_t> numbers(std::span<const std::string_view> words,
                               std::string_view text) {
    const char* const end = text.data() + text.size();
    std::vector<int32_t> all;
    all.reserve(words.size());
    std::array<uint64_t, numbering::kBatch> keys;
    while (!words.empty()) {
      const auto batch = words.first(std::min(words.size(), keys.size()));
      for (size_t i = 0; i < batch.size(); ++i) {
        keys[i] = key_of(batch[i], end);
        __builtin_prefetch(&slots_[place(keys[i], batch[i].size())]);
      }
      for (size_t i = 0; i < batch.size(); ++i) {
        all.push_back(number(batch[i], keys[i]));
      }
      words = words.subspan(batch.size());
    }
    return all;
  }

  int32_t number(std::string_view word) {
    return number(word, key_of(word, word.data() + word.size()));
  }

  int32_t size() const { return static_cast<int32_t>(words_.size()); }

 private:
  static constexpr size_t kKey = sizeof(uint64_t);

  struct Slot {
    uint64_t key = 0;
    int32_t next_number = 0;  // the word's number + 1; 0: an empty slot
    uint32_t length = 0;
  };

  size_t place(uint64_t key, size_t length) const {
    return ((key ^ length) * numbering::kGolden) >> shift_;
  }

  int32_t number(std::string_view word, uint64_t key) {
    const size_t mask = slots_.size() - 1;
    size_t at = place(key, word.size());
    for (; slots_[at].next_number != 0; at = (at + 1) & mask) {
      const Slot& slot = slots_[at];
      if (slot.key != key || slot.length != word.size()) continue;
      const int32_t number = slot.next_number - 1;
      if (word.size() > kKey && words_[static_cast<size_t>(number)] != word) {
        continue;
      }
      return number;
    }
    return add(word, {key, size() + 1, static_cast<uint32_t>(word.size())}, at);
  }

  int32_t add(std::string_view word, const Slot& slot, size_t at) {
    words_.push_back(words_are_ == Words::kStay ? word
                                                : copies_.emplace_back(word));
    slots_[at] = slot;
    if (2 * words_.size() > slots_.size()) grow(4 * slots_.size());
    return slot.next_number - 1;
  }

  void grow(size_t n_slots) {
    const std::vector<Slot> old = std::exchange(slots_, {});
    slots_.resize(n_slots);
    shift_ = numbering::shift_of(n_slots);
    for (const Slot& slot : old) {
      if (slot.next_number == 0) continue;
      size_t at = place(slot.key, slot.length);
      while (slots_[at].next_number != 0) at = (at + 1) & (n_slots - 1);
      slots_[at] = slot;
    }
  }

  static uint64_t bytes(const char* at, size_t n) {
    uint64_t value = 0;
    std::memcpy(&value, at, n);
    return value;
  }
  // Memory can be read up to `end`.
  static uint64_t key_of(std::string_view word, const char* end) {
    if (word.size() > kKey) return hash_of(word);
    if (word.empty()) return 0;
    if (static_cast<size_t>(end - word.data()) < kKey) {
      return bytes(word.data(), word.size());
    }
    const size_t unused_bits = 8 * (kKey - word.size());
    return bytes(word.data(), kKey) & (~uint64_t{0} >> unused_bits);
  }
  static uint64_t hash_of(std::string_view word) {
    uint64_t hash = 0;
    const char* at = word.data();
    for (size_t left = word.size(); left > kKey; left -= kKey, at += kKey) {
      hash = (hash ^ bytes(at, kKey)) * numbering::kGolden;
      hash ^= hash >> 32;
    }
    return hash ^ bytes(word.data() + word.size() - kKey, kKey);
  }

  Words words_are_;
  std::vector<Slot> slots_;
  std::vector<std::string_view> words_;  // by number
  std::deque<std::string> copies_;
  int shift_ = 63;
};

}  // namespace cdx
