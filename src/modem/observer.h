#pragma once
// Looks over the shoulder of the scripts.

#include <external/modem/player.h>

namespace external::modem {

/// Passes on what a script lets people see, and keeps what the modem session has to know of it.
class Observer final : public ScriptEvents {
 public:
  explicit Observer(ScriptEvents& to) : to_(to) {}

  /// Whether something was sent since the last procedure began.
  bool has_sent() const { return sent_; }

  /// Whether the modem gives its results as numbers.
  bool numbers() const { return numbers_; }

  void started(Procedure procedure) override {
    sent_ = false;
    to_.started(procedure);
  }
  void title(std::string_view text) override { to_.title(text); }
  void display(std::string_view text) override { to_.display(text); }
  void sent(std::string_view text) override {
    sent_ = true;
    to_.sent(text);
  }
  void received(std::string_view text) override {
    if (text.find("OK\r") != std::string_view::npos) numbers_ = false;
    if (text == "0\r" || text.ends_with("\n0\r") || text.ends_with("\r0\r")) numbers_ = true;
    to_.received(text);
  }
  void note(std::string_view text) override { to_.note(text); }
  int key() override { return to_.key(); }

 private:
  ScriptEvents& to_;
  bool sent_ = false;
  bool numbers_ = false;
};

}  // namespace external::modem
