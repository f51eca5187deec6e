#pragma once

#include "experiment/axis.h"
#include "experiment/map_reader.h"

namespace cdx {

// Key `match` of a condition, if it is there.
void read_match(MapReader& parent,
                const ExperimentConfig& config,
                Entry& entry);

// Throws unless each target is a condition that can be one. `node` is the list
// of conditions.
void check_match_targets(const YamlNode& node,
                         const std::vector<Condition>& conditions);

}  // namespace cdx
