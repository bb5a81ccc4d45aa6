#include <external/link/link.h>

namespace external::link {

namespace {

class Category final : public boost::system::error_category {
 public:
  const char* name() const noexcept override { return "link"; }
  std::string message(int value) const override {
    switch (static_cast<Error>(value)) {
      case Error::silent:
        return "no answer from the other end";
      case Error::protocol:
        return "the other end broke the protocol";
      case Error::closed:
        return "the link was closed";
      case Error::wrong_credentials:
        return "sign-on ID or password incorrect";
      case Error::wrong_address:
        return "the other end is not the post office that was called";
      case Error::wrong_version:
        return "the other end speaks another version of the protocol";
      case Error::busy:
        return "the other end cannot take the call now";
      case Error::unreliable_line:
        return "the line lost or damaged bytes although LineReliable = yes says that it does not; set it to "
               "no";
      case Error::broken_seal:
        return "what arrived is not what the other end sealed: the line is worse than its checks, or "
               "somebody "
               "interferes";
      case Error::encryption:
        return "one end has Encryption = no, the other not: set it alike at both ends";
    }
    return "unknown link error";
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

}  // namespace external::link
