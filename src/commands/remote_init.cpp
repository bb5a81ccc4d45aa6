#include "ask_password.h"
#include "command.h"

#include <external/base/descriptor.h>
#include <external/base/text.h>
#include <external/config/load.h>
#include <external/config/values.h>
#include <external/postoffice/address.h>
#include <external/postoffice/mailbox.h>
#include <mailqueue/queue.h>

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <cerrno>
#include <iostream>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

namespace external::commands {

namespace {

namespace fs = std::filesystem;

struct Person {
  std::string office;   ///< NETWORK/POSTOFFICE
  std::string mailbox;  ///< upper case
  std::string address() const { return office + "/" + mailbox; }
};

Person parse_person(const std::string& text) {
  const auto slash = text.rfind('/');
  if (std::ranges::count(text, '/') != 2)
    throw Failure(Exit::data, "'" + visible(text) + "' is no mailbox; write NETWORK/POSTOFFICE/MAILBOX");
  return {config::parse_post_office_name(text.substr(0, slash)),
          postoffice::parse_mailbox(text.substr(slash + 1))};
}

/// A value of external.ini that may hold anything.
std::string quoted(const std::string& value) {
  std::string text = "\"";
  for (const char c : value) text += c == '"' ? std::string("\"\"") : std::string(1, c);
  return text + "\"";
}

/// The line, and the setting of the post office that says where to call.
struct Way {
  std::string line;
  std::string place;
};

Way way_of(const Arguments& arguments) {
  const auto address = arguments.value("address");
  const auto phone = arguments.value("phone");
  const auto port = arguments.value("port");
  if (address && !phone && !port) {
    config::parse_host_port(*address);
    return {"CommType    = Tcp\n", "Address  = " + quoted(*address) + "\n"};
  }
  if (!address && phone && port) {
    return {fmt::format("AsyncCommPort = {}\nAsyncSpeed  = {}\nCommScript  = {}\n", quoted(*port),
                        arguments.value("speed").value_or("57600"),
                        arguments.value("script").value_or("GENERIC")),
            "Phone    = " + quoted(*phone) + "\n"};
  }
  throw Failure(Exit::usage, "say how to call: --phone NUMBER --port TTY, or --address HOST:PORT");
}

std::string settings_text(const Person& person, const Way& way, const std::string& password) {
  return fmt::format(
      "; The machine of {0}: it dials in, hands over mail and takes its own. docs/remote-users.md\n\n"
      "[External]\n"
      "HomePO      = {1}\n"
      "RemoteUser  = {2}\n"
      "LogSession  = log/Session.log\n"
      "UsefulLife  = 30d                   ; how long mail that was written may wait for a call\n"
      "UsefulLifeUrgent = 30d\n\n"
      "[External-Line]\n{3}"
      "CommOutOnly = yes\n"
      "RetryRules  = time                  ; calls that fail send nothing back\n\n"
      "[PostOffice {1}]\n{4}"
      "Password = {5}\n"
      "Retries  = 255\n"
      "UndialableAfter = 0\n",
      person.address(), person.office, person.mailbox, way.line, way.place, quoted(password));
}

void refuse_existing(const fs::path& file) {
  if (fs::exists(file))
    throw Failure(Exit::cannot_create, file.string() + ": it exists already; choose another folder");
}

void write_settings(const fs::path& file, const std::string& text) {
  const Descriptor descriptor(::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  const bool written =
      descriptor &&
      ::write(descriptor.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
      ::fsync(descriptor.get()) == 0;
  if (!written) throw std::system_error(errno, std::generic_category(), file.string() + " cannot be written");
}

Exit run_remote_init(Invocation& invocation) {
  const auto& operands = invocation.operands();
  if (operands.size() != 2)
    throw Failure(Exit::usage, "write: external remote init NETWORK/POSTOFFICE/MAILBOX FOLDER");
  const auto person = parse_person(operands[0]);
  const auto way = way_of(invocation.arguments);
  const fs::path folder = operands[1];
  refuse_existing(folder / "external.ini");
  const auto text = settings_text(person, way, ask_password(invocation.world, person.address()));
  const auto file = folder / "external.ini";
  config::parse(text, file);  // what it does not like it says with the file's name
  fs::create_directories(folder / "log");
  fs::create_directories(folder / "mail");
  write_settings(file, text);
  postoffice::Mailboxes(folder / "mail").add(person.mailbox);
  mailqueue::Queue(folder / "queue.db");
  fmt::print(invocation.world.out, "{} is ready in {}. Next:\n", person.address(), folder.string());
  fmt::print(invocation.world.out, "  external --config {} remote sync      mail up and down\n",
             file.string());
  fmt::print(invocation.world.out, "  {} is a Maildir for your mail program\n",
             (folder / "mail" / person.mailbox).string());
  return Exit::ok;
}

}  // namespace

Command remote_init_command() {
  return {
      "remote init",
      {"NETWORK/POSTOFFICE/MAILBOX FOLDER --address HOST:PORT",
       "NETWORK/POSTOFFICE/MAILBOX FOLDER --phone NUMBER --port TTY [--speed BPS] [--script NAME]"},
      "Make this the machine of a person who dials in for mail",
      {{"address", "HOST:PORT", "where the post office answers, over TCP"},
       {"phone", "NUMBER", "the same with a modem"},
       {"port", "TTY", "the modem's port, as AsyncCommPort"},
       {"speed", "BPS", "between computer and modem; default 57600"},
       {"script", "NAME", "modem script; default GENERIC"}},
      "FOLDER gets external.ini (an existing one is never touched), a queue for mail that is written, and\n"
      "mail/MAILBOX, a Maildir. The password is that which the post office has given the mailbox (external\n"
      "mailbox password); it is asked for at a terminal, otherwise it is one line of standard input.\n",
      run_remote_init};
}

}  // namespace external::commands
