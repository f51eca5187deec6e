#include "fuzz/targets.h"

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

// Entry of libFuzzer; CDX_FUZZ_TARGET is the target's name.
namespace {

void (*find_target(std::string_view name))(std::string_view) {
  for (const cdx::fuzz::Target& target : cdx::fuzz::targets()) {
    if (target.name == name) return target.run;
  }
  std::fputs("no fuzz target of this name\n", stderr);
  std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static void (*const kRun)(std::string_view) = find_target(CDX_FUZZ_TARGET);
  kRun({reinterpret_cast<const char*>(data), size});
  return 0;
}
