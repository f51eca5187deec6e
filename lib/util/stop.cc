#include "util/stop.h"

#include <csignal>
#include <initializer_list>

namespace cdx {
namespace {

volatile std::sig_atomic_t stop_flag = 0;

void handle_signal(int signal) {
  stop_flag = 1;
  // Back to the default: the next SIGINT ends the program.
  if (signal == SIGINT) std::signal(SIGINT, SIG_DFL);
}

}  // namespace

void install_stop_handlers() {
  struct sigaction action {};
  action.sa_handler = handle_signal;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  for (int signal : {SIGINT, SIGTERM, SIGUSR1, SIGUSR2}) {
    sigaction(signal, &action, nullptr);
  }
}

bool stop_requested() {
  return stop_flag != 0;
}

}  // namespace cdx
