#pragma once

#include <cstdint>
#include <string>

namespace cdx::test {

// A safetensors file by hand: the length of the header, the header, `data`.
inline std::string safetensors_bytes(const std::string& header,
                                     const std::string& data) {
  std::string bytes(8, '\0');
  uint64_t size = header.size();
  for (char& byte : bytes) {
    byte = static_cast<char>(size & 0xff);
    size >>= 8;
  }
  return bytes + header + data;
}

// {"dtype":"F32","shape":[2],"data_offsets":[0,8]}
inline std::string tensor_json(const std::string& dtype,
                               const std::string& shape,
                               const std::string& offsets) {
  return R"({"dtype":")" + dtype + R"(","shape":)" + shape +
         R"(,"data_offsets":)" + offsets + "}";
}

}  // namespace cdx::test
