#include "incoming_mail.h"

#include <external/base/text.h>
#include <external/engine/reception.h>
#include <external/postoffice/sender.h>

#include <openssl/sha.h>

namespace external::engine {

static_assert(postoffice::disk_full_words == session::disk_full_words);

namespace {

/// Throws postoffice::BadAddress.
mailqueue::Envelope to_queue(const session::Envelope& from, const postoffice::AddressBook& book) {
  mailqueue::Envelope to;
  to.key = from.key;
  to.sender = postoffice::envelope_sender(from.sender, book);
  for (const auto& recipient : from.recipients) {
    const auto address = postoffice::parse_address(recipient, book);
    to.recipients.push_back({address.text(), address.office()});
  }
  for (std::size_t i = 0; i < from.wishes.size() && i < to.recipients.size(); ++i) {
    const auto& notify = from.wishes[i].notify;
    to.recipients[i].notify = {notify.success, notify.failure, notify.delay};
    to.recipients[i].original = from.wishes[i].original;
  }
  to.priority = static_cast<mailqueue::Priority>(from.priority);
  to.accepted = from.accepted;
  to.useful_life = from.useful_life.count() == 0 ? mailqueue::unlimited : from.useful_life;
  to.hops = from.hops;
  to.envelope_id = from.envelope_id;
  to.headers_only = from.headers_only;
  return to;
}

session::Refusal refusal(postoffice::Report report, std::string text) {
  return {static_cast<std::uint16_t>(report), true, std::move(text)};
}

bool matches(const session::Offer& offer, const Bytes& content) {
  session::Digest digest;
  SHA256(content.data(), content.size(), digest.data());
  return session::matches(offer, digest);
}

/// The results of `one(0)` to `one(count - 1)`, as one durable transaction. If that fails each is done by
/// itself, so that one sick message does not keep the others from being stored; `trouble(why)` is then the
/// result of those that fail.
template <class R, class One, class Trouble>
std::vector<R> together_or_each(mailqueue::Queue& queue, std::size_t count, One one, Trouble trouble) {
  std::vector<R> results;
  try {
    queue.batch([&] {
      for (std::size_t i = 0; i < count; ++i) results.push_back(one(i));
    });
    return results;
  } catch (const mailqueue::Error&) {
    results.clear();
  }
  for (std::size_t i = 0; i < count; ++i) {
    try {
      results.push_back(queue.batch([&] { return one(i); }));
    } catch (const mailqueue::Error& error) {
      results.push_back(trouble(error.what()));
    }
  }
  return results;
}

}  // namespace

/// A message on its way from the peer. Its writer lives on the worker's thread.
class IncomingMail::Parcel final : public session::Incoming {
 public:
  /// `go_on`: with what an earlier call has left of it.
  Parcel(IncomingMail& mail, mailqueue::Queue& queue, const session::Offer& offer, Reception reception,
         bool go_on, WallTime now)
      : mail_(mail), store_(mail.store_), offer_(offer), reception_(std::move(reception)) {
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

  /// On the worker. The failure, if it is one of this message alone. Throws mailqueue::Error; the same
  /// portion can then be added again.
  std::string add(mailqueue::Queue& queue, const session::Portion& portion, bool durable, WallTime now) {
    if (portion.offset == 0 && offset_ == 0) writer_.reset();  // a new one, or one of a batch that failed
    if (!writer_ && portion.last) return mail_.accept(queue, offer_, reception_, portion.bytes, now);
    if (!writer_) {
      open(queue, now);
      writer_->restart();
    }
    append(portion);
    if (portion.last) return store(queue, now);
    if (durable) writer_->flush(now);
    return {};
  }

  /// On the worker: what add() did is durable.
  void finish() { writer_.reset(); }

 private:
  void open(mailqueue::Queue& queue, WallTime now) {
    writer_ = std::make_shared<mailqueue::Writer>(queue.partial(offer_.envelope.key, offer_.size, now));
  }

  /// Leaves out what a batch that failed has left in the writer.
  void append(const session::Portion& portion) {
    const std::span<const std::uint8_t> bytes(portion.bytes);
    const auto here = writer_->offset();
    if (here < portion.offset || here > portion.offset + bytes.size())
      throw mailqueue::Error(mailqueue::ErrorKind::gone, "part of the content was lost; it is sent again");
    writer_->append(std::as_bytes(bytes.subspan(here - portion.offset)));
  }

  std::string store(mailqueue::Queue& queue, WallTime now) {
    if (session::matches(offer_, writer_->digest())) {
      mail_.accepted(queue, offer_, reception_, writer_->commit(reception_.envelope(), now), now);
      return {};
    }
    writer_->discard();
    return std::string(session::wrong_digest_words);
  }

  IncomingMail& mail_;
  MailStore& store_;
  session::Offer offer_;
  Reception reception_;
  std::shared_ptr<mailqueue::Writer> writer_;
  std::uint64_t offset_ = 0;
  session::Digest prefix_{};
};

Task<std::vector<session::Inbox::Decision>> IncomingMail::offered(std::vector<session::Arrival> arrivals) {
  const auto job = [this, &arrivals, now = store_.clock().wall()](mailqueue::Queue& queue) {
    const auto decide_one = [&](std::size_t i) {
      if (i == 0) events_.clear();  // those of a batch that failed
      return decide(queue, arrivals[i], now);
    };
    const auto trouble = [](std::string why) { return Decision(session::NotStored{std::move(why)}); };
    auto decisions = together_or_each<Decision>(queue, arrivals.size(), decide_one, trouble);
    store_.tell(std::exchange(events_, {}));
    return decisions;
  };
  co_return co_await store_.with_queue(job);
}

bool IncomingMail::may_send(const std::string& sender) const {
  if (only_sender_.empty()) return true;
  try {
    return postoffice::parse_address(sender, store_.directory()->book()).text() == only_sender_;
  } catch (const postoffice::BadAddress&) {
    return false;
  }
}

session::Inbox::Decision IncomingMail::decide(mailqueue::Queue& queue, session::Arrival& arrival,
                                              WallTime now) {
  const auto& offer = *arrival.offer;
  const auto limit = store_.settings()->hop_count;
  switch (postoffice::check_passage(offer.envelope.hops, store_.directory()->book().home, limit)) {
    case postoffice::Passage::circular_route:
      return refusal(postoffice::Report::circular_route, "Message circular route detected");
    case postoffice::Passage::hop_count_exceeded:
      return refusal(postoffice::Report::hop_count_exceeded, "Message hop count exceeded");
    case postoffice::Passage::fine:
      break;
  }
  if (!may_send(offer.envelope.sender))
    return refusal(postoffice::Report::unable_to_deliver,
                   "who dials in as " + only_sender_ + " may not send as " + visible(offer.envelope.sender));
  mailqueue::Envelope envelope;
  try {
    envelope = to_queue(offer.envelope, store_.directory()->book());
  } catch (const postoffice::BadAddress& error) {
    return refusal(postoffice::Report::unknown_address, error.what());
  }
  return take(queue, arrival, std::move(envelope), now);
}

std::string IncomingMail::accept(mailqueue::Queue& queue, const session::Offer& offer,
                                 const Reception& reception, const Bytes& content, WallTime now) {
  if (!matches(offer, content)) return std::string(session::wrong_digest_words);
  accepted(queue, offer, reception, queue.accept(reception.envelope(), as_text(content), now), now);
  return {};
}

void IncomingMail::accepted(mailqueue::Queue& queue, const session::Offer& offer, const Reception& reception,
                            const mailqueue::Accepted& result, WallTime now) {
  if (!result.message) return;
  queue.count_received(peer_, offer.size, now);
  auto events = reception.settle(queue, *result.message, now);
  events_.insert(events_.end(), std::make_move_iterator(events.begin()),
                 std::make_move_iterator(events.end()));
}

session::Inbox::Decision IncomingMail::take(mailqueue::Queue& queue, session::Arrival& arrival,
                                            mailqueue::Envelope envelope, WallTime now) {
  const auto& offer = *arrival.offer;
  std::vector<std::string> addresses;
  for (const auto& recipient : envelope.recipients) addresses.push_back(recipient.address);
  const auto known = queue.seen(envelope.key, addresses);
  if (known.size() == addresses.size()) return session::HaveIt{};
  // Not refused: a full disk is trouble of this end, which its own log has to name as well.
  auto full = store_.disk().refusal(offer.size, store_.settings()->home_po);
  if (!full.empty()) return session::NotStored{std::move(full)};
  Reception reception(store_.directory(), queue, std::move(envelope), offer.size, known);
  if (const auto* obstacle = reception.refusal()) return refusal(obstacle->report, obstacle->text);
  if (arrival.content) {
    auto failure = accept(queue, offer, reception, *arrival.content, now);
    if (!failure.empty()) return session::NotStored{std::move(failure)};
    return session::Stored{};
  }
  return std::make_unique<Parcel>(*this, queue, offer, std::move(reception), !arrival.from_start, now);
}

Task<std::vector<std::string>> IncomingMail::append(std::vector<session::Portion> portions, bool durable) {
  const auto job = [this, &portions, durable, now = store_.clock().wall()](mailqueue::Queue& queue) {
    const auto parcel = [&](std::size_t i) -> Parcel& { return static_cast<Parcel&>(*portions[i].message); };
    // What came so far is kept; the other end goes on from there when there is room again.
    const auto full = store_.disk().refusal(0, store_.settings()->home_po);
    if (!full.empty()) return std::vector<std::string>(portions.size(), full);
    const auto add_one = [&](std::size_t i) {
      if (i == 0) events_.clear();  // those of a batch that failed
      return parcel(i).add(queue, portions[i], durable, now);
    };
    const auto trouble = [](std::string why) { return why; };
    auto failures = together_or_each<std::string>(queue, portions.size(), add_one, trouble);
    store_.tell(std::exchange(events_, {}));
    for (std::size_t i = 0; i < portions.size(); ++i) {
      if (portions[i].last && failures[i].empty()) parcel(i).finish();
    }
    return failures;
  };
  co_return co_await store_.with_queue(job);
}

}  // namespace external::engine
