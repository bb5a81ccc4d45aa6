#include "incoming_mail.h"

#include <openssl/sha.h>

#include <sys/statvfs.h>

namespace external::engine {

namespace {

constexpr std::uint64_t spare_disk = 4 * 1024 * 1024;  ///< left free by what is received

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

session::Refusal refusal(postoffice::Report report, std::string text) {
  return {static_cast<std::uint16_t>(report), true, std::move(text)};
}

bool disk_has_room(const std::filesystem::path& folder, std::uint64_t size) {
  struct statvfs disk {};
  if (::statvfs(folder.c_str(), &disk) != 0) return true;
  return static_cast<std::uint64_t>(disk.f_bavail) * disk.f_frsize >= size + spare_disk;
}

void check_digest(const session::Offer& offer, const session::Digest& digest) {
  if (session::matches(offer, digest)) return;
  throw std::runtime_error("the content that arrived does not match its digest; it is sent again");
}

/// Accepts a message whose content is all at hand.
void accept_whole(mailqueue::Queue& queue, const session::Offer& offer, const mailqueue::Envelope& envelope,
                  const Bytes& content, WallTime now) {
  session::Digest digest;
  SHA256(content.data(), content.size(), digest.data());
  check_digest(offer, digest);
  queue.accept(envelope, as_text(content), now);
}

}  // namespace

/// A message on its way from the peer. Its writer lives on the worker's thread.
class IncomingMail::Parcel final : public session::Incoming {
 public:
  /// `go_on`: with what an earlier call has left of it.
  Parcel(MailStore& store, mailqueue::Queue& queue, const session::Offer& offer, mailqueue::Envelope envelope,
         bool go_on, WallTime now)
      : store_(store), offer_(offer), envelope_(std::move(envelope)) {
    if (!go_on) return;
    open(queue, now);
    offset_ = writer_->offset();
    prefix_ = writer_->digest();
  }

  ~Parcel() override {
    if (!writer_) return;
    store_.post([writer = std::move(writer_), now = store_.clock().wall()](mailqueue::Queue&) mutable {
      writer->flush(now);
      writer.reset();
    });
  }

  std::uint64_t offset() const override { return offset_; }
  session::Digest prefix_digest() const override { return prefix_; }

  /// On the worker. Throws std::runtime_error; a message that was complete is then gone.
  void add(mailqueue::Queue& queue, const session::Portion& portion, bool durable, WallTime now) {
    if (!writer_ && portion.last) return accept_whole(queue, offer_, envelope_, portion.bytes, now);
    if (!writer_) {
      open(queue, now);
      writer_->restart();
    }
    writer_->append(std::as_bytes(std::span(portion.bytes)));
    if (portion.last) {
      const auto writer = std::exchange(writer_, nullptr);
      const auto digest = writer->digest();
      if (!session::matches(offer_, digest)) writer->discard();
      check_digest(offer_, digest);
      writer->commit(envelope_, now);
    } else if (durable) {
      writer_->flush(now);
    }
  }

 private:
  void open(mailqueue::Queue& queue, WallTime now) {
    writer_ = std::make_shared<mailqueue::Writer>(queue.partial(envelope_.key, offer_.size, now));
  }

  MailStore& store_;
  session::Offer offer_;
  mailqueue::Envelope envelope_;
  std::shared_ptr<mailqueue::Writer> writer_;
  std::uint64_t offset_ = 0;
  session::Digest prefix_{};
};

Task<std::vector<session::Inbox::Decision>> IncomingMail::offered(std::vector<session::Arrival> arrivals) {
  const auto job = [this, &arrivals, now = store_.clock().wall()](mailqueue::Queue& queue) {
    std::vector<Decision> decisions;
    decisions.reserve(arrivals.size());
    for (auto& arrival : arrivals) {
      try {
        decisions.push_back(decide(queue, arrival, now));
      } catch (const std::runtime_error& error) {
        decisions.push_back(session::NotStored{error.what()});
      }
    }
    return decisions;
  };
  co_return co_await store_.with_queue(job);
}

session::Inbox::Decision IncomingMail::decide(mailqueue::Queue& queue, session::Arrival& arrival,
                                              WallTime now) {
  const auto& offer = *arrival.offer;
  const auto& hops = offer.envelope.hops;
  if (std::find(hops.begin(), hops.end(), store_.book().home) != hops.end())
    return refusal(postoffice::Report::circular_route, "Message circular route detected");
  if (hops.size() >= store_.settings().hop_count)
    return refusal(postoffice::Report::hop_count_exceeded, "Message hop count exceeded");
  mailqueue::Envelope envelope;
  try {
    envelope = to_queue(offer.envelope, store_.book());
  } catch (const postoffice::BadAddress& error) {
    return refusal(postoffice::Report::unknown_address, error.what());
  }
  // Thrown, not refused: a full disk is trouble of this end, which its own log has to name as well.
  if (!disk_has_room(store_.settings().folder, offer.size)) throw std::runtime_error("Disk storage full.");
  return take(queue, arrival, envelope, now);
}

session::Inbox::Decision IncomingMail::take(mailqueue::Queue& queue, session::Arrival& arrival,
                                            const mailqueue::Envelope& envelope, WallTime now) {
  const auto& offer = *arrival.offer;
  std::vector<std::string> addresses;
  for (const auto& recipient : envelope.recipients) addresses.push_back(recipient.address);
  if (queue.seen(envelope.key, addresses).size() == addresses.size()) return session::HaveIt{};
  if (arrival.content) {
    accept_whole(queue, offer, envelope, *arrival.content, now);
    return session::Stored{};
  }
  return std::make_unique<Parcel>(store_, queue, offer, envelope, !arrival.from_start, now);
}

Task<std::vector<std::string>> IncomingMail::append(std::vector<session::Portion> portions, bool durable) {
  const auto job = [&portions, durable, now = store_.clock().wall()](mailqueue::Queue& queue) {
    std::vector<std::string> failures;
    for (const auto& portion : portions) {
      std::string failure;
      try {
        static_cast<Parcel&>(*portion.message).add(queue, portion, durable, now);
      } catch (const std::runtime_error& error) {
        failure = error.what();
      }
      failures.push_back(std::move(failure));
    }
    return failures;
  };
  co_return co_await store_.with_queue(job);
}

}  // namespace external::engine
