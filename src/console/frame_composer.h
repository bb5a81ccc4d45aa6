#pragma once
// ncurses as a composer of frames: it works out what to send, and someone else sends it.

#include "frame.h"
#include "readable.h"

#include <external/base/descriptor.h>

#include <cstdio>
#include <memory>
#include <string>

#include <locale.h>

struct screen;

namespace external::console {

struct ComposerOptions {
  std::string type{};  ///< of the terminal; empty: that of the environment
  Charset charset = Charset::ascii;
  bool colours = true;  ///< if the terminal has them
};

/// Owns an ncurses screen. ncurses itself would write to the terminal and wait for one that has stopped; here
/// it writes to memory. One at a time in a process, as ncurses has a current screen.
class FrameComposer {
 public:
  /// Throws std::runtime_error if ncurses does not know the terminal.
  FrameComposer(const ComposerOptions& options, int width, int height);
  ~FrameComposer();
  FrameComposer(const FrameComposer&) = delete;
  FrameComposer& operator=(const FrameComposer&) = delete;

  void resize(int width, int height);

  /// The bytes that change the last frame into this one.
  std::string compose(const Frame& frame);

  /// The bytes that give the terminal back to the shell.
  std::string farewell();

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };

  /// ncurses asks the locale what a character is. Ours is that of the terminal, on this thread, while this
  /// lives; the rest of the program keeps its own.
  class UseLocale;

  struct FreeLocale {
    void operator()(locale_t locale) const { ::freelocale(locale); }
  };

  void choose_colours();
  std::string take_output();

  std::unique_ptr<std::remove_pointer_t<locale_t>, FreeLocale> locale_;
  bool coloured_ = false;
  Descriptor memory_;
  std::unique_ptr<std::FILE, Close> output_;
  std::unique_ptr<std::FILE, Close> input_;
  screen* screen_ = nullptr;
};

}  // namespace external::console
