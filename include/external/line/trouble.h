#pragma once
// Why a port cannot be used and what to do about it, in the words that logs, `modem test` and `status` show.

#include <external/line/line.h>

namespace external::line {

struct Trouble {
  std::string cause;  ///< "Port /dev/ttyUSB0 is absent"
  std::string cure;   ///< "plug the modem in and switch it on, or correct AsyncCommPort"

  /// Both as one sentence.
  std::string text() const { return cause + "; " + cure + "."; }
};

/// Words for an error of open_tty() or of the line it opened, or of connecting to tcp://host:port. A port
/// that is held is told with the process that holds it, since when that runs, and a port that is absent is
/// told apart from one that may not be used. Looks into /proc and `lock_folder`; takes milliseconds.
Trouble trouble_of(error_code error, const std::string& path, const std::string& lock_folder);

/// The port is there and ours, and nothing at all came from the modem.
Trouble silent_modem(const std::string& path);

/// trouble_of() as one sentence.
std::string describe_trouble(error_code error, const std::string& path, const std::string& lock_folder);

}  // namespace external::line
