#include "stored_embeddings.h"

#include "store/folders.h"
#include "store/npy.h"
#include "util/hash.h"

#include <algorithm>
#include <cmath>

namespace cdx {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> folders_in(const fs::path& folder) {
  std::vector<fs::path> folders;
  if (!fs::is_directory(folder)) return folders;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.is_directory()) folders.push_back(entry.path());
  }
  std::sort(folders.begin(), folders.end());
  return folders;
}

// 0 if the folder holds none.
int64_t dimension_in(const fs::path& folder) {
  const std::vector<fs::path> names = files_with_extension(folder, ".txt");
  if (names.empty()) return 0;
  fs::path vectors = names.front();
  return read_npy(vectors.replace_extension(".npy")).columns;
}

}  // namespace

StoredEmbeddings::StoredEmbeddings(const RunDirectory& directory,
                                   const std::string& encoder,
                                   const std::vector<std::string_view>& texts)
    : encoder_(encoder) {
  std::vector<std::string> hashes;
  hashes.reserve(texts.size());
  for (std::string_view text : texts) hashes.push_back(sha256(text));
  int64_t most = 0;
  for (const fs::path& folder : folders_in(directory.embeddings(encoder))) {
    const int64_t dimension = dimension_in(folder);
    if (dimension == 0) continue;
    auto store = std::make_unique<EmbeddingStore>(folder, dimension);
    const int64_t known = std::count_if(
        hashes.begin(), hashes.end(), [&](const std::string& hash) {
          return !store->lookup(hash).empty();
        });
    if (known <= most) continue;
    most = known;
    dimension_ = dimension;
    weights_ = folder.filename().string();
    store_ = std::move(store);
  }
}

std::vector<float> StoredEmbeddings::of(std::string_view text) const {
  if (store_ == nullptr) return {};
  const std::span<const float> stored = store_->lookup(sha256(text));
  double square = 0;
  for (const float x : stored) square += static_cast<double>(x) * x;
  if (!(square > 0 && std::isfinite(square))) return {};
  std::vector<float> row;
  for (const float x : stored) {
    row.push_back(static_cast<float>(x / std::sqrt(square)));
  }
  return row;
}

}  // namespace cdx
