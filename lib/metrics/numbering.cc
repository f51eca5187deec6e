#include "metrics/numbering.h"

#include <array>
#include <cstring>

namespace cdx {
namespace {

constexpr size_t kHalf = sizeof(uint64_t), kLongest = 2 * kHalf;

// Bits of the n lowest bytes.
constexpr std::array<uint64_t, kHalf + 1> kLowBytes = [] {
  std::array<uint64_t, kHalf + 1> masks{};
  for (size_t n = 1; n <= kHalf; ++n) {
    masks[n] = ~uint64_t{0} >> (8 * (kHalf - n));
  }
  return masks;
}();

uint64_t bytes_at(const char* place) {
  uint64_t value = 0;
  std::memcpy(&value, place, kHalf);
  return value;
}

}  // namespace

inline uint64_t WordNumbering::hash_of(std::string_view word) {
  uint64_t hash = 0;
  const char* at = word.data();
  for (size_t left = word.size(); left > kHalf; left -= kHalf, at += kHalf) {
    hash = (hash ^ bytes_at(at)) * numbering::kGolden;
    hash ^= hash >> 32;
  }
  return hash ^ bytes_at(word.data() + word.size() - kHalf);
}

// Memory can be read up to `end`.
inline WordNumbering::Key WordNumbering::key_of(std::string_view word,
                                                const char* end) {
  if (word.size() > kLongest) return {hash_of(word), 0, word.size()};
  std::array<char, kLongest> copy{};
  const char* at = word.data();
  if (static_cast<size_t>(end - at) < kLongest) {
    word.copy(copy.data(), word.size());
    at = copy.data();
  }
  const size_t low = std::min(word.size(), kHalf);
  return {bytes_at(at) & kLowBytes[low],
          bytes_at(at + kHalf) & kLowBytes[word.size() - low],
          word.size()};
}

inline size_t WordNumbering::place(const Key& key) const {
  constexpr uint64_t kOdd = 0xBF58476D1CE4E5B9u;  // any such number
  return ((key.low ^ key.high * kOdd) * numbering::kGolden) >> shift_;
}

// Whether a word is new cannot be foretold: no branch depends on it.
inline int32_t WordNumbering::number_short(const Key& key) {
  const auto differs = [&](const Key& there) {
    return ((there.low ^ key.low) | (there.high ^ key.high) |
            (there.length ^ key.length)) != 0;
  };
  const size_t mask = slots_.size() - 1;
  size_t at = place(key);
  // Another word's slot, in one branch.
  while ((differs(keys_[static_cast<size_t>(slots_[at])]) * slots_[at]) != 0) {
    at = (at + 1) & mask;
  }
  const int32_t is_new = slots_[at] == 0 ? 1 : 0;
  size_ += is_new;
  const int32_t next_number = slots_[at] + is_new * size_;
  keys_[static_cast<size_t>(next_number)] = key;
  slots_[at] = next_number;
  return next_number - 1;
}

int32_t WordNumbering::number_long(std::string_view word, const Key& key) {
  const size_t mask = slots_.size() - 1;
  size_t at = place(key);
  for (; slots_[at] != 0; at = (at + 1) & mask) {
    const Key& there = keys_[static_cast<size_t>(slots_[at])];
    if (there.length == key.length && there.low == key.low &&
        long_words_[there.high] == word) {
      return slots_[at] - 1;
    }
  }
  slots_[at] = ++size_;
  keys_[static_cast<size_t>(size_)] = {key.low, long_words_.size(), key.length};
  long_words_.push_back(
      words_are_ == Words::kStay ? word : copies_.emplace_back(word));
  return size_ - 1;
}

inline int32_t WordNumbering::number_of(std::string_view word, const Key& key) {
  return key.length > kLongest ? number_long(word, key) : number_short(key);
}

// Makes room for so many more words: three of four slots stay empty.
void WordNumbering::reserve(size_t n_words) {
  const size_t most = static_cast<size_t>(size_) + n_words;
  if (4 * most <= slots_.size()) return;
  slots_.assign(std::bit_ceil(8 * most), 0);
  keys_.resize(slots_.size() / 4 + 1);
  shift_ = numbering::shift_of(slots_.size());
  for (int32_t number = 1; number <= size_; ++number) {
    Key key = keys_[static_cast<size_t>(number)];
    if (key.length > kLongest) key.high = 0;
    size_t at = place(key);
    while (slots_[at] != 0) at = (at + 1) & (slots_.size() - 1);
    slots_[at] = number;
  }
}

WordNumbering::WordNumbering(Words words) : words_are_(words) {
  constexpr size_t kUsualSet = 512;  // different words
  reserve(kUsualSet);
}

std::vector<int32_t> WordNumbering::numbers(
    std::span<const std::string_view> words, std::string_view text) {
  const char* const end = text.data() + text.size();
  std::vector<int32_t> all(words.size());
  int32_t* number = all.data();
  std::array<Key, numbering::kBatch> keys;
  while (!words.empty()) {
    const auto batch = words.first(std::min(words.size(), keys.size()));
    reserve(batch.size());
    for (size_t i = 0; i < batch.size(); ++i) {
      keys[i] = key_of(batch[i], end);
      __builtin_prefetch(&slots_[place(keys[i])]);
    }
    for (size_t i = 0; i < batch.size(); ++i) {
      *number++ = number_of(batch[i], keys[i]);
    }
    words = words.subspan(batch.size());
  }
  return all;
}

int32_t WordNumbering::number(std::string_view word) {
  reserve(1);
  return number_of(word, key_of(word, word.data() + word.size()));
}

}  // namespace cdx
