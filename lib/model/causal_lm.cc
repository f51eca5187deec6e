#include "model/causal_lm.h"

#include "model/checkpoint.h"

#include <ATen/ATen.h>

namespace cdx {

CausalLM CausalLM::load(const std::filesystem::path& folder,
                        const at::Device& device,
                        const std::string& dtype) {
  const ModelConfig config = load_model_config(folder);
  return assemble_llama(
      config, folder, device, compute_dtype(dtype, config.torch_dtype, device));
}

KvCache CausalLM::make_cache(int64_t pages, int64_t page_size) const {
  KvCache cache;
  for (size_t layer = 0; layer < layers_.size(); ++layer) {
    cache.layers.push_back(at::zeros(
        {pages, 2, config_.num_key_value_heads, page_size, config_.head_dim},
        embedding_.options()));
  }
  return cache;
}

at::Tensor CausalLM::forward(const RowBatch& rows, KvCache& cache) const {
  at::Tensor x = at::embedding(embedding_, rows.ids);  // [R, D]
  for (size_t i = 0; i < layers_.size(); ++i) {
    layers_[i].forward(x, rotary_, rows.pages, cache.layers[i]);
  }
  return norm_.forward(x);
}

at::Tensor CausalLM::logits(const at::Tensor& hidden) const {
  return lm_head_.forward(hidden).to(at::kFloat);
}

}  // namespace cdx
