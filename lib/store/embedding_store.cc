#include "store/embedding_store.h"

#include "store/folders.h"
#include "store/npy.h"
#include "util/errors.h"
#include "util/files.h"

#include <stdexcept>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace cdx {

EmbeddingStore::EmbeddingStore(std::filesystem::path folder, int64_t dimension)
    : folder_(std::move(folder)), dimension_(dimension) {
  for (const auto& names : files_with_extension(folder_, ".txt")) load(names);
}

void EmbeddingStore::load(const std::filesystem::path& names) {
  std::filesystem::path vectors = names;
  vectors.replace_extension(".npy");
  std::vector<std::string> hashes;
  for_each_line(names, [&](std::string_view line, int64_t) {
    hashes.emplace_back(line);
  });
  const NpyMatrix matrix = read_npy(vectors);
  if (matrix.columns != dimension_ ||
      matrix.rows != static_cast<int64_t>(hashes.size())) {
    throw WorldError(fmt::format(
        "{}: holds {} vectors of dimension {}, expected {} of {}; delete it "
        "and {}",
        vectors.string(),
        matrix.rows,
        matrix.columns,
        hashes.size(),
        dimension_,
        names.filename().string()));
  }
  remember(hashes, matrix.values);
}

std::vector<std::string> EmbeddingStore::remember(
    const std::vector<std::string>& hashes, const std::vector<float>& matrix) {
  std::vector<std::string> added;
  const auto width = static_cast<size_t>(dimension_);
  for (size_t i = 0; i < hashes.size(); ++i) {
    if (!rows_.emplace(hashes[i], rows_.size()).second) continue;
    const auto row = matrix.begin() + static_cast<std::ptrdiff_t>(i * width);
    values_.insert(values_.end(), row, row + dimension_);
    added.push_back(hashes[i]);
  }
  return added;
}

std::span<const float> EmbeddingStore::lookup(std::string_view hash) const {
  const auto found = rows_.find(std::string(hash));
  if (found == rows_.end()) return {};
  const auto width = static_cast<size_t>(dimension_);
  return {values_.data() + found->second * width, width};
}

void EmbeddingStore::add(const std::vector<std::string>& hashes,
                         const std::vector<float>& matrix) {
  if (matrix.size() != hashes.size() * static_cast<size_t>(dimension_)) {
    throw std::invalid_argument("EmbeddingStore::add: sizes disagree");
  }
  const auto first = static_cast<std::ptrdiff_t>(values_.size());
  const std::vector<std::string> added = remember(hashes, matrix);
  if (added.empty()) return;
  const NpyMatrix block{static_cast<int64_t>(added.size()),
                        dimension_,
                        {values_.begin() + first, values_.end()}};
  const std::string bytes = encode_npy(block);
  // Another process may take the same number at the same time.
  for (size_t n = files_with_extension(folder_, ".npy").size();; ++n) {
    const std::string name = fmt::format("{:05}", n);
    if (!publish_file(folder_ / (name + ".npy"), bytes)) continue;
    write_file_atomic(folder_ / (name + ".txt"),
                      fmt::format("{}\n", fmt::join(added, "\n")));
    return;
  }
}

}  // namespace cdx
