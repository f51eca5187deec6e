#pragma once

#include <string>
#include <string_view>

namespace cdx {

// Which texts count as stories at all: those whose number, by a metric of
// level text or by a score from outside, reaches a threshold.
struct QualityGate {
  std::string metric;  // or the name of a score
  double threshold = 1;
  bool at_most = false;  // pass at or below the threshold, not at or above

  // NaN never passes.
  bool passes(double number) const;
  // "tale_valid>=1", "perplexity<=40": how variants name the gate.
  std::string name() const;
};

// Reads NAME>=NUMBER or NAME<=NUMBER. UserError otherwise, and when the number
// is not finite.
QualityGate parse_gate(std::string_view text);

}  // namespace cdx
