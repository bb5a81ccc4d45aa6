#include "mailbox_outbox.h"

#include "file_content.h"
#include "item_numbers.h"

#include <external/postoffice/header.h>

namespace external::engine {

namespace {

constexpr std::uint64_t small = 16 * 1024;  ///< bytes of content that are kept at hand

/// Content that is read at once before others have their turn on the worker.
constexpr std::uint64_t bytes_at_once = 8 << 20;

/// Who sent it, for logs: what the delivery has written on top.
std::string sender_of(std::string_view start) {
  auto path = postoffice::header_field(start, "Return-Path");
  std::erase_if(path, [](char c) { return c == '<' || c == '>'; });
  return path;
}

}  // namespace

/// A message on its way to its owner. Whatever becomes of it, it stays in the mailbox.
class MailboxOutbox::Letter final : public session::Outgoing {
 public:
  /// On the worker, as everything but the queries. Throws std::runtime_error if it cannot be read.
  Letter(MailboxOutbox& outbox, ChosenItem chosen)
      : store_(outbox.store_), maildir_(outbox.maildir_), item_(std::move(chosen.item)) {
    const auto file = open();
    const auto start = read_content(file, 0, postoffice::header_limit);
    const auto header = postoffice::header_of(as_text(start));
    offer_.size = chosen.header ? header.size() : item_.size;
    describe(outbox.address_, chosen.header, sender_of(header));
    offer_.digest = digest_of(file, offer_.size);
    if (offer_.size <= small) content_ = read_content(file, 0, offer_.size);
  }

  const session::Offer& offer() const override { return offer_; }

  /// The post office does not know what an earlier call has left over there. Large ones ask.
  bool tried() const override { return !content_; }

  Task<Bytes> read(std::uint64_t offset, std::size_t most) override {
    if (content_) co_return part_of(*content_, offset, most);
    const auto job = [this, offset, most](mailqueue::Queue&) {
      return read_content(open(), offset, std::min<std::uint64_t>(most, offer_.size - offset));
    };
    co_return co_await store_.with_queue(job);
  }

  Task<session::Digest> prefix_digest(std::uint64_t length) override {
    const auto job = [this, length](mailqueue::Queue&) {
      if (!content_) return digest_of(open(), length);
      return digest_of(ByteView(*content_).first(std::min<std::size_t>(length, content_->size())));
    };
    co_return co_await store_.with_queue(job);
  }

  Task<> refused(const session::Refusal&) override { co_return; }
  Task<> put_back(const std::string&) override { co_return; }

 private:
  /// Each time anew: hundreds may be on offer.
  Descriptor open() {
    auto file = open_content(item_.file);
    if (file) return file;
    // A program has given it other flags meanwhile.
    if (auto now = find_again(maildir_, item_)) {
      item_.file = std::move(now->file);
      file = open_content(item_.file);
    }
    if (!file) throw std::runtime_error("the message is gone: " + item_.name);
    return file;
  }

  void describe(const std::string& address, bool header, std::string sender) {
    auto& envelope = offer_.envelope;
    envelope.key = item_.name;
    envelope.sender = std::move(sender);
    envelope.recipients = {address};
    envelope.accepted = std::chrono::time_point_cast<std::chrono::seconds>(item_.arrived);
    envelope.item = session::Item{item_.number, item_.flags, item_.size, header};
  }

  static Bytes part_of(const Bytes& content, std::uint64_t offset, std::size_t most) {
    const auto begin = std::min<std::uint64_t>(offset, content.size());
    const auto end = std::min<std::uint64_t>(begin + most, content.size());
    return Bytes(content.begin() + static_cast<std::ptrdiff_t>(begin),
                 content.begin() + static_cast<std::ptrdiff_t>(end));
  }

  MailStore& store_;
  std::filesystem::path maildir_;
  MailboxItem item_;
  session::Offer offer_;
  std::optional<Bytes> content_;
};

MailboxOutbox::MailboxOutbox(MailStore& store, const asio::any_io_executor& executor,
                             std::filesystem::path maildir, std::string address)
    : store_(store), maildir_(std::move(maildir)), address_(std::move(address)), wish_known_(executor) {}

void MailboxOutbox::wished(session::Wish wish) {
  if (wish_known_.is_set()) return;
  wish_ = std::move(wish);
  wish_known_.set();
}

Task<session::Waiting> MailboxOutbox::next(Room room) {
  // FINISHED must not be said before it is known what is wanted: the call would be over.
  co_await wish_known_.wait();
  session::Waiting waiting;
  waiting.more.fill(true);
  if (!stock_) {
    const auto look = [this](mailqueue::Queue&) { return prepare(); };
    waiting.stock = stock_ = co_await store_.with_queue(look);
  }
  constexpr auto normal = static_cast<std::size_t>(session::Priority::normal);
  for (std::size_t priority = 0; priority < room.size(); ++priority) {
    if (priority != normal && room[priority] > 0) waiting.more[priority] = false;
  }
  if (room[normal] == 0) co_return waiting;
  const auto job = [this, most = room[normal]](mailqueue::Queue&) { return take(most); };
  waiting.messages = co_await store_.with_queue(job);
  waiting.more[normal] = !chosen_.empty();
  co_return waiting;
}

session::Stock MailboxOutbox::prepare() {
  auto items = items_in(maildir_);
  ItemNumbers numbers(maildir_);
  numbers.number(items);
  if (wish_.series == numbers.series()) make_changes(items);
  session::Stock stock;
  stock.series = numbers.series();
  for (const auto& item : items) {
    stock.present.add(item.number);
    if (item.flags.find('S') != std::string::npos) stock.read.add(item.number);
  }
  auto choice = choose_items(items, wish_, numbers.series());
  stock.left = choice.left;
  stock.left_bytes = choice.left_bytes;
  for (auto& one : choice.items) chosen_.push_back(std::move(one));
  return stock;
}

/// Durable on return; `items` are then as they are now.
void MailboxOutbox::make_changes(std::vector<MailboxItem>& items) const {
  if (wish_.changes.empty()) return;
  std::map<std::uint64_t, const session::ItemChange*> changes;
  for (const auto& change : wish_.changes) changes.emplace(change.number, &change);
  std::vector<MailboxItem> left;
  for (auto& item : items) {
    const auto found = changes.find(item.number);
    if (found != changes.end() && found->second->deleted) {
      std::filesystem::remove(item.file);
      continue;
    }
    if (found != changes.end()) {
      const auto flags = change_flags(item.flags, found->second->added, found->second->removed);
      if (flags != item.flags && set_flags(maildir_, item, flags)) {
        item.file = maildir_ / "cur" / (item.name + std::string(info_mark) + flags);
        item.flags = flags;
      }
    }
    left.push_back(std::move(item));
  }
  items = std::move(left);
  sync_maildir(maildir_);
}

/// At least one, if there is one that can be read.
session::OutgoingMessages MailboxOutbox::take(std::size_t most) {
  session::OutgoingMessages messages;
  std::uint64_t bytes = 0;
  while (!chosen_.empty() && messages.size() < most && bytes < bytes_at_once) {
    auto chosen = std::move(chosen_.front());
    chosen_.pop_front();
    try {
      messages.push_back(std::make_shared<Letter>(*this, std::move(chosen)));
      bytes += messages.back()->offer().size;
    } catch (const std::runtime_error&) {
      // Gone meanwhile, or not to be read: another call, or a person, finds out.
    }
  }
  return messages;
}

Task<std::vector<bool>> MailboxOutbox::wanted(const session::OutgoingMessages& messages) {
  co_return std::vector<bool>(messages.size(), true);
}

}  // namespace external::engine
