#pragma once

#include <filesystem>
#include <string>

// Where a model that an experiment names lies on this machine: a folder, or a
// repository of the Hugging Face hub in its local cache, which other programs
// filled. Nothing is downloaded. Links no LibTorch.
namespace cdx {

// The cache as huggingface_hub finds it: $HF_HUB_CACHE, else $HF_HOME/hub, else
// $XDG_CACHE_HOME/huggingface/hub, else ~/.cache/huggingface/hub.
std::filesystem::path hub_cache_folder();

// The folder `name`, if there is one; else the cache's snapshot of org/name at
// a branch, tag or commit (may be abbreviated): "org/name@revision", "main"
// when none is given. Throws UserError that says how to download what is absent
// or incomplete, WorldError when links lead round in a circle.
std::filesystem::path find_model_folder(
    const std::string& name,
    const std::filesystem::path& cache = hub_cache_folder());

// True if `name` could be a repository: org/name or name, with or without
// @revision.
bool is_hub_name(const std::string& name);

}  // namespace cdx
