#include "tokenizer/normal_forms.h"

#include "util/errors.h"

#include <algorithm>
#include <limits>

#include <unicode/bytestream.h>
#include <unicode/normalizer2.h>
#include <unicode/stringpiece.h>
#include <unicode/uniset.h>

namespace cdx {
namespace {

void check(UErrorCode status) {
  if (U_FAILURE(status)) {
    throw WorldError(std::string("ICU cannot normalise a text: ") +
                     u_errorName(status));
  }
}

const icu::UnicodeSet& characters_of_unicode_9() {
  static const icu::UnicodeSet kSet = [] {
    UErrorCode status = U_ZERO_ERROR;
    icu::UnicodeSet set(UNICODE_STRING_SIMPLE("[:age=9.0:]"), status);
    check(status);
    set.freeze();
    return set;
  }();
  return kSet;
}

const icu::Normalizer2* instance(NormalForm form, UErrorCode& status) {
  using icu::Normalizer2;
  switch (form) {
    case NormalForm::kNfc:
      return Normalizer2::getNFCInstance(status);
    case NormalForm::kNfd:
      return Normalizer2::getNFDInstance(status);
    case NormalForm::kNfkc:
      return Normalizer2::getNFKCInstance(status);
    default:
      return Normalizer2::getNFKDInstance(status);
  }
}

// Every character below U+0300 is its own NFC, and every one of ASCII is its
// own form of each kind.
bool is_normal_already(std::string_view text, NormalForm form) {
  unsigned char limit = form == NormalForm::kNfc ? 0xCC : 0x80;
  return std::all_of(text.begin(), text.end(), [&](char c) {
    return static_cast<unsigned char>(c) < limit;
  });
}

}  // namespace

std::string to_normal_form(std::string_view text, NormalForm form) {
  if (is_normal_already(text, form)) return std::string(text);
  if (text.size() > std::numeric_limits<int32_t>::max()) {
    throw UserError("a text of more than 2 GB cannot be normalised");
  }
  auto size = static_cast<int32_t>(text.size());
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* newest = instance(form, status);
  check(status);
  icu::FilteredNormalizer2 normalizer(*newest, characters_of_unicode_9());
  std::string out;
  icu::StringByteSink<std::string> sink(&out, size);
  normalizer.normalizeUTF8(
      0, icu::StringPiece(text.data(), size), sink, nullptr, status);
  check(status);
  return out;
}

}  // namespace cdx
