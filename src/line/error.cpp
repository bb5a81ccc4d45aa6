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
