#include <external/service/terminal.h>

#include <unistd.h>

namespace external::service {

namespace {

// A background job that touches the terminal's modes is stopped by the system, and its lines would be deaf.
bool in_background(int terminal) {
  const pid_t foreground = ::tcgetpgrp(terminal);
  return foreground > 0 && foreground != ::getpgrp();
}

}  // namespace

bool is_interactive(int input, int output) {
  return ::isatty(input) != 0 && ::isatty(output) != 0 && !in_background(input);
}

}  // namespace external::service
