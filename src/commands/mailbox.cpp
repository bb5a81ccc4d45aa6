#include "home.h"

#include <external/base/text.h>

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

void remove(const Mailboxes& boxes, const std::string& name, bool with_mail) {
  switch (boxes.remove(name, with_mail)) {
    case Mailboxes::Removed::yes:
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

Exit run(Invocation& invocation) {
  const auto settings = load_settings(invocation);
  const auto boxes = mailboxes(settings);
  const auto& operands = invocation.operands();
  const auto verb = operands.empty() ? "list" : operands.front();
  if (verb == "list") return list(invocation, boxes);

  const std::vector<std::string> names(operands.begin() + 1, operands.end());
  if (verb != "add" && verb != "remove")
    throw Failure(Exit::usage, "'" + visible(verb) + "' is none of add, list, remove");
  if (names.empty()) throw Failure(Exit::usage, "name a mailbox: external mailbox " + verb + " NAME");
  if (verb == "add") return add(invocation, settings, names);
  for (const auto& name : names) remove(boxes, name, invocation.arguments.has("with-mail"));
  return Exit::ok;
}

}  // namespace

Command mailbox_command() {
  return {"mailbox",
          {"[list] [--json]", "add NAME...", "remove [--with-mail] NAME..."},
          "Show, make or remove mailboxes",
          {{"json", "", "list as a JSON array"}, {"with-mail", "", "remove the mail in it, too"}},
          "A mailbox is a Maildir in mail/ beside external.ini. Upper and lower case are the same.\n",
          run};
}

}  // namespace external::commands
