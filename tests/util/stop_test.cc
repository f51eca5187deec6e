#include "util/stop.h"

#include <csignal>
#include <initializer_list>
#include <thread>

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

// Sends itself the signal; true once it is noted, false if that takes seconds.
bool noted(int signal) {
  kill(getpid(), signal);
  for (int i = 0; i < 1000 && !stop_requested(); ++i) usleep(10'000);
  return stop_requested();
}

TEST_CASE("each stopping signal is noted and does not kill") {
  for (int signal : {SIGINT, SIGTERM, SIGUSR1, SIGUSR2}) {
    CAPTURE(signal);
    int status = status_of([&] {
      install_stop_handlers();
      if (stop_requested()) return 1;
      return noted(signal) ? 0 : 2;
    });
    REQUIRE(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
  }
}

TEST_CASE("a second interrupt kills at once, a second SIGTERM does not") {
  int interrupted = status_of([] {
    install_stop_handlers();
    if (!noted(SIGINT)) return 1;
    kill(getpid(), SIGINT);
    sleep(10);
    return 0;
  });
  REQUIRE(WIFSIGNALED(interrupted));
  CHECK(WTERMSIG(interrupted) == SIGINT);
  int terminated = status_of([] {
    install_stop_handlers();
    if (!noted(SIGTERM)) return 1;
    kill(getpid(), SIGTERM);
    kill(getpid(), SIGINT);
    usleep(200'000);
    return 0;
  });
  REQUIRE(WIFEXITED(terminated));
  CHECK(WEXITSTATUS(terminated) == 0);
}

TEST_CASE("no thread that computes is interrupted by a stopping signal") {
  const int status = status_of([] {
    install_stop_handlers();
    sigset_t blocked;
    sigemptyset(&blocked);
    std::thread([&] { pthread_sigmask(SIG_BLOCK, nullptr, &blocked); }).join();
    for (const int signal : {SIGINT, SIGTERM, SIGUSR1, SIGUSR2}) {
      if (sigismember(&blocked, signal) != 1) return 1;
    }
    return 0;
  });
  REQUIRE(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
}

}  // namespace
}  // namespace cdx
