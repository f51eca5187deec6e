#include "metrics/gate.h"

#include "util/errors.h"

#include <charconv>
#include <cmath>

#include <fmt/format.h>

namespace cdx {

bool QualityGate::passes(double number) const {
  return at_most ? number <= threshold : number >= threshold;
}

std::string QualityGate::name() const {
  return fmt::format("{}{}{}", metric, at_most ? "<=" : ">=", threshold);
}

QualityGate parse_gate(std::string_view text) {
  for (const std::string_view sign : {">=", "<="}) {
    const size_t at = text.rfind(sign);
    if (at == 0 || at == std::string_view::npos) continue;
    QualityGate gate{.metric = std::string(text.substr(0, at)),
                     .at_most = sign == "<="};
    const char* end = text.data() + text.size();
    const auto [stop, error] =
        std::from_chars(text.data() + at + 2, end, gate.threshold);
    if (error != std::errc() || stop != end || !std::isfinite(gate.threshold)) {
      break;
    }
    return gate;
  }
  throw UserError(
      fmt::format("gate \"{}\": write NAME>=NUMBER or NAME<=NUMBER, as in "
                  "'tale_valid>=1'",
                  text));
}

}  // namespace cdx
