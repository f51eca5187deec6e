#pragma once

#include "decoding/story.h"
#include "util/json.h"

namespace cdx {

// Host, processor, memory, SLURM ids and where the models compute.
Json describe_machine(const Placement& placement);

}  // namespace cdx
