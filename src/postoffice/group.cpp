#include "utf8.h"

#include <external/postoffice/group.h>

#include <algorithm>
#include <set>

namespace external::postoffice {

namespace {

/// The members of a group and of those in it.
class Walk {
 public:
  explicit Walk(const std::map<Address, std::vector<Address>>& groups) : groups_(groups) {}

  void visit(const Address& address) {
    if (!visited_.insert(address).second) return;
    const auto group = groups_.find(address);
    if (group == groups_.end()) {
      found.mailboxes.push_back(address);
      return;
    }
    found.groups.push_back(address);
    for (const auto& member : group->second) visit(member);
  }

  Members found;

 private:
  const std::map<Address, std::vector<Address>>& groups_;
  std::set<Address> visited_;
};

}  // namespace

Groups::Groups(const AddressBook& book, const std::vector<Group>& groups) {
  for (const auto& group : groups) {
    auto& members = members_[parse_address(group.name, book)];
    for (const auto& member : group.members) {
      try {
        members.push_back(parse_address(member, book));
      } catch (const BadAddress& error) {
        throw BadAddress("[Group " + group.name + "]: member " + printable(member) + ": " + error.what());
      }
    }
  }
}

Members Groups::expand(const Address& address) const {
  Walk walk(members_);
  walk.visit(address);
  return std::move(walk.found);
}

std::vector<std::string> expand_groups(mailqueue::Envelope& envelope, const Groups& groups,
                                       const AddressBook& book, const std::vector<std::string>& known) {
  std::vector<std::string> expanded;
  std::set<std::string> present;
  for (const auto& recipient : envelope.recipients) present.insert(recipient.address);
  const auto add = [&](const Address& address) {
    if (present.insert(address.text()).second)
      envelope.recipients.push_back({address.text(), address.office()});
  };
  const auto addressed = envelope.recipients;
  const auto hops = envelope.hops.size();
  for (const auto& recipient : addressed) {
    const auto address = parse_address(recipient.address, book);
    const bool is_known = std::find(known.begin(), known.end(), recipient.address) != known.end();
    if (is_known || !groups.has(address)) continue;
    if (hops > 0) envelope.hops.push_back(recipient.address);
    const auto members = groups.expand(address);
    for (const auto& group : members.groups) {
      add(group);
      expanded.push_back(group.text());
    }
    for (const auto& mailbox : members.mailboxes) add(mailbox);
  }
  return expanded;
}

}  // namespace external::postoffice
