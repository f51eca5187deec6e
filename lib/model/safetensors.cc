#include "model/safetensors.h"

#include "util/errors.h"

#include <bit>
#include <cerrno>
#include <cstring>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace cdx {
namespace {

static_assert(std::endian::native == std::endian::little,
              "the bytes of the file are used as they are");

constexpr size_t kPrefix = 8;
constexpr uint64_t kMaxHeader = 100'000'000;  // the reference reader's limit

[[noreturn]] void throw_errno(const std::filesystem::path& path,
                              const char* what) {
  const int error = errno;
  throw WorldError(path.string() + ": " + what + ": " +
                   std::generic_category().message(error));
}

class Descriptor {
 public:
  explicit Descriptor(const std::filesystem::path& path)
      // O_NONBLOCK: a pipe under this name must not make us wait.
      : fd_(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {
    if (fd_ >= 0) return;
    if (errno == ENOENT || errno == ENOTDIR) {
      throw UserError(path.string() + ": no such file: check the model's path");
    }
    throw_errno(path, "cannot open");
  }
  ~Descriptor() { close(fd_); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

size_t regular_file_size(const Descriptor& file,
                         const std::filesystem::path& path) {
  struct stat status {};
  if (fstat(file.get(), &status) != 0) throw_errno(path, "cannot examine");
  if (!S_ISREG(status.st_mode)) {
    throw UserError(path.string() +
                    ": not a regular file: weights are read from a file");
  }
  return static_cast<size_t>(status.st_size);
}

}  // namespace

// Read-only: writing to a weight by mistake ends the program instead of
// changing numbers.
class SafetensorsFile::Mapping {
 public:
  explicit Mapping(const std::filesystem::path& path) {
    const Descriptor file(path);
    size_ = regular_file_size(file, path);
    if (size_ == 0) return;  // mmap refuses an empty file
    address_ = mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, file.get(), 0);
    if (address_ == MAP_FAILED) throw_errno(path, "cannot map into memory");
  }
  ~Mapping() {
    if (size_ > 0) munmap(address_, size_);
  }
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;

  std::span<const std::byte> bytes() const {
    return {static_cast<const std::byte*>(address_), size_};
  }

  void release(std::span<const std::byte> part) const {
    static const auto kPage = static_cast<size_t>(sysconf(_SC_PAGESIZE));
    const auto offset = static_cast<size_t>(
        part.data() - static_cast<const std::byte*>(address_));
    const size_t begin = (offset + kPage - 1) / kPage * kPage;
    const size_t end = (offset + part.size()) / kPage * kPage;
    if (begin >= end) return;
    madvise(static_cast<char*>(address_) + begin, end - begin, MADV_DONTNEED);
  }

 private:
  void* address_ = nullptr;
  size_t size_ = 0;
};

namespace {

// The header's length, checked against the file's.
size_t header_size(std::span<const std::byte> file,
                   const std::filesystem::path& path) {
  uint64_t size = 0;
  if (file.size() < kPrefix) {
    throw WorldError(
        fmt::format("{}: {} bytes are no safetensors file: download it again",
                    path.string(),
                    file.size()));
  }
  std::memcpy(&size, file.data(), kPrefix);
  if (size > kMaxHeader) {
    throw WorldError(fmt::format(
        "{}: a header of {} bytes is more than the {} that the format allows: "
        "the file is damaged or no safetensors file; download it again",
        path.string(),
        size,
        kMaxHeader));
  }
  if (size > file.size() - kPrefix) {
    throw WorldError(fmt::format(
        "{}: the file is shorter than its header ({} of {} bytes): download it "
        "again",
        path.string(),
        file.size(),
        kPrefix + size));
  }
  return size;
}

}  // namespace

SafetensorsFile::SafetensorsFile(const std::filesystem::path& path)
    : path_(path), mapping_(std::make_shared<const Mapping>(path)) {
  const std::span<const std::byte> file = mapping_->bytes();
  const size_t size = header_size(file, path);
  const std::string_view header(
      reinterpret_cast<const char*>(file.data()) + kPrefix, size);
  const std::span<const std::byte> data = file.subspan(kPrefix + size);
  const auto entries = parse_safetensors_header(
      header, static_cast<int64_t>(data.size()), path.string());
  for (const auto& [name, entry] : entries) {
    tensors_[name] = {
        entry.dtype,
        entry.shape,
        data.subspan(static_cast<size_t>(entry.begin),
                     static_cast<size_t>(entry.end - entry.begin))};
  }
}

void SafetensorsFile::release(const TensorView& view) const {
  mapping_->release(view.bytes);
}

}  // namespace cdx
