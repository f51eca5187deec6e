#pragma once

#include "model/config_file.h"

#include <cstdint>
#include <string>
#include <vector>

// Rotary position embeddings as config.json describes them. Links no LibTorch.
namespace cdx {

// Names and meanings are those of rope_parameters (rope_scaling, rope_theta).
struct RopeConfig {
  std::string rope_type = "default";  // default, linear, llama3 or yarn
  double rope_theta = 0;
  double factor = 1;
  double original_max_position_embeddings = 0;
  double low_freq_factor = 1;   // llama3
  double high_freq_factor = 4;  // llama3
  double beta_fast = 32;        // yarn
  double beta_slow = 1;         // yarn
  bool truncate = true;         // yarn
  double attention_factor = 1;  // of cos and sin; not 1 with yarn only

  bool operator==(const RopeConfig&) const = default;
};

struct RopeConfigs {
  RopeConfig full, sliding;  // by type of layer
};

enum class SlidingRope {
  kSame,      // as the full layers
  kUnscaled,  // their rope_theta without scaling (OLMo 3)
  kLocal      // rope_local_base_freq without scaling (Gemma 3)
};

// Reads all four spellings: rope_theta with rope_scaling (type or rope_type),
// rope_parameters flat, rope_parameters by type of layer (only where sliding
// layers differ). Throws UserError naming file and key for what is missing, out
// of range or not supported (dynamic, longrope, partly rotated heads).
RopeConfigs read_rope(const ConfigFile& file,
                      SlidingRope sliding,
                      int64_t max_position_embeddings);

// Dimensions [low, high] between which yarn blends (Peng et al. 2023, eq. 17
// f.); the ramp is 0 up to `low` and 1 from `high` on.
struct YarnRange {
  double low = 0, high = 0;
};
YarnRange yarn_range(const RopeConfig& rope, int64_t head_dim);

// Angle of a position's rotation in each of the head_dim/2 planes, in fp32 as
// in transformers: theta^(−2i/head_dim), scaled.
std::vector<float> inverse_frequencies(const RopeConfig& rope,
                                       int64_t head_dim);

}  // namespace cdx
