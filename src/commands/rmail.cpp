#include "rmail.h"

#include "home.h"
#include "local_mail.h"
#include "uucp.h"

#include <external/base/text.h>

#include <istream>

namespace external::commands {

namespace {

/// Enough for the lines of the sites on the way.
constexpr std::size_t longest_envelope = 64 * 1024;

std::vector<std::string> offices_of(const config::Settings& settings) {
  std::vector<std::string> offices{settings.home_po};
  for (const auto& office : settings.post_offices) offices.push_back(office.name);
  return offices;
}

std::string read_start(const Source& source) {
  std::string start;
  for (auto piece = source(); !piece.empty(); piece = source()) {
    start += piece;
    if (start.size() >= longest_envelope) break;
  }
  return start;
}

/// A path that cannot be read is kept as it came: the sender may be somebody all the same.
std::string sender_of(const std::string& path, const std::vector<std::string>& offices) {
  try {
    return from_bang_path(path, offices);
  } catch (const postoffice::BadAddress&) {
    return path;
  }
}

std::vector<smtp::Recipient> recipients_of(const Invocation& invocation,
                                           const std::vector<std::string>& offices) {
  std::vector<smtp::Recipient> recipients;
  for (const auto& word : invocation.operands()) {
    try {
      recipients.push_back({from_bang_path(word, offices), {}, {}});
    } catch (const postoffice::BadAddress& error) {
      throw Failure(Exit::no_host, "nothing taken: address '" + visible(word) + "': " + error.what());
    }
  }
  if (recipients.empty()) throw Failure(Exit::usage, "no recipient; write: rmail ADDRESS...");
  return recipients;
}

Exit run_rmail(Invocation& invocation) {
  const auto settings = load_settings(invocation);
  const auto offices = offices_of(settings);
  auto recipients = recipients_of(invocation, offices);
  const auto source = from_stream(invocation.world.in, "standard input");
  auto start = read_start(source);
  const auto envelope = read_uucp_envelope(start);
  start.erase(0, envelope.header_size);
  smtp::Client client{
      "local", envelope.remote.empty() ? invocation.world.user : envelope.remote, {}, false, "UUCP"};
  smtp::Sender sender;
  sender.address = sender_of(invocation.arguments.value("from").value_or(envelope.sender), offices);
  if (sender.address == "<>" || equal_no_case(sender.address, "mailer-daemon")) sender.address.clear();
  bool begun = false;
  const Source whole = [&]() {
    if (begun || start.empty()) return source();
    begun = true;
    return std::move(start);
  };
  LocalMail(settings, invocation.world)
      .take(std::move(client), std::move(sender), std::move(recipients), whole);
  return Exit::ok;
}

}  // namespace

Command rmail_command() {
  return {
      "rmail",
      {"[--from ADDRESS] ADDRESS..."},
      "Take a message that came by UUCP",
      {{"from", "ADDRESS", "the sender; default: what the lines \"From ... remote from ...\" say"}},
      "For uuxqt, which calls it under the name `rmail`: a link of that name to the program does. The\n"
      "message comes on standard input. ADDRESS may be a path as site!anna. All recipients get it, or, with\n"
      "an exit code, none. Once the command has ended well the mail is on the disk for good.\n",
      run_rmail};
}

}  // namespace external::commands
