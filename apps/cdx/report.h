#pragma once

#include "store/run_directory.h"

namespace cdx {

// Writes report/ of a measured run and prints its tables and the page's path.
void report(const RunDirectory& directory);

}  // namespace cdx
