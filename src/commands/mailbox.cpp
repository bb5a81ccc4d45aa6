#include "ask_password.h"
#include "home.h"

#include <external/base/text.h>
#include <external/engine/passwords.h>

#include <boost/json.hpp>

#include <iostream>

namespace external::commands {

namespace {

using postoffice::Mailboxes;

Exit list(Invocation& invocation, const Mailboxes& boxes) {
  const auto names = boxes.list();
  if (invocation.arguments.has("json")) {
    invocation.world.out << boost::json::serialize(boost::json::value_from(names)) << "\n";
    return Exit::ok;
  }
  for (const auto& name : names) invocation.world.out << name << "\n";
  return Exit::ok;
}

void refuse_name_in_use(const config::Settings& settings, const std::string& name) {
  for (const auto& group : settings.groups) {
    if (!equal_no_case(group.name, name)) continue;
    throw Failure(Exit::data, visible(name) + " is a group, " + settings.file.string() + ":" +
                                  std::to_string(group.line) + "; give the mailbox another name");
  }
  const auto book = address_book(settings);
  const auto address = postoffice::parse_address(postoffice::parse_mailbox(name), book);
  for (const auto& alias : settings.aliases) {
    if (postoffice::parse_address(alias.name, book) != address) continue;
    throw Failure(Exit::data, name + " is an alias, " + settings.file.string() + ":" +
                                  std::to_string(alias.line) + "; give the mailbox another name");
  }
}

Exit add(Invocation& invocation, const config::Settings& settings, const std::vector<std::string>& names) {
  const auto boxes = mailboxes(settings);
  for (const auto& name : names) {
    refuse_name_in_use(settings, name);
    if (!boxes.add(name)) invocation.world.out << name << " exists already\n";
  }
  return Exit::ok;
}

void remove(const config::Settings& settings, const Mailboxes& boxes, const std::string& name,
            bool with_mail) {
  switch (boxes.remove(name, with_mail)) {
    case Mailboxes::Removed::yes:
      // Who gets the name next is somebody else.
      engine::Passwords(settings.passwords_file(), settings.home_po).remove(name);
      return;
    case Mailboxes::Removed::unknown:
      throw Failure(Exit::no_user,
                    "there is no mailbox " + visible(name) + "; external mailbox list shows all");
    case Mailboxes::Removed::not_empty:
      throw Failure(Exit::unavailable, "mailbox " + visible(name) +
                                           " holds mail; move it away, or remove it too with --with-mail");
    case Mailboxes::Removed::needed:
      throw Failure(Exit::unavailable, visible(name) + " is needed: mail goes there that nobody else gets");
  }
}

Exit remove_password(const engine::Passwords& passwords, const std::string& name) {
  if (passwords.remove(name)) return Exit::ok;
  throw Failure(Exit::no_user, "mailbox " + visible(name) + " has no password; nothing was changed");
}

/// Who has it may dial in for the mail of that mailbox.
Exit password(Invocation& invocation, const config::Settings& settings,
              const std::vector<std::string>& names) {
  if (names.size() != 1) throw Failure(Exit::usage, "name one mailbox: external mailbox password NAME");
  const auto& name = names.front();
  const engine::Passwords passwords(settings.passwords_file(), settings.home_po);
  if (invocation.arguments.has("remove")) return remove_password(passwords, name);
  if (!mailboxes(settings).find(name))
    throw Failure(Exit::no_user, "there is no mailbox " + visible(name) + "; external mailbox add makes one");
  try {
    passwords.set(name, ask_new_password(invocation.world, settings.home_po + "/" + to_upper(name)));
  } catch (const std::invalid_argument& error) {
    throw Failure(Exit::data, error.what());
  }
  return Exit::ok;
}

Exit run_mailbox(Invocation& invocation) {
  const auto settings = load_settings(invocation);
  const auto boxes = mailboxes(settings);
  const auto& operands = invocation.operands();
  const auto verb = operands.empty() ? "list" : operands.front();
  if (verb == "list") return list(invocation, boxes);

  const std::vector<std::string> names(operands.begin() + 1, operands.end());
  if (verb == "password") return password(invocation, settings, names);
  if (verb != "add" && verb != "remove")
    throw Failure(Exit::usage, "'" + visible(verb) + "' is none of add, list, password, remove");
  if (names.empty()) throw Failure(Exit::usage, "name a mailbox: external mailbox " + verb + " NAME");
  if (verb == "add") return add(invocation, settings, names);
  for (const auto& name : names) remove(settings, boxes, name, invocation.arguments.has("with-mail"));
  return Exit::ok;
}

}  // namespace

Command mailbox_command() {
  return {"mailbox",
          {"[list] [--json]", "add NAME...", "remove [--with-mail] NAME...", "password [--remove] NAME"},
          "Show, make or remove mailboxes, and give them passwords",
          {{"json", "", "list as a JSON array"},
           {"with-mail", "", "remove the mail in it, too"},
           {"remove", "", "take the password away"}},
          "A mailbox is a Maildir in mail/ beside external.ini. Upper and lower case are the same.\n"
          "Who has the password of a mailbox may dial in for its mail. It is asked for twice at a terminal,\n"
          "otherwise it is one line of standard input. Its key lies in passwords beside external.ini.\n",
          run_mailbox};
}

}  // namespace external::commands
