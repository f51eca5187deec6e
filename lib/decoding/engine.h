#pragma once

#include "decoding/next_token_model.h"
#include "decoding/story.h"

#include <functional>
#include <vector>

namespace cdx {

// The decoding loop: a constant number of slots, one story each, refilled the
// moment a story ends. `models`: one, or {base, instruct}; each has
// job.batch_size slots. Stories of a prompt follow one another, so that a
// prompt is prefilled once and forgotten when its last story has started.
DecodingStatistics decode(const std::vector<NextTokenModel*>& models,
                          const DecodingJob& job,
                          const std::function<void(Story&&)>& sink,
                          const std::function<bool(int64_t tokens)>& step);

}  // namespace cdx
