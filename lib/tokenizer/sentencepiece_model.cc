#include "tokenizer/sentencepiece_model.h"

#include "tokenizer/precompiled.h"
#include "util/errors.h"
#include "util/unicode.h"

#include <bit>
#include <cmath>
#include <unordered_set>

#include <fmt/format.h>

namespace cdx {
namespace {

constexpr size_t kMaxFile = size_t{1} << 26;
constexpr size_t kMaxPieces = size_t{1} << 22;
constexpr size_t kMaxPiece = 1 << 12;
constexpr float kMaxScore = 1e9F;

// Numbers of the fields of each message.
constexpr uint64_t kPieces = 1, kTrainer = 2, kNormalizer = 3,
                   kDenormalizer = 5;
constexpr uint64_t kText = 1, kScore = 2, kType = 3;
constexpr uint64_t kModelType = 3, kSuffix = 24, kByteFallback = 35;
constexpr uint64_t kUnkSurface = 44, kUnkPiece = 45, kBosPiece = 46,
                   kEosPiece = 47;
constexpr uint64_t kCharsmap = 2, kDummyPrefix = 3, kRemoveExtra = 4,
                   kEscape = 5;

[[noreturn]] void fail(const std::string& where, std::string_view reason) {
  throw WorldError(
      fmt::format("{}: no sentencepiece model, or a damaged one ({}): download "
                  "it again",
                  where,
                  reason));
}

struct Field {
  uint64_t number = 0;
  uint64_t value = 0;      // of a number, or its bits
  std::string_view bytes;  // of a string or an inner message
};

// The fields of a protobuf message, one after the other.
class Fields {
 public:
  Fields(std::string_view message, const std::string& where)
      : rest_(message), where_(where) {}

  bool next(Field& field) {
    if (rest_.empty()) return false;
    uint64_t key = varint();
    field = {.number = key >> 3, .value = 0, .bytes = {}};
    switch (key & 7) {
      case 0:
        field.value = varint();
        break;
      case 1:
        field.value = fixed(8);
        break;
      case 2:
        field.bytes = take(varint());
        break;
      case 5:
        field.value = fixed(4);
        break;
      default:
        fail(where_, "a field of an unknown kind");
    }
    return true;
  }

 private:
  uint64_t varint() {
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      auto byte = static_cast<unsigned char>(take(1)[0]);
      value |= uint64_t{byte & 0x7FU} << shift;
      if (byte < 0x80) return value;
    }
    fail(where_, "a number of more than 64 bits");
  }

  uint64_t fixed(size_t size) {
    uint64_t value = 0;
    std::string_view bytes = take(size);
    for (size_t i = size; i-- > 0;) {
      value = value << 8 | static_cast<unsigned char>(bytes[i]);
    }
    return value;
  }

  std::string_view take(uint64_t size) {
    if (size > rest_.size()) fail(where_, "it ends too early");
    std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }

