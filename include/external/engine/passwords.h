#pragma once
// The passwords of mailboxes: with one a person may dial in for the mail of that mailbox, or hand in mail.

#include <external/link/sign_on.h>

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace external::engine {

/// Kept in one file of its own, mode 0600, which is replaced as a whole: a line for each mailbox, its key in
/// hexadecimal and its name. The password itself is not in it, but the key is as good as the password for
/// dialling in. Names of mailboxes are the same in upper and lower case. Any number of programs may use the
/// file; each call reads it anew and blocks on the disk. Functions throw postoffice::BadAddress for a name
/// that no mailbox may have (but key_of and matches, which know no such mailbox), and std::runtime_error with
/// cause and cure for a file that cannot be read or written, others can read, or is damaged.
class Passwords {
 public:
  /// Nothing is touched yet; a file that is not there holds no passwords. `home_po` is NETWORK/POSTOFFICE in
  /// upper case.
  Passwords(std::filesystem::path file, std::string home_po)
      : file_(std::move(file)), home_po_(std::move(home_po)) {}

  /// Gives a mailbox a password, instead of the one it may have had; on return it is durable. 1 to 1,024
  /// bytes of any kind, otherwise it throws std::invalid_argument. Blocks for 0.1 s: scrypt.
  void set(const std::string& mailbox, std::string_view password) const;

  /// Takes the password away; false if there was none.
  bool remove(const std::string& mailbox) const;

  /// For who dials in: link::derive_key of the password, the post office and NETWORK/POSTOFFICE/MAILBOX.
  /// Nothing if that mailbox has no password.
  std::optional<link::Key> key_of(const std::string& mailbox) const;

  /// Whether that is its password. Blocks for 0.1 s, also for a mailbox without one.
  bool matches(const std::string& mailbox, std::string_view password) const;

 private:
  using Keys = std::map<std::string, link::Key>;  ///< by mailbox
  Keys read() const;
  void write(const Keys& keys) const;
  link::Key derive(const std::string& mailbox, std::string_view password) const;

  std::filesystem::path file_;
  std::string home_po_;
};

}  // namespace external::engine
