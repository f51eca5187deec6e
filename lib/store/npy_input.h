#pragma once

#include "store/npy.h"

#include <filesystem>

namespace cdx {

// A matrix that another program saved with numpy.save(): float32 or float64,
// little-endian, row-major, format 1 to 3; float64 is rounded to float32. The
// file may hold anything: its header is checked against its size before
// memory is taken. Throws UserError with file and reason: no .npy file, another
// type or order, other than two dimensions, none of a row or column, bytes that
// are missing or too many, numbers that are not finite.
NpyMatrix read_npy_input(const std::filesystem::path& path);

}  // namespace cdx
