#include "util/files.h"

#include "support.h"
#include "util/errors.h"

#include <csignal>
#include <iterator>
#include <utility>
#include <vector>

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

namespace cdx {
namespace {

using test::message_of;
using test::TemporaryFolder;
using test::write_text;

size_t entries_in(const std::filesystem::path& folder) {
  std::filesystem::directory_iterator all(folder);
  return static_cast<size_t>(std::distance(begin(all), end(all)));
}

// While it lives no file of this process can grow past `bytes`.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    getrlimit(RLIMIT_FSIZE, &before_);
    handler_ = std::signal(SIGXFSZ, SIG_IGN);
    rlimit limit{bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit before_{};
  void (*handler_)(int);
};

using Line = std::pair<int64_t, std::string>;

std::vector<Line> lines_of(const std::filesystem::path& path) {
  std::vector<Line> lines;
  for_each_line(path, [&](std::string_view text, int64_t number) {
    lines.emplace_back(number, text);
  });
  return lines;
}

TEST_CASE("a file is read back byte for byte") {
  TemporaryFolder folder;
  std::string content(200'000, 'x');  // more than one chunk
  content[70'000] = '\0';
  content[150'000] = '\xFF';
  write_file_atomic(folder / "a", content);
  CHECK(read_file(folder / "a") == content);
}

TEST_CASE("a missing file is the user's mistake and is named") {
  TemporaryFolder folder;
  std::string path = (folder / "none.txt").string();
  CHECK(message_of<UserError>([&] { read_file(path); }) ==
        "no such file: " + path);
}

TEST_CASE("a folder cannot be read as a file") {
  TemporaryFolder folder;
  CHECK(message_of<WorldError>([&] { read_file(folder.path()); }) ==
        "cannot read " + folder.path().string() + ": Is a directory");
}

TEST_CASE("lines are numbered from 1, with or without a last newline") {
  TemporaryFolder folder;
  write_text(folder / "a", "one\n\nthree\r\nfour");
  CHECK(lines_of(folder / "a") ==
        std::vector<Line>{{1, "one"}, {2, ""}, {3, "three\r"}, {4, "four"}});
  write_text(folder / "b", "one\n");
  CHECK(lines_of(folder / "b") == std::vector<Line>{{1, "one"}});
  write_text(folder / "c", "");
  CHECK(lines_of(folder / "c").empty());
}

TEST_CASE("a line longer than the reading buffer comes whole") {
  TemporaryFolder folder;
  std::string longest(300'000, 'y');
  write_text(folder / "a", "x\n" + longest + "\nz\n");
  CHECK(lines_of(folder / "a") ==
        std::vector<Line>{{1, "x"}, {2, longest}, {3, "z"}});
}

TEST_CASE("an atomic write replaces the file and leaves nothing else behind") {
  TemporaryFolder folder;
  auto path = folder / "deep/er/file.json";
  write_file_atomic(path, "old and longer");
  write_file_atomic(path, "new");
  CHECK(read_file(path) == "new");
  CHECK(entries_in(path.parent_path()) == 1);
}

TEST_CASE("an atomic write obeys the umask like any new file") {
  TemporaryFolder folder;
  mode_t before = umask(027);
  write_file_atomic(folder / "a", "x");
  umask(before);
  struct stat status {};
  stat((folder / "a").c_str(), &status);
  CHECK((status.st_mode & 0777) == 0640);
}

TEST_CASE("an atomic write that fails leaves the old file and says why") {
  TemporaryFolder folder;
  auto path = folder / "a";
  write_file_atomic(path, "old");
  std::string message;
  {
    FileSizeLimit limit(1000);
    message = message_of<WorldError>(
        [&] { write_file_atomic(path, std::string(5000, 'x')); });
  }
  CHECK(message == "cannot write " + path.string() + ": File too large");
  CHECK(read_file(path) == "old");
  CHECK(entries_in(folder.path()) == 1);
}

TEST_CASE("a folder that cannot be created is named with the reason") {
  TemporaryFolder folder;
  write_text(folder / "file", "");
  auto path = folder / "file/x/y.json";
  CHECK(message_of<WorldError>([&] { write_file_atomic(path, ""); }) ==
        "cannot create folder " + path.parent_path().string() +
            ": Not a directory");
}

TEST_CASE("the first to publish a file wins") {
  TemporaryFolder folder;
  CHECK(publish_file(folder / "a", "first"));
  CHECK_FALSE(publish_file(folder / "a", "second"));
  CHECK(read_file(folder / "a") == "first");
  CHECK(entries_in(folder.path()) == 1);
}

TEST_CASE("an append log holds what was appended, line by line") {
  TemporaryFolder folder;
  AppendLog log(folder / "sub/a.jsonl");
  log.append("one");
  log.append("");
  log.append(std::string(100'000, 'z'));
  log.sync();
  CHECK(read_file(log.path()) == "one\n\n" + std::string(100'000, 'z') + "\n");
}

TEST_CASE("bytes that are no line are appended as they are") {
  TemporaryFolder folder;
  AppendLog log(folder / "a.f32");
  const std::string bytes("\0\n\xff", 3);
  log.write(bytes);
  log.write("");
  log.write(std::string(100'000, '\0'));
  log.append("line");
  log.sync();
  CHECK(read_file(log.path()) == bytes + std::string(100'000, '\0') + "line\n");
}

TEST_CASE("an append log can continue a file or begin it") {
  const TemporaryFolder folder;
  for (const char* line : {"one", "two"}) {
    AppendLog log(folder / "a.jsonl", AppendLog::Mode::kContinue);
    log.append(line);
  }
  CHECK(read_file(folder / "a.jsonl") == "one\ntwo\n");
}

TEST_CASE("an append log is never opened twice") {
  TemporaryFolder folder;
  AppendLog log(folder / "a");
  CHECK(message_of<WorldError>([&] { AppendLog again(folder / "a"); }) ==
        "cannot create " + (folder / "a").string() + ": File exists");
}

TEST_CASE("a log that cannot grow says so") {
  TemporaryFolder folder;
  AppendLog log(folder / "a");
  log.append("fits");
  FileSizeLimit limit(10);
  const std::string message =
      "cannot write " + (folder / "a").string() + ": File too large";
  CHECK(message_of<WorldError>([&] { log.append("does not fit"); }) == message);
  CHECK(message_of<WorldError>([&] { log.write("neither"); }) == message);
}

}  // namespace
}  // namespace cdx
