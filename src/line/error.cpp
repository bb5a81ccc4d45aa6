#include <external/line/line.h>

namespace external::line {

namespace {

class Category final : public boost::system::error_category {
 public:
  const char* name() const noexcept override { return "line"; }
  std::string message(int value) const override {
    switch (static_cast<Error>(value)) {
      case Error::hung_up:
        return "the line is gone";
      case Error::held:
        return "another process holds the port";
      case Error::unsupported:
        return "this kind of line cannot do that";
      case Error::bad_speed:
        return "the port does not know this speed";
      case Error::not_a_terminal:
        return "not a serial port";
      case Error::no_lock_folder:
        return "the folder for lock files does not exist";
      case Error::lock_unreadable:
        return "the lock file may not be read";
      case Error::lock_unwritable:
        return "the lock file cannot be written";
      case Error::no_answer:
        return "nothing there speaks Telnet; is a server for serial ports (ser2net) running? For a modem "
               "behind a "
               "plain socket use tcp://";
      case Error::no_com_port_option:
        return "the server speaks Telnet but not RFC 2217; use tcp://";
      case Error::not_transparent:
        return "the server refuses 8 data bits, no parity, 1 stop bit, or binary transmission; change its "
               "settings";
      case Error::bad_peer:
        return "what the server sends is not RFC 2217; check host and port";
      case Error::turned_away:
        return "the server hung up at once; end the other client that uses its port, or plug the port in";
    }
    return "unknown line error";
  }
};

}  // namespace

const boost::system::error_category& error_category() {
  static const Category category;
  return category;
}

error_code make_error_code(Error error) {
  return {static_cast<int>(error), error_category()};
}

}  // namespace external::line
