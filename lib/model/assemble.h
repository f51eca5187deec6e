#pragma once

#include "model/checkpoint.h"
#include "model/decoder_parts.h"
#include "model/model_config.h"

#include <functional>
#include <string>

// What the families' assembling functions share: the parts under the names that
// most of them use.
namespace cdx {

// "model.layers.3.self_attn.q_proj"
std::string in_layer(int64_t layer, const std::string& name);

// name.weight [out, in] and, with `bias`, name.bias [out].
PackedLinear take_linear(Checkpoint& weights,
                         const std::string& name,
                         int64_t out,
                         int64_t in,
                         bool bias);

// The weight of a norm: the families differ in what they make of it.
using MakeNorm = std::function<Norm(const std::string& name, int64_t size)>;

// x·rsqrt(…) cast to the model's type, then times the weight (Llama).
MakeNorm cast_then_scale(Checkpoint& weights, double eps);
// Times the weight plus `offset` in fp32, then cast (OLMo 2: 0, Gemma: 1).
MakeNorm scale_then_cast(Checkpoint& weights, double eps, double offset);

// Rotary tables for each type of layer.
struct RotaryTables {
  RotaryEmbedding full, sliding;
};
// Empty while the weights are only listed.
RotaryTables make_rotary_tables(const ModelConfig& config,
                                const at::TensorOptions& options,
                                const Checkpoint& weights);

// Attention with q_proj, k_proj, v_proj and o_proj; norms of q and k are the
// family's to add.
Attention take_attention(const ModelConfig& config,
                         int64_t layer,
                         const RotaryTables& rotary,
                         Checkpoint& weights);

// self_attn.q_norm and k_norm of each head by itself.
void take_head_norms(const ModelConfig& config,
                     int64_t layer,
                     const MakeNorm& make_norm,
                     Attention& attention);

// mlp.gate_proj, mlp.up_proj, mlp.down_proj.
Mlp take_gated_mlp(const ModelConfig& config,
                   int64_t layer,
                   Checkpoint& weights);

// model.embed_tokens, model.norm and lm_head, or the embedding as the head;
// the layers are the family's to add.
DecoderParts take_frame(const ModelConfig& config,
                        const MakeNorm& make_norm,
                        Checkpoint& weights);

// One function a family (a file each); the options are of the tables.
using Assemble = DecoderParts(const ModelConfig& config,
                              const at::TensorOptions& options,
                              Checkpoint& weights);
Assemble assemble_llama;   // Llama 2, 3.x, Mistral, SmolLM2, Qwen2, Qwen3
Assemble assemble_olmo;    // OLMo 1
Assemble assemble_olmo2;   // OLMo 2, OLMo 3
Assemble assemble_gemma2;  // Gemma 2, Gemma 3
Assemble assemble_gpt2;

}  // namespace cdx
