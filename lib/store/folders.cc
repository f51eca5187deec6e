#include "store/folders.h"

#include "util/errors.h"

#include <algorithm>
#include <system_error>

#include <fmt/format.h>

namespace cdx {

std::string file_name_of(std::string_view text) {
  std::string name(text);
  for (char& c : name) {
    const bool kept = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                      (c >= '0' && c <= '9') || c == '.' || c == '-';
    if (!kept) c = '_';
  }
  if (name.starts_with('.')) name[0] = '_';
  return name;
}

std::vector<std::filesystem::path> files_with_extension(
    const std::filesystem::path& folder, const std::string& extension) {
  std::vector<std::filesystem::path> files;
  std::error_code error;
  std::filesystem::directory_iterator it(folder, error);
  if (error == std::errc::no_such_file_or_directory) return files;
  for (; !error && it != std::filesystem::directory_iterator();
       it.increment(error)) {
    if (it->path().extension() == extension) files.push_back(it->path());
  }
  if (error) {
    throw WorldError(fmt::format(
        "{}: the folder cannot be read: {}", folder.string(), error.message()));
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace cdx
