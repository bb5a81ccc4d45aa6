#include <external/service/secret.h>

#include <cerrno>

#include <termios.h>
#include <unistd.h>

namespace external::service {

namespace {

constexpr char interrupt = 3;
constexpr char end_of_input = 4;
constexpr char backspace = 8;
constexpr char erase_line = 21;
constexpr char rub_out = 127;

/// Keys come one by one, unseen, and none of them ends the program, which would leave the terminal mute.
class Unseen {
 public:
  explicit Unseen(int terminal) : terminal_(terminal), changed_(::tcgetattr(terminal, &before_) == 0) {
    if (!changed_) return;
    termios quiet = before_;
    quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO | ICANON | ISIG);
    quiet.c_iflag |= ICRNL;
    ::tcsetattr(terminal_, TCSAFLUSH, &quiet);
  }
  Unseen(const Unseen&) = delete;
  Unseen& operator=(const Unseen&) = delete;
  ~Unseen() {
    if (changed_) ::tcsetattr(terminal_, TCSAFLUSH, &before_);
  }

 private:
  int terminal_;
  termios before_{};
  bool changed_;
};

void say(int terminal, std::string_view text) {
  while (!text.empty()) {
    const auto count = ::write(terminal, text.data(), text.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(count));
  }
}

std::optional<char> next_key(int terminal) {
  char key = 0;
  for (;;) {
    const auto count = ::read(terminal, &key, 1);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return std::nullopt;
    return key;
  }
}

/// Removes a character, which may be several bytes of UTF-8.
void remove_last(std::string& line) {
  while (!line.empty()) {
    const bool continues = (static_cast<unsigned char>(line.back()) & 0xC0) == 0x80;
    line.pop_back();
    if (!continues) return;
  }
}

std::optional<std::string> read_line(int terminal) {
  std::string line;
  while (const auto key = next_key(terminal)) {
    switch (*key) {
      case '\n':
        return line;
      case interrupt:
        return std::nullopt;
      case end_of_input:
        if (line.empty()) return std::nullopt;
        return line;
      case backspace:
      case rub_out:
        remove_last(line);
        break;
      case erase_line:
        line.clear();
        break;
      default:
        line += *key;
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> ask_secret(int terminal, std::string_view question) {
  const Unseen unseen(terminal);
  say(terminal, question);
  auto line = read_line(terminal);
  say(terminal, "\n");
  return line;
}

}  // namespace external::service
