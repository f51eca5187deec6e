#pragma once

#include "metrics/evaluate.h"

#include <string>
#include <string_view>
#include <vector>

namespace cdx {

// Throws UserError unless the metric of this name is one of level text that
// needs no file.
void check_numbers_texts(std::string_view name);

// The number of each text by the score called `name`, or else by the metric of
// level text of that name; NaN where it is undefined. UserError: neither; a
// metric of another level; what evaluate() throws.
std::vector<double> numbers_of_texts(const TextSet& set,
                                     const std::string& name,
                                     const EvaluateOptions& options);

}  // namespace cdx
