#include <external/base/descriptor.h>
#include <external/base/replace_file.h>
#include <external/base/text.h>
#include <external/engine/passwords.h>
#include <external/postoffice/address.h>

#include <openssl/crypto.h>

#include <cerrno>
#include <fstream>
#include <stdexcept>
#include <system_error>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

namespace external::engine {

namespace {

constexpr std::size_t longest_password = 1024;
constexpr std::size_t key_digits = 2 * std::tuple_size_v<link::Key>;

[[noreturn]] void cannot_read(const std::filesystem::path& file, int error) {
  throw std::runtime_error(file.string() + " cannot be read: " + std::generic_category().message(error) +
                           "; give it to the user that runs External");
}

/// Of all programs that change passwords one at a time; readers need none, they see whole files.
class Turn {
 public:
  explicit Turn(const std::filesystem::path& file)
      : folder_(::open(file.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
    if (!folder_ || ::flock(folder_.get(), LOCK_EX) != 0) cannot_read(file.parent_path(), errno);
  }

 private:
  Descriptor folder_;
};

std::optional<std::uint8_t> value_of(char digit) {
  if (digit >= '0' && digit <= '9') return static_cast<std::uint8_t>(digit - '0');
  if (digit >= 'a' && digit <= 'f') return static_cast<std::uint8_t>(digit - 'a' + 10);
  return std::nullopt;
}

std::optional<link::Key> key_from(std::string_view digits) {
  if (digits.size() != key_digits) return std::nullopt;
  link::Key key{};
  for (std::size_t i = 0; i < key.size(); ++i) {
    const auto high = value_of(digits[2 * i]);
    const auto low = value_of(digits[2 * i + 1]);
    if (!high || !low) return std::nullopt;
    key[i] = static_cast<std::uint8_t>(*high << 4 | *low);
  }
  return key;
}

/// Nothing for a name that no mailbox may have.
std::optional<std::string> proper_name(const std::string& mailbox) {
  try {
    return postoffice::parse_mailbox(mailbox);
  } catch (const postoffice::BadAddress&) {
    return std::nullopt;
  }
}

}  // namespace

void Passwords::set(const std::string& mailbox, std::string_view password) const {
  if (password.empty()) throw std::invalid_argument("a password has at least one character");
  if (password.size() > longest_password)
    throw std::invalid_argument("a password has at most 1,024 bytes; choose a shorter one");
  const auto name = postoffice::parse_mailbox(mailbox);
  const auto key = derive(name, password);
  const Turn turn(file_);
  auto keys = read();
  keys[name] = key;
  write(keys);
}

bool Passwords::remove(const std::string& mailbox) const {
  const auto name = postoffice::parse_mailbox(mailbox);
  const Turn turn(file_);
  auto keys = read();
  if (keys.erase(name) == 0) return false;
  write(keys);
  return true;
}

std::optional<link::Key> Passwords::key_of(const std::string& mailbox) const {
  const auto name = proper_name(mailbox);
  if (!name) return std::nullopt;
  const auto keys = read();
  const auto found = keys.find(*name);
  if (found == keys.end()) return std::nullopt;
  return found->second;
}

bool Passwords::matches(const std::string& mailbox, std::string_view password) const {
  const auto known = key_of(mailbox);
  const auto given =
      derive(proper_name(mailbox).value_or(std::string()), password.substr(0, longest_password));
  const bool fits = known && CRYPTO_memcmp(known->data(), given.data(), given.size()) == 0;
  return fits && password.size() <= longest_password;
}

Passwords::Keys Passwords::read() const {
  Keys keys;
  std::ifstream in(file_);
  if (!in) {
    if (errno == ENOENT) return keys;
    cannot_read(file_, errno);
  }
  struct stat status {};
  if (::stat(file_.c_str(), &status) == 0 && (status.st_mode & (S_IRWXG | S_IRWXO)) != 0)
    throw std::runtime_error("other users can read the passwords of mailboxes; run: chmod 600 " +
                             file_.string());
  int number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    if (trim(line).empty() || line.starts_with('#')) continue;
    const auto key = key_from(std::string_view(line).substr(0, key_digits));
    if (!key || line.size() < key_digits + 2 || line[key_digits] != ' ')
      throw std::runtime_error(
          file_.string() + ":" + std::to_string(number) +
          ": this is no password of a mailbox; remove the line and give the password again "
          "with external mailbox password NAME");
    keys.insert_or_assign(line.substr(key_digits + 1), *key);
  }
  if (in.bad()) cannot_read(file_, EIO);
  return keys;
}

void Passwords::write(const Keys& keys) const {
  std::string text = "# Keys of mailboxes; they are changed with: external mailbox password NAME\n";
  for (const auto& [name, key] : keys) text += hex(as_text(key)) + " " + name + "\n";
  replace_file(file_, text);
}

link::Key Passwords::derive(const std::string& mailbox, std::string_view password) const {
  return link::derive_key(password, home_po_, home_po_ + "/" + mailbox);
}

}  // namespace external::engine
