#pragma once

#include "experiment/config.h"
#include "experiment/yaml.h"

#include <string>
#include <vector>

namespace cdx {

// The section `report`, with globs replaced by the conditions they match.
// `metrics` are those of the experiment, `gamma_groups` the default of `trend`.
ReportOptions read_report(
    const YamlNode& node,
    const std::vector<Condition>& conditions,
    const std::vector<std::string>& metrics,
    const std::vector<std::vector<std::string>>& gamma_groups);

// The fewest units (families, training seeds) that a statement across them may
// rest on.
inline constexpr size_t kFewestUnits = 5;

}  // namespace cdx
