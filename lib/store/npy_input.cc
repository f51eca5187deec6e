#include "store/npy_input.h"

#include "util/errors.h"
#include "util/files.h"

#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>
#include <string_view>

#include <fmt/format.h>

namespace cdx {
namespace {

static_assert(std::endian::native == std::endian::little);

class NpyReader {
 public:
  explicit NpyReader(const std::filesystem::path& path)
      : path_(path), bytes_(read_file(path)) {}

  NpyMatrix read() {
    read_header();
    const std::string_view type = value_of("'descr'");
    const bool is_double = type == "'<f8'";
    if (!is_double && type != "'<f4'") {
      fail(fmt::format("its type is {}; save it as float32 or float64", type));
    }
    if (value_of("'fortran_order'") != "False") {
      fail("it is stored by columns; save numpy.ascontiguousarray of it");
    }
    NpyMatrix matrix = shape();
    if (is_double) {
      fill<double>(matrix);
    } else {
      fill<float>(matrix);
    }
    return matrix;
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw UserError(fmt::format("{}: {}", path_.string(), what));
  }

  // Magic, two bytes of version, length of the header in 2 or 4 bytes.
  void read_header() {
    constexpr size_t kVersionAt = 6, kLengthAt = 8;
    const std::string_view all = bytes_;
    const auto byte = [&](size_t at) {
      if (at >= all.size()) fail("cut off within its header");
      return static_cast<size_t>(static_cast<unsigned char>(all[at]));
    };
    if (!all.starts_with("\x93NUMPY")) fail("not a file of numpy.save()");
    const size_t version = byte(kVersionAt);
    if (version < 1 || version > 3) fail("of an unknown version of the format");
    const size_t width = version == 1 ? 2 : 4;
    size_t length = 0;
    for (size_t i = 0; i < width; ++i) length |= byte(kLengthAt + i) << 8 * i;
    const size_t start = kLengthAt + width;
    if (length > all.size() - start) fail("cut off within its header");
    header_ = all.substr(start, length);
    values_ = all.substr(start + length);
  }

  // What stands after `'key':` up to the comma or brace that ends it.
  std::string_view value_of(std::string_view key) const {
    const size_t at = header_.find(key);
    if (at == std::string_view::npos) fail(fmt::format("no {} in it", key));
    std::string_view rest = header_.substr(at + key.size());
    const size_t start = rest.find_first_not_of(": ");
    if (start == std::string_view::npos) fail(fmt::format("no {} in it", key));
    rest = rest.substr(start);
    const size_t end =
        rest.starts_with('(') ? rest.find(')') + 1 : rest.find_first_of(",}");
    return rest.substr(0, end);
  }

  // Rows and columns, without the values.
  NpyMatrix shape() const {
    const std::string_view text = value_of("'shape'");
    NpyMatrix matrix;
    const char* at = text.data();
    const char* const end = at + text.size();
    const auto number = [&](char before, int64_t& value) {
      if (at == end || *at != before) return false;
      ++at;
      while (at != end && *at == ' ') ++at;
      const auto [stop, error] = std::from_chars(at, end, value);
      at = stop;
      return error == std::errc();
    };
    if (!number('(', matrix.rows) || !number(',', matrix.columns) ||
        at + 1 != end || *at != ')') {
      fail(fmt::format("its shape is {}; a matrix has (texts, numbers a text)",
                       text));
    }
    if (matrix.rows < 1 || matrix.columns < 1) {
      fail(fmt::format("its shape is {}: nothing is in it", text));
    }
    return matrix;
  }

  template <typename T>
  void fill(NpyMatrix& matrix) const {
    const size_t held = values_.size() / sizeof(T);
    const auto rows = static_cast<size_t>(matrix.rows);
    const auto columns = static_cast<size_t>(matrix.columns);
    // Divided, as the product of two hostile numbers may overflow.
    if (values_.size() % sizeof(T) != 0 || held % columns != 0 ||
        held / columns != rows) {
      fail(fmt::format("its header says {} x {} numbers, {} bytes follow",
                       rows,
                       columns,
                       values_.size()));
    }
    matrix.values.resize(held);
    for (size_t i = 0; i < held; ++i) {
      T value = 0;
      std::memcpy(&value, values_.data() + i * sizeof(T), sizeof(T));
      matrix.values[i] = static_cast<float>(value);
      if (!std::isfinite(matrix.values[i])) {
        fail(fmt::format("row {} holds a number that is not finite",
                         i / columns));
      }
    }
  }

  const std::filesystem::path& path_;
  std::string bytes_;
  std::string_view header_, values_;
};

}  // namespace

NpyMatrix read_npy_input(const std::filesystem::path& path) {
  return NpyReader(path).read();
}

}  // namespace cdx
