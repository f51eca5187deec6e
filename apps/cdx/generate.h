#pragma once

#include "experiment/config.h"

namespace cdx {

struct GenerateOptions {
  int threads = 0;  // 0: all cores that this process may use
};

// Samples every story of the experiment that is not in its run folder yet.
// Returns false if it was asked to stop before all were done.
bool generate(const ExperimentConfig& config, const GenerateOptions& options);

}  // namespace cdx
