#pragma once

#include "model/config.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

// What `cdx inspect` says of a model's JSON files.
namespace cdx {

// Label and value of each line.
std::vector<std::pair<std::string, std::string>> describe(
    const ModelConfig& config);

// Which of config.json and generation_config.json name this id as
// eos_token_id.
std::vector<std::string> files_with_eos(const std::filesystem::path& folder,
                                        int32_t id);

// Sampling settings of generation_config.json, which transformers would apply
// and cdx does not: "temperature 0.6, top_p 0.9"; empty if there are none.
std::string unused_sampling(const std::filesystem::path& folder);

std::string with_thousands(int64_t number);  // "1,035,008"
std::string with_unit(int64_t bytes);        // "14.6 GB", decimal
}  // namespace cdx
