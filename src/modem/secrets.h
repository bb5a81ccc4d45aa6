#pragma once
// Telephone and card numbers: what a script sends with `echo 0` must not be seen anywhere, the modem's echo
// included.

#include <external/base/asio.h>

namespace external::modem {

class Secrets {
 public:
  static constexpr std::string_view mask = "********";

  /// The latest ones are kept: an echo may come late, in the middle of another procedure.
  void add(std::string_view text);

  /// `text` without the secrets, and without their parts where a response breaks them in two.
  std::string hide(std::string_view text) const;

 private:
  std::vector<std::string> secrets_;
};

}  // namespace external::modem
