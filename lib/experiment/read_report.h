#pragma once

#include "experiment/config.h"
#include "experiment/yaml.h"

#include <string>
#include <vector>

namespace cdx {

// The section `report`, with globs replaced by the conditions they match.
// `gamma_groups` is the default of `trend`.
ReportOptions read_report(
    const YamlNode& node,
    const std::vector<Condition>& conditions,
    const std::vector<std::vector<std::string>>& gamma_groups);

}  // namespace cdx
