#include "queue_change.h"

#include "dial_again.h"
#include "home.h"
#include "queue_choice.h"

#include <external/base/text.h>
#include <external/postoffice/delivery.h>

#include <boost/json.hpp>

#include <algorithm>
#include <iostream>
#include <map>
#include <utility>

namespace external::commands {

namespace json = boost::json;

namespace {

using mailqueue::Filter;
using mailqueue::Held;
using mailqueue::MessageId;
using mailqueue::MessageView;
using mailqueue::Queue;
using mailqueue::RecipientId;
using mailqueue::State;

/// Messages changed in one transaction: others get a turn in between.
constexpr std::size_t changed_at_once = 200;

enum class Verb { hold, release, retry, give_back, remove };

struct Words {
  Verb verb;
  const char* done;     ///< "3 messages <done>."
  const char* nothing;  ///< why a message was left as it is
};

const Words& words_of(const std::string& verb) {
  static const std::map<std::string, Words> known = {
      {"hold", {Verb::hold, "held", "has no recipients that are queued or in transfer"}},
      {"release", {Verb::release, "released", "is not held"}},
      {"retry", {Verb::retry, "due at once", "has no recipients that are queued or quarantined"}},
      {"return", {Verb::give_back, "returned", "has no recipients that wait"}},
      {"delete", {Verb::remove, "deleted", "has no open recipients"}},
  };
  const auto found = known.find(verb);
  if (found != known.end()) return found->second;
  throw Failure(Exit::usage,
                "'" + visible(verb) + "' is none of list, show, hold, release, retry, return, delete");
}

/// A message with those of `ids` that are not on the way.
mailqueue::Work work_for(const MessageView& message, const std::vector<RecipientId>& ids) {
  mailqueue::Work work;
  work.message = message.id;
  work.envelope = message.envelope;
  work.envelope.recipients.clear();
  work.size = message.size;
  work.digest = message.digest;
  for (const auto& recipient : message.recipients) {
    const bool waits = recipient.state == State::queued || recipient.state == State::held ||
                       recipient.state == State::quarantined;
    if (!waits || std::ranges::find(ids, recipient.id) == ids.end()) continue;
    work.envelope.recipients.push_back(recipient.recipient);
    work.targets.push_back({recipient.id, recipient.attempts});
  }
  return work;
}

bool in_state(const MessageView& message, const std::vector<RecipientId>& ids, State state) {
  return std::ranges::any_of(message.recipients, [&](const auto& recipient) {
    return recipient.state == state && std::ranges::find(ids, recipient.id) != ids.end();
  });
}

class Change {
 public:
  Change(Invocation& invocation, const std::string& verb)
      : invocation_(invocation),
        verb_(verb),
        words_(words_of(verb)),
        settings_(load_settings(invocation)),
        queue_(open_queue(settings_)),
        now_(invocation.now()) {}

  Exit run() {
    const auto choice = read_choice(invocation_, settings_);
    if (choice.ids.empty() && choice.offices.empty() && choice.lines.empty() && !choice.filter)
      throw Failure(Exit::usage,
                    "name messages by their numbers, choose them by --to, --from, --older or "
                    "--state, or write --all; external queue list --all shows them");
    for (const auto& office : choice.offices) change_whole(Held::destination, office);
    for (const auto& line : choice.lines) change_whole(Held::line, line);
    for (const auto id : choice.ids) change_one(id);
    if (choice.filter) change_all(*choice.filter);
    if (changed_) tell_news(settings_);
    return end(choice);
  }

 private:
  bool wants_json() const { return invocation_.arguments.has("json"); }

  void print(const json::object& object) { invocation_.world.out << json::serialize(object) << "\n"; }

  /// Once what was changed is durable.
  void print_changes() {
    for (const auto& change : std::exchange(changes_, {})) print(change);
  }

  void complain(Exit exit, std::string text) {
    if (complaints_.empty() || exit != Exit::nothing) exit_ = exit;
    complaints_.push_back(std::move(text));
  }

  // --- post offices and lines

  void change_whole(Held kind, const std::string& name) {
    if (words_.verb != Verb::hold && words_.verb != Verb::release) {
      throw Failure(Exit::usage, kind == Held::line ? "a line can only be held and released"
                                                    : "for all mail to " + name + " write: external queue " +
                                                          verb_ + " --to " + name);
    }
    const bool hold = words_.verb == Verb::hold;
    const bool changed = hold ? queue_.hold(kind, name, now_) : queue_.release(kind, name);
    if (!changed) return complain(Exit::nothing, name + (hold ? " is held already" : " is not held"));
    changed_ = true;
    if (wants_json()) {
      print({{kind == Held::line ? "line" : "destination", name}, {"done", words_.done}});
    } else if (!hold) {
      invocation_.world.out << name << " is released.\n";
    } else if (kind == Held::line) {
      invocation_.world.out << name << " is held: it dials for no mail until it is released.\n";
    } else {
      invocation_.world.out << name
                            << " is held: mail for it waits, also what comes later, until it is released.\n";
    }
  }

