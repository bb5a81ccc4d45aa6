#include "uart.h"

#include "descriptor_io.h"

#include <sys/ioctl.h>

namespace external::line {

namespace {

/// Drivers without an operation say ENOTTY; some that have only part of it say EINVAL.
error_code outcome_of(int result) {
  if (result == 0) return {};
  if (errno == ENOTTY || errno == EINVAL) return Error::unsupported;
  return from_errno(errno);
}

class DriverUart final : public Uart {
 public:
  explicit DriverUart(int fd) : fd_(fd) {}

  Result<int> lines() override {
    int bits = 0;
    if (const auto error = outcome_of(::ioctl(fd_, TIOCMGET, &bits))) return error;
    return bits;
  }

  error_code raise(int bits) override { return outcome_of(::ioctl(fd_, TIOCMBIS, &bits)); }
  error_code lower(int bits) override { return outcome_of(::ioctl(fd_, TIOCMBIC, &bits)); }
  error_code hold_break(bool on) override { return outcome_of(::ioctl(fd_, on ? TIOCSBRK : TIOCCBRK)); }

  Result<serial_icounter_struct> counts() override {
    serial_icounter_struct counters{};
    if (const auto error = outcome_of(::ioctl(fd_, TIOCGICOUNT, &counters))) return error;
    return counters;
  }

  error_code wait_for_edge() override {
    return outcome_of(::ioctl(fd_, TIOCMIWAIT, TIOCM_CTS | TIOCM_DSR | TIOCM_CAR | TIOCM_RNG));
  }

 private:
  int fd_;
};

}  // namespace

std::unique_ptr<Uart> make_uart(int fd) {
  return std::make_unique<DriverUart>(fd);
}

}  // namespace external::line
