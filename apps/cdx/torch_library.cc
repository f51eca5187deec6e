#include "torch_library.h"

#include "util/errors.h"

#include <dlfcn.h>
#include <fmt/format.h>

namespace cdx {
namespace {

void* library() {
  static void* handle = dlopen("libcdx_torch.so", RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    throw WorldError(fmt::format(
        "cannot load the engine, libcdx_torch.so ({}): was cdx built with "
        "LibTorch, and is LibTorch where it was (else name its lib folder in "
        "LD_LIBRARY_PATH)?",
        dlerror()));
  }
  return handle;
}

template <typename Function>
Function* symbol(const char* name) {
  void* address = dlsym(library(), name);
  if (address == nullptr) {
    throw WorldError(fmt::format(
        "libcdx_torch.so has no '{}': it belongs to another version of cdx; "
        "build it anew",
        name));
  }
  return reinterpret_cast<Function*>(address);
}

}  // namespace

std::unique_ptr<StoryGenerator> open_story_generator(int threads) {
  return std::unique_ptr<StoryGenerator>(
      symbol<StoryGenerator*(int)>("cdx_open_story_generator")(threads));
}

std::unique_ptr<TextEncoder> open_text_encoder(
    const std::filesystem::path& folder, int threads) {
  return std::unique_ptr<TextEncoder>(symbol<TextEncoder*(const char*, int)>(
      "cdx_open_text_encoder")(folder.c_str(), threads));
}

}  // namespace cdx
