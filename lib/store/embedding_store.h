#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace cdx {

// Embeddings of texts under one encoder, kept by the hash of the text:
// NNNNN.npy holds the vectors, NNNNN.txt the hashes in the same order. A pair
// is written once; the .txt comes last and makes it count.
class EmbeddingStore {
 public:
  // Reads what the folder holds (nothing if it does not exist). `dimension` is
  // the encoder's. Throws WorldError naming the file that is damaged or has
  // another dimension.
  EmbeddingStore(std::filesystem::path folder, int64_t dimension);

  // [dimension]; empty if unknown. Valid until the next add().
  std::span<const float> lookup(std::string_view hash) const;

  // Writes one pair of files; hashes that are known already are passed over.
  // `matrix` is [hashes.size(), dimension], row-major; a hash has no white
  // space. Throws std::invalid_argument when the sizes disagree.
  void add(const std::vector<std::string>& hashes,
           const std::vector<float>& matrix);

  int64_t size() const { return static_cast<int64_t>(rows_.size()); }

 private:
  void load(const std::filesystem::path& names);
  // Returns the hashes that were new, in their order.
  std::vector<std::string> remember(const std::vector<std::string>& hashes,
                                    const std::vector<float>& matrix);

  std::filesystem::path folder_;
  int64_t dimension_;
  std::unordered_map<std::string, size_t> rows_;  // hash → row of values_
  std::vector<float> values_;
};

}  // namespace cdx
