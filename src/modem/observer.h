#pragma once
// Looks over the shoulder of the scripts.

#include <external/modem/player.h>

namespace external::modem {

/// Passes on what a script lets people see, and keeps whether anything was sent.
class Observer final : public ScriptEvents {
 public:
  explicit Observer(ScriptEvents& to) : to_(to) {}

  /// Whether something was sent since forget().
  bool has_sent() const { return sent_; }
  void forget() { sent_ = false; }

  void started(Procedure procedure) override { to_.started(procedure); }
  void title(std::string_view text) override { to_.title(text); }
  void display(std::string_view text) override { to_.display(text); }
  void sent(std::string_view text) override {
    sent_ = true;
    to_.sent(text);
  }
  void received(std::string_view text) override { to_.received(text); }
  void note(std::string_view text) override { to_.note(text); }
  int key() override { return to_.key(); }

 private:
  ScriptEvents& to_;
  bool sent_ = false;
};

}  // namespace external::modem
