#pragma once
// The terminal in the mode that a screen needs, and back.

#include <external/base/asio.h>
#include <external/base/descriptor.h>

#include <termios.h>

namespace external::console {

struct Size {
  int width = 80;
  int height = 24;
  bool operator==(const Size&) const = default;
};

/// Keys come one by one and without echo as long as this lives; then the terminal is as it was. Reading and
/// writing never block.
class Terminal {
 public:
  /// Throws boost::system::system_error if the descriptors are no terminal.
  Terminal(const asio::any_io_executor& executor, int input, int output);
  ~Terminal();
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  Size size();

  /// The next keys, or nothing if the terminal has gone.
  Task<std::string> read();

  /// Returns when the terminal has taken all; drops them if it has gone.
  Task<> write(std::string bytes);

  /// For the end: sends what was not taken yet and `bytes`, as far as the terminal takes them at once.
  void write_last(std::string_view bytes);

 private:
  void open_output(int output);
  std::size_t write_some(std::string_view bytes);

  termios before_{};
  std::optional<int> shared_flags_;  ///< of an output that is not our own, to be put back
  asio::posix::stream_descriptor input_;
  asio::posix::stream_descriptor output_;
  std::string unsent_;
  bool gone_ = false;
};

}  // namespace external::console
