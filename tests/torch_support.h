#pragma once

#include <cstdlib>
#include <string>

#include <ATen/ATen.h>

namespace cdx::test {

// The device that the torch tests run on: the CPU, or what CDX_TEST_DEVICE
// names ("cuda"; scripts/gpu-check sets it).
inline std::string device_name() {
  const char* name = std::getenv("CDX_TEST_DEVICE");
  return name == nullptr ? "cpu" : name;
}

inline at::Device device() {
  return at::Device(device_name());
}

}  // namespace cdx::test
