#include "utf8.h"

#include <external/postoffice/group.h>

#include <algorithm>
#include <set>

namespace external::postoffice {

namespace {

/// With the type that RFC 3461, 4.2 and RFC 6533, 3 give it.
std::string original_form(const Address& address, const AddressBook& book) {
  const auto mail = mail_of(address, book);
  return (is_ascii(mail) ? "rfc822;" : "utf-8;") + mail;
}

/// One envelope while its groups are taken apart.
class Expansion {
 public:
  Expansion(mailqueue::Envelope& envelope, const Groups& groups, const AddressBook& book,
            const CatchAll& catch_all)
      : envelope_(envelope), groups_(groups), book_(book), catch_all_(catch_all) {
    for (const auto& recipient : envelope.recipients) present_.insert(recipient.address);
  }

  std::vector<std::string> run(const std::vector<std::string>& known) {
    const auto addressed = envelope_.recipients;
    came_from_elsewhere_ = !envelope_.hops.empty();
    for (const auto& recipient : addressed) {
      if (std::find(known.begin(), known.end(), recipient.address) == known.end()) take(recipient);
    }
    return std::move(expanded_);
  }

 private:
  void take(const mailqueue::Recipient& recipient) {
    const auto address = parse_address(recipient.address, book_);
    if (groups_.has(address)) {
      note_step(recipient);
      return add_members(address, groups_.is_alias(address) ? wishes_of(recipient, address) : Recipient());
    }
    if (!is_lost(address)) return;
    note_step(recipient);
    expanded_.push_back(recipient.address);
    add_members(*catch_all_.to, wishes_of(recipient, address));
  }

  using Recipient = mailqueue::Recipient;

  void note_step(const Recipient& recipient) {
    if (came_from_elsewhere_) envelope_.hops.push_back(recipient.address);
  }

  Recipient wishes_of(Recipient recipient, const Address& address) const {
    if (recipient.original.empty()) recipient.original = original_form(address, book_);
    return recipient;
  }

  bool is_lost(const Address& address) const {
    return catch_all_.to && address.office() == book_.home && !address.is_foreign() &&
           !catch_all_.exists(address);
  }

  void add_members(const Address& address, const Recipient& wishes) {
    const auto members = groups_.expand(address);
    for (const auto& group : members.groups) {
      add(group, wishes);
      expanded_.push_back(group.text());
    }
    for (const auto& mailbox : members.mailboxes) {
      if (!is_lost(mailbox)) {
        add(mailbox, wishes);
      } else if (address != *catch_all_.to) {
        add_members(*catch_all_.to, wishes);
      }
    }
  }

  void add(const Address& address, const Recipient& wishes) {
    if (!present_.insert(address.text()).second) return;
    envelope_.recipients.push_back({address.text(), address.office(), wishes.notify, wishes.original});
  }

  mailqueue::Envelope& envelope_;
  const Groups& groups_;
  const AddressBook& book_;
  const CatchAll& catch_all_;
  std::set<std::string> present_;
  std::vector<std::string> expanded_;
  bool came_from_elsewhere_ = false;
};

}  // namespace

Groups::Groups(const AddressBook& book, const std::vector<Group>& groups) {
  for (const auto& group : groups) {
    auto& entry = entries_[parse_address(group.name, book)];
    entry.alias = group.alias;
    for (const auto& member : group.members) {
      try {
        entry.members.push_back(parse_address(member, book));
      } catch (const BadAddress& error) {
        throw BadAddress("[Group " + group.name + "]: member " + printable(member) + ": " + error.what());
      }
    }
  }
}

bool Groups::is_alias(const Address& address) const {
  const auto entry = entries_.find(address);
  return entry != entries_.end() && entry->second.alias;
}

Members Groups::expand(const Address& address) const {
  Members found;
  std::set<Address> visited;
  const std::function<void(const Address&)> visit = [&](const Address& at) {
    if (!visited.insert(at).second) return;
    const auto entry = entries_.find(at);
    if (entry == entries_.end()) {
      found.mailboxes.push_back(at);
      return;
    }
    found.groups.push_back(at);
    for (const auto& member : entry->second.members) visit(member);
  };
  visit(address);
  return found;
}

std::vector<Address> Groups::circle_of(const Address& alias) const {
  std::vector<Address> way{alias};
  std::set<Address> visited;
  const std::function<bool(const Address&)> leads_back = [&](const Address& at) {
    const auto entry = entries_.find(at);
    if (entry == entries_.end()) return false;
    for (const auto& member : entry->second.members) {
      if (member != alias && !visited.insert(member).second) continue;
      way.push_back(member);
      if (member == alias || leads_back(member)) return true;
      way.pop_back();
    }
    return false;
  };
  return leads_back(alias) ? way : std::vector<Address>();
}

std::vector<std::string> expand_groups(mailqueue::Envelope& envelope, const Groups& groups,
                                       const AddressBook& book, const std::vector<std::string>& known,
                                       const CatchAll& catch_all) {
  return Expansion(envelope, groups, book, catch_all).run(known);
}

}  // namespace external::postoffice
