#include "queue_hand.h"

#include "dial_again.h"
#include "queue_view.h"

#include <external/base/text.h>

#include <fmt/format.h>

#include <charconv>

namespace external::commands {

namespace {

using console::Action;
using mailqueue::Held;
using mailqueue::MessageId;
using mailqueue::Queue;
using On = Action::On;
using What = Action::What;

constexpr std::size_t longest_page = 200;
constexpr std::chrono::seconds patience{3};  ///< with another program's transaction: a person waits

std::optional<WallTime> known(WallTime time) {
  if (time == WallTime() || time == WallTime::max()) return std::nullopt;
  return time;
}

control::MessageStatus status_of(const mailqueue::MessageView& view) {
  control::MessageStatus message;
  message.id = view.id;
  message.state = states_of(view);
  if (view.damage.empty()) {
    message.bytes = view.size;
    message.accepted = known(view.envelope.accepted);
    message.priority = mailqueue::name(view.envelope.priority);
    message.from = view.envelope.sender;
  }
  if (!view.recipients.empty()) {
    const auto& first = view.recipients.front();
    message.to = first.recipient.address;
    message.others = view.recipients.size() - 1;
    message.destination = first.recipient.destination;
    message.tries = static_cast<std::uint64_t>(std::max(first.attempts, 0));
    message.next_attempt = known(first.next_attempt);
    message.last_error = first.error;
  }
  if (!view.damage.empty()) message.last_error = view.damage;
  return message;
}

/// Null if it is the number of no message.
std::optional<MessageId> number_in(const std::string& text) {
  MessageId number = 0;
  const auto* end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || at != end || number <= 0) return std::nullopt;
  return number;
}

std::string change_message(const config::Settings& settings, Queue& queue, const Action& action,
                           WallTime now) {
  const auto id = number_in(action.name);
  const std::string name = "Message " + visible(action.name);
  if (!id || !queue.show(*id)) throw std::runtime_error(name + " is not in the queue any more.");
  switch (action.what) {
    case What::hold:
      if (queue.hold(*id, now) > 0) return name + " is held until it is released.";
      throw std::runtime_error(name + " is held already, or waits for a person otherwise.");
    case What::release:
      if (queue.release(*id, now) > 0) return name + " is released.";
      throw std::runtime_error(name + " is not held.");
    default:
      dial_again_for(settings, queue, *id);
      if (queue.retry(*id, now) > 0) return name + " is due at once.";
      throw std::runtime_error(name + " is held or on its way; r releases it.");
  }
}

std::string change_line(const config::Settings& settings, Queue& queue, const Action& action, WallTime now) {
  const auto* instance = settings.find_instance(action.name);
  if (instance == nullptr) throw std::runtime_error("unknown instance " + visible(action.name));
  const auto& name = instance->name;
  switch (action.what) {
    case What::hold:
      if (queue.hold(Held::line, name, now))
        return name + " is held: it dials for no mail until it is released.";
      throw std::runtime_error(name + " is held already; r releases it.");
    case What::release:
      if (queue.release(Held::line, name)) return name + " is released.";
      throw std::runtime_error(name + " is not held.");
    default:
      throw std::runtime_error("A line can be held and released; mail is tried again on F2, F3 and F4.");
  }
}

std::string change_office(const config::Settings& settings, Queue& queue, const Action& action,
                          WallTime now) {
  const auto* office = settings.find_post_office(action.name);
  if (office == nullptr) throw std::runtime_error("unknown post office " + visible(action.name));
  const auto& name = office->name;
  switch (action.what) {
    case What::hold:
      if (queue.hold(Held::destination, name, now))
        return name + " is held: mail for it waits, also what comes later.";
      throw std::runtime_error(name + " is held already; r releases it.");
    case What::release:
      if (queue.release(Held::destination, name)) return name + " is released.";
      throw std::runtime_error(name + " is not held.");
    default:
      break;
  }
  const auto recipients = dial_again(settings, queue, name, now).recipients;
  if (recipients == 0) return name + " may be called at once; no other mail for it waits.";
  return fmt::format("{}: mail for {} {} is due at once.", name, with_commas(recipients),
                     recipients == 1 ? "recipient" : "recipients");
}

std::string changed(const config::Settings& settings, Queue& queue, const Action& action, WallTime now) {
  switch (action.on) {
    case On::message:
      return change_message(settings, queue, action, now);
    case On::line:
      return change_line(settings, queue, action, now);
    case On::post_office:
      return change_office(settings, queue, action, now);
    case On::client:
    case On::nothing:
      break;
  }
  throw std::runtime_error("nothing was named that could be changed");
}

}  // namespace

Queue& QueueHand::opened(const std::filesystem::path& file) {
  mailqueue::Options options;
  options.busy_timeout = patience;
  if (!queue_) queue_.emplace(file, options);
  return *queue_;
}

Task<control::MessagePage> QueueHand::messages(std::filesystem::path queue, MessageId after,
                                               std::size_t limit) {
  auto job = [this, &queue, after, limit] {
    mailqueue::Filter filter;
    filter.after = after;
    filter.limit = std::clamp<std::size_t>(limit, 1, longest_page) + 1;
    auto views = opened(queue).list(filter);
    control::MessagePage page;
    page.more = views.size() == filter.limit;
    if (page.more) views.pop_back();
    for (const auto& view : views) page.messages.push_back(status_of(view));
    return page;
  };
  co_return co_await worker_.run(job);
}

Task<std::string> QueueHand::change(config::Settings settings, Action action) {
  const auto now = clock_.wall();
  auto job = [this, &settings, &action, now] {
    return changed(settings, opened(settings.queue_file()), action, now);
  };
  co_return co_await worker_.run(job);
}

}  // namespace external::commands
