#include "ask_password.h"

#include "exit.h"

#include <external/service/secret.h>
#include <external/service/terminal.h>

#include <iostream>
#include <utility>

namespace external::commands {

namespace {

constexpr int keyboard = 0;
constexpr int screen = 2;  ///< standard output may go to a file

bool person_sits_there(const Surroundings& world) {
  return &world.in == &std::cin && service::is_interactive(keyboard, screen);
}

std::string ask(const std::string& question) {
  auto line = service::ask_secret(keyboard, question);
  if (!line) throw Failure(Exit::no_input, "no password was given; nothing was changed");
  return std::move(*line);
}

std::string read_line(std::istream& in) {
  std::string line;
  if (!std::getline(in, line))
    throw Failure(Exit::no_input,
                  "no password on standard input; write it as one line, or call this from a terminal");
  if (line.ends_with('\r')) line.pop_back();
  return line;
}

std::string not_empty(std::string password) {
  if (password.empty()) throw Failure(Exit::data, "an empty password is none; give at least one character");
  return password;
}

}  // namespace

std::string ask_password(Surroundings& world, const std::string& whose) {
  if (!person_sits_there(world)) return not_empty(read_line(world.in));
  return not_empty(ask("Password of " + whose + ": "));
}

std::string ask_new_password(Surroundings& world, const std::string& whose) {
  if (!person_sits_there(world)) return not_empty(read_line(world.in));
  auto password = not_empty(ask("New password of " + whose + ": "));
  if (ask("The same again: ") != password)
    throw Failure(Exit::data, "the two passwords differ; nothing was changed, try again");
  return password;
}

}  // namespace external::commands
