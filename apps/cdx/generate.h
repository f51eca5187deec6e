#pragma once

#include "decoding/story.h"
#include "experiment/config.h"

namespace cdx {

struct GenerateOptions {
  int threads = 0;  // 0: all cores that this process may use
};

// Samples every story of the experiment that is not in its run folder yet.
// Returns false if it was asked to stop before all were done.
bool generate(const ExperimentConfig& config, const GenerateOptions& options);

// Rows a step when the file says auto.
int64_t auto_batch_size(const Placement& placement);

}  // namespace cdx
