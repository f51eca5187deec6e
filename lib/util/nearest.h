#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cdx {

// The candidate that a misspelt `name` was most likely meant to be: smallest
// number of insertions, deletions, replacements and swaps of neighbours
// (optimal string alignment over bytes), the first one of equals. Empty when
// none is within a third of the name's length (at least 2).
std::string nearest_name(std::string_view name,
                         const std::vector<std::string>& candidates);

}  // namespace cdx
