#include "decoding/draw.h"

#include <algorithm>

#include <ATen/ATen.h>

namespace cdx {
namespace {

at::Tensor probabilities(const at::Tensor& logits,
                         const at::Tensor& log_normalizer,
                         double temperature) {
  if (temperature == 1) return (logits - log_normalizer).exp_();
  return at::softmax(logits / temperature, 1);
}

std::vector<float> to_vector(const at::Tensor& values) {
  const at::Tensor cpu = values.cpu().contiguous();
  const float* data = cpu.const_data_ptr<float>();
  return {data, data + cpu.numel()};
}

}  // namespace

at::Tensor merge_end_tokens(const at::Tensor& p, const StopIds& stop_ids) {
  if (stop_ids.base.empty() || stop_ids.instruct.empty()) return p;
  const int32_t end = stop_ids.instruct.front();
  if (stop_ids.base == std::vector{end} && stop_ids.instruct.size() == 1) {
    return p;
  }
  at::Tensor merged = p.clone();
  at::Tensor mass = at::zeros({p.size(0)}, p.options());
  for (const int32_t id : stop_ids.base) mass += p.select(1, id);
  for (const auto* ids : {&stop_ids.base, &stop_ids.instruct}) {
    for (const int32_t id : *ids) merged.select(1, id).zero_();
  }
  merged.select(1, end).copy_(mass);
  return merged;
}

TokenDraws draw_tokens(const std::vector<at::Tensor>& logits,
                       const DrawOptions& options,
                       const std::vector<RandomCoordinates>& coordinates) {
  // Models of a pair may be padded to different widths.
  int64_t columns = options.vocab_size;
  for (const at::Tensor& all : logits) {
    columns = columns == 0 ? all.size(1) : std::min(columns, all.size(1));
  }
  std::vector<at::Tensor> tokens, normalizers, p;
  for (const at::Tensor& all : logits) {
    tokens.push_back(all.narrow(1, 0, columns));
    normalizers.push_back(at::logsumexp(tokens.back(), 1, /*keepdim=*/true));
    p.push_back(probabilities(
        tokens.back(), normalizers.back(), options.sampling.temperature));
  }
  const Draw draw = mix_and_draw(
      {.instruct = p.back(),
       .base = p.size() == 2 ? merge_end_tokens(p.front(), options.stop_ids)
                             : at::Tensor(),
       .gamma = options.mix.gamma,
       .top_p = options.sampling.top_p,
       .coordinates = coordinates});
  TokenDraws result{
      .ids = draw.ids, .log_probs = {}, .log_probs_sampled = draw.log_probs};
  const at::Tensor chosen = at::tensor(draw.ids, at::kInt)
                                .to(tokens.front().device(), at::kLong)
                                .unsqueeze(1);
  for (size_t m = 0; m < tokens.size(); ++m) {
    result.log_probs.push_back(
        to_vector(tokens[m].gather(1, chosen) - normalizers[m]));
  }
  return result;
}

}  // namespace cdx
