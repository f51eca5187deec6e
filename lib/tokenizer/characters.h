#pragma once

#include <string>

// The character classes of Hugging Face's tokenizers library, which takes them
// from Rust's regex and unicode_categories crates.
namespace cdx {

// \w of Rust's regex: Alphabetic, Mark, Decimal_Number, Connector_Punctuation,
// Join_Control.
bool is_word_character(char32_t c);
// Unicode White_Space (\s of Rust's regex, char::is_whitespace).
bool is_unicode_space(char32_t c);
// Categories Nd, Nl, No (char::is_numeric).
bool is_numeric(char32_t c);
// Appends the small letters of `c` (char::to_lowercase), or `c` itself.
void append_lowercase(char32_t c, std::string& out);
// What StripAccents drops: the categories M of Unicode 9.
bool is_combining_mark(char32_t c);

// What BertNormalizer drops (tab, \n and \r count as spaces instead).
bool is_bert_control(char32_t c);
// What BertPreTokenizer and Punctuation set apart: ASCII punctuation and
// categories P*.
bool is_bert_punctuation(char32_t c);
// What BertNormalizer surrounds with spaces.
bool is_bert_ideograph(char32_t c);
// Category Mn.
bool is_bert_accent(char32_t c);

}  // namespace cdx
