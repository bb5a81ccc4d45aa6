#pragma once
// The Maildir on the machine of a person, which takes what the post office offers of the mailbox.

#include "mail_store.h"

#include <external/engine/held_items.h>
#include <external/engine/mailbox_items.h>
#include <external/session/mailroom.h>

namespace external::engine {

/// An item is answered for once its file and its name are durable in the Maildir; it is noted in HeldItems,
/// of which the next wish is made, a little later. Where a stop comes in between, the item is offered again
/// and known by its name.
class Collection final : public session::Inbox {
 public:
  /// The store must outlive it and everything it hands out.
  Collection(MailStore& store, std::filesystem::path maildir) : store_(store), maildir_(std::move(maildir)) {}
  ~Collection() override;
  Collection(const Collection&) = delete;
  Collection& operator=(const Collection&) = delete;

  /// `wish` with what is here, what was done to it since the last call, and, if `tell_deleted`, what was
  /// deleted. To be called first.
  Task<session::Wish> complete(session::Wish wish, bool tell_deleted);

  Task<std::vector<Decision>> offered(std::vector<session::Arrival> arrivals) override;
  Task<std::vector<std::string>> append(std::vector<session::Portion> portions, bool durable) override;
  void told(session::Stock stock) override { stock_ = std::move(stock); }

  /// Notes what the post office has told; to be called when the session has ended by itself.
  Task<> finish();

 private:
  class Parcel;

  /// What is here of an item.
  struct Here {
    std::optional<MailboxItem> whole;
    std::optional<MailboxItem> header;
    const MailboxItem& any() const { return whole ? *whole : *header; }
  };

  // On the worker:
  void look();
  void add_to_wish(bool tell_deleted);
  void note_stock(const session::Stock& stock);
  void mark_read(const std::string& name, const HeldItem& item);
  bool is_here(const std::string& name, const session::Item& item) const;
  Decision decide(session::Arrival& arrival, postoffice::Maildir& maildir);
  std::string put(postoffice::Maildir& maildir, const session::Offer& offer,
                  const postoffice::Content& content);
  void stored(const session::Offer& offer);
  void note(const std::string& name, const session::Item& item);
  void save();
  void save_now_and_then();

  MailStore& store_;
  std::filesystem::path maildir_;
  std::optional<HeldItems> held_;
  std::map<std::string, Here> here_;  ///< by name
  session::Wish wish_;
  session::NumberSet untold_;            ///< changes that had no room in it
  std::size_t unsaved_ = 0;              ///< changes of `held_`
  std::optional<session::Stock> stock_;  ///< not noted yet; of the engine's thread
};

/// The name under which an item lies in the Maildir here: that from over there, if it is safe as one,
/// otherwise one made from it.
std::string local_name(const std::string& key);

}  // namespace external::engine
