#include "sendmail.h"

#include "header_fields.h"
#include "home.h"
#include "submit.h"
#include "wishes.h"

#include <external/base/text.h>
#include <external/postoffice/header.h>

#include <istream>

namespace external::commands {

namespace {

// Options with a value, joined to them or in the next word.
constexpr std::string_view with_value = "fFrNRVBhOCXpL";

struct Words {
  const std::vector<std::string>& all;
  std::size_t next = 0;

  std::string value_of(char option, std::string joined) {
    if (!joined.empty()) return joined;
    if (next < all.size()) return all[next++];
    throw Failure(Exit::usage, std::string("option -") + option + " needs a value");
  }
};

void set_mode(SendmailOptions& options, std::string_view mode) {
  if (mode == "p") {
    options.list_queue = true;
  } else if (mode != "m") {
    throw Failure(Exit::usage,
                  "mode -b" + visible(mode) + " is not offered here; run External with: external run");
  }
}

// Letters without a value may stand together: -ti.
void read_letters(SendmailOptions& options, const std::string& word, Words& words) {
  for (std::size_t at = 1; at < word.size(); ++at) {
    const char letter = word[at];
    const auto rest = word.substr(at + 1);
    if (letter == 't') {
      options.recipients_from_header = true;
    } else if (letter == 'i') {
      options.dots_are_text = true;
    } else if (letter == 'b') {
      return set_mode(options, rest);
    } else if (letter == 'o') {
      options.dots_are_text = options.dots_are_text || rest == "i";
      return;
    } else if (with_value.find(letter) != std::string_view::npos) {
      const auto value = words.value_of(letter, rest);
      if (letter == 'f' || letter == 'r') options.sender = value == "<>" ? "" : value;
      if (letter == 'N') options.notify = parse_notify(value);
      if (letter == 'R') options.headers_only = parse_headers_only(value);
      if (letter == 'V') options.envelope_id = parse_envelope_id(value);
      return;
    } else if (std::string_view("vnGmUsx").find(letter) == std::string_view::npos) {
      throw Failure(Exit::usage, std::string("unknown option -") + visible({&letter, 1}));
    }
  }
}

// The beginning of a message: all of its header, if that is of a reasonable size.
std::string read_start(const Source& source) {
  std::string start;
  for (auto piece = source(); !piece.empty(); piece = source()) {
    start += piece;
    if (postoffice::header_of(start).size() < start.size() || start.size() > postoffice::header_limit) break;
  }
  return start;
}

// `start`, then the rest of `source`.
Source continued(std::string start, Source source) {
  return [start = std::move(start), source = std::move(source), begun = false]() mutable {
    if (begun || start.empty()) return source();
    begun = true;
    return std::move(start);
  };
}

// Adds the recipients that the header names, and takes the blind ones out of it.
Source take_recipients(const Source& source, std::vector<std::string>& recipients) {
  const auto start = read_start(source);
  const auto header = postoffice::header_of(start);
  if (header.size() > postoffice::header_limit)
    throw Failure(Exit::data, "the header has more than 256 KB; is this a message?");
  for (const char* name : {"To", "Cc", "Bcc"}) {
    for (const auto& list : field_values(header, name)) {
      const auto found = addresses_in(list);
      recipients.insert(recipients.end(), found.begin(), found.end());
    }
  }
  return continued(without_field(header, "Bcc") + start.substr(header.size()), source);
}

Exit list_queue(Surroundings& world) {
  const auto command = queue_command();
  Invocation invocation{world, read_arguments({"list"}, command.options), {}, {}};
  return command.run(invocation);
}

}  // namespace

SendmailOptions read_sendmail_options(const std::vector<std::string>& arguments) {
  SendmailOptions options;
  Words words{arguments};
  bool only_addresses = false;
  while (words.next < arguments.size()) {
    const auto& word = arguments[words.next++];
    if (only_addresses || !word.starts_with('-') || word == "-") {
      for (const auto& address : addresses_in(word)) options.recipients.push_back(address);
    } else if (word == "--") {
      only_addresses = true;
    } else {
      read_letters(options, word, words);
    }
  }
  return options;
}

Exit run_sendmail(const std::vector<std::string>& arguments, Surroundings& world) {
  const auto options = read_sendmail_options(arguments);
  if (options.list_queue) return list_queue(world);

  const auto settings = config::load(config::find_config({}, world.environment("EXTERNAL_CONFIG")));
  postoffice::Submission submission;
  submission.from = options.sender.value_or(usual_sender(settings, world));
  submission.to = options.recipients;
  submission.notify = options.notify;
  submission.headers_only = options.headers_only;
  submission.envelope_id = options.envelope_id;
  auto source = from_stream(world.in, "standard input");
  if (!options.dots_are_text) source = until_dot(std::move(source));
  if (options.recipients_from_header) source = take_recipients(source, submission.to);
  if (submission.to.empty())
    throw Failure(Exit::usage, "no recipient; name one, or use -t with a To line in the message");

  Submitter(settings, world.clock).submit(std::move(submission), source);
  tell_news(settings);
  return Exit::ok;
}

}  // namespace external::commands
