#pragma once
// A script, a fake modem and what people saw of it.

#include "fake_modem.h"
#include "rings.h"
#include "run.h"

#include <external/modem/modem.h>

namespace external::modem::test {

/// Everything a script let people see, one line each.
struct Transcript final : ScriptEvents {
  std::vector<std::string> lines;

  void title(std::string_view text) override { lines.push_back("TITLE " + std::string(text)); }
  void display(std::string_view text) override { lines.push_back("SHOW " + std::string(text)); }
  void sent(std::string_view text) override { lines.push_back("OUT " + std::string(text)); }
  void received(std::string_view text) override { lines.push_back("IN " + std::string(text)); }

  std::string all() const {
    std::string text;
    for (const auto& line : lines) text += line + "\n";
    return text;
  }
};

inline Script script_of(std::string_view source) {
  const auto result = compile(source, "T.MDM");
  for (const auto& diagnostic : result.diagnostics) {
    if (diagnostic.severity == Diagnostic::Severity::error) throw std::invalid_argument(render(diagnostic));
  }
  return *result.script;
}

/// A player on a fake modem.
struct Stage : external::test::VirtualWorld {
  explicit Stage(FakeOptions options = {}) : device(io.get_executor(), clock, std::move(options)) {}

  FakeModem device;
  Transcript seen;
  Player player{device, clock, seen};

  Outcome play(std::string_view source, Procedure procedure = Procedure::initialize,
               Variables variables = {}) {
    return run(player.play(script_of(source), procedure, std::move(variables)));
  }

  /// How long `source` plays, and what it shows with `display response`.
  Duration time_of(std::string_view source, Procedure procedure = Procedure::initialize) {
    const TimePoint start = clock.now();
    play(source, procedure);
    return clock.now() - start;
  }
};

/// A whole modem on a fake one.
struct Desk : external::test::VirtualWorld {
  explicit Desk(Script script, FakeOptions options = {}) {
    auto owned = std::make_unique<FakeModem>(io.get_executor(), clock, std::move(options));
    device = owned.get();
    modem = std::make_unique<Modem>(std::move(owned), std::move(script), clock, seen);
  }

  Transcript seen;
  FakeModem* device = nullptr;
  std::unique_ptr<Modem> modem;

  /// What a session reads until `wait` has gone by without a byte, or the line ends.
  std::string read_session(Duration wait, error_code* end = nullptr) {
    return run([](SessionLine& line, Clock& time, Duration patience, error_code* why) -> Task<std::string> {
      std::string text;
      std::array<std::uint8_t, 64> buffer;
      for (;;) {
        const auto count = co_await line.read(buffer, time.now() + patience);
        if (!count && why != nullptr) *why = count.error();
        if (!count) co_return text;
        text += as_text(ByteView(buffer).first(*count));
      }
    }(modem->session_line(), clock, wait, end));
  }
};

}  // namespace external::modem::test
