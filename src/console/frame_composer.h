#pragma once
// ncurses as a composer of frames: it works out what to send, and someone else sends it.

#include <external/base/descriptor.h>

#include <cstdio>
#include <memory>
#include <string>
#include <vector>

struct screen;

namespace external::console {

/// Owns an ncurses screen. ncurses itself would write to the terminal and wait for one that has stopped; here
/// it writes to memory. One at a time in a process, as ncurses has a current screen.
class FrameComposer {
 public:
  /// For the terminal type `type`, empty: that of the environment. Throws std::runtime_error if ncurses does
  /// not know it.
  FrameComposer(const std::string& type, int width, int height);
  ~FrameComposer();
  FrameComposer(const FrameComposer&) = delete;
  FrameComposer& operator=(const FrameComposer&) = delete;

  void resize(int width, int height);

  /// The bytes that change the last frame into this one. The first and the last line are shown in reverse.
  std::string compose(const std::vector<std::string>& frame);

  /// The bytes that give the terminal back to the shell.
  std::string farewell();

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };

  std::string take_output();

  Descriptor memory_;
  std::unique_ptr<std::FILE, Close> output_;
  std::unique_ptr<std::FILE, Close> input_;
  screen* screen_ = nullptr;
};

}  // namespace external::console
