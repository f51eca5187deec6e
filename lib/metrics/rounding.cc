#include "metrics/rounding.h"

#include <cmath>
#include <cstdlib>

#include <fmt/format.h>

namespace cdx {

double round_decimals(double value, int digits) {
  if (!std::isfinite(value)) return value;
  return std::strtod(fmt::format("{:.{}f}", value, digits).c_str(), nullptr);
}

}  // namespace cdx
