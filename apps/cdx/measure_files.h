#pragma once

#include "measure_files_arguments.h"

namespace cdx {

// Metrics, tests and report of texts that cdx did not generate: OUT/metrics,
// OUT/report. For each prompt every condition has as many texts as the one that
// has fewest, the first ones.
void measure_files(const MeasureFilesArguments& arguments);

}  // namespace cdx
