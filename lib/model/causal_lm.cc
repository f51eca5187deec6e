#include "model/causal_lm.h"

#include "model/assemble.h"

#include <algorithm>
#include <array>

#include <ATen/ATen.h>

namespace cdx {
namespace {

struct FamilyParts {
  const char* model_type;
  Assemble* assemble;
};

constexpr std::array kFamilies = {FamilyParts{"llama", assemble_llama},
                                  FamilyParts{"mistral", assemble_llama},
                                  FamilyParts{"qwen2", assemble_llama},
                                  FamilyParts{"qwen3", assemble_llama},
                                  FamilyParts{"olmo", assemble_olmo},
                                  FamilyParts{"olmo2", assemble_olmo2},
                                  FamilyParts{"olmo3", assemble_olmo2},
                                  FamilyParts{"gemma2", assemble_gemma2},
                                  FamilyParts{"gemma3_text", assemble_gemma2},
                                  FamilyParts{"gpt2", assemble_gpt2}};

Assemble* assemble_of(const ModelConfig& config) {
  return std::ranges::find(kFamilies,
                           config.model_type,
                           [](const FamilyParts& family) {
                             return std::string(family.model_type);
                           })
      ->assemble;
}

WeightOptions weight_options(const ModelConfig& config,
                             const at::Device& device,
                             at::ScalarType dtype) {
  WeightOptions options{
      .device = device, .dtype = dtype, .ignored = {}, .prefixes = {}};
  if (config.tie_word_embeddings) options.ignored = {"*lm_head.weight"};
  if (config.model_type == "gpt2") {
    options.prefixes = {{"", "transformer."}};
    options.ignored.insert(options.ignored.end(),
                           {"*.attn.bias", "*.attn.masked_bias"});
  }
  if (config.model_type == "gemma3_text") {
    // The decoder of a model with vision, as transformers 4 and 5 save it.
    options.prefixes = {{"", "language_model."},
                        {"model.", "model.language_model."}};
    options.ignored.insert(options.ignored.end(),
                           {"vision_tower.*",
                            "multi_modal_projector.*",
                            "model.vision_tower.*",
                            "model.multi_modal_projector.*"});
  }
  return options;
}

}  // namespace

CausalLM::CausalLM(ModelConfig config, DecoderParts parts)
    : config_(std::move(config)), parts_(std::move(parts)) {}

CausalLM CausalLM::load(const std::filesystem::path& folder,
                        const at::Device& device,
                        const std::string& dtype) {
  const ModelConfig config = load_model_config(folder);
  const at::ScalarType type = compute_dtype(dtype, config.torch_dtype, device);
  const at::TensorOptions options = at::TensorOptions(type).device(device);
  return {config,
          load_checkpoint(folder,
                          weight_options(config, device, type),
                          [&](Checkpoint& weights) {
                            return assemble_of(config)(
                                config, options, weights);
                          })};
}

std::vector<WeightSpec> weight_specs(const ModelConfig& config) {
  Checkpoint list = Checkpoint::list();
  assemble_of(config)(config, {}, list);
  return list.specs();
}

KvCache CausalLM::make_cache(int64_t pages, int64_t page_size) const {
  KvCache cache;
  for (size_t layer = 0; layer < parts_.layers.size(); ++layer) {
    cache.layers.push_back(at::zeros(
        {pages, 2, config_.num_key_value_heads, page_size, config_.head_dim},
        parts_.embedding.options()));
  }
  return cache;
}

at::Tensor CausalLM::forward(const RowBatch& rows, KvCache& cache) const {
  at::Tensor x = at::embedding(parts_.embedding, rows.ids);  // [R, D]
  if (parts_.embedding_scale != 1) x.mul_(parts_.embedding_scale);
  if (parts_.position_embeddings.defined()) {
    const at::Tensor positions =
        rows.pages.positions.to(at::kLong).clamp_min(0);
    x.add_(at::embedding(parts_.position_embeddings, positions));
  }
  for (size_t i = 0; i < parts_.layers.size(); ++i) {
    parts_.layers[i].forward(x, rows.pages, cache.layers[i]);
  }
  return normalise(parts_.norm, x);
}

at::Tensor CausalLM::logits(const at::Tensor& hidden) const {
  at::Tensor logits = parts_.lm_head.forward(hidden).to(at::kFloat);
  const double cap = parts_.final_logit_softcapping;
  return cap > 0 ? logits.div_(cap).tanh_().mul_(cap) : logits;
}

}  // namespace cdx
