#include "program.h"

#include "command.h"
#include "help.h"
#include "rmail.h"
#include "sendmail.h"

#include <external/base/text.h>

#include <algorithm>
#include <ostream>

namespace external::commands {

namespace {

// Words before the command: --help, --version, --config FILE.
struct Beginning {
  bool help = false;
  bool version = false;
  std::optional<std::filesystem::path> config;
  std::vector<std::string> rest;  ///< the command and what follows
};

Beginning read_beginning(const std::vector<std::string>& words) {
  Beginning beginning;
  auto word = words.begin();
  for (; word != words.end() && word->starts_with('-'); ++word) {
    if (*word == "--help" || *word == "-h") {
      beginning.help = true;
    } else if (*word == "--version") {
      beginning.version = true;
    } else if (word->starts_with("--config=")) {
      beginning.config = word->substr(9);
    } else if (*word == "--config") {
      if (++word == words.end()) throw Failure(Exit::usage, "--config needs the name of a file");
      beginning.config = *word;
    } else {
      throw Failure(Exit::usage,
                    "unknown option " + visible(*word) + "; external --help shows those there are");
    }
  }
  beginning.rest.assign(word, words.end());
  return beginning;
}

[[noreturn]] void refuse_unknown(const std::string& word, const std::vector<Command>& commands) {
  std::vector<std::string> names;
  for (const auto& command : commands) names.push_back(command.name);
  const auto near = nearest(word, names);
  throw Failure(Exit::usage, "unknown command " + visible(word) +
                                 (near.empty() ? "; external --help shows those there are"
                                               : "; did you mean " + near + "?"));
}

// "modem" where there are "modem test" and others like it.
[[noreturn]] void refuse_incomplete(const std::string& word, const std::vector<Command>& commands) {
  std::string forms;
  for (const auto& command : commands) {
    if (command.name.starts_with(word + " "))
      forms += (forms.empty() ? "" : " or ") + ("external " + command.name);
  }
  if (forms.empty()) refuse_unknown(word, commands);
  throw Failure(Exit::usage, "incomplete command; write " + forms);
}

// The command that `words` begin with, which are removed.
const Command& take_command(std::vector<std::string>& words, const std::vector<Command>& commands) {
  for (const std::size_t length : {2U, 1U}) {
    if (words.size() < length) continue;
    const auto name = length == 2 ? words[0] + " " + words[1] : words[0];
    const auto found = std::ranges::find(commands, name, &Command::name);
    if (found == commands.end()) continue;
    words.erase(words.begin(), words.begin() + static_cast<std::ptrdiff_t>(length));
    return *found;
  }
  refuse_incomplete(words.front(), commands);
}

std::vector<Option> options_of(const Command& command) {
  auto options = command.options;
  options.insert(options.end(), common_options().begin(), common_options().end());
  return options;
}

Exit run_command_line(const std::vector<std::string>& words, Surroundings& world) {
  const auto commands = all_commands();
  auto settings = config::take_overrides(words);
  auto beginning = read_beginning(settings.rest);
  if (beginning.version) {
    world.out << "external " EXTERNAL_VERSION "\n";
    return Exit::ok;
  }
  if (beginning.help || (!beginning.rest.empty() && beginning.rest.front() == "help")) {
    world.out << program_help(commands);
    return Exit::ok;
  }
  if (beginning.rest.empty()) throw Failure(Exit::usage, "no command; external --help shows those there are");

  const auto& command = take_command(beginning.rest, commands);
  Invocation invocation{world, read_arguments(beginning.rest, options_of(command)), beginning.config,
                        std::move(settings.overrides)};
  if (invocation.arguments.has("help")) {
    world.out << command_help(command);
    return Exit::ok;
  }
  if (const auto file = invocation.arguments.value("config")) invocation.config = *file;
  return command.run(invocation);
}

// Commands that other programs call by a name of their own, as a link to this program.
std::string command_called(const std::string& name) {
  if (name == "rmail") return "rmail";
  return name == "rsmtp" || name == "bsmtp" ? "bsmtp" : "";
}

Exit run_as(const std::string& name, const std::vector<std::string>& arguments, Surroundings& world) {
  if (name == "sendmail") return run_sendmail(arguments, world);
  const auto command = command_called(name);
  if (command.empty()) return run_command_line(arguments, world);
  auto words = arguments;
  words.insert(words.begin(), command);
  return run_command_line(words, world);
}

// Output that could not be written must not look like success.
Exit check_output(Surroundings& world, Exit exit) {
  world.out.flush();
  if (world.out.good() || exit != Exit::ok) return exit;
  throw Failure(Exit::io, "the output could not be written; is the disk full or the reader gone?");
}

}  // namespace

std::vector<Command> all_commands() {
  return {init_command(),         mailbox_command(),     run_command(),         send_command(),
          queue_command(),        route_command(),       call_command(),        retry_command(),
          hangup_command(),       status_command(),      monitor_command(),     metrics_command(),
          stop_command(),         start_command(),       reload_command(),      config_check_command(),
          config_show_command(),  share_list_command(),  share_kick_command(),  share_attach_command(),
          log_command(),          explain_command(),     modem_test_command(),  script_check_command(),
          script_play_command(),  remote_init_command(), remote_sync_command(), remote_list_command(),
          remote_fetch_command(), remote_send_command(), rmail_command(),       bsmtp_command(),
          udev_rules_command()};
}

Exit run_program(const std::string& called, const std::vector<std::string>& arguments, Surroundings& world) {
  const auto name = std::filesystem::path(called).filename().string();
  const bool has_name = name == "sendmail" || !command_called(name).empty();
  try {
    return check_output(world, run_as(name, arguments, world));
  } catch (...) {
    const auto ending = ending_of_current_exception();
    for (const auto& line : split(trim(ending.text), '\n')) {
      world.err << (has_name ? name : "external") << ": " << line << "\n";
    }
    return ending.exit;
  }
}

}  // namespace external::commands
