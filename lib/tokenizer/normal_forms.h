#pragma once

#include <string>
#include <string_view>

namespace cdx {

enum class NormalForm { kNfc, kNfd, kNfkc, kNfkd };

// A normalisation form of valid UTF-8 as Hugging Face's tokenizers library
// makes it, which is that of Unicode 9: newer characters stay as they are,
// neither (de)composed nor put in order.
std::string to_normal_form(std::string_view text, NormalForm form);

}  // namespace cdx
