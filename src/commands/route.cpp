#include "home.h"
#include "route_view.h"

#include <external/base/text.h>

#include <algorithm>
#include <iostream>
#include <map>

namespace external::commands {

namespace json = boost::json;

namespace {

constexpr auto route_patience = std::chrono::seconds(5);

/// What one operand asks for.
struct Question {
  std::string asked;
  std::optional<postoffice::Address> address;   ///< nothing where a post office alone was asked for
  std::vector<std::string> offices;             ///< whose ways answer it: several for a group
  std::vector<postoffice::Address> members;     ///< of a group or alias
  std::vector<std::string> reasons;             ///< what external.ini makes of the address
  std::map<std::string, std::string> ways_out;  ///< of mailboxes here that are no Maildirs
  std::string trouble;                          ///< with the mailbox; empty if there is none
};

std::optional<control::Status> ask_running(const config::Settings& settings) {
  try {
    return control::status_from_json(
        connect_to_running(settings).request({{"command", "status"}}, route_patience));
  } catch (const std::exception&) {
    return std::nullopt;  // what the settings and the queue tell is true all the same
  }
}

bool is_here(const config::Settings& settings, const postoffice::Address& address) {
  return address.office() == settings.home_po && !address.is_foreign();
}

std::string trouble_with(const config::Settings& settings, const engine::Directory& directory,
                         const postoffice::Address& address) {
  if (!settings.remote_user.empty()) return {};  // the post office knows
  if (!is_here(settings, address) || directory.takes(address)) return {};
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

/// The place of a setting of [External]: "Gateway, external.ini:7".
std::string place_of(const config::Settings& settings, const char* setting, int line) {
  return std::string(setting) + ", " + settings.file.filename().string() + ":" + std::to_string(line);
}

/// Why a domain means the post office that it means; empty where that is plain.
std::string reason_of_domain(const config::Settings& settings, const engine::Directory& directory,
                             const Question& question) {
  const auto at = question.asked.rfind('@');
  if (at == std::string::npos) return {};
  const auto& address = *question.address;
  if (address.is_foreign()) {
    const auto gateway = place_of(settings, "Gateway", settings.line_of("Gateway"));
    const auto domain = address.mailbox.substr(address.mailbox.rfind('@') + 1);
    if (address.office() == settings.home_po)
      return domain + " belongs to no post office here; its mail takes the way out from here (" + gateway +
             ")";
    const bool ours = address.office() == directory.book().gateway;
    return domain + " belongs to no post office here; its mail goes to the gateway " + address.office() +
           (ours ? " (" + gateway + ")" : "");
  }
  if (directory.book().domain_of(address.office()) == postoffice::mail_domain(address.office())) return {};
  const auto* office = settings.find_post_office(address.office());
  const auto line = office ? office->line_of("Domain") : settings.line_of("Domain");
  return question.asked.substr(at + 1) + " is a domain of " + address.office() + " (" +
         place_of(settings, "Domain", line) + ")";
}

void explain_members(Question& question, const config::Settings& settings,
                     const engine::Directory& directory) {
  question.members = directory.groups().expand(*question.address).mailboxes;
  for (const auto& member : question.members) {
    add_office(question, member.office());
    add_way_out(question, directory, member);
    const auto trouble = trouble_with(settings, directory, member);
    if (!trouble.empty()) question.trouble += (question.trouble.empty() ? "" : "; ") + trouble;
  }
}

void explain_address(Question& question, const config::Settings& settings,
                     const engine::Directory& directory) {
  const auto& address = *question.address;
  if (auto reason = reason_of_domain(settings, directory, question); !reason.empty())
    question.reasons.push_back(std::move(reason));
  if (directory.groups().has(address)) {
    const bool alias = directory.groups().is_alias(address);
    question.reasons.push_back(address.text() + (alias ? " is an alias of:" : " is a group:"));
    return explain_members(question, settings, directory);
  }
  const bool lost = is_here(settings, address) && !directory.has_mailbox(address);
  if (lost && directory.catch_all()) {
    question.reasons.push_back("there is no mailbox " + address.mailbox + " here; its mail goes to " +
                               directory.catch_all()->text() + " (" +
                               place_of(settings, "CatchAll", settings.line_of("CatchAll")) + ")");
    add_way_out(question, directory, *directory.catch_all());
    return add_office(question, directory.catch_all()->office());
  }
  add_office(question, address.office());
  add_way_out(question, directory, address);
  question.trouble = trouble_with(settings, directory, address);
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
  explain_address(question, settings, directory);
  return question;
}

void print(std::ostream& out, const Question& question, const std::vector<RouteView>& routes) {
  for (const auto& reason : question.reasons) out << reason << "\n";
  for (const auto& member : question.members) out << "  " << member.text() << "\n";
  if (!question.reasons.empty() || !question.members.empty()) out << "\n";
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
          {"reasons", json::value_from(question.reasons)},
          {"trouble", question.trouble.empty() ? json::value(nullptr) : json::value(question.trouble)},
          {"routes", std::move(ways)}};
}

Exit run_route(Invocation& invocation) {
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
      "next post office, and when it may be called as far as settings and queue tell. Of an address it is\n"
      "said what its domain means, and who else gets its mail: an alias, a group, the catch-all, a gateway;\n"
      "the ways to all members are shown. Exit code 1 if there is no route, or no such mailbox here.\n",
      run_route};
}

}  // namespace external::commands
