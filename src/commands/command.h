#pragma once
// What a command of the program is.

#include "arguments.h"
#include "exit.h"
#include "surroundings.h"

#include <external/config/load.h>

#include <filesystem>

namespace external::commands {

/// One use of a command.
struct Invocation {
  Surroundings& world;
  Arguments arguments;
  std::optional<std::filesystem::path> config;  ///< --config
  std::vector<config::Override> overrides;      ///< settings on the command line

  const std::vector<std::string>& operands() const { return arguments.operands(); }
  WallTime now() const { return world.clock.wall(); }
};

struct Command {
  std::string name;                   ///< one word, or two: "modem test"
  std::vector<std::string> synopsis;  ///< what follows the name, one entry a form
  std::string summary;                ///< one line
  std::vector<Option> options;
  std::string text;  ///< the rest of its help, lines
  Exit (*run)(Invocation& invocation) =
      nullptr;  ///< throws Failure, and what ending_of_current_exception knows
};

Command init_command();
Command mailbox_command();
Command run_command();
Command send_command();
Command queue_command();
Command route_command();
Command call_command();
Command retry_command();
Command status_command();
Command monitor_command();
Command hangup_command();
Command metrics_command();
Command stop_command();
Command start_command();
Command reload_command();
Command config_check_command();
Command config_show_command();
Command share_list_command();
Command share_kick_command();
Command share_attach_command();
Command log_command();
Command explain_command();
Command modem_test_command();
Command script_check_command();
Command script_play_command();
Command udev_rules_command();
Command remote_init_command();
Command remote_sync_command();
Command remote_list_command();
Command remote_fetch_command();
Command remote_send_command();

/// All of them, in the order of the help.
std::vector<Command> all_commands();

}  // namespace external::commands
