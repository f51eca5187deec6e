#include "model/safetensors.h"
#include "util/errors.h"
#include "util/json.h"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace cdx {
namespace {

constexpr size_t kMaxRank = 8;
constexpr size_t kMaxNameBytes = 1024;
constexpr size_t kMaxTensors = 1'000'000;

struct DtypeRow {
  Dtype dtype;
  std::string_view name;
  int64_t bits;
};

// In the order of the enumeration.
constexpr std::array kDtypes = {
    DtypeRow{Dtype::kBool, "BOOL", 8},
    DtypeRow{Dtype::kU8, "U8", 8},
    DtypeRow{Dtype::kI8, "I8", 8},
    DtypeRow{Dtype::kI16, "I16", 16},
    DtypeRow{Dtype::kU16, "U16", 16},
    DtypeRow{Dtype::kF16, "F16", 16},
    DtypeRow{Dtype::kBf16, "BF16", 16},
    DtypeRow{Dtype::kI32, "I32", 32},
    DtypeRow{Dtype::kU32, "U32", 32},
    DtypeRow{Dtype::kF32, "F32", 32},
    DtypeRow{Dtype::kI64, "I64", 64},
    DtypeRow{Dtype::kU64, "U64", 64},
    DtypeRow{Dtype::kF64, "F64", 64},
    DtypeRow{Dtype::kC64, "C64", 64},
    DtypeRow{Dtype::kF8E5m2, "F8_E5M2", 8},
    DtypeRow{Dtype::kF8E4m3, "F8_E4M3", 8},
    DtypeRow{Dtype::kF8E8m0, "F8_E8M0", 8},
    DtypeRow{Dtype::kF8E4m3Fnuz, "F8_E4M3FNUZ", 8},
    DtypeRow{Dtype::kF8E5m2Fnuz, "F8_E5M2FNUZ", 8},
    DtypeRow{Dtype::kF6E2m3, "F6_E2M3", 6},
    DtypeRow{Dtype::kF6E3m2, "F6_E3M2", 6},
    DtypeRow{Dtype::kF4, "F4", 4},
};

// A name from the file as a message may show it: escaped and not too long.
std::string escaped(const std::string& name) {
  return dump_json(Json(name.size() <= 100 ? name : name.substr(0, 100) + "…"));
}

// What one tensor's object has said so far.
struct Draft {
  std::optional<Dtype> dtype;
  std::optional<std::vector<int64_t>> shape, data_offsets;
};

// Takes the header event by event, so that memory and time stay proportional to
// its length and nothing but the one permitted structure gets through.
class HeaderReader : public nlohmann::json_sax<nlohmann::json> {
 public:
  const std::map<std::string, Draft>& drafts() const { return drafts_; }
  const std::string& problem() const { return problem_; }

  bool null() override { return fail("a null where the format has none"); }
  bool boolean(bool) override {
    return fail("a truth value where the format has none");
  }
  bool number_integer(number_integer_t) override {
    return fail("a negative number");
  }
  bool number_float(number_float_t, const string_t& text) override {
    return fail(fmt::format("{} is no whole number of 64 bits", text));
  }
  bool binary(binary_t&) override { return fail("binary data"); }

  bool number_unsigned(number_unsigned_t value) override {
    if (list_ == nullptr) return fail("a number outside a list");
    if (value > uint64_t{std::numeric_limits<int64_t>::max()}) {
      return fail(fmt::format("{} is too large", value));
    }
    if (list_->size() == kMaxRank) {
      return fail(fmt::format("more than {} dimensions", kMaxRank));
    }
    list_->push_back(static_cast<int64_t>(value));
    return true;
  }

  bool string(string_t& value) override {
    if (depth_ != 2 || list_ != nullptr) return fail("a stray string");
    if (in_metadata_) return true;
    if (field_ != "dtype") return fail(field_ + " is a string");
    const auto row = std::ranges::find(kDtypes, value, &DtypeRow::name);
    if (row == kDtypes.end()) return fail("unknown dtype " + escaped(value));
    draft_->dtype = row->dtype;
    return true;
  }

  bool start_object(size_t) override {
    if (depth_ == 2 || list_ != nullptr) return fail("an object too many");
    ++depth_;
    return true;
  }

  bool end_object() override {
    if (depth_ == 2) {
      if (!in_metadata_ &&
          !(draft_->dtype && draft_->shape && draft_->data_offsets)) {
        return fail("needs dtype, shape and data_offsets");
      }
      tensor_.clear();
    }
    --depth_;
    return true;
  }

  bool key(string_t& key) override {
    return depth_ == 1 ? start_tensor(key) : start_field(key);
  }

  bool start_array(size_t) override {
    if (depth_ != 2 || list_ != nullptr || in_metadata_) {
      return fail("a list too many");
    }
    if (field_ == "shape") {
      list_ = &draft_->shape.emplace();
    } else if (field_ == "data_offsets") {
      list_ = &draft_->data_offsets.emplace();
    } else {
      return fail(field_ + " is a list");
    }
    return true;
  }

  bool end_array() override {
    list_ = nullptr;
    return true;
  }

