#pragma once
// Which mail leaves the home post office by a way out instead of a call or a Maildir. docs/delivery.md

#include <external/config/settings.h>
#include <external/config/way.h>
#include <external/postoffice/address.h>

#include <map>

namespace external::engine {

/// One of them.
struct WayOut {
  /// Under which its mail waits in the queue: a post office, or the home post office with the name behind it.
  std::string destination;
  std::string name;         ///< config::describe()
  std::string post_office;  ///< whose Deliver it is; empty: of mailboxes of the home post office
  config::Way way;
};

/// The mailbox that a section [Mailbox NAME] is about. Throws config::ConfigError if NAME is none of the home
/// post office.
std::string mailbox_named(const config::Settings& settings, const config::Mailbox& mailbox,
                          const postoffice::AddressBook& book);

/// Made from settings; const from then on.
class WaysOut {
 public:
  /// Throws config::ConfigError if [Mailbox] names what can be no mailbox.
  WaysOut(const config::Settings& settings, const postoffice::AddressBook& book);

  /// Each destination once.
  const std::vector<WayOut>& all() const { return all_; }

  /// How mail for a recipient of the home post office leaves, NETWORK/POSTOFFICE/MAILBOX; null: it goes into
  /// a Maildir. POSTMASTER's does unless [Mailbox POSTMASTER] says otherwise, so that what needs a person
  /// does not depend on another program.
  const WayOut* for_recipient(const std::string& recipient) const;

  /// How mail for another post office leaves that is next on its way; null: it is called.
  const WayOut* for_post_office(std::string_view name) const;

  /// That of this name in the queue; null: there is none, or none any more.
  const WayOut* by_destination(std::string_view destination) const;

 private:
  /// The place in all_ of one for mailboxes here.
  std::size_t add(const std::string& deliver);

  std::string home_;
  std::vector<WayOut> all_;
  std::map<std::string, std::optional<std::size_t>, std::less<>> mailboxes_;  ///< nothing: a Maildir
  std::optional<std::size_t> others_;   ///< all other mailboxes; nothing: Maildirs
  std::optional<std::size_t> foreign_;  ///< mailboxes that are Internet addresses
};

}  // namespace external::engine
