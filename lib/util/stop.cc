#include "util/stop.h"

#include <atomic>
#include <csignal>
#include <thread>

namespace cdx {
namespace {

std::atomic<bool> stop_flag = false;

sigset_t stop_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGINT, SIGTERM, SIGUSR1, SIGUSR2}) {
    sigaddset(&set, signal);
  }
  return set;
}

// The next SIGINT ends the program: its default action is taken in this thread.
void let_interrupts_kill() {
  std::signal(SIGINT, SIG_DFL);
  sigset_t interrupt;
  sigemptyset(&interrupt);
  sigaddset(&interrupt, SIGINT);
  pthread_sigmask(SIG_UNBLOCK, &interrupt, nullptr);
}

[[noreturn]] void wait_for_signals() {
  const sigset_t set = stop_signals();
  for (;;) {
    int signal = 0;
    if (sigwait(&set, &signal) != 0) continue;
    if (signal == SIGINT) let_interrupts_kill();
    stop_flag = true;
  }
}

}  // namespace

void install_stop_handlers() {
  static const bool kOnce = [] {
    const sigset_t set = stop_signals();
    pthread_sigmask(SIG_BLOCK, &set, nullptr);
    std::thread(wait_for_signals).detach();
    return true;
  }();
  static_cast<void>(kOnce);
}

bool stop_requested() {
  return stop_flag;
}

}  // namespace cdx
