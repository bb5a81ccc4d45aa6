#include "command.h"

#include <external/config/starter.h>
#include <external/postoffice/mailbox.h>
#include <mailqueue/queue.h>

#include <fmt/ostream.h>

#include <iostream>

namespace external::commands {

namespace {

namespace fs = std::filesystem;

void make_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) {
    throw Failure(Exit::cannot_create,
                  folder.string() + " cannot be made: " + error.message() + "; choose another folder");
  }
}

fs::path write_configuration(const fs::path& folder, const std::string& home) {
  try {
    return config::write_starter(folder, home);
  } catch (const config::ConfigError& error) {
    throw Failure(Exit::cannot_create, error.what());
  }
}

void tell_next_steps(std::ostream& out, const fs::path& file, const std::string& home) {
  const auto option = "--config " + file.string();
  fmt::print(out, "{} is ready in {}. Next:\n", home, file.parent_path().string());
  fmt::print(out, "  1. Add the modem and the other post offices to {}\n", file.string());
  fmt::print(out, "  2. external {} mailbox add NAME     a mailbox for each person\n", option);
  fmt::print(out, "  3. external {} modem test           is the modem there and answering?\n", option);
  fmt::print(out, "  4. external {} run\n", option);
}

Exit run_init(Invocation& invocation) {
  const auto& operands = invocation.operands();
  if (operands.size() != 2) throw Failure(Exit::usage, "write: external init NETWORK/POSTOFFICE FOLDER");
  const auto home = config::parse_post_office_name(operands[0]);
  make_folder(operands[1]);
  const auto folder = fs::canonical(operands[1]);
  const auto file = write_configuration(folder, home);
  make_folder(folder / "log");
  make_folder(folder / "mail");
  postoffice::Mailboxes(folder / "mail").add(postoffice::postmaster);
  mailqueue::Queue(folder / "queue.db");
  tell_next_steps(invocation.world.out, file, home);
  return Exit::ok;
}

}  // namespace

Command init_command() {
  return {"init",
          {"NETWORK/POSTOFFICE FOLDER"},
          "Make the folder of a new post office",
          {},
          "FOLDER gets external.ini (an existing one is never touched), the queue, mail/ with the mailbox\n"
          "POSTMASTER, and log/.\n",
          run_init};
}

}  // namespace external::commands
