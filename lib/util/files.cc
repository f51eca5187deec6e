#include "util/files.h"

#include "util/errors.h"

#include <cerrno>
#include <cstring>
#include <random>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace cdx {
namespace {

namespace fs = std::filesystem;

constexpr size_t kChunk = 1 << 16;

[[noreturn]] void fail(const char* action, const fs::path& path, int error) {
  throw WorldError(
      fmt::format("cannot {} {}: {}", action, path.string(), strerror(error)));
}

// A file descriptor that closes itself.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }
  bool close() { return ::close(std::exchange(fd_, -1)) == 0; }

 private:
  int fd_;
};

int open_for_reading(const fs::path& path) {
  int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd >= 0) return fd;
  if (errno == ENOENT || errno == ENOTDIR) {
    throw UserError(fmt::format("no such file: {}", path.string()));
  }
  fail("read", path, errno);
}

// False with errno set when not all of `bytes` could be written.
bool write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return false;
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  return true;
}

fs::path folder_of(const fs::path& path) {
  return path.has_parent_path() ? path.parent_path() : fs::path(".");
}

// Makes a new name in `folder` survive a power cut.
void sync_folder(const fs::path& folder) {
  Descriptor fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd.get() < 0) fail("open folder", folder, errno);
  // EINVAL: a file system that does not know fsync of folders.
  if (::fsync(fd.get()) != 0 && errno != EINVAL) {
    fail("write folder", folder, errno);
  }
}

// `content` in a file of its own beside `target`, on the disk; removed again
// unless it was renamed.
class TemporaryFile {
 public:
  TemporaryFile(const fs::path& target, std::string_view content)
      : path_(folder_of(target) / fmt::format(".{}.{:08x}{:08x}",
                                              target.filename().string(),
                                              std::random_device()(),
                                              std::random_device()())) {
    Descriptor file(
        ::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
    if (file.get() < 0) fail("write", target, errno);
    if (write_all(file.get(), content) && ::fsync(file.get()) == 0 &&
        file.close()) {
      return;
    }
    int error = errno;
    ::unlink(path_.c_str());
    fail("write", target, error);
  }
  ~TemporaryFile() { ::unlink(path_.c_str()); }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

}  // namespace

void for_each_chunk(const fs::path& path,
                    const std::function<void(std::string_view)>& chunk) {
  Descriptor file(open_for_reading(path));
  std::vector<char> buffer(kChunk);
  for (;;) {
    ssize_t n = ::read(file.get(), buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail("read", path, errno);
    if (n == 0) return;
    chunk(std::string_view(buffer.data(), static_cast<size_t>(n)));
  }
}

std::string read_file(const fs::path& path) {
  std::string content;
  for_each_chunk(path, [&](std::string_view chunk) { content += chunk; });
  return content;
}

void for_each_line(
    const fs::path& path,
    const std::function<void(std::string_view text, int64_t number)>& line) {
  std::string rest;  // the beginning of a line whose end is not read yet
  int64_t number = 0;
  for_each_chunk(path, [&](std::string_view chunk) {
    size_t end;
    while ((end = chunk.find('\n')) != std::string_view::npos) {
      if (rest.empty()) {
        line(chunk.substr(0, end), ++number);
      } else {
        rest += chunk.substr(0, end);
        line(rest, ++number);
        rest.clear();
      }
      chunk.remove_prefix(end + 1);
    }
    rest += chunk;
  });
  if (!rest.empty()) line(rest, ++number);
}

void write_file_atomic(const fs::path& path, std::string_view content) {
  make_folders(folder_of(path));
  TemporaryFile temporary(path, content);
  if (::rename(temporary.path().c_str(), path.c_str()) != 0) {
    fail("write", path, errno);
  }
  sync_folder(folder_of(path));
}

bool publish_file(const fs::path& path, std::string_view content) {
  make_folders(folder_of(path));
  TemporaryFile temporary(path, content);
  if (::link(temporary.path().c_str(), path.c_str()) != 0) {
    int error = errno;
    // Over NFS a repeated request may report a failure after it succeeded; the
    // number of links tells.
    struct stat status {};
    bool linked =
        ::stat(temporary.path().c_str(), &status) == 0 && status.st_nlink == 2;
    if (!linked && error == EEXIST) return false;
    if (!linked) fail("write", path, error);
  }
  sync_folder(folder_of(path));
  return true;
}

void make_folders(const fs::path& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error) fail("create folder", path, error.value());
}

AppendLog::AppendLog(const fs::path& path, Mode mode) : path_(path) {
  make_folders(folder_of(path));
  const int exclusive = mode == Mode::kNew ? O_EXCL : 0;
  fd_ = ::open(path.c_str(),
               O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | exclusive,
               0666);
  if (fd_ < 0) fail("create", path, errno);
  try {
    sync_folder(folder_of(path));
  } catch (...) {
    ::close(fd_);
    throw;
  }
}

AppendLog::~AppendLog() {
  ::close(fd_);
}

void AppendLog::append(std::string_view line) {
  std::string bytes;
  bytes.reserve(line.size() + 1);
  bytes.append(line).push_back('\n');
  write(bytes);
}

void AppendLog::write(std::string_view bytes) {
  if (!write_all(fd_, bytes)) fail("write", path_, errno);
}

void AppendLog::sync() {
  if (::fdatasync(fd_) != 0) fail("write", path_, errno);
}

}  // namespace cdx
