#pragma once

namespace cdx {

// SIGINT, SIGTERM, SIGUSR1 and SIGUSR2 ask the program to stop after the
// current step; a second SIGINT kills it at once. Call it before any thread is
// started: a thread of its own waits for the signals, and they are blocked in
// this one and all that it starts. (Whatever handler interrupts a matrix
// product of oneDNN for AVX-512, the heap is damaged; LibTorch 2.11.)
void install_stop_handlers();
bool stop_requested();

}  // namespace cdx
