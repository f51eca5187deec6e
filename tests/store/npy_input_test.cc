#include "store/npy_input.h"

#include "support.h"
#include "util/errors.h"

#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace cdx {
namespace {

// A file of numpy.save() (numpy/lib/format.py): magic, version, length of the
// header, header, values.
std::string npy(const std::string& header,
                const std::string& values,
                char version = 1) {
  std::string bytes = "\x93NUMPY";
  bytes += {version, '\0'};
  bytes += static_cast<char>(header.size() & 0xff);
  bytes += static_cast<char>(header.size() >> 8);
  if (version > 1) bytes += std::string(2, '\0');
  return bytes + header + values;
}

std::string header(const std::string& type,
                   const std::string& shape,
                   const std::string& order = "False") {
  return "{'descr': '" + type + "', 'fortran_order': " + order +
         ", 'shape': " + shape + ", }  \n";
}

template <typename T>
std::string bytes_of(const std::vector<T>& values) {
  std::string bytes(values.size() * sizeof(T), '\0');
  std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

struct File {
  test::TemporaryFolder folder;
  std::filesystem::path path = folder / "x.npy";

  NpyMatrix read(const std::string& bytes) const {
    test::write_text(path, bytes);
    return read_npy_input(path);
  }
  std::string refusal(const std::string& bytes) const {
    return test::message_of<UserError>([&] { read(bytes); });
  }
};

const std::vector<float> kFloats = {1, 2, 3, 4, 5, -6.5F};

TEST_CASE("float32 and float64 of every version are read") {
  const File file;
  const NpyMatrix floats =
      file.read(npy(header("<f4", "(2, 3)"), bytes_of(kFloats)));
  CHECK(floats.rows == 2);
  CHECK(floats.columns == 3);
  CHECK(floats.values == kFloats);
  CHECK(file.read(encode_npy(floats)).values == kFloats);
  const std::vector<double> doubles(kFloats.begin(), kFloats.end());
  for (const char version : {1, 2, 3}) {
    const NpyMatrix matrix =
        file.read(npy(header("<f8", "(3, 2)"), bytes_of(doubles), version));
    CHECK(matrix.rows == 3);
    CHECK(matrix.values == kFloats);
  }
}

TEST_CASE("what is no matrix of numbers is refused with its reason") {
  const File file;
  const std::string values = bytes_of(kFloats);
  const auto says = [&](const std::string& bytes, const char* reason) {
    const std::string message = file.refusal(bytes);
    CAPTURE(message);
    CHECK(message.find(reason) != std::string::npos);
  };
  says("PK\x03\x04 an .npz", "not a file of numpy.save()");
  says(npy(header("<f4", "(2, 3)"), values, 9), "unknown version");
  says(npy(header("<i4", "(2, 3)"), values), "its type is '<i4'");
  says(npy(header(">f4", "(2, 3)"), values), "its type is '>f4'");
  says(npy(header("|O", "(2, 3)"), values), "its type is '|O'");
  says(npy(header("<f4", "(2, 3)", "True"), values), "stored by columns");
  for (const char* shape :
       {"(6,)", "(1, 2, 3)", "()", "6", "(2, 3", "(2; 3)"}) {
    says(npy(header("<f4", shape), values), "its shape is ");
  }
  says(npy(header("<f4", "(0, 3)"), ""), "nothing is in it");
  says(npy(header("<f4", "(-2, -3)"), values), "nothing is in it");
  says(npy(header("<f4", "(3, 3)"), values), "says 3 x 3 numbers, 24 bytes");
  says(npy(header("<f4", "(2, 3)"), values + "x"), "25 bytes follow");
  // 2^62 * 4 bytes and the product of both overflow to what is there.
  says(npy(header("<f4", "(4611686018427387904, 4)"), ""), "0 bytes follow");
  says(npy(header("<f4", "(99999999999999999999, 1)"), ""), "its shape is ");
  says(npy("{'descr': '<f4'}", values), "no 'fortran_order'");
  const float inf = std::numeric_limits<float>::infinity();
  says(npy(header("<f4", "(2, 1)"), bytes_of<float>({1, inf})),
       "row 1 holds a number that is not finite");
  says(npy(header("<f8", "(1, 1)"), bytes_of<double>({1e300})), "not finite");
}

TEST_CASE("a file that is cut off anywhere is refused") {
  const File file;
  const std::string whole = npy(header("<f4", "(2, 3)"), bytes_of(kFloats));
  for (size_t length = 0; length < whole.size(); ++length) {
    CAPTURE(length);
    CHECK_FALSE(file.refusal(whole.substr(0, length)).empty());
  }
}

}  // namespace
}  // namespace cdx
