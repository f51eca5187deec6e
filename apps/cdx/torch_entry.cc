#include "decoding/story.h"
#include "model/text_encoder.h"

#include <ATen/Parallel.h>

// The doors of libcdx_torch.so; their other side is torch_library.cc.
namespace {

void use_threads(int threads) {
  if (threads > 0) at::set_num_threads(threads);
}

}  // namespace

extern "C" {

cdx::StoryGenerator* cdx_open_story_generator(int threads) {
  use_threads(threads);
  return cdx::make_story_generator().release();
}

cdx::TextEncoder* cdx_open_text_encoder(const char* folder, int threads) {
  use_threads(threads);
  return cdx::load_text_encoder(folder, "auto").release();
}
}
