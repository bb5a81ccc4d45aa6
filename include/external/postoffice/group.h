#pragma once
// Groups: one name for several mailboxes, wherever these are.

#include <external/postoffice/address.h>
#include <mailqueue/envelope.h>

#include <map>
#include <string>
#include <vector>

namespace external::postoffice {

struct Group {
  std::string name;                  ///< of a mailbox of the home post office, any case
  std::vector<std::string> members;  ///< addresses in any form; a name alone is a mailbox or a group here
};

/// What an address stands for.
struct Members {
  std::vector<Address> groups;     ///< that were taken apart: the one asked for, and those in it
  std::vector<Address> mailboxes;  ///< each once, in the order of the settings
};

/// The groups of the home post office.
class Groups {
 public:
  Groups() = default;

  /// Throws BadAddress if a member is no address; its text names group and member.
  Groups(const AddressBook& book, const std::vector<Group>& groups);

  /// Whether `address` is that of a group.
  bool has(const Address& address) const { return members_.contains(address); }

  /// All mailboxes of a group, also of groups in it, however they lead to each other: circles are cut. For
  /// any other address that address itself.
  Members expand(const Address& address) const;

 private:
  std::map<Address, std::vector<Address>> members_;
};

/// Puts the members of groups among the recipients of `envelope` behind them, each mailbox once, and returns
/// the addresses of the groups, these recipients included: whoever accepts the envelope closes those with
/// Queue::expanded(), so that a message that comes back to a group is known. Recipients in `known` are left
/// as they are. If the message has come from elsewhere, the group becomes a step of its way, see
/// check_passage().
std::vector<std::string> expand_groups(mailqueue::Envelope& envelope, const Groups& groups,
                                       const AddressBook& book, const std::vector<std::string>& known = {});

}  // namespace external::postoffice
