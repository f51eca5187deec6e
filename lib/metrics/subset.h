#pragma once

#include "metrics/text_set.h"

#include <cstdint>
#include <vector>

namespace cdx {

// The texts of these indices and all that is known of them, in the order of
// `indices`, which lie within the set.
TextSet subset_of(const TextSet& set, const std::vector<size_t>& indices);

}  // namespace cdx
