#pragma once

// The character classes of Hugging Face's tokenizers library, which takes them
// from Rust's regex and unicode_categories crates.
namespace cdx {

// \w of Rust's regex: Alphabetic, Mark, Decimal_Number, Connector_Punctuation,
// Join_Control.
bool is_word_character(char32_t c);
// Unicode White_Space (\s of Rust's regex, char::is_whitespace).
bool is_unicode_space(char32_t c);

// What BertNormalizer drops (tab, \n and \r count as spaces instead).
bool is_bert_control(char32_t c);
// What BertPreTokenizer sets apart: ASCII punctuation and categories P*.
bool is_bert_punctuation(char32_t c);
// What BertNormalizer surrounds with spaces.
bool is_bert_ideograph(char32_t c);
// Category Mn.
bool is_bert_accent(char32_t c);

}  // namespace cdx