  bool parse_error(size_t position,
                   const std::string&,
                   const nlohmann::detail::exception&) override {
    problem_ = fmt::format("no valid JSON at byte {}", position);
    return false;
  }

 private:
  bool fail(const std::string& what) {
    problem_ =
        tensor_.empty() ? what : "tensor " + escaped(tensor_) + ": " + what;
    return false;
  }

  bool start_tensor(const std::string& name) {
    tensor_ = name;
    fields_.clear();
    in_metadata_ = name == "__metadata__";
    if (name.size() > kMaxNameBytes) {
      return fail(fmt::format("a name of {} bytes", name.size()));
    }
    if (drafts_.size() == kMaxTensors) {
      return fail(fmt::format("more than {} tensors", kMaxTensors));
    }
    const auto [place, is_new] = drafts_.try_emplace(name);
    if (!is_new) return fail("occurs twice");
    draft_ = &place->second;
    return true;
  }

  bool start_field(const std::string& name) {
    if (!fields_.insert(name).second) return fail(escaped(name) + " twice");
    field_ = name;
    const bool known =
        name == "dtype" || name == "shape" || name == "data_offsets";
    if (!known && !in_metadata_) return fail("unknown key " + escaped(name));
    return true;
  }

  std::map<std::string, Draft> drafts_;
  int depth_ = 0;
  std::string tensor_, field_, problem_;
  std::set<std::string> fields_;
  bool in_metadata_ = false;
  Draft* draft_ = nullptr;
  std::vector<int64_t>* list_ = nullptr;  // the list being read
};

[[noreturn]] void damaged(const std::string& where, const std::string& what) {
  throw WorldError(where + ": " + what +
                   "; the file is damaged or no safetensors file: download it "
                   "again");
}

// Number of bytes, nullopt when it does not fit in 63 bits or is no whole
// number of bytes.
std::optional<int64_t> byte_size(Dtype dtype,
                                 const std::vector<int64_t>& shape) {
  int64_t bits = dtype_bits(dtype);
  for (const int64_t size : shape) {
    if (__builtin_mul_overflow(bits, size, &bits)) return std::nullopt;
  }
  if (bits % 8 != 0) return std::nullopt;
  return bits / 8;
}

TensorEntry checked_entry(const std::string& name,
                          const Draft& draft,
                          const std::string& where) {
  const std::string tensor = "tensor " + escaped(name);
  const std::vector<int64_t>& offsets = *draft.data_offsets;
  if (offsets.size() != 2 || offsets[0] > offsets[1]) {
    damaged(where, tensor + ": data_offsets are no [begin, end]");
  }
  const std::optional<int64_t> size = byte_size(*draft.dtype, *draft.shape);
  if (size != offsets[1] - offsets[0]) {
    damaged(where,
            fmt::format("{}: {} [{}] does not fill its {} bytes",
                        tensor,
                        dtype_name(*draft.dtype),
                        fmt::join(*draft.shape, ", "),
                        offsets[1] - offsets[0]));
  }
  return {*draft.dtype, *draft.shape, offsets[0], offsets[1]};
}

// No overlap, no hole, nothing after the last tensor.
void check_cover(const std::map<std::string, TensorEntry>& entries,
                 int64_t data_size,
                 const std::string& where) {
  std::vector<const std::pair<const std::string, TensorEntry>*> order;
  order.reserve(entries.size());
  for (const auto& entry : entries) order.push_back(&entry);
  std::ranges::sort(order, {}, [](const auto* entry) {
    return std::pair(entry->second.begin, entry->second.end);
  });
  int64_t end = 0;
  for (const auto* entry : order) {
    if (entry->second.begin != end) {
      damaged(where,
              fmt::format("tensor {}: starts at byte {} where {} was expected "
                          "({})",
                          escaped(entry->first),
                          entry->second.begin,
                          end,
                          entry->second.begin < end ? "overlap" : "hole"));
    }
    end = entry->second.end;
  }
  if (end > data_size) {
    throw WorldError(fmt::format(
        "{}: the file is shorter than its header says ({} of {} bytes of "
        "tensors): download it again",
        where,
        data_size,
        end));
  }
  if (end < data_size) {
    damaged(where,
            fmt::format("{} bytes after the last tensor", data_size - end));
  }
}

}  // namespace

std::string_view dtype_name(Dtype dtype) {
  return kDtypes.at(static_cast<size_t>(dtype)).name;
}

int64_t dtype_bits(Dtype dtype) {
  return kDtypes.at(static_cast<size_t>(dtype)).bits;
}

std::map<std::string, TensorEntry> parse_safetensors_header(
    std::string_view header, int64_t data_size, const std::string& where) {
  if (!header.starts_with('{')) {
    damaged(where, "the header does not start with {");
  }
  HeaderReader reader;
  if (!nlohmann::json::sax_parse(header, &reader)) {
    damaged(where, "the header is wrong: " + reader.problem());
  }
  std::map<std::string, TensorEntry> entries;
  for (const auto& [name, draft] : reader.drafts()) {
    if (name == "__metadata__") continue;
    entries.emplace(name, checked_entry(name, draft, where));
  }
  check_cover(entries, data_size, where);
  return entries;
}

}  // namespace cdx
