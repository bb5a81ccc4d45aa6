#include "mailroom.h"

#include <external/postoffice/header.h>

#include <openssl/evp.h>

#include <sys/statvfs.h>

namespace external::engine {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t picked_at_once = 32;
constexpr std::size_t digest_chunk = 64 * 1024;
constexpr Duration flush_interval = 1s;                ///< of content that is still coming
constexpr std::uint64_t spare_disk = 4 * 1024 * 1024;  ///< left free by what is received
constexpr auto refused_pause = 5min;  ///< before a message that was put back is offered again

session::Envelope to_session(const mailqueue::Envelope& from, const std::string& home) {
  session::Envelope to;
  to.key = from.key;
  to.sender = from.sender;
  for (const auto& recipient : from.recipients) to.recipients.push_back(recipient.address);
  to.priority = static_cast<session::Priority>(from.priority);
  to.accepted = std::chrono::time_point_cast<std::chrono::seconds>(from.accepted);
  to.useful_life = from.useful_life == mailqueue::unlimited ? std::chrono::seconds(0) : from.useful_life;
  to.hops = from.hops;
  to.hops.push_back(home);
  to.receipt = from.receipt;
  return to;
}

/// Throws postoffice::BadAddress.
mailqueue::Envelope to_queue(const session::Envelope& from, const postoffice::AddressBook& book) {
  mailqueue::Envelope to;
  to.key = from.key;
  to.sender = from.sender;
  for (const auto& recipient : from.recipients) {
    const auto address = postoffice::parse_address(recipient, book);
    to.recipients.push_back({address.text(), address.office()});
  }
  to.priority = static_cast<mailqueue::Priority>(from.priority);
  to.accepted = from.accepted;
  to.useful_life = from.useful_life.count() == 0 ? mailqueue::unlimited : from.useful_life;
  to.hops = from.hops;
  to.receipt = from.receipt;
  return to;
}

session::Digest digest_of_prefix(const mailqueue::Queue& queue, mailqueue::MessageId message,
                                 std::uint64_t length) {
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> hash(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  EVP_DigestInit_ex(hash.get(), EVP_sha256(), nullptr);
  for (std::uint64_t at = 0; at < length;) {
    const auto piece = queue.read(message, at, std::min<std::uint64_t>(digest_chunk, length - at));
    if (piece.empty()) break;
    EVP_DigestUpdate(hash.get(), piece.data(), piece.size());
    at += piece.size();
  }
  session::Digest digest{};
  EVP_DigestFinal_ex(hash.get(), digest.data(), nullptr);
  return digest;
}

postoffice::Report report_of(std::uint16_t code) {
  using postoffice::Report;
  for (const auto report :
       {Report::unknown_address, Report::hop_count_exceeded, Report::circular_route,
        Report::retry_count_exceeded, Report::useful_life_exceeded, Report::too_large, Report::corrupt}) {
    if (static_cast<std::uint16_t>(report) == code) return report;
  }
  return Report::unable_to_deliver;
}

/// A message on its way to the peer. Given up without a word it goes back to the queue.
class QueuedMessage final : public session::Outgoing {
 public:
  QueuedMessage(MailStore& store, std::string peer, mailqueue::Work work)
      : store_(store), peer_(std::move(peer)), work_(std::move(work)) {
    offer_.envelope = to_session(work_.envelope, store.book().home);
    offer_.size = work_.size;
    offer_.digest = work_.digest;
  }

  ~QueuedMessage() override {
    if (settled_) return;
    store_.post([ids = work_.ids(), now = store_.clock().wall()](mailqueue::Queue& queue) {
      queue.fail(ids, "the call broke", now, false, now);
    });
  }

  const session::Offer& offer() const override { return offer_; }

  Task<Bytes> read(std::uint64_t offset, std::size_t most) override {
    co_return co_await store_.with_queue([id = work_.message, offset, most](mailqueue::Queue& queue) {
      const auto text = queue.read(id, offset, most);
      return Bytes(text.begin(), text.end());
    });
  }

  Task<session::Digest> prefix_digest(std::uint64_t length) override {
    co_return co_await store_.with_queue([id = work_.message, length](mailqueue::Queue& queue) {
      return digest_of_prefix(queue, id, length);
    });
  }

  Task<> sent() override {
    const auto acknowledge = [this, now = store_.clock().wall()](mailqueue::Queue& queue) {
      queue.acknowledge(work_.ids(), peer_, now);
    };
    co_await store_.with_queue(acknowledge);
    settled_ = true;
  }

  Task<> refused(const session::Refusal& refusal) override {
    if (!refusal.permanent) co_return co_await put_back(refusal.text);
    postoffice::Failure failure;
    failure.report = report_of(refusal.code);
    failure.post_office = peer_;
    failure.route = offer_.envelope.hops;
    failure.detail = refusal.text;
    const auto give_back = [this, &failure, now = store_.clock().wall()](mailqueue::Queue& queue) {
      postoffice::return_mail(queue, store_.book(), work_, failure, now);
    };
    co_await store_.with_queue(give_back);
    settled_ = true;
  }

  Task<> put_back(const std::string& why) override {
    const auto postpone = [this, &why, now = store_.clock().wall()](mailqueue::Queue& queue) {
      // The line worked and the other end said "later": that is no failed try, only useful life ends it.
      queue.fail(work_.ids(), why.empty() ? "refused by the other end" : why, now + refused_pause, false,
                 now);
    };
    co_await store_.with_queue(postpone);
    settled_ = true;
  }

 private:
  MailStore& store_;
  std::string peer_;
  mailqueue::Work work_;
  session::Offer offer_;
  bool settled_ = false;
};

/// A message on its way from the peer. Its writer lives on the worker's thread.
class ArrivingMessage final : public session::Incoming {
 public:
  ArrivingMessage(MailStore& store, mailqueue::Envelope envelope, session::Digest digest,
                  std::shared_ptr<mailqueue::Writer> writer)
      : store_(store),
        envelope_(std::move(envelope)),
        digest_(digest),
        writer_(std::move(writer)),
        offset_(writer_->offset()),
        prefix_(writer_->digest()),
        flushed_(store.clock().now()) {}

  ~ArrivingMessage() override {
    if (!writer_) return;
    store_.post([writer = std::move(writer_), now = store_.clock().wall()](mailqueue::Queue&) mutable {
      writer->flush(now);
      writer.reset();
    });
  }

  std::uint64_t offset() const override { return offset_; }
  session::Digest prefix_digest() const override { return prefix_; }

  Task<> append(ByteView bytes) override {
    const auto now = store_.clock().now();
    const bool flush = now - flushed_ >= flush_interval;
    if (flush) flushed_ = now;
    co_await store_.with_queue([this, bytes, flush, wall = store_.clock().wall()](mailqueue::Queue&) {
      writer_->append(std::as_bytes(bytes));
      if (flush) writer_->flush(wall);
    });
    offset_ += bytes.size();
  }

  Task<> restart() override {
    co_await store_.with_queue([this](mailqueue::Queue&) { writer_->restart(); });
    offset_ = 0;
  }

  Task<> store() override {
    co_await store_.with_queue([this, now = store_.clock().wall()](mailqueue::Queue&) {
      const auto writer = std::move(writer_);
      if (writer->digest() != digest_) {
        writer->discard();
        throw std::runtime_error("the content that arrived does not match its digest; it is sent again");
      }
      writer->commit(envelope_, now);
    });
  }

 private:
  MailStore& store_;
  mailqueue::Envelope envelope_;
  session::Digest digest_;
  std::shared_ptr<mailqueue::Writer> writer_;
  std::uint64_t offset_;
  session::Digest prefix_;
  TimePoint flushed_;
};

session::Refusal refusal(postoffice::Report report, std::string text) {
  return {static_cast<std::uint16_t>(report), true, std::move(text)};
}

bool disk_has_room(const std::filesystem::path& folder, std::uint64_t size) {
  struct statvfs disk {};
  if (::statvfs(folder.c_str(), &disk) != 0) return true;
  return static_cast<std::uint64_t>(disk.f_bavail) * disk.f_frsize >= size + spare_disk;
}

}  // namespace

Task<> Mailroom::pick_more() {
  auto picked = co_await store_.with_queue(
      [this, limit = handed_out_.size() + picked_at_once](mailqueue::Queue& queue) {
        // The line is up: what waits for a later attempt goes now as well.
        return queue.pick(store_.destinations_via(queue, peer_), mailqueue::Time::max(), limit);
      });
  for (auto& work : picked) {
    if (!handed_out_.contains(work.message)) picked_.push_back(std::move(work));
  }
}

Task<std::unique_ptr<session::Outgoing>> Mailroom::next() {
  for (;;) {
    if (picked_.empty()) co_await pick_more();
    if (picked_.empty()) co_return nullptr;
    auto work = std::move(picked_.front());
    picked_.pop_front();
    handed_out_.insert(work.message);
    const bool ours =
        co_await store_.with_queue([&work](mailqueue::Queue& queue) { return queue.start_transfer(work); });
    if (ours) co_return std::make_unique<QueuedMessage>(store_, peer_, std::move(work));
  }
}

Task<session::Inbox::Decision> Mailroom::offered(const session::Offer& offer) {
  const auto& hops = offer.envelope.hops;
  if (std::find(hops.begin(), hops.end(), store_.book().home) != hops.end()) {
    co_return refusal(postoffice::Report::circular_route, "Message circular route detected");
  }
  if (hops.size() >= store_.settings().hop_count) {
    co_return refusal(postoffice::Report::hop_count_exceeded, "Message hop count exceeded");
  }
  mailqueue::Envelope envelope;
  try {
    envelope = to_queue(offer.envelope, store_.book());
  } catch (const postoffice::BadAddress& error) {
    co_return refusal(postoffice::Report::unknown_address, error.what());
  }
  // Thrown, not refused: a full disk is trouble of this end, which its own log has to name as well.
  if (!disk_has_room(store_.settings().folder, offer.size)) throw std::runtime_error("Disk storage full.");

  std::vector<std::string> addresses;
  for (const auto& recipient : envelope.recipients) addresses.push_back(recipient.address);
  auto writer =
      co_await store_.with_queue([&envelope, &addresses, size = offer.size, now = store_.clock().wall()](
                                     mailqueue::Queue& queue) -> std::shared_ptr<mailqueue::Writer> {
        if (queue.seen(envelope.key, addresses).size() == addresses.size()) return nullptr;
        return std::make_shared<mailqueue::Writer>(queue.partial(envelope.key, size, now));
      });
  if (!writer) co_return session::HaveIt{};
  co_return std::make_unique<ArrivingMessage>(store_, std::move(envelope), offer.digest, std::move(writer));
}

}  // namespace external::engine
