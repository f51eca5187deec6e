#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

namespace cdx {

// Whole file as bytes. Throws UserError when it does not exist, WorldError when
// it cannot be read.
std::string read_file(const std::filesystem::path& path);

// Calls `chunk` with each piece of the file in turn; throws as read_file.
void for_each_chunk(const std::filesystem::path& path,
                    const std::function<void(std::string_view)>& chunk);

// Calls `line(text, number)` for each line (numbered from 1, without its
// newline; a trailing \r stays). Streams: never holds the whole file.
void for_each_line(
    const std::filesystem::path& path,
    const std::function<void(std::string_view text, int64_t number)>& line);

// Replaces `path` by `content`: temporary file in the same folder, fsync,
// rename, fsync of the folder. Readers see the old or the new file, never a
// part. Creates the folder. Throws WorldError naming the path and the reason.
void write_file_atomic(const std::filesystem::path& path,
                       std::string_view content);

// As above, but the first writer wins: an existing file is left as it is
// (temporary file + link). Returns true if this call created it.
bool publish_file(const std::filesystem::path& path, std::string_view content);

// With all its parents. Throws WorldError.
void make_folders(const std::filesystem::path& path);

// A file of lines that only grows. One writer a file.
class AppendLog {
 public:
  enum class Mode {
    kNew,      // the file must not exist (O_EXCL)
    kContinue  // it may, and ends with a newline
  };
  // Creates the file, unless it continues it, and its folder.
  explicit AppendLog(const std::filesystem::path& path, Mode mode = Mode::kNew);
  ~AppendLog();
  AppendLog(const AppendLog&) = delete;
  AppendLog& operator=(const AppendLog&) = delete;

  // One write(2) of line + '\n' (looping on short writes). Throws WorldError,
  // after which the file may end in a part of the line.
  void append(std::string_view line);
  // The same for bytes that are no line.
  void write(std::string_view bytes);
  // fdatasync: after it returns, the lines survive a power cut.
  void sync();
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
  int fd_ = -1;
};

}  // namespace cdx
