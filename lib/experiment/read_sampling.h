#pragma once

#include "experiment/axis.h"
#include "experiment/map_reader.h"

namespace cdx {

// Key `sampling` of a condition, absent or not.
void read_sampling(MapReader& parent, Entry& entry);

// Key `end_of_text`; a mixture has a policy.
void read_end_of_text(MapReader& parent, Condition& condition);

}  // namespace cdx
