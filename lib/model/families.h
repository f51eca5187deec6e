#pragma once

#include "model/config_file.h"
#include "model/model_config.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

// What config.json of each family holds besides the keys that all have.
namespace cdx {

struct Family {
  std::string model_type;
  // What transformers takes for keys that are absent.
  Json defaults;
  std::optional<int32_t> eos_token_id;
  SlidingRope sliding_rope = SlidingRope::kSame;
  // Keys that would change the logits and are not computed, with the reason.
  std::vector<UnsupportedKey> unsupported;
  // Reads what only this family has, after all that is common was read.
  void (*read)(const ConfigFile& file, ModelConfig& config);
};

const std::vector<Family>& families();

}  // namespace cdx
