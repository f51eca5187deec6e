#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace cdx {

// `text` as a file's name: what is no letter, digit, '.', '-' or '_' becomes
// '_', and so does a leading dot.
std::string file_name_of(std::string_view text);

// Files of a folder whose names end in `extension`, sorted; none if the folder
// does not exist. Throws WorldError if it cannot be read.
std::vector<std::filesystem::path> files_with_extension(
    const std::filesystem::path& folder, const std::string& extension);

}  // namespace cdx
