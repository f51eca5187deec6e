#pragma once

#include "kernels/kernels.h"
#include "model/checkpoint.h"
#include "model/config.h"
#include "model/decoder_parts.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

namespace cdx {

// Keys and values of every layer: [P, 2, K, S, E] each, in the model's dtype.
struct KvCache {
  std::vector<KvPages> layers;
};

// One token of some text in each row.
struct RowBatch {
  at::Tensor ids;  // [R] int64
  RowPages pages;
};

// A decoder-only language model. Prefill and decoding are the same forward
// pass: rows of one prompt share a page table, rows of a step have their own.
class CausalLM {
 public:
  // Loads a Hugging Face folder. `dtype`: auto, float32, bfloat16, float16
  // (auto: float32 on the CPU, the checkpoint's on CUDA). Throws UserError or
  // WorldError naming what is wrong.
  static CausalLM load(const std::filesystem::path& folder,
                       const at::Device& device,
                       const std::string& dtype);

  const ModelConfig& config() const { return config_; }
  at::Device device() const { return parts_.embedding.device(); }
  at::ScalarType dtype() const { return parts_.embedding.scalar_type(); }

  KvCache make_cache(int64_t pages, int64_t page_size) const;

  // Stores the rows' keys and values; returns the hidden states after the final
  // norm, [R, D]. Rows of one call see each other's keys where their page
  // tables and positions say so.
  at::Tensor forward(const RowBatch& rows, KvCache& cache) const;

  // [R, D] → [R, V] fp32.
  at::Tensor logits(const at::Tensor& hidden) const;

 private:
  CausalLM(ModelConfig config, DecoderParts parts);

  ModelConfig config_;
  DecoderParts parts_;
};

// Names and shapes of the tensors that a model of this configuration has.
std::vector<WeightSpec> weight_specs(const ModelConfig& config);

}  // namespace cdx
