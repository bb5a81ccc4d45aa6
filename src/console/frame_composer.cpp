#include "frame_composer.h"

#define NCURSES_NOMACROS 1
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

void draw(int row, const std::string& line, bool reverse, int width) {
  if (reverse) ::attron(A_REVERSE);
  ::mvaddnstr(row, 0, line.c_str(), width);
  const int filler = width - static_cast<int>(line.size());
  if (reverse && filler > 0) ::hline(' ' | A_REVERSE, filler);
  if (reverse) ::attroff(A_REVERSE);
}

}  // namespace

FrameComposer::FrameComposer(const std::string& type, int width, int height)
    : memory_(::memfd_create("screen", MFD_CLOEXEC)),
      output_(::fdopen(::dup(memory_.get()), "w")),
      input_(std::fopen("/dev/null", "re")) {
  if (!output_ || !input_) throw std::runtime_error("no memory for the screen");
  const KeepSignals keep;
  ::use_env(FALSE);
  const char* name = type.empty() ? nullptr : type.c_str();
  if (is_known(name, memory_.get())) screen_ = ::newterm(name, output_.get(), input_.get());
  if (screen_ == nullptr) {
    throw std::runtime_error(
        "this terminal cannot show a screen; set TERM to its type, or run with --service");
  }
  ::typeahead(-1);  // it would look for keys in /dev/null
  ::curs_set(0);
  resize(width, height);
}

FrameComposer::~FrameComposer() {
  if (screen_ == nullptr) return;
  ::endwin();
  ::delscreen(screen_);
}

void FrameComposer::resize(int width, int height) {
  ::resizeterm(std::max(height, 1), std::max(width, 1));
  ::clearok(::stdscr, TRUE);
}

std::string FrameComposer::compose(const std::vector<std::string>& frame) {
  ::erase();
  const int rows = std::min(static_cast<int>(frame.size()), ::getmaxy(::stdscr));
  const int width = ::getmaxx(::stdscr);
  for (int row = 0; row < rows; ++row) {
    draw(row, frame[static_cast<std::size_t>(row)], row == 0 || row + 1 == rows, width);
  }
  ::refresh();
  return take_output();
}

std::string FrameComposer::farewell() {
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
