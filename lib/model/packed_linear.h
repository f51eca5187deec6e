#pragma once

#include <ATen/core/Tensor.h>

namespace cdx {

// y = x·Wᵀ + b. In float32 on the CPU the weight is laid out once for oneDNN,
// which uses the processor's widest instructions (at::linear's library does not
// on every make of processor: half the rate) and whose rows have the same bits
// for any number of rows from 2 on and of threads. Elsewhere at::linear.
class PackedLinear {
 public:
  PackedLinear() = default;
  // weight [out, in]; bias [out] or undefined.
  explicit PackedLinear(const at::Tensor& weight, const at::Tensor& bias = {});

  at::Tensor forward(const at::Tensor& x) const;  // [R, in] → [R, out]

 private:
  at::Tensor weight_, bias_;
  bool is_packed_ = false;
};

}  // namespace cdx
