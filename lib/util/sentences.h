#pragma once

#include <string_view>
#include <vector>

namespace cdx {

// Where each sentence of valid UTF-8 ends, ascending: behind its end marks (. !
// ? … and the CJK ones) and the closing quotes and brackets after them, at
// white space or the end of the text. Abbreviations end one, too. Linear.
std::vector<size_t> sentence_ends(std::string_view text);

}  // namespace cdx
