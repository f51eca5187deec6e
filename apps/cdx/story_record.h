#pragma once

#include "decoding/story.h"
#include "experiment/config.h"
#include "store/record.h"

namespace cdx {

// What a story's record says of its ids; prompt id, text and random numbers are
// left to the caller.
GenerationRecord story_record(const Condition& condition, const Story& story);

}  // namespace cdx
