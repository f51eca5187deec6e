#pragma once

namespace cdx {

// SIGINT, SIGTERM, SIGUSR1 and SIGUSR2 ask the program to stop after the
// current step; a second SIGINT kills it at once.
void install_stop_handlers();
bool stop_requested();

}  // namespace cdx
