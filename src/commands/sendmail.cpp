#include "sendmail.h"

#include "home.h"
#include "local_mail.h"
#include "sendmail_options.h"
#include "standard_stream.h"
#include "submit.h"

#include <external/mime/header.h>
#include <external/postoffice/header.h>

#include <istream>

namespace external::commands {

namespace {

/// The beginning of a message: all of its header, if that is of a reasonable size.
std::string read_start(const Source& source) {
  std::string start;
  for (auto piece = source(); !piece.empty(); piece = source()) {
    start += piece;
    if (postoffice::header_of(start).size() < start.size() || start.size() > postoffice::header_limit) break;
  }
  return start;
}

/// `start`, then the rest of `source`.
Source continued(std::string start, Source source) {
  return [start = std::move(start), source = std::move(source), begun = false]() mutable {
    if (begun || start.empty()) return source();
    begun = true;
    return std::move(start);
  };
}

/// Programs that keep mail in files put a line "From ..." before the header; it is no part of the message.
std::string without_from_line(std::string start) {
  const auto end = start.find('\n');
  if (start.starts_with("From ") && end != std::string::npos) start.erase(0, end + 1);
  return start;
}

/// Adds the recipients that the header names, those of the latest sender if it was sent again (RFC 5322
/// 3.6.6), and returns `start` without the blind ones.
std::string take_recipients(const std::string& start, std::vector<std::string>& recipients) {
  const auto block = postoffice::header_of(start);
  if (block.size() > postoffice::header_limit)
    throw Failure(Exit::data, "the header has more than 256 KB; is this a message?");
  const mime::Header header(block);
  const bool again = header.has("Resent-To") || header.has("Resent-Cc") || header.has("Resent-Bcc");
  const std::string prefix = again ? "Resent-" : "";
  for (const char* name : {"To", "Cc", "Bcc"}) {
    for (const auto& list : header.values(prefix + name)) {
      for (auto& address : addresses_of(list)) recipients.push_back(std::move(address));
    }
  }
  return header.without(prefix + "Bcc") + start.substr(block.size());
}

Exit list_queue(const SendmailOptions& options, Surroundings& world) {
  const auto command = queue_command();
  Invocation invocation{world, read_arguments({"list"}, command.options), options.config, {}};
  return command.run(invocation);
}

config::Settings settings_for(const SendmailOptions& options, const Surroundings& world) {
  return config::load(config::find_config(options.config, world.environment("EXTERNAL_CONFIG")));
}

Exit take_message(const SendmailOptions& options, Surroundings& world) {
  const auto settings = settings_for(options, world);
  postoffice::Submission submission;
  submission.from = options.sender.value_or(usual_sender(settings, world));
  submission.to = options.recipients;
  submission.notify = options.notify;
  submission.headers_only = options.headers_only;
  submission.envelope_id = options.envelope_id;
  auto source = from_stream(world.in, "standard input");
  if (!options.dots_are_text) source = until_dot(std::move(source));
  auto start = without_from_line(read_start(source));
  if (options.recipients_from_header) start = take_recipients(start, submission.to);
  if (submission.to.empty())
    throw Failure(Exit::usage, "no recipient; name one, or use -t with a To line in the message");

  Submitter submitter(settings, world.clock);
  submitter.complete_headers(options.full_name);
  submitter.submit(std::move(submission), continued(std::move(start), std::move(source)));
  tell_news(settings);
  return Exit::ok;
}

/// SMTP on standard input and output, until the client has enough.
Exit speak(const SendmailOptions& options, Surroundings& world) {
  const auto settings = settings_for(options, world);
  LocalMail mail(settings, world);
  StandardStream stream(world.in, world.out);
  mail.serve(stream, {});
  return Exit::ok;
}

}  // namespace

Exit run_sendmail(const std::vector<std::string>& arguments, Surroundings& world) {
  const auto options = read_sendmail_options(arguments);
  switch (options.mode) {
    case SendmailMode::deliver:
      return take_message(options, world);
    case SendmailMode::dialogue:
      return speak(options, world);
    case SendmailMode::list_queue:
      return list_queue(options, world);
    case SendmailMode::run_queue:
      tell_news(settings_for(options, world));
      return Exit::ok;
    case SendmailMode::nothing:
      break;
  }
  return Exit::ok;
}

}  // namespace external::commands
