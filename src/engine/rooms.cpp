#include "rooms.h"

#include "collection.h"
#include "mailbox_outbox.h"

namespace external::engine {

namespace {

class OfficeRooms final : public Rooms {
 public:
  OfficeRooms(MailStore& store, const std::string& peer, std::optional<unsigned> most)
      : mailroom_(store, peer, most) {}
  session::Outbox& outbox() override { return mailroom_; }
  session::Inbox& inbox() override { return mailroom_; }
  bool peer_is_full() const override { return mailroom_.peer_is_full(); }

 private:
  Mailroom mailroom_;
};

std::filesystem::path maildir_of(const MailStore& store, std::string_view mailbox) {
  const auto folder = store.settings()->mail_folder();
  return postoffice::Mailboxes(folder).find(mailbox).value_or(folder / mailbox);
}

class OwnerRooms final : public Rooms {
 public:
  OwnerRooms(MailStore& store, const asio::any_io_executor& executor, const std::string& address)
      : mailbox_(store, executor, maildir_of(store, address.substr(address.rfind('/') + 1)), address),
        mail_(store, address) {
    mail_.take_only_from(address);
  }
  session::Outbox& outbox() override { return mailbox_; }
  session::Inbox& inbox() override { return mail_; }

 private:
  MailboxOutbox mailbox_;
  IncomingMail mail_;
};

class CollectingRooms final : public Rooms {
 public:
  CollectingRooms(MailStore& store, const std::string& peer, CollectionWish wish,
                  std::optional<unsigned> most)
      : wish_(std::move(wish)),
        written_(store, peer, most),
        collection_(store, maildir_of(store, store.directory()->book().person)) {}

  Task<> prepare(session::Options& options) override {
    options.wish = co_await collection_.complete(wish_.wish, wish_.tell_deleted);
  }
  session::Outbox& outbox() override { return written_; }
  session::Inbox& inbox() override { return collection_; }
  Task<> finish() override { co_await collection_.finish(); }
  bool peer_is_full() const override { return written_.peer_is_full(); }

 private:
  CollectionWish wish_;
  OutgoingMail written_;
  Collection collection_;
};

}  // namespace

std::unique_ptr<Rooms> rooms_for_office(MailStore& store, const std::string& peer,
                                        std::optional<unsigned> most) {
  return std::make_unique<OfficeRooms>(store, peer, most);
}

std::unique_ptr<Rooms> rooms_for_owner(MailStore& store, const asio::any_io_executor& executor,
                                       const std::string& address) {
  return std::make_unique<OwnerRooms>(store, executor, address);
}

std::unique_ptr<Rooms> rooms_for_collecting(MailStore& store, const std::string& peer, CollectionWish wish,
                                            std::optional<unsigned> most) {
  return std::make_unique<CollectingRooms>(store, peer, std::move(wish), most);
}

}  // namespace external::engine
