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
  for (const auto& alias : settings.aliases) groups.push_back({alias.name, alias.members, true});
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

[[noreturn]] void refuse(const config::Settings& settings, int line, const std::string& why) {
  const auto place = line > 0 ? fmt::format(":{}", line) : std::string();
  throw std::runtime_error(fmt::format("{}{}: error: {}", settings.file.string(), place, why));
}

[[noreturn]] void refuse(const config::Settings& settings, const config::Group& group,
                         const std::string& why) {
  refuse(settings, group.line, fmt::format("[Group {}]: {}", group.name, why));
}

[[noreturn]] void refuse(const config::Settings& settings, const config::Alias& alias,
                         const std::string& why) {
  refuse(settings, alias.line, fmt::format("Alias {}: {}", visible(alias.name), why));
}

template <class Named>
void check_members(const config::Settings& settings, const postoffice::AddressBook& book,
                   const Named& named) {
  for (const auto& member : named.members) {
    try {
      postoffice::parse_address(member, book);
    } catch (const postoffice::BadAddress& error) {
      refuse(settings, named,
             fmt::format("member {}: {}; correct it or remove it", visible(member), error.what()));
    }
  }
}

/// Throws if it is no mailbox of the home post office.
postoffice::Address address_of(const config::Settings& settings, const postoffice::AddressBook& book,
                               const config::Alias& alias) {
  std::string why;
  try {
    const auto address = postoffice::parse_address(alias.name, book);
    if (address.office() == book.home && !address.is_foreign()) return address;
    why = fmt::format("it is an address of {}; only {} can say what stands for it", address.office(),
                      address.office());
  } catch (const postoffice::BadAddress& error) {
    why = error.what();
  }
  refuse(settings, alias, why);
}

/// Each name stands for one thing.
void check_names_of_aliases(const config::Settings& settings, const postoffice::AddressBook& book) {
  std::map<postoffice::Address, std::string> taken;
  for (const auto& group : settings.groups)
    taken.emplace(postoffice::parse_address(group.name, book), fmt::format("[Group {}]", group.name));
  for (const auto& alias : settings.aliases) {
    const auto address = address_of(settings, book, alias);
    if (address.mailbox == postoffice::postmaster)
      refuse(settings, alias, "every post office has a mailbox of that name; choose another name");
    const auto [first, is_new] = taken.emplace(address, fmt::format("the alias in line {}", alias.line));
    if (is_new) continue;
    refuse(settings, alias, fmt::format("{} has that name; keep one of them", first->second));
  }
}

/// The same as groups_of(), each by itself, so that the one that is wrong can be named with its line.
postoffice::Groups read_groups(const config::Settings& settings, const postoffice::AddressBook& book) {
  for (const auto& group : settings.groups) check_members(settings, book, group);
  for (const auto& alias : settings.aliases) check_members(settings, book, alias);
  check_names_of_aliases(settings, book);
  return {book, groups_of(settings)};
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

Directory::Directory(const config::Settings& settings)
    : settings_(settings),
      book_(address_book(settings)),
      routes_(book_.here(), routes_of(settings), book_.person.empty() ? std::string() : settings.home_po),
      groups_(read_groups(settings, book_)),
      ways_out_(settings, book_) {
  for (const auto& group : settings.groups) check_group(group);
  for (const auto& alias : settings.aliases) check_alias(alias);
  read_catch_all();
  for (const auto& office : settings.post_offices) offices_.emplace(office.name, &office);
  for (const auto& destination : settings.post_offices) {
    for (const auto* office : steps_to(destination.name)) {
      if (office->limits.queued || office->limits.queued_bytes)
        served_[office->name].push_back(destination.name);
    }
  }
}

void Directory::check_group(const config::Group& group) const {
  if (!groups_.expand(postoffice::parse_address(group.name, book_)).mailboxes.empty()) return;
  refuse(settings_, group, "its members lead back to itself and to no mailbox; name at least one mailbox");
}

void Directory::check_alias(const config::Alias& alias) const {
  const auto circle = groups_.circle_of(postoffice::parse_address(alias.name, book_));
  if (circle.empty()) return;
  std::string way;
  for (const auto& step : circle) way += (way.empty() ? "" : " -> ") + step.mailbox;
  refuse(settings_, alias, fmt::format("it leads back to itself, {}; take one of them out", way));
}

void Directory::read_catch_all() {
  const auto& text = settings_.catch_all;
  if (text.empty()) return;
  std::string why;
  try {
    const auto address = postoffice::parse_address(text, book_);
    if (book_.knows(address.office())) {
      catch_all_ = address;
      return;
    }
    why = "there is no route to post office " + address.office();
  } catch (const postoffice::BadAddress& error) {
    why = error.what();
  }
  refuse(settings_, settings_.line_of("CatchAll"),
         fmt::format("CatchAll = {}: {}; correct it or remove it", visible(text), why));
}

void Directory::check_names(const postoffice::Mailboxes& mailboxes) const {
  const auto cure = [](const std::string& name, std::string_view what) {
    return fmt::format("there is a mailbox {0} too; rename the {1}, or: external mailbox remove {0}", name,
                       what);
  };
  for (const auto& group : settings_.groups) {
    if (mailboxes.find(group.name)) refuse(settings_, group, cure(group.name, "group"));
  }
  for (const auto& alias : settings_.aliases) {
    const auto name = postoffice::parse_address(alias.name, book_).mailbox;
    if (mailboxes.find(name)) refuse(settings_, alias, cure(name, "alias"));
  }
  const bool is_here = catch_all_ && catch_all_->office() == book_.home && !catch_all_->is_foreign();
  if (!is_here || groups_.has(*catch_all_) || has_mailbox(*catch_all_)) return;
  refuse(settings_, settings_.line_of("CatchAll"),
         fmt::format("CatchAll = {}: there is no such mailbox; make it with: external mailbox add {}",
                     visible(settings_.catch_all), catch_all_->mailbox));
}

bool Directory::has_mailbox(const postoffice::Address& address) const {
  if (address.mailbox == postoffice::postmaster || ways_out_.for_recipient(address.text())) return true;
  return postoffice::Mailboxes(settings_.mail_folder()).find(address.mailbox).has_value();
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
