#include "util/stop.h"

#include <csignal>
#include <initializer_list>

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

namespace cdx {
namespace {

// Wait status of a child that runs `child` and exits with its result.
template <typename F>
int status_of(F&& child) {
  pid_t pid = fork();
  if (pid == 0) _exit(child());
  int status = 0;
  waitpid(pid, &status, 0);
  return status;
}

TEST_CASE("each stopping signal is noted and does not kill") {
  for (int signal : {SIGINT, SIGTERM, SIGUSR1, SIGUSR2}) {
    CAPTURE(signal);
    int status = status_of([&] {
      install_stop_handlers();
      if (stop_requested()) return 1;
      raise(signal);
      return stop_requested() ? 0 : 2;
    });
    REQUIRE(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
  }
}

TEST_CASE("a second interrupt kills at once, a second SIGTERM does not") {
  int interrupted = status_of([] {
    install_stop_handlers();
    raise(SIGINT);
    raise(SIGINT);
    return 0;
  });
  REQUIRE(WIFSIGNALED(interrupted));
  CHECK(WTERMSIG(interrupted) == SIGINT);
  int terminated = status_of([] {
    install_stop_handlers();
    raise(SIGTERM);
    raise(SIGTERM);
    raise(SIGINT);
    return 0;
  });
  CHECK(WIFEXITED(terminated));
}

}  // namespace
}  // namespace cdx
