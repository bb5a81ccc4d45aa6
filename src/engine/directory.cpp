#include <external/base/text.h>
#include <external/engine/directory.h>

#include <fmt/format.h>

namespace external::engine {

namespace {

using config::size_text;
using postoffice::Report;

std::vector<postoffice::RouteEntry> routes_of(const config::Settings& settings) {
  std::vector<postoffice::RouteEntry> routes;
  for (const auto& office : settings.post_offices) routes.push_back({office.name, office.hub});
  return routes;
}

std::vector<postoffice::Group> groups_of(const config::Settings& settings) {
  std::vector<postoffice::Group> groups;
  for (const auto& group : settings.groups) groups.push_back({group.name, group.members});
  return groups;
}

/// Whose machine this is; empty for a post office.
std::string person_of(const config::Settings& settings) {
  if (settings.remote_user.empty()) return {};
  try {
    return postoffice::parse_mailbox(settings.remote_user);
  } catch (const postoffice::BadAddress& error) {
    throw std::runtime_error(fmt::format("{}: error: RemoteUser = {}: {}; name a mailbox of {}",
                                         settings.file.string(), visible(settings.remote_user), error.what(),
                                         settings.home_po));
  }
}

[[noreturn]] void refuse(const config::Settings& settings, const config::Group& group,
                         const std::string& why) {
  throw std::runtime_error(
      fmt::format("{}:{}: error: [Group {}]: {}", settings.file.string(), group.line, group.name, why));
}

/// The same as groups_of(), each by itself, so that the one that is wrong can be named with its line.
postoffice::Groups read_groups(const config::Settings& settings, const postoffice::AddressBook& book) {
  for (const auto& group : settings.groups) {
    for (const auto& member : group.members) {
      try {
        postoffice::parse_address(member, book);
      } catch (const postoffice::BadAddress& error) {
        refuse(settings, group,
               fmt::format("member {}: {}; correct it or remove it", visible(member), error.what()));
      }
    }
  }
  return {book, groups_of(settings)};
}

}  // namespace

Directory::Directory(const config::Settings& settings)
    : settings_(settings),
      book_{settings.home_po, settings.domains, person_of(settings)},
      routes_(book_.here(), routes_of(settings), book_.person.empty() ? std::string() : settings.home_po),
      groups_(read_groups(settings, book_)),
      ways_out_(settings, book_) {
  for (const auto& group : settings.groups) {
    if (!groups_.expand(postoffice::parse_address(group.name, book_)).mailboxes.empty()) continue;
    refuse(settings, group, "its members lead back to itself and to no mailbox; name at least one mailbox");
  }
  for (const auto& office : settings.post_offices) offices_.emplace(office.name, &office);
  for (const auto& destination : settings.post_offices) {
    for (const auto* office : steps_to(destination.name)) {
      if (office->limits.queued || office->limits.queued_bytes)
        served_[office->name].push_back(destination.name);
    }
  }
}

void Directory::check_names(const postoffice::Mailboxes& mailboxes) const {
  for (const auto& group : settings_.groups) {
    if (!mailboxes.find(group.name)) continue;
    refuse(settings_, group,
           fmt::format("there is a mailbox {0} too; rename the group, or: external mailbox remove {0}",
                       group.name));
  }
}

std::vector<const config::PostOffice*> Directory::steps_to(std::string_view destination) const {
  std::vector<const config::PostOffice*> steps;
  for (const auto& step : routes_.way_to(destination).steps) {
    if (const auto office = offices_.find(step); office != offices_.end()) steps.push_back(office->second);
  }
  return steps;
}

std::optional<std::uint64_t> Directory::largest_at(const config::PostOffice& office) const {
  return office.limits.message_bytes ? office.limits.message_bytes : settings_.max_lan_mail_size;
}

std::optional<std::uint64_t> Directory::largest_message(std::string_view destination) const {
  if (postoffice::office_in(destination) == settings_.home_po) return settings_.max_lan_mail_size;
  std::optional<std::uint64_t> smallest;
  for (const auto* office : steps_to(destination)) {
    const auto largest = largest_at(*office);
    if (largest) smallest = std::min(smallest.value_or(*largest), *largest);
  }
  return smallest;
}

std::optional<Obstacle> Directory::obstacle(const std::string& destination, std::uint64_t size) const {
  if (postoffice::office_in(destination) == settings_.home_po) {
    const auto largest = settings_.max_lan_mail_size;
    if (!largest || size <= *largest) return std::nullopt;
    return Obstacle{Report::too_large, destination,
                    fmt::format("{} takes no message of more than {} (MaxLanMailSize)", destination,
                                size_text(*largest))};
  }
  if (std::holds_alternative<postoffice::Unknown>(routes_.next_hop(destination)))
    return Obstacle{Report::unable_to_deliver, destination, "no route to post office " + destination};
  for (const auto* office : steps_to(destination)) {
    const auto largest = largest_at(*office);
    if (!largest || size <= *largest) continue;
    const auto setting = office->limits.message_bytes ? "MaxMailSize" : "MaxLanMailSize";
    return Obstacle{Report::too_large, destination,
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
          Report::unable_to_deliver, destination,
          fmt::format("{} {} for {} already, as many as may (MaxQueued)", with_commas(waiting.messages),
                      waiting.messages == 1 ? "message waits" : "messages wait", office->name)};
    }
    if (limits.queued_bytes && waiting.bytes + size > *limits.queued_bytes) {
      return Obstacle{Report::unable_to_deliver, destination,
                      fmt::format("{} bytes wait for {} already, and {} may (MaxQueuedSize)",
                                  with_commas(waiting.bytes), office->name, size_text(*limits.queued_bytes))};
    }
  }
  return std::nullopt;
}

}  // namespace external::engine
