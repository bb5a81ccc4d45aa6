#pragma once
// What external.ini says about addresses, ways and limits, for all who accept or move mail. docs/routing.md

#include <external/config/diagnostic.h>
#include <external/config/settings.h>
#include <external/engine/ways_out.h>
#include <external/postoffice/group.h>
#include <external/postoffice/mailbox.h>
#include <external/postoffice/notice.h>
#include <external/postoffice/route.h>
#include <mailqueue/queue.h>

namespace external::engine {

/// Why mail cannot go to a destination.
struct Obstacle {
  postoffice::Report report{};
  std::string destination;  ///< NETWORK/POSTOFFICE
  std::string text;         ///< one line that names the post office and the limit
};

/// What addresses mean to who has these settings.
postoffice::AddressBook address_book(const config::Settings& settings);

/// Made from settings; const from then on. Who uses it for longer than a moment keeps a share of it, as
/// others may go on to another one.
class Directory {
 public:
  /// Throws config::ConfigError with everything that is wrong: a group or alias has a member that is no
  /// address, or no mailbox at all because its members lead back to itself only; an alias leads back to
  /// itself, or has a name that somebody else has; the catch-all is nobody that mail can reach.
  explicit Directory(std::shared_ptr<const config::Settings> settings);

  const std::shared_ptr<const config::Settings>& settings() const { return settings_; }
  const postoffice::AddressBook& book() const { return book_; }
  const postoffice::RoutingTable& routes() const { return routes_; }
  const postoffice::Groups& groups() const { return groups_; }
  const WaysOut& ways_out() const { return ways_out_; }

  /// Throws config::ConfigError if a mailbox has the name of a group or alias, or the catch-all is a mailbox
  /// here that does not exist. Looks at the disk.
  void check_names(const postoffice::Mailboxes& mailboxes) const;

  /// Whether a mailbox of the home post office exists: as a Maildir, or because a way out takes its mail and
  /// who is behind it knows. POSTMASTER always does. Looks at the disk.
  bool has_mailbox(const postoffice::Address& address) const;

  /// Whether mail for an address of the home post office can be taken: a mailbox, a group, an alias, or
  /// anybody if there is a catch-all. Not asked about foreign ones. Looks at the disk.
  bool takes(const postoffice::Address& address) const;

  /// Who gets mail for mailboxes that do not exist here.
  const std::optional<postoffice::Address>& catch_all() const { return catch_all_; }

  /// Puts in those that groups, aliases and the catch-all stand for; see postoffice::expand_groups().
  std::vector<std::string> expand(mailqueue::Envelope& envelope,
                                  const std::vector<std::string>& known = {}) const;

  /// The largest message that may go to `destination`: the smallest limit on the way there. Nothing if there
  /// is none.
  std::optional<std::uint64_t> largest_message(std::string_view destination) const;

  /// Whether there is no way to `destination`, or a message of `size` bytes is too large for a step of it.
  std::optional<Obstacle> obstacle(const std::string& destination, std::uint64_t size) const;

  /// Whether too much waits at a step of the way for a message of `size` bytes more.
  std::optional<Obstacle> backlog_of(const mailqueue::Queue& queue, const std::string& destination,
                                     std::uint64_t size) const;

 private:
  std::vector<const config::PostOffice*> steps_to(std::string_view destination) const;
  std::optional<std::uint64_t> largest_at(const config::PostOffice& office) const;

  std::shared_ptr<const config::Settings> settings_;
  postoffice::AddressBook book_;
  postoffice::RoutingTable routes_;
  postoffice::Groups groups_;
  WaysOut ways_out_;
  std::optional<postoffice::Address> catch_all_;
  std::map<std::string, const config::PostOffice*, std::less<>> offices_;
  std::map<std::string, std::vector<std::string>>
      served_;  ///< post office with MaxQueued -> all reached by it
};

}  // namespace external::engine
