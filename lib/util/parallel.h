#pragma once

#include <cstddef>
#include <functional>

namespace cdx {

// Cores that this process may use.
int usable_cores();

// Calls work(i) for every i below n on so many threads (0: usable_cores()), in
// any order. Returns when all are done; then throws what the call of the
// smallest i has thrown.
void parallel_for(size_t n,
                  int threads,
                  const std::function<void(size_t)>& work);

}  // namespace cdx
