#pragma once
// Why whoever uses an initialised modem hands it back to who has its port.

#include <string>

namespace external::engine {

struct Handback {
  enum class Kind {
    changed,   ///< it is not as INITIALIZE left it: play that again
    unready,   ///< it cannot be made ready after a call: bring it back
    hangs,     ///< it does not hang up: close the port
    stuck,     ///< its control lines do not follow: open the port again, after a while
    needless,  ///< no call is due, and the port is held for calls only
    gone,      ///< the port has gone, or has failed
  };

  Kind kind = Kind::changed;
  std::string why{};  ///< of `unready` and `stuck` a sentence; of `gone` a cause, empty if the port says none
};

}  // namespace external::engine