  // --- messages

  void change_one(MessageId id) {
    const auto message = queue_.show(id);
    if (!message) return complain(Exit::nothing, no_message(id));
    if (change(*message, mailqueue::matching(*message, {})) > 0) return print_changes();
    complain_of_nothing(*message);
  }

  void complain_of_nothing(const MessageView& message) {
    const auto id = std::to_string(message.id);
    if (words_.verb == Verb::give_back &&
        in_state(message, mailqueue::matching(message, {}), State::in_transfer)) {
      return complain(Exit::try_later,
                      "message " + id +
                          " is on the way; try again after the call, or hold it first, which "
                          "stops it: external queue hold " +
                          id);
    }
    complain(Exit::nothing, "message " + id + " " + words_.nothing + "; see external queue show " + id);
  }

  /// A page at a time, and nothing that comes meanwhile, such as notices of this command itself.
  void change_all(Filter filter) {
    auto left = filter.limit;
    filter.until = queue_.last_message();
    while (left > 0) {
      filter.limit = std::min(changed_at_once, left);
      const auto messages = queue_.list(filter);
      if (messages.empty()) return;
      left -= messages.size();
      filter.after = messages.back().id;
      change_page(messages, filter);
    }
  }

  void change_page(const std::vector<MessageView>& messages, const Filter& filter) {
    const auto each = [&] {
      for (const auto& message : messages) change(message, mailqueue::matching(message, filter));
    };
    // To return mail means to copy it, which takes too long for a transaction of many.
    if (words_.verb == Verb::give_back) {
      each();
      return print_changes();
    }
    const auto before = count_;
    try {
      queue_.batch(each);
      return print_changes();
    } catch (const mailqueue::Error&) {
      count_ = before;
      changes_.clear();
    }
    for (const auto& message : messages) {
      try {
        change(message, mailqueue::matching(message, filter));
      } catch (const mailqueue::Error& error) {
        complain(Exit::io, error.what());
      }
    }
    print_changes();
  }

  std::size_t change(const MessageView& message, const std::vector<RecipientId>& ids) {
    const auto count = apply(message, ids);
    if (count == 0) return 0;
    changed_ = true;
    ++count_;
    if (wants_json()) {
      changes_.push_back(
          {{"id", message.id}, {"key", message.envelope.key}, {"done", words_.done}, {"recipients", count}});
    }
    return count;
  }

  std::size_t apply(const MessageView& message, const std::vector<RecipientId>& ids) {
    switch (words_.verb) {
      case Verb::hold:
        return queue_.hold(ids, now_);
      case Verb::release:
        return queue_.release(ids, now_);
      case Verb::retry:
        dial_again_for(settings_, queue_, message.id);
        return queue_.retry(ids, now_);
      case Verb::remove:
        return queue_.remove(ids, now_);
      case Verb::give_back:
        return give_back(message, ids);
    }
    return 0;
  }

  std::size_t give_back(const MessageView& message, const std::vector<RecipientId>& ids) {
    if (!message.damage.empty()) {
      complain(Exit::nothing, message.damage + "; its sender is not known, so it can only be deleted");
      return 0;
    }
    const auto work = work_for(message, ids);
    if (work.targets.empty()) return 0;
    postoffice::Failure failure;
    const bool damaged = in_state(message, work.ids(), State::quarantined);
    failure.report = damaged ? postoffice::Report::corrupt : postoffice::Report::unable_to_deliver;
    failure.post_office = work.envelope.recipients.front().destination;
    failure.detail = "returned by the administrator of " + settings_.home_po;
    return postoffice::return_mail(queue_, address_book(settings_), work, failure, now_).size();
  }

  // --- the end

  Exit end(const Choice& choice) {
    if (choice.filter && count_ == 0 && complaints_.empty())
      complain(Exit::nothing, std::string("no message that was chosen can be ") + words_.done +
                                  "; external queue list with the same options shows them");
    if (!wants_json() && count_ > 0)
      invocation_.world.out << with_commas(count_) << (count_ == 1 ? " message " : " messages ")
                            << words_.done << ".\n";
    if (complaints_.empty()) return Exit::ok;
    std::string text;
    for (const auto& complaint : complaints_) text += (text.empty() ? "" : "\n") + complaint;
    throw Failure(exit_, text);
  }

  static std::string no_message(MessageId id) {
    return "no message " + std::to_string(id) +
           " in the queue; external queue list --all shows those there are";
  }

  Invocation& invocation_;
  const std::string verb_;
  const Words& words_;
  const config::Settings settings_;
  Queue queue_;
  const WallTime now_;
  std::size_t count_ = 0;
  bool changed_ = false;
  std::vector<json::object> changes_;  ///< made and not printed
  std::vector<std::string> complaints_;
  Exit exit_ = Exit::ok;
};

}  // namespace

Exit change_queue(Invocation& invocation, const std::string& verb) {
  return Change(invocation, verb).run();
}

}  // namespace external::commands
