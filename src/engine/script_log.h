#pragma once
// What scripts and modems say, in the log.

#include "context.h"

#include <external/base/text.h>
#include <external/modem/player.h>

#include <fmt/format.h>

namespace external::engine {

class ScriptLog final : public modem::ScriptEvents {
 public:
  ScriptLog(Context& context, std::string instance) : context_(context), instance_(std::move(instance)) {}
  /// What a script thinks of a modem that it has not got yet is not worth a line.
  void display(std::string_view text) override {
    if (queue_words_.empty()) context_.log.write(instance_, text);
  }
  void sent(std::string_view text) override { show("OUT", text); }
  void received(std::string_view text) override {
    heard_ = heard_ || !text.empty();
    if (is_of_queue(text)) {
      queue_words_ = trim(text);
    } else if (!text.empty()) {
      queue_words_.clear();
    }
    show("IN", text);
  }
  void note(std::string_view text) override { context_.log.write(instance_, text); }

  /// Whether the modem has said anything since forget().
  bool heard() const { return heard_; }

  void forget() { heard_ = false; }

  /// What a pool has said instead of a modem, because all of its modems are in use; empty: nothing, or
  /// something else has been heard after it. It says so once. docs/sharing.md
  const std::string& queue_words() const { return queue_words_; }
  void forget_queue() { queue_words_.clear(); }

 private:
  static bool is_of_queue(std::string_view text) {
    return text.find("You are number ") != std::string_view::npos &&
           text.find(" in the queue.") != std::string_view::npos;
  }

  void show(std::string_view direction, std::string_view text) {
    if (!context_.settings->log_verbose && !context_.settings->debug_xcsi) return;
    context_.log.write(instance_, fmt::format("{}: [{}]", direction, visible(text)));
  }
  Context& context_;
  std::string instance_;
  bool heard_ = false;
  std::string queue_words_;
};

}  // namespace external::engine
