#include "address_check.h"

#include <external/base/text.h>
#include <external/engine/directory.h>

#include <fmt/format.h>

namespace external::engine {

namespace {

using config::size_text;

std::vector<postoffice::RouteEntry> routes_of(const config::Settings& settings) {
  std::vector<postoffice::RouteEntry> routes;
  for (const auto& office : settings.post_offices) routes.push_back({office.name, office.hub});
  return routes;
}

/// Whose machine this is; empty for a post office.
std::string person_of(const config::Settings& settings) {
  if (settings.remote_user.empty()) return {};
  try {
    return postoffice::parse_mailbox(settings.remote_user);
  } catch (const postoffice::BadAddress& error) {
    throw config::ConfigError({{settings.file.string(), settings.line_of("RemoteUser"),
                                fmt::format("RemoteUser = {}: {}; name a mailbox of {}",
                                            visible(settings.remote_user), error.what(), settings.home_po)}});
  }
}

std::shared_ptr<const config::Settings> checked(std::shared_ptr<const config::Settings> settings) {
  auto problems = check_addresses(*settings);
  if (!problems.empty()) throw config::ConfigError(std::move(problems));
  return settings;
}

}  // namespace

postoffice::AddressBook address_book(const config::Settings& settings) {
  postoffice::AddressBook book{settings.home_po, settings.domains};
  book.complete = true;
  book.person = person_of(settings);
  // Who a person may write to, the post office knows.
  if (!book.person.empty()) book.gateway = settings.home_po;
  if (!settings.gateway.empty()) {
    const auto office = settings.gateway_office();
    book.gateway = office.empty() ? settings.home_po : office;
  }
  for (const auto& office : settings.post_offices) {
    book.neighbours.emplace(office.name, office.domains.empty() ? std::string() : office.domains.front());
    for (const auto& domain : office.domains) book.claimed.emplace(domain, office.name);
  }
  return book;
}

Directory::Directory(std::shared_ptr<const config::Settings> settings)
    : settings_(checked(std::move(settings))),
      book_(address_book(*settings_)),
      routes_(book_.here(), routes_of(*settings_), book_.person.empty() ? std::string() : settings_->home_po),
      groups_(book_, groups_of(*settings_)),
      ways_out_(*settings_, book_),
      catch_all_(catch_all_of(*settings_, book_)) {
  for (const auto& office : settings_->post_offices) offices_.emplace(office.name, &office);
  for (const auto& destination : settings_->post_offices) {
    for (const auto* office : steps_to(destination.name)) {
      if (office->limits.queued || office->limits.queued_bytes)
        served_[office->name].push_back(destination.name);
    }
  }
}

void Directory::check_names(const postoffice::Mailboxes& mailboxes) const {
  auto problems = check_mailboxes(*settings_, *this, mailboxes);
  if (!problems.empty()) throw config::ConfigError(std::move(problems));
}

bool Directory::has_mailbox(const postoffice::Address& address) const {
  if (address.mailbox == postoffice::postmaster || ways_out_.for_recipient(address.text())) return true;
  return postoffice::Mailboxes(settings_->mail_folder()).find(address.mailbox).has_value();
}

bool Directory::takes(const postoffice::Address& address) const {
  return catch_all_ || groups_.has(address) || has_mailbox(address);
}

std::vector<std::string> Directory::expand(mailqueue::Envelope& envelope,
                                           const std::vector<std::string>& known) const {
  const postoffice::CatchAll lost{catch_all_, [this](const auto& address) { return has_mailbox(address); }};
  return postoffice::expand_groups(envelope, groups_, book_, known, lost);
}

std::vector<const config::PostOffice*> Directory::steps_to(std::string_view destination) const {
  std::vector<const config::PostOffice*> steps;
  for (const auto& step : routes_.way_to(destination).steps) {
    if (const auto office = offices_.find(step); office != offices_.end()) steps.push_back(office->second);
  }
  return steps;
}

std::optional<std::uint64_t> Directory::largest_at(const config::PostOffice& office) const {
  return office.limits.message_bytes ? office.limits.message_bytes : settings_->max_lan_mail_size;
}

std::optional<std::uint64_t> Directory::largest_message(std::string_view destination) const {
  if (postoffice::office_in(destination) == settings_->home_po) return settings_->max_lan_mail_size;
  std::optional<std::uint64_t> smallest;
  for (const auto* office : steps_to(destination)) {
    const auto largest = largest_at(*office);
    if (largest) smallest = std::min(smallest.value_or(*largest), *largest);
  }
  return smallest;
}

std::optional<Obstacle> Directory::obstacle(const std::string& destination, std::uint64_t size) const {
  if (postoffice::office_in(destination) == settings_->home_po) {
    const auto largest = settings_->max_lan_mail_size;
    if (!largest || size <= *largest) return std::nullopt;
    return Obstacle{postoffice::Report::too_large, destination,
                    fmt::format("{} takes no message of more than {} (MaxLanMailSize)", destination,
                                size_text(*largest))};
  }
  if (std::holds_alternative<postoffice::Unknown>(routes_.next_hop(destination)))
    return Obstacle{postoffice::Report::unable_to_deliver, destination,
                    "no route to post office " + destination};
  for (const auto* office : steps_to(destination)) {
    const auto largest = largest_at(*office);
    if (!largest || size <= *largest) continue;
    const auto setting = office->limits.message_bytes ? "MaxMailSize" : "MaxLanMailSize";
    return Obstacle{postoffice::Report::too_large, destination,
                    fmt::format("no message of more than {} may go to {} ({})", size_text(*largest),
                                office->name, setting)};
  }
  return std::nullopt;
}

std::optional<Obstacle> Directory::backlog_of(const mailqueue::Queue& queue, const std::string& destination,
                                              std::uint64_t size) const {
  if (served_.empty()) return std::nullopt;
  for (const auto* office : steps_to(destination)) {
    const auto served = served_.find(office->name);
    if (served == served_.end()) continue;
    const auto waiting = queue.backlog(served->second);
    const auto& limits = office->limits;
    if (limits.queued && waiting.messages >= *limits.queued) {
      return Obstacle{
          postoffice::Report::unable_to_deliver, destination,
          fmt::format("{} {} for {} already, as many as may (MaxQueued)", with_commas(waiting.messages),
                      waiting.messages == 1 ? "message waits" : "messages wait", office->name)};
    }
    if (limits.queued_bytes && waiting.bytes + size > *limits.queued_bytes) {
      return Obstacle{postoffice::Report::unable_to_deliver, destination,
                      fmt::format("{} bytes wait for {} already, and {} may (MaxQueuedSize)",
                                  with_commas(waiting.bytes), office->name, size_text(*limits.queued_bytes))};
    }
  }
  return std::nullopt;
}

}  // namespace external::engine
