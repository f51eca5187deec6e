#include "metrics/off_prompt.h"

#include "util/errors.h"

#include <fmt/format.h>

namespace cdx {
namespace {

constexpr double kTie = 1e-12;  // equal prompts differ by rounding alone

}  // namespace

std::vector<double> off_prompt(const Embeddings& texts,
                               const Rows& prompts,
                               Eigen::Index own) {
  constexpr const char* kName = "off_prompt_rate";
  if (texts.cols() != prompts.cols()) {
    throw UserError(fmt::format("{}: texts have {} columns, prompts {}",
                                kName,
                                texts.cols(),
                                prompts.cols()));
  }
  if (own < 0 || own >= prompts.rows()) {
    throw UserError(
        fmt::format("{}: no prompt {} among {}", kName, own, prompts.rows()));
  }
  const Rows cosines = unit_rows(texts, kName) * prompts.transpose();
  std::vector<double> off;
  for (Eigen::Index i = 0; i < cosines.rows(); ++i) {
    const double nearest = cosines.row(i).maxCoeff();
    off.push_back(nearest > cosines(i, own) + kTie ? 1 : 0);
  }
  return off;
}

}  // namespace cdx
