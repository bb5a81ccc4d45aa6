#include "home.h"
#include "letters.h"
#include "submit.h"
#include "wishes.h"

#include <external/base/text.h>
#include <external/config/values.h>

#include <algorithm>
#include <iostream>

namespace external::commands {

namespace {

using mailqueue::Priority;

// `--to A B FILE`: a word is an address if it has the form of one and no file has its name.
bool is_address(const std::string& word) {
  const bool mail = word.find('@') != std::string::npos;
  const bool slashes = std::ranges::count(word, '/') == 2 && !word.starts_with('/') && !word.starts_with('.');
  return (mail || slashes) && !std::filesystem::exists(word);
}

Priority parse_priority(const std::string& word) {
  for (const auto priority : {Priority::urgent, Priority::normal, Priority::low}) {
    if (equal_no_case(word, mailqueue::name(priority))) return priority;
  }
  throw Failure(Exit::usage, "'" + visible(word) + "' is no priority; write urgent, normal or low");
}

std::chrono::seconds parse_useful_life(const std::string& text) {
  try {
    const auto life = config::parse_duration(text);
    if (life < std::chrono::minutes(1)) throw config::BadValue("expected at least 1m");
    return life;
  } catch (const config::BadValue& error) {
    throw Failure(Exit::usage, "'" + visible(text) + "' is no useful life: " + error.what());
  }
}

postoffice::Submission submission_from(const Invocation& invocation, const config::Settings& settings) {
  const auto& arguments = invocation.arguments;
  postoffice::Submission submission;
  for (const auto& list : arguments.values("to")) {
    for (const auto& address : split(list, ',')) submission.to.emplace_back(trim(address));
  }
  if (submission.to.empty()) throw Failure(Exit::usage, "no recipient; write --to ADDRESS");
  submission.from = arguments.value("from").value_or(usual_sender(settings, invocation.world));
  if (submission.from.empty()) throw Failure(Exit::usage, "this user has no name; write --from ADDRESS");
  submission.priority = parse_priority(arguments.value("priority").value_or("normal"));
  if (const auto notify = arguments.value("notify")) submission.notify = parse_notify(*notify);
  if (arguments.has("receipt")) submission.notify.success = true;
  if (const auto part = arguments.value("return")) submission.headers_only = parse_headers_only(*part);
  if (const auto id = arguments.value("envelope-id")) submission.envelope_id = parse_envelope_id(*id);
  if (const auto life = arguments.value("useful-life")) submission.useful_life = parse_useful_life(*life);
  return submission;
}

void each_letter(Invocation& invocation, const std::function<void(Source)>& take) {
  const auto boxes = invocation.arguments.values("mbox");
  for (const auto& file : boxes) each_in_mbox_file(file, take);
  for (const auto& file : invocation.operands()) {
    if (file == "-") {
      take(from_stream(invocation.world.in, "standard input"));
    } else {
      each_in_file(file, take);
    }
  }
  if (boxes.empty() && invocation.operands().empty())
    take(from_stream(invocation.world.in, "standard input"));
}

Exit run_send(Invocation& invocation) {
  const auto settings = load_settings(invocation);
  const auto submission = submission_from(invocation, settings);
  Submitter submitter(settings, invocation.world.clock);
  std::size_t count = 0;
  const auto take = [&](const Source& source) {
    const auto result = submitter.submit(submission, source);
    ++count;
    if (!invocation.arguments.has("quiet"))
      invocation.world.out << result.message << " " << result.key << "\n";
  };
  try {
    each_letter(invocation, take);
  } catch (...) {
    if (count == 0) throw;
    tell_news(settings);
    const auto ending = ending_of_current_exception();
    throw Failure(ending.exit, ending.text + " (" + std::to_string(count) + " sent before that)");
  }
  tell_news(settings);
  return Exit::ok;
}

}  // namespace

Command send_command() {
  return {
      "send",
      {"[--from ADDRESS] --to ADDRESS... [--priority urgent|normal|low] [--receipt]\n"
       "                [--useful-life TIME] [--notify LIST] [--return full|headers] [FILE...]"},
      "Queue messages",
      {{"from", "ADDRESS", "the sender; default: the login name"},
       {"to", "ADDRESS", "recipients, several separated by blanks or commas, or --to again", is_address},
       {"priority", "WORD", "urgent, normal (the default) or low"},
       {"receipt", "", "ask for a notice of delivery"},
       {"useful-life", "TIME", "how long it may wait before it comes back: 2h, 3d; default: UsefulLife"},
       {"notify", "LIST", "never, or some of success,failure,delay; default: failure,delay"},
       {"return", "WORD", "what comes back if it fails: full (the default) or headers"},
       {"envelope-id", "TEXT", "an identity of your own that notices repeat"},
       {"mbox", "FILE", "every message of an mbox; may be given again"},
       {"quiet", "", "do not print the queued messages"}},
      "Each FILE is one message as it stands; a FILE that is a Maildir gives every message in it. Without a\n"
      "FILE, or with -, the message is read from standard input. ADDRESS is NETWORK/POSTOFFICE/MAILBOX,\n"
      "mailbox@postoffice.network, or a mailbox here. External need not run. Once the command has ended "
      "well\n"
      "the mail is on the disk for good; a line with number and key is printed for each message. A message\n"
      "that has no header gets one.\n",
      run_send};
}

}  // namespace external::commands
