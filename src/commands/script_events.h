#pragma once
// Watching a modem script at work.

#include <external/modem/player.h>

#include <iosfwd>

namespace external::commands {

/// Prints what a script does, one line each: `OUT: ATZ^M`, `IN:  OK`, `>>> text`.
class PrintedEvents final : public modem::ScriptEvents {
 public:
  explicit PrintedEvents(std::ostream& out) : out_(out) {}

  void title(std::string_view text) override;
  void display(std::string_view text) override;
  void sent(std::string_view text) override;
  void received(std::string_view text) override;

  /// Whether anything at all was received.
  bool heard() const { return heard_; }

 private:
  void print(std::string_view mark, std::string_view text);

  std::ostream& out_;
  bool heard_ = false;
};

}  // namespace external::commands
