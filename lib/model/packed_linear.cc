#include "model/packed_linear.h"

#include <ATen/ATen.h>
#include <ATen/core/dispatch/Dispatcher.h>

namespace cdx {
namespace {

// Rows that the layout of the weight is chosen for.
constexpr int64_t kTypicalRows = 256;

// Two operators of LibTorch that its header files do not declare: they are
// looked up by name, with the types of their schemas.
using Pack = at::Tensor(const at::Tensor&, std::optional<int64_t>);
using Multiply = at::Tensor(const at::Tensor& x,
                            const at::Tensor& weight,
                            const std::optional<at::Tensor>& bias,
                            std::string_view activation,
                            c10::List<std::optional<at::Scalar>> scalars,
                            std::optional<std::string_view> algorithm);

struct OneDnn {
  c10::TypedOperatorHandle<Pack> pack;
  c10::TypedOperatorHandle<Multiply> multiply;
};

std::optional<OneDnn> find_one_dnn() {
  auto& dispatcher = c10::Dispatcher::singleton();
  const auto pack =
      dispatcher.findSchema({"mkldnn::_reorder_linear_weight", ""});
  const auto multiply =
      dispatcher.findSchema({"mkldnn::_linear_pointwise", ""});
  if (!pack || !multiply) return std::nullopt;  // built without oneDNN
  return OneDnn{pack->typed<Pack>(), multiply->typed<Multiply>()};
}

const std::optional<OneDnn>& one_dnn() {
  static const std::optional<OneDnn> found = find_one_dnn();
  return found;
}

}  // namespace

PackedLinear::PackedLinear(const at::Tensor& weight, const at::Tensor& bias)
    : weight_(weight), bias_(bias) {
  is_packed_ = weight.is_cpu() && weight.scalar_type() == at::kFloat &&
               one_dnn().has_value();
  if (is_packed_) weight_ = one_dnn()->pack.call(weight, kTypicalRows);
}

at::Tensor PackedLinear::forward(const at::Tensor& x) const {
  const std::optional<at::Tensor> bias =
      bias_.defined() ? std::optional(bias_) : std::nullopt;
  if (!is_packed_) return at::linear(x, weight_, bias);
  using NoScalars = c10::List<std::optional<at::Scalar>>;
  return one_dnn()->multiply.call(x, weight_, bias, "none", NoScalars(), "");
}

}  // namespace cdx
