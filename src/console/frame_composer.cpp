#include "frame_composer.h"

#include <external/unicode/utf8.h>

#define NCURSES_NOMACROS 1
#define NCURSES_WIDECHAR 1
#include <ncurses.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <stdexcept>

#include <sys/mman.h>
#include <term.h>
#include <unistd.h>

namespace external::console {

namespace {

// ncurses takes signals over when it starts; stopping External is not its business.
class KeepSignals {
 public:
  KeepSignals() {
    for (std::size_t i = 0; i < numbers.size(); ++i) ::sigaction(numbers[i], nullptr, &actions_[i]);
  }
  ~KeepSignals() {
    for (std::size_t i = 0; i < numbers.size(); ++i) ::sigaction(numbers[i], &actions_[i], nullptr);
  }
  KeepSignals(const KeepSignals&) = delete;
  KeepSignals& operator=(const KeepSignals&) = delete;

 private:
  static constexpr std::array numbers{SIGINT, SIGTERM, SIGTSTP, SIGWINCH};
  std::array<struct sigaction, numbers.size()> actions_{};
};

// newterm() says no to a type it does not know, too, but leaks a screen then.
bool is_known(const char* type, int output) {
  int error = 0;
  if (::setupterm(type, output, &error) != OK) return false;
  ::del_curterm(cur_term);
  return true;
}

enum Pair : short { good_pair = 1, busy_pair, bad_pair };

attr_t attributes_of(Look look, bool coloured) {
  const auto colour = [&](short pair) { return coloured ? static_cast<attr_t>(COLOR_PAIR(pair)) : A_NORMAL; };
  switch (look) {
    case Look::bar:
    case Look::chosen:
      return A_REVERSE;
    case Look::head:
      return A_BOLD;
    case Look::good:
      return colour(good_pair);
    case Look::busy:
      return colour(busy_pair);
    case Look::bad:
      return colour(bad_pair) | A_BOLD;
    case Look::plain:
      break;
  }
  return A_NORMAL;
}

std::wstring wide(const std::string& text) {
  const auto points = unicode::decode(text);
  return points ? std::wstring(points->begin(), points->end()) : std::wstring();
}

void draw(int row, const Row& line, int width, bool coloured) {
  const attr_t attributes = attributes_of(line.look, coloured);
  ::attrset(static_cast<int>(attributes));
  const auto text = wide(line.text);
  ::mvaddnwstr(row, 0, text.c_str(), static_cast<int>(text.size()));
  const int filler = width - static_cast<int>(width_of(line.text));
  if ((attributes & A_REVERSE) != 0 && filler > 0) ::hline(' ' | A_REVERSE, filler);
  ::attrset(A_NORMAL);
}

locale_t locale_for(Charset charset) {
  return ::newlocale(LC_CTYPE_MASK, charset == Charset::utf8 ? "C.UTF-8" : "C", nullptr);
}

}  // namespace

class FrameComposer::UseLocale {
 public:
  explicit UseLocale(const FrameComposer& composer)
      : before_(::uselocale(composer.locale_ ? composer.locale_.get() : locale_t{})) {}
  ~UseLocale() { ::uselocale(before_); }
  UseLocale(const UseLocale&) = delete;
  UseLocale& operator=(const UseLocale&) = delete;

 private:
  locale_t before_;
};

FrameComposer::FrameComposer(const ComposerOptions& options, int width, int height)
    : locale_(locale_for(options.charset)),
      memory_(::memfd_create("screen", MFD_CLOEXEC)),
      output_(::fdopen(::dup(memory_.get()), "w")),
      input_(std::fopen("/dev/null", "re")) {
  if (!output_ || !input_) throw std::runtime_error("no memory for the screen");
  const KeepSignals keep;
  const UseLocale use(*this);
  ::use_env(FALSE);
  const char* name = options.type.empty() ? nullptr : options.type.c_str();
  if (is_known(name, memory_.get())) screen_ = ::newterm(name, output_.get(), input_.get());
  if (screen_ == nullptr) {
    throw std::runtime_error(
        "this terminal cannot show a screen; set TERM to its type, or use external status and external log "
        "--follow");
  }
  ::typeahead(-1);  // it would look for keys in /dev/null
  ::curs_set(0);
  if (options.colours) choose_colours();
  resize(width, height);
}

void FrameComposer::choose_colours() {
  if (!::has_colors() || ::start_color() != OK) return;
  ::use_default_colors();
  ::init_pair(good_pair, COLOR_GREEN, -1);
  ::init_pair(busy_pair, COLOR_YELLOW, -1);
  ::init_pair(bad_pair, COLOR_RED, -1);
  coloured_ = true;
}

FrameComposer::~FrameComposer() {
  if (screen_ == nullptr) return;
  ::endwin();
  ::delscreen(screen_);
}

void FrameComposer::resize(int width, int height) {
  const UseLocale use(*this);
  ::resizeterm(std::max(height, 1), std::max(width, 1));
  ::clearok(::stdscr, TRUE);
}

std::string FrameComposer::compose(const Frame& frame) {
  const UseLocale use(*this);
  ::erase();
  const int rows = std::min(static_cast<int>(frame.size()), ::getmaxy(::stdscr));
  const int width = ::getmaxx(::stdscr);
  for (int row = 0; row < rows; ++row) draw(row, frame[static_cast<std::size_t>(row)], width, coloured_);
  ::refresh();
  return take_output();
}

std::string FrameComposer::farewell() {
  const UseLocale use(*this);
  ::endwin();
  return take_output();
}

std::string FrameComposer::take_output() {
  std::fflush(output_.get());
  const off_t size = ::lseek(memory_.get(), 0, SEEK_END);
  std::string bytes(static_cast<std::size_t>(std::max<off_t>(size, 0)), '\0');
  const ssize_t count = ::pread(memory_.get(), bytes.data(), bytes.size(), 0);
  bytes.resize(static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
  if (::ftruncate(memory_.get(), 0) == 0) ::lseek(memory_.get(), 0, SEEK_SET);
  return bytes;
}

}  // namespace external::console
