#pragma once
// Groups and aliases: one name for mailboxes, wherever these are.

#include <external/postoffice/address.h>
#include <mailqueue/envelope.h>

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace external::postoffice {

struct Group {
  std::string name;                  ///< of a mailbox of the home post office, any case
  std::vector<std::string> members;  ///< addresses in any form; a name alone is a mailbox or a group here
  bool alias = false;                ///< another name for its members, which take over the sender's wishes
};

/// What an address stands for.
struct Members {
  std::vector<Address> groups;     ///< that were taken apart: the one asked for, and those in it
  std::vector<Address> mailboxes;  ///< each once, in the order of the settings
};

/// The groups and aliases of the home post office.
class Groups {
 public:
  Groups() = default;

  /// Throws BadAddress if a member is no address; its text names group and member.
  Groups(const AddressBook& book, const std::vector<Group>& groups);

  /// Whether `address` is that of a group.
  bool has(const Address& address) const { return entries_.contains(address); }
  bool is_alias(const Address& address) const;

  /// The names on the way from an alias back to itself, itself at both ends; empty if there is no such way.
  std::vector<Address> circle_of(const Address& alias) const;

  /// All mailboxes of a group, also of groups in it, however they lead to each other: circles are cut. For
  /// any other address that address itself.
  Members expand(const Address& address) const;

 private:
  struct Entry {
    std::vector<Address> members;
    bool alias = false;
  };

  std::map<Address, Entry> entries_;
};

/// Who gets mail for mailboxes of the home post office that do not exist.
struct CatchAll {
  std::optional<Address> to = {};                   ///< nobody, if there is nothing
  std::function<bool(const Address&)> exists = {};  ///< asked about mailboxes of the home post office
};

/// Puts the members of groups and aliases among the recipients of `envelope` behind them, each mailbox once,
/// and returns the addresses of the groups, these recipients included: whoever accepts the envelope closes
/// those with Queue::expanded(), so that a message that comes back to a group is known. Mailboxes that do not
/// exist are treated like aliases of the catch-all. Recipients in `known` are left as they are. If the
/// message has come from elsewhere, the group becomes a step of its way, see check_passage(). The members of
/// an alias take over what the sender wants to be told, and the address that was written as the original one
/// (RFC 3461, 5.2.7).
std::vector<std::string> expand_groups(mailqueue::Envelope& envelope, const Groups& groups,
                                       const AddressBook& book, const std::vector<std::string>& known = {},
                                       const CatchAll& catch_all = {});

}  // namespace external::postoffice
