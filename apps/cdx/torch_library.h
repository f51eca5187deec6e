#pragma once

#include "decoding/story.h"
#include "model/text_encoder.h"

#include <filesystem>
#include <memory>
#include <string>

// What needs LibTorch lives in libcdx_torch.so, which is loaded at the first
// call: loading it takes longer than every command that can do without.
namespace cdx {

// `threads`: of the CPU; 0 takes all cores that this process may use.
std::unique_ptr<StoryGenerator> open_story_generator(int threads);

std::unique_ptr<TextEncoder> open_text_encoder(
    const std::filesystem::path& folder, int threads);

}  // namespace cdx
