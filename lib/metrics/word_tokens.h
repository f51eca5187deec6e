#pragma once

#include "metrics/ngrams.h"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

// The word tokenisers of the literature, beside white_space_tokens(): rules
// differ, so a value names its own. Texts are valid UTF-8; an empty text is
// valid. Linear in the text.
namespace cdx {

using Words = std::vector<std::string>;

// SP, Python's split(' '): between single U+0020, empty words kept, other white
// space inside words; "" gives one empty word. (Shaib et al. 2024.)
Words single_space_words(std::string_view text);

// TEVET (Tevet & Berant 2021): '.' and '\n' deleted, so that words on two lines
// are glued; then as SP without the empty words.
Words tevet_words(std::string_view text);

// ROUGE (rouge-score 0.1.2, no stemming): runs of a–z and 0–9 of the text in
// lower case; all else, accented letters too, separates.
Words rouge_words(std::string_view text);

// 13a (mteval-v13a as in sacreBLEU 2.6.0), case kept.
Words mteval13a_words(std::string_view text);

// LR (lexicalrichness 0.5.1): lower case, without ASCII digits, hyphens and
// dashes, which join; between ASCII punctuation and white space.
Words lexical_richness_words(std::string_view text);

// Which release of NLTK: 3.9.3 began to split off dashes, 3.10.2 changed the
// opening apostrophe.
enum class NltkRules { kNltk39, kNltk310 };  // 3.9.2, 3.10.4

// NLTK's word tokeniser without sentence splitting (word_tokenize with
// preserve_line): only the last period of the text is split off.
Words nltk_words(std::string_view utf8, NltkRules rules = NltkRules::kNltk310);

// What the tokeniser of the name gives for each text, as ids.
TokenIds tevet_tokens(const std::vector<std::string>& texts);
TokenIds rouge_tokens(const std::vector<std::string>& texts);
TokenIds mteval13a_tokens(const std::vector<std::string>& texts);
TokenIds lexical_richness_tokens(const std::vector<std::string>& texts);

// Words as ids.
TokenIds number_words(const std::vector<Words>& texts);

// The words of each text as ids, `split` being one of the above.
TokenIds word_tokens(const std::vector<std::string>& texts,
                     const std::function<Words(std::string_view)>& split);

}  // namespace cdx
