#include "util/progress.h"

#include "support.h"
#include "util/files.h"

#include <regex>

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

namespace cdx {
namespace {

// What `call` writes to file descriptor 2.
template <typename F>
std::string stderr_of(F&& call) {
  test::TemporaryFolder folder;
  int saved = dup(2);
  int file = open((folder / "err").c_str(), O_RDWR | O_CREAT, 0600);
  dup2(file, 2);
  call();
  dup2(saved, 2);
  close(file);
  close(saved);
  return read_file(folder / "err");
}

// The same when file descriptor 2 is a terminal.
template <typename F>
std::string terminal_of(F&& call) {
  int master = posix_openpt(O_RDWR | O_NOCTTY);
  REQUIRE(master >= 0);
  REQUIRE(grantpt(master) == 0);
  REQUIRE(unlockpt(master) == 0);
  int slave = open(ptsname(master), O_RDWR | O_NOCTTY);
  int saved = dup(2);
  dup2(slave, 2);
  call();
  dup2(saved, 2);
  close(slave);
  close(saved);
  std::string text;
  char buffer[4096];
  ssize_t n;
  while ((n = read(master, buffer, sizeof buffer)) > 0) {
    text.append(buffer, static_cast<size_t>(n));
  }
  close(master);
  return text;
}

TEST_CASE("without a terminal quick work prints one plain line at its end") {
  std::string text = stderr_of([] {
    Progress progress("generate", "stories", 2400, 1000);
    progress.set_rate_unit("tokens");
    for (int i = 0; i < 240; ++i) progress.advance("base", 1, 50);
    progress.finish();
    progress.finish();
  });
  CAPTURE(text);
  CHECK(std::regex_match(text,
                         std::regex("generate  1,240/2,400 stories  [0-9,]+ "
                                    "tokens/s  in [0-9]:[0-9]{2}\n")));
}

TEST_CASE("without rate items the rate is quoted in units") {
  std::string text = stderr_of([] {
    Progress progress("measure", "texts", 3, 0);
    progress.advance("", 3);
  });
  CAPTURE(text);
  CHECK(std::regex_match(
      text,
      std::regex("measure  3/3 texts  [0-9,]+ texts/s  in [0-9]:[0-9]{2}\n")));
}

TEST_CASE("nothing done prints nothing") {
  CHECK(stderr_of([] { Progress progress("score", "texts", 5, 5); }).empty());
}

TEST_CASE("on a terminal the line is rewritten, and ended at the end") {
  std::string text = terminal_of([] {
    Progress progress("generate", "stories", 10, 0);
    usleep(120'000);
    progress.advance("conformative-g0.5", 5);
    usleep(1'000);
    progress.advance("conformative-g0.5", 5);
  });
  CAPTURE(text);
  // On a slow machine the second step may be printed, too.
  CHECK(std::regex_match(
      text,
      std::regex("\rgenerate  conformative-g0.5  5/10 stories  [0-9.,]+ "
                 "stories/s  [0-9]:[0-9]{2} left *(\r.* left *)?"
                 "\rgenerate  10/10 stories  [0-9.,]+ "
                 "stories/s  in [0-9]:[0-9]{2} *\r\n")));
}

}  // namespace
}  // namespace cdx