  std::string_view rest_;
  const std::string& where_;
};

using Model = SentencePieceModel;

void read_piece(std::string_view bytes,
                Model& model,
                const std::string& where) {
  if (model.pieces.size() == kMaxPieces) fail(where, "more than 2^22 pieces");
  Model::Piece piece;
  uint64_t type = 1;
  Fields fields(bytes, where);
  for (Field field; fields.next(field);) {
    if (field.number == kText) piece.text = field.bytes;
    if (field.number == kScore) {
      piece.score = std::bit_cast<float>(static_cast<uint32_t>(field.value));
    }
    if (field.number == kType) type = field.value;
  }
  size_t id = model.pieces.size();
  if (piece.text.empty() || piece.text.size() > kMaxPiece ||
      !is_utf8(piece.text) || piece.text.find('\0') != std::string::npos) {
    fail(where, fmt::format("the piece {} is not a text", id));
  }
  if (!(std::abs(piece.score) <= kMaxScore)) {
    fail(where, fmt::format("the piece {} has the score {}", id, piece.score));
  }
  if (type < 1 || type > 6) {
    fail(where, fmt::format("the piece {} has the type {}", id, type));
  }
  piece.type = static_cast<Model::Type>(type);
  model.pieces.push_back(std::move(piece));
}

std::string short_text(std::string_view bytes, const std::string& where) {
  if (bytes.size() > kMaxPiece || !is_utf8(bytes)) {
    fail(where, "the name of a special piece is not a text");
  }
  return std::string(bytes);
}

void read_trainer(std::string_view bytes,
                  Model& model,
                  const std::string& where) {
  Fields fields(bytes, where);
  for (Field field; fields.next(field);) {
    if (field.number == kModelType) {
      if (field.value < 1 || field.value > 4) {
        fail(where, fmt::format("the model_type {}", field.value));
      }
      model.kind = static_cast<Model::Kind>(field.value);
    }
    if (field.number == kSuffix) {
      model.treat_whitespace_as_suffix = field.value != 0;
    }
    if (field.number == kByteFallback) model.byte_fallback = field.value != 0;
    if (field.number == kUnkSurface) {
      model.unk_surface = short_text(field.bytes, where);
    }
    if (field.number == kUnkPiece) {
      model.unk_piece = short_text(field.bytes, where);
    }
    if (field.number == kBosPiece) {
      model.bos_piece = short_text(field.bytes, where);
    }
    if (field.number == kEosPiece) {
      model.eos_piece = short_text(field.bytes, where);
    }
  }
}

void read_normalizer(std::string_view bytes,
                     Model::Normalizer& normalizer,
                     const std::string& where) {
  Fields fields(bytes, where);
  for (Field field; fields.next(field);) {
    if (field.number == kCharsmap) normalizer.charsmap = field.bytes;
    if (field.number == kDummyPrefix) {
      normalizer.add_dummy_prefix = field.value != 0;
    }
    if (field.number == kRemoveExtra) {
      normalizer.remove_extra_whitespaces = field.value != 0;
    }
    if (field.number == kEscape) {
      normalizer.escape_whitespaces = field.value != 0;
    }
  }
  if (!normalizer.charsmap.empty()) Precompiled(normalizer.charsmap, where);
}

void check_pieces(const Model& model, const std::string& where) {
  using Type = Model::Type;
  std::unordered_set<std::string_view> texts;
  size_t unknown = 0, normal = 0, bytes = 0;
  for (const auto& [text, score, type] : model.pieces) {
    if (!texts.insert(text).second) {
      fail(where, fmt::format("the piece \"{}\" is there twice", text));
    }
    if (type == Type::kUnknown) ++unknown;
    if (type == Type::kByte) ++bytes;
    if (type == Type::kNormal || type == Type::kUserDefined) ++normal;
  }
  if (unknown != 1) fail(where, "it needs exactly one unknown piece");
  if (normal == 0) fail(where, "it has no pieces of text");
  if (bytes != (model.byte_fallback ? 256 : 0)) {
    fail(where, fmt::format("it has {} pieces for bytes", bytes));
  }
}

// The fields of a message, written.
class Writer {
 public:
  void number(uint64_t field, uint64_t value) {
    varint(field << 3);
    varint(value);
  }
  void score(uint64_t field, float value) {
    varint(field << 3 | 5);
    auto bits = std::bit_cast<uint32_t>(value);
    for (int i = 0; i < 4; ++i) out_ += static_cast<char>(bits >> 8 * i & 0xFF);
  }
  void bytes(uint64_t field, std::string_view value) {
    varint(field << 3 | 2);
    varint(value.size());
    out_ += value;
  }
  std::string take() { return std::move(out_); }

 private:
  void varint(uint64_t value) {
    for (; value >= 0x80; value >>= 7) {
      out_ += static_cast<char>((value & 0x7F) | 0x80);
    }
    out_ += static_cast<char>(value);
  }
  std::string out_;
};

std::string trainer_of(const Model& model) {
  Writer out;
  out.number(kModelType, static_cast<uint64_t>(model.kind));
  out.number(kSuffix, model.treat_whitespace_as_suffix ? 1 : 0);
  out.number(kByteFallback, model.byte_fallback ? 1 : 0);
  out.bytes(kUnkSurface, model.unk_surface);
  out.bytes(kUnkPiece, model.unk_piece);
  out.bytes(kBosPiece, model.bos_piece);
  out.bytes(kEosPiece, model.eos_piece);
  return out.take();
}

std::string normalizer_of(const Model::Normalizer& normalizer) {
  Writer out;
  out.bytes(kCharsmap, normalizer.charsmap);
  out.number(kDummyPrefix, normalizer.add_dummy_prefix ? 1 : 0);
  out.number(kRemoveExtra, normalizer.remove_extra_whitespaces ? 1 : 0);
  out.number(kEscape, normalizer.escape_whitespaces ? 1 : 0);
  return out.take();
}

}  // namespace

SentencePieceModel parse_sentencepiece_model(std::string_view bytes,
                                             const std::string& where) {
  if (bytes.size() > kMaxFile) fail(where, "more than 64 MiB");
  SentencePieceModel model;
  Fields fields(bytes, where);
  for (Field field; fields.next(field);) {
    if (field.number == kPieces) read_piece(field.bytes, model, where);
    if (field.number == kTrainer) read_trainer(field.bytes, model, where);
    if (field.number == kNormalizer) {
      read_normalizer(field.bytes, model.normalizer, where);
    }
    if (field.number == kDenormalizer) {
      read_normalizer(field.bytes, model.denormalizer, where);
    }
  }
  check_pieces(model, where);
  return model;
}

std::string write_sentencepiece_model(const SentencePieceModel& model) {
  Writer out;
  for (const auto& [text, score, type] : model.pieces) {
    Writer piece;
    piece.bytes(kText, text);
    piece.score(kScore, score);
    piece.number(kType, static_cast<uint64_t>(type));
    out.bytes(kPieces, piece.take());
  }
  out.bytes(kTrainer, trainer_of(model));
  out.bytes(kNormalizer, normalizer_of(model.normalizer));
  if (!model.denormalizer.charsmap.empty()) {
    out.bytes(kDenormalizer, normalizer_of(model.denormalizer));
  }
  return out.take();
}

}  // namespace cdx
