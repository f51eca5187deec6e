#pragma once

#include "metrics/vectors.h"

#include <compare>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

// What other programs found out about the texts of measure --input.
namespace cdx {

// Which text: the sample-th, from 0, that was read of its condition and prompt.
struct TextPlace {
  std::string condition, prompt_id;
  int64_t sample = 0;
  auto operator<=>(const TextPlace&) const = default;
};

// [places.size(), D], row i that of places[i]. `file` is a .npy matrix with the
// rows in that order, or JSON lines with condition, prompt_id, sample and
// embedding (a list) in any order; lines about other texts are passed over.
// Throws UserError: a text without a row, two rows of a text, rows of several
// lengths, a row of zeros.
Embeddings read_outside_embeddings(const std::filesystem::path& file,
                                   const std::vector<TextPlace>& places);

// The class of each place, from a .csv or JSON lines with condition, prompt_id,
// sample and class. Throws UserError: a text without a class or with two.
std::vector<std::string> read_outside_classes(
    const std::filesystem::path& file, const std::vector<TextPlace>& places);

}  // namespace cdx
