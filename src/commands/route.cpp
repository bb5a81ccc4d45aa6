#include "home.h"
#include "route_view.h"

#include <external/base/text.h>

#include <algorithm>
#include <iostream>
#include <map>

namespace external::commands {

namespace json = boost::json;

namespace {

constexpr auto patience = std::chrono::seconds(5);

/// What one operand asks for.
struct Question {
  std::string asked;
  std::optional<postoffice::Address> address;   ///< nothing where a post office alone was asked for
  std::vector<std::string> offices;             ///< whose ways answer it: several for a group
  std::vector<postoffice::Address> members;     ///< of a group
  std::map<std::string, std::string> ways_out;  ///< of mailboxes here that are no Maildirs
  std::string trouble;                          ///< with the mailbox; empty if there is none
};

std::optional<control::Status> ask_running(const config::Settings& settings) {
  try {
    return control::status_from_json(connect_to_running(settings).request({{"command", "status"}}, patience));
  } catch (const std::exception&) {
    return std::nullopt;  // what the settings and the queue tell is true all the same
  }
}

std::string trouble_with(const config::Settings& settings, const engine::Directory& directory,
                         const postoffice::Address& address) {
  if (!settings.remote_user.empty()) return {};  // the post office knows
  if (directory.ways_out().for_recipient(address.text())) return {};
  if (address.office() != settings.home_po || address.mailbox == postoffice::postmaster) return {};
  if (mailboxes(settings).find(address.mailbox)) return {};
  return "there is no mailbox " + address.mailbox + " here; make it with: external mailbox add " +
         address.mailbox;
}

void add_office(Question& question, const std::string& office) {
  auto& offices = question.offices;
  if (std::ranges::find(offices, office) == offices.end()) offices.push_back(office);
}

void add_way_out(Question& question, const engine::Directory& directory, const postoffice::Address& address) {
  if (const auto* way = directory.ways_out().for_recipient(address.text()))
    question.ways_out[address.text()] = way->name;
}

Question read_question(const config::Settings& settings, const engine::Directory& directory,
                       const std::string& word) {
  Question question;
  question.asked = word;
  if (std::ranges::count(word, '/') == 1 && word.find('@') == std::string::npos) {
    question.offices.push_back(postoffice::parse_office(word));
    return question;
  }
  question.address = postoffice::parse_address(word, directory.book());
  if (!directory.groups().has(*question.address)) {
    add_office(question, question.address->office());
    add_way_out(question, directory, *question.address);
    question.trouble = trouble_with(settings, directory, *question.address);
    return question;
  }
  question.members = directory.groups().expand(*question.address).mailboxes;
  for (const auto& member : question.members) {
    add_office(question, member.office());
    add_way_out(question, directory, member);
    const auto trouble = trouble_with(settings, directory, member);
    if (!trouble.empty()) question.trouble += (question.trouble.empty() ? "" : "; ") + trouble;
  }
  return question;
}

void print(std::ostream& out, const Question& question, const std::vector<RouteView>& routes) {
  if (!question.members.empty()) {
    out << question.address->text() << " is a group:\n";
    for (const auto& member : question.members) out << "  " << member.text() << "\n";
    out << "\n";
  }
  for (const auto& route : routes) {
    if (&route != &routes.front()) out << "\n";
    out << route_text(route);
  }
  for (const auto& [recipient, way] : question.ways_out)
    out << "Mail for " << visible(recipient) << " is handed over by " << visible(way) << ".\n";
  if (!question.trouble.empty()) out << "No way: " << question.trouble << ".\n";
}

json::object as_json(const Question& question, const std::vector<RouteView>& routes) {
  json::array members;
  for (const auto& member : question.members) members.push_back(json::value(member.text()));
  json::array ways;
  for (const auto& route : routes) ways.push_back(to_json(route));
  json::object ways_out;
  for (const auto& [recipient, way] : question.ways_out) ways_out[recipient] = way;
  return {{"asked", question.asked},
          {"ways_out", std::move(ways_out)},
          {"address", question.address ? json::value(question.address->text()) : json::value(nullptr)},
          {"members", std::move(members)},
          {"trouble", question.trouble.empty() ? json::value(nullptr) : json::value(question.trouble)},
          {"routes", std::move(ways)}};
}

Exit run(Invocation& invocation) {
  const auto settings = load_settings(invocation);
  const auto routing = directory(settings);
  const auto queue = open_queue(settings);
  if (invocation.operands().empty())
    throw Failure(Exit::usage, "name a post office or an address: external route NETWORK/POSTOFFICE");
  const auto status = ask_running(settings);
  auto exit = Exit::ok;
  for (const auto& word : invocation.operands()) {
    const auto question = read_question(settings, routing, word);
    std::vector<RouteView> routes;
    for (const auto& office : question.offices)
      routes.push_back(explain_route(settings, routing, queue, status, office, invocation.now()));
    const bool all_exist = std::ranges::all_of(routes, &RouteView::exists) && question.trouble.empty();
    if (!all_exist) exit = Exit::no;
    if (invocation.arguments.has("json")) {
      invocation.world.out << json::serialize(as_json(question, routes)) << "\n";
    } else {
      print(invocation.world.out, question, routes);
    }
  }
  return exit;
}

}  // namespace

Command route_command() {
  return {
      "route",
      {"NETWORK/POSTOFFICE... [--json]", "ADDRESS... [--json]"},
      "Explain which way mail goes, and why",
      {{"json", "", "one JSON object a line for each operand"}},
      "Each step is shown with the line of external.ini that says so, then which instances would call the\n"
      "next post office, and when it may be called as far as settings and queue tell. For a group the ways\n"
      "to all its members are shown. Exit code 1 if there is no route, or no such mailbox here.\n",
      run};
}

}  // namespace external::commands
