#pragma once

#include <cstdint>
#include <span>

// Lexical richness of one text, from its tokens as ids (equal tokens, equal
// ids), as LexicalRichness 0.5.1 computes it. Says nothing of the variety
// between texts. Linear in the tokens.
namespace cdx {

// Measure of textual lexical diversity (McCarthy & Jarvis 2010): tokens ÷ the
// number of stretches in which the share of distinct tokens falls to
// `threshold` or below (the last counted in part), mean of reading forwards and
// backwards. Above 0, higher = richer; depends little on length. NaN for no
// token. UserError unless 0 < threshold < 1.
double mtld(std::span<const int32_t> tokens, double threshold = 0.72);

// Moving-average type-token ratio (Covington & McFall 2010): mean share of
// distinct tokens over all windows of `window` tokens. 1/window … 1, higher =
// richer. NaN for a text shorter than a window. UserError when window < 1.
double mattr(std::span<const int32_t> tokens, int64_t window = 100);

}  // namespace cdx
