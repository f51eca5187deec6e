#pragma once

#include <cstdint>
#include <string>
#include <vector>

// Diversity of the recognised choices of a text (who is the hero, how it ends),
// slot by slot, in bits. A text whose choice is not recognised counts as one
// more category.
namespace cdx {

struct ChoiceSlot {
  std::string name;
  int64_t n_choices = 0;  // values it can take, without "unrecognised"
};

// Entropy of a choice seen counts[c] times in category c, with the bias
// correction of Miller (1955) and Madow:
//   H = −Σ p ln p + (m − 1)/(2N) nats, in bits, m = categories seen, N = Σ
// counts, at most log2(n_categories), the possible ones. Higher = more diverse.
// NaN when N < 2. UserError on a negative count or more categories seen than
// possible.
double choice_entropy_bits(const std::vector<int64_t>& counts,
                           int64_t n_categories);

// The entropy of each slot over the texts; choices[text][slot] is the name of
// the choice. UserError when a text has not one choice a slot.
std::vector<double> choice_entropies(
    const std::vector<std::vector<std::string>>& choices,
    const std::vector<ChoiceSlot>& slots);

}  // namespace cdx
