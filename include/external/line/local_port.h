#pragma once
// A serial port that is made here, for programs that know nothing else: the other side of a pseudo terminal.

#include <external/base/clock.h>
#include <external/base/descriptor.h>

#include <filesystem>

namespace external::line {

/// A pseudo terminal under a name of its own. Programs open the name; what they write is read here. One
/// reader and one writer at a time. Used on the thread of `executor`.
class LocalPort {
 public:
  /// Makes the terminal and the link to it; replaces a link, but nothing else. Throws std::runtime_error with
  /// a line for the user.
  LocalPort(const asio::any_io_executor& executor, Clock& clock, std::filesystem::path link);

  /// Takes the link away. Who has the port open is hung up.
  ~LocalPort();
  LocalPort(const LocalPort&) = delete;
  LocalPort& operator=(const LocalPort&) = delete;

  /// Returns when a program has the port open, at once if one has.
  Task<> wait_until_open();

  /// Returns when none has it open any more.
  Task<> wait_until_closed();

  /// Whether a program has the port open now.
  bool is_open() const;

  /// Whether the program keeps DTR low, as a terminal without modem lines can tell: by speed 0.
  bool is_low() const;

  /// Bits per second that the program has set; 0: DTR is low.
  unsigned speed() const;

  /// What programs have written; nothing while none has it open.
  Task<Result<std::size_t>> read(std::span<std::uint8_t> into, TimePoint deadline);

  /// Waits for a program that does not read.
  Task<error_code> write(ByteView bytes, TimePoint deadline);

 private:
  void make_link() const;

  Clock& clock_;
  std::filesystem::path link_;
  std::string name_;
  asio::posix::stream_descriptor master_;
};

}  // namespace external::line
