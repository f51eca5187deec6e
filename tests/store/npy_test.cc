#include "store/npy.h"

#include "support.h"
#include "util/errors.h"

#include <limits>
#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace cdx {
namespace {

// numpy 2.4.6: b = io.BytesIO(); numpy.save(b, numpy.array(
//     [[1, -2.5, 0], [3e38, 1e-45, 0.1]], dtype='float32')); b.getvalue()
std::string numpy_file() {
  std::string text = "\x93NUMPY";
  text += std::string("\x01\x00v\x00", 4);
  text += "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }";
  text += std::string(58, ' ') + "\n";
  const unsigned char values[] = {
      0x00, 0x00, 0x80, 0x3f, 0x00, 0x00, 0x20, 0xc0, 0x00, 0x00, 0x00, 0x00,
      0xe6, 0xb1, 0x61, 0x7f, 0x01, 0x00, 0x00, 0x00, 0xcd, 0xcc, 0xcc, 0x3d};
  return text.append(reinterpret_cast<const char*>(values), sizeof(values));
}

NpyMatrix matrix() {
  return {2, 3, {1, -2.5F, 0, 3e38F, 1e-45F, 0.1F}};
}

TEST_CASE("a matrix is written as numpy.save writes it") {
  CHECK(encode_npy(matrix()) == numpy_file());
}

TEST_CASE("a matrix is read back as it was") {
  const test::TemporaryFolder folder;
  for (const int64_t rows : {1, 2, 1000}) {
    NpyMatrix written{rows, 7, {}};
    for (int64_t i = 0; i < rows * 7; ++i) {
      written.values.push_back(static_cast<float>(i) * 0.1F);
    }
    test::write_text(folder / "m.npy", encode_npy(written));
    const NpyMatrix read = read_npy(folder / "m.npy");
    CHECK(read.rows == rows);
    CHECK(read.columns == 7);
    CHECK(read.values == written.values);
  }
}

TEST_CASE("a file that is cut, grown or of another type is refused") {
  const test::TemporaryFolder folder;
  const std::string good = encode_npy(matrix());
  std::vector<std::string> bad = {"", "x", good + "x"};
  for (size_t i = 0; i < good.size(); ++i) bad.push_back(good.substr(0, i));
  for (const auto& [from, to] :
       std::vector<std::pair<std::string, std::string>>{
           {"<f4", "<f8"},
           {"False", "True "},
           {"(2, 3)", "(3, 2)"},
           {"(2, 3)", "(0, 3)"},
           {"(2, 3)", "(-2, 3)"},
           {"(2, 3)", "(2, 9999999999)"}}) {
    std::string text = good;
    bad.push_back(text.replace(text.find(from), from.size(), to));
  }
  for (const std::string& text : bad) {
    if (text == good) continue;
    test::write_text(folder / "m.npy", text);
    const bool transposed = text.find("(3, 2)") != std::string::npos;
    CHECK(test::message_of<WorldError>([&] {
            read_npy(folder / "m.npy");
          }).empty() == transposed);
  }
}

}  // namespace
}  // namespace cdx
