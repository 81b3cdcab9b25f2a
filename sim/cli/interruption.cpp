// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/interruption.hpp"

#include <unistd.h>

#include <csignal>

namespace brokersim {
namespace {

// All that a handler may touch.
volatile std::sig_atomic_t writing = 0;
volatile std::sig_atomic_t received = 0;

void on_signal(int signal) {
  if (writing == 0 || received != 0) _exit(128 + signal);
  received = signal;
}

}  // namespace

void handle_signals() {
  struct sigaction action {};
  action.sa_handler = on_signal;
  sigemptyset(&action.sa_mask);
  action.sa_flags = SA_RESTART;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  action.sa_handler = SIG_IGN;
  sigaction(SIGPIPE, &action, nullptr);
}

bool interrupted() {
  return received != 0;
}
int interruption_exit_code() {
  return 128 + received;
}

WritingSection::WritingSection() {
  writing = 1;
}
WritingSection::~WritingSection() {
  writing = 0;
}

}  // namespace brokersim
