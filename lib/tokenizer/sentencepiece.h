#pragma once

#include "tokenizer/tokenizer.h"

#include <filesystem>
#include <memory>

namespace cdx {

// The tokenizer of a Hugging Face folder that has a tokenizer.model and no
// tokenizer.json (Mistral, Llama 2, Gemma), run by the sentencepiece library.
//
// A text without added tokens gets the ids, and ids without added tokens the
// text, that the library gives. Where there are added tokens (bos, eos and
// unknown always are) the ids are those of transformers' LlamaTokenizer,
// "legacy" or not, and of GemmaTokenizer for models that set no blank at the
// front: each stretch of text between two is a text of its own. Ids with them
// decode as in LlamaTokenizerFast, which drops the blank at the front of a text
// and no other; LlamaTokenizer drops and sets some more. Control pieces that no
// file lists as added tokens are never found in a text. Two things differ from
// LlamaTokenizer, so that a folder means the same with a tokenizer.json and
// without: `single_word` means no word character beside it, not no blank, and
// the white space that `lstrip` and `rstrip` take is Unicode's, not Python's.
// Throws UserError or WorldError naming the file and what is wrong with it.
std::unique_ptr<Tokenizer> load_sentencepiece(
    const std::filesystem::path& folder);

}  // namespace cdx
