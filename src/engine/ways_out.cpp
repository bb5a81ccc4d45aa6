#include <external/base/text.h>
#include <external/config/diagnostic.h>
#include <external/engine/ways_out.h>
#include <external/postoffice/mailbox.h>
#include <external/postoffice/route.h>

#include <fmt/format.h>

#include <algorithm>

namespace external::engine {

namespace {

/// Gateway may name a post office instead.
bool is_way(const std::string& gateway) {
  return gateway.find_first_of(":|") != std::string::npos;
}

}  // namespace

std::string mailbox_named(const config::Settings& settings, const config::Mailbox& mailbox,
                          const postoffice::AddressBook& book) {
  std::string why;
  try {
    const auto address = postoffice::parse_address(mailbox.name, book);
    if (address.office() == book.home) return address.mailbox;
    why = "it is no mailbox of " + book.home;
  } catch (const postoffice::BadAddress& error) {
    why = error.what();
  }
  throw config::ConfigError({{settings.file.string(), mailbox.line,
                              fmt::format("[Mailbox {}]: {}; correct the name or remove the section",
                                          visible(mailbox.name), why)}});
}

WaysOut::WaysOut(const config::Settings& settings, const postoffice::AddressBook& book)
    : home_(settings.home_po) {
  if (!config::is_maildir(settings.deliver)) {
    others_ = add(settings.deliver);
    mailboxes_.emplace(postoffice::postmaster, std::nullopt);
  }
  if (is_way(settings.gateway)) foreign_ = add(settings.gateway);
  for (const auto& mailbox : settings.mailboxes) {
    if (mailbox.deliver.empty()) continue;
    auto& place = mailboxes_[mailbox_named(settings, mailbox, book)];
    place = std::nullopt;
    if (!config::is_maildir(mailbox.deliver)) place = add(mailbox.deliver);
  }
  for (const auto& office : settings.post_offices) {
    if (office.deliver.empty()) continue;
    auto way = config::parse_way(office.deliver);
    auto name = config::describe(way);
    all_.push_back({office.name, std::move(name), office.name, std::move(way)});
  }
}

std::size_t WaysOut::add(const std::string& deliver) {
  auto way = config::parse_way(deliver);
  auto name = config::describe(way);
  auto destination = postoffice::destination_by(home_, name);
  const auto known = std::ranges::find(all_, destination, &WayOut::destination);
  const auto place = static_cast<std::size_t>(known - all_.begin());
  if (known == all_.end()) all_.push_back({std::move(destination), std::move(name), {}, std::move(way)});
  return place;
}

const WayOut* WaysOut::for_recipient(const std::string& recipient) const {
  if (recipient.size() <= home_.size() + 1 || !recipient.starts_with(home_ + "/")) return nullptr;
  const auto mailbox = recipient.substr(home_.size() + 1);
  const auto at = [this](const std::optional<std::size_t>& place) { return place ? &all_[*place] : nullptr; };
  if (mailbox.find('@') != std::string::npos) return at(foreign_);
  const auto own = mailboxes_.find(mailbox);
  return at(own == mailboxes_.end() ? others_ : own->second);
}

const WayOut* WaysOut::for_post_office(std::string_view name) const {
  const auto found = std::ranges::find(all_, name, &WayOut::post_office);
  return name.empty() || found == all_.end() ? nullptr : &*found;
}

const WayOut* WaysOut::by_destination(std::string_view destination) const {
  const auto found = std::ranges::find(all_, destination, &WayOut::destination);
  return found == all_.end() ? nullptr : &*found;
}

}  // namespace external::engine
