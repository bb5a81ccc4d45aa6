#include "command.h"
#include "ports.h"
#include "script_events.h"
#include "scripts.h"

#include <external/base/text.h>
#include <external/config/values.h>

#include <fmt/ostream.h>

#include <iostream>

namespace external::commands {

namespace {

std::string result_text(const modem::Outcome& outcome) {
  auto text = fmt::format("Result: {} ({})", modem::name_of(outcome.code), static_cast<int>(outcome.code));
  if (!outcome.connect.empty()) text += ", " + visible(outcome.connect);
  if (outcome.line_speed > 0) text += fmt::format(", {} bps", outcome.line_speed);
  if (!outcome.text.empty()) text += "; " + visible(outcome.text);
  return text;
}

modem::Procedure parse_procedure(const std::string& word) {
  if (const auto procedure = modem::procedure_named(word)) return *procedure;
  throw Failure(Exit::usage, "'" + visible(word) +
                                 "' is no procedure; write INITIALIZE, CALL, ANSWER, DISCONNECT or RESET");
}

Exit run_script_play(Invocation& invocation) {
  const auto& operands = invocation.operands();
  const auto& arguments = invocation.arguments;
  const auto port = arguments.value("port");
  if (operands.size() != 2 || !port)
    throw Failure(Exit::usage, "write: external script play FILE PROCEDURE --port LINE [--phone NUMBER]");
  const auto procedure = parse_procedure(operands[1]);
  auto& world = invocation.world;
  const auto script = compile_or_fail(operands[0], world.err);
  PortOptions options;
  if (const auto speed = arguments.value("speed")) options.speed = config::parse_speed(*speed);
  if (const auto folder = arguments.value("lock-folder")) options.lock_folder = *folder;

  modem::Outcome outcome;
  run_alone([&]() -> Task<> {
    const auto device = co_await open_port(*port, options, world.clock);
    PrintedEvents events(world.out);
    modem::Player player(*device, world.clock, events);
    modem::Variables variables(arguments.value("phone").value_or(""),
                               arguments.value("dial-mode").value_or("T"), false);
    outcome = co_await player.play(script, procedure, std::move(variables));
  });
  world.out << result_text(outcome) << "\n";
  return outcome.ok() || outcome.connected() ? Exit::ok : Exit::unavailable;
}

}  // namespace

Command script_play_command() {
  return {"script play",
          {"FILE PROCEDURE --port LINE [--phone NUMBER] [--speed BPS]"},
          "Play one procedure of a modem script on a line",
          {{"port", "LINE", "a serial port, or tcp://host:port"},
           {"phone", "NUMBER", "what phone_number of the script is"},
           {"dial-mode", "T|P", "what dial_mode is; default T"},
           {"speed", "BPS", "between computer and port; default 57600"},
           {"lock-folder", "FOLDER", "where lock files of ports live; default /run/lock"}},
          "Prints what goes out (OUT:), what comes in (IN:) and the result. The port is closed at the end, "
          "which\n"
          "hangs up. Ends with 0 for OK and CONNECT, with 69 for other results.\n",
          run_script_play};
}

}  // namespace external::commands
