#pragma once

#include "experiment/axis.h"
#include "experiment/map_reader.h"

namespace cdx {

// Keys `mix` and `format` of a mixture. `config` holds the models and formats
// they may name.
void read_mix(MapReader& parent, const ExperimentConfig& config, Entry& entry);

}  // namespace cdx
