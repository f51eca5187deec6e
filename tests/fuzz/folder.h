#pragma once

#include "support.h"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace cdx::fuzz {

// A model folder whose files are parts of one input.
class Folder {
 public:
  explicit Folder(std::vector<std::string> names) : names_(std::move(names)) {
    for (const std::string& name : names_) {
      std::filesystem::create_directories((folder_ / name).parent_path());
    }
  }

  // The parts between lines "%%" become the files, in the order of the names;
  // a file without a part does not exist.
  void write(std::string_view input) const {
    constexpr std::string_view kLine = "\n%%\n";
    bool is_left = true;
    for (const std::string& name : names_) {
      const size_t end = input.find(kLine);
      if (is_left) {
        test::write_text(folder_ / name, input.substr(0, end));
      } else {
        std::filesystem::remove(folder_ / name);
      }
      is_left = is_left && end != std::string_view::npos;
      if (is_left) input.remove_prefix(end + kLine.size());
    }
  }

  const std::filesystem::path& path() const { return folder_.path(); }

 private:
  test::TemporaryFolder folder_;
  std::vector<std::string> names_;
};

}  // namespace cdx::fuzz
