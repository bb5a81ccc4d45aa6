#include "outgoing_mail.h"

#include <openssl/evp.h>

namespace external::engine {

namespace {

using namespace std::chrono_literals;

using session::priority_count;

constexpr std::size_t picked_at_least = 32;
constexpr std::uint64_t small = 16 * 1024;  ///< bytes of content that are read together with the envelope
constexpr std::size_t digest_chunk = 64 * 1024;
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

/// As one block: characters one by one take five times as long.
Bytes bytes_of(std::string_view text) {
  const auto bytes = as_bytes(text);
  return Bytes(bytes.begin(), bytes.end());
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

std::size_t index_of(const mailqueue::Work& work) {
  return static_cast<std::size_t>(work.envelope.priority);
}

}  // namespace

/// A message on its way to the peer. Given up without a word it goes back to the queue.
class OutgoingMail::Letter final : public session::Outgoing {
 public:
  Letter(OutgoingMail& mail, mailqueue::Work work)
      : mail_(mail), store_(mail.store_), work_(std::move(work)) {
    offer_.envelope = to_session(work_.envelope, store_.book().home);
    offer_.size = work_.size;
    offer_.digest = work_.digest;
  }

  ~Letter() override {
    if (settled_) return;
    store_.post([ids = work_.ids(), now = store_.clock().wall()](mailqueue::Queue& queue) {
      queue.fail(ids, "the call broke", now, false, now);
    });
  }

  const mailqueue::Work& work() const { return work_; }
  void content(const std::string& text) { content_ = bytes_of(text); }
  void settled() { settled_ = true; }

  const session::Offer& offer() const override { return offer_; }
  bool tried() const override { return work_.tried; }

  Task<Bytes> read(std::uint64_t offset, std::size_t most) override {
    if (content_) co_return part_of(*content_, offset, most);
    co_return co_await store_.with_queue([id = work_.message, offset, most](mailqueue::Queue& queue) {
      return bytes_of(queue.read(id, offset, most));
    });
  }

  Task<session::Digest> prefix_digest(std::uint64_t length) override {
    co_return co_await store_.with_queue([id = work_.message, length](mailqueue::Queue& queue) {
      return digest_of_prefix(queue, id, length);
    });
  }

  Task<> refused(const session::Refusal& refusal) override {
    if (!refusal.permanent) co_return co_await put_back(refusal.text);
    postoffice::Failure failure;
    failure.report = report_of(refusal.code);
    failure.post_office = mail_.peer_;
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
      mail_.put_back_.insert(work_.message);
      // The line worked and the other end said "later": that is no failed try, only useful life ends it.
      queue.fail(work_.ids(), why.empty() ? "refused by the other end" : why, now + refused_pause, false,
                 now);
    };
    co_await store_.with_queue(postpone);
    settled_ = true;
  }

 private:
  static Bytes part_of(const Bytes& content, std::uint64_t offset, std::size_t most) {
    const auto begin =
        content.begin() + static_cast<std::ptrdiff_t>(std::min<std::uint64_t>(offset, content.size()));
    const auto left = static_cast<std::size_t>(content.end() - begin);
    return Bytes(begin, begin + static_cast<std::ptrdiff_t>(std::min(left, most)));
  }

  OutgoingMail& mail_;
  MailStore& store_;
  mailqueue::Work work_;
  session::Offer offer_;
  std::optional<Bytes> content_;
  bool settled_ = false;
};

Task<session::Waiting> OutgoingMail::next(Room room) {
  const auto job = [this, room](mailqueue::Queue& queue) {
    return queue.batch([&] { return take(queue, room); });
  };
  co_return co_await store_.with_queue(job);
}

session::Waiting OutgoingMail::take(mailqueue::Queue& queue, Room room) {
  session::Waiting waiting;
  take_picked(queue, room, waiting.messages);
  for (bool fresh = false; left_ != 0U && wants_more(room, fresh, waiting.messages.empty()); fresh = true) {
    pick(queue, room[0] + room[1] + room[2]);
    take_picked(queue, room, waiting.messages);
  }
  if (left_ == 0U) return waiting;
  for (std::size_t i = 0; i < room.size(); ++i) waiting.more[i] = room[i] == 0 || i >= known_before_;
  return waiting;
}

void OutgoingMail::take_picked(mailqueue::Queue& queue, Room& room, session::OutgoingMessages& messages) {
  std::deque<mailqueue::Work> left;
  for (auto& work : picked_) {
    auto& places = room[index_of(work)];
    if (places == 0 || left_ == 0U) {
      left.push_back(std::move(work));
    } else if (auto letter = start(queue, std::move(work))) {
      messages.push_back(std::move(letter));
      --places;
      if (left_) --*left_;
    }
  }
  picked_ = std::move(left);
}

/// Whether to look into the queue once more: there may be mail that nobody has seen there (urgent mail that
/// has just come, above all). Mail of low priority stands behind all the rest, and is not worth going through
/// that each time.
bool OutgoingMail::wants_more(const Room& room, bool fresh, bool found_nothing) const {
  if (!fresh) return room[0] + room[1] > 0 || (room[2] > 0 && picked_.empty() && known_before_ <= 2);
  if (!found_nothing || !picked_.empty()) return false;
  return known_before_ < room.size();
}

void OutgoingMail::pick(mailqueue::Queue& queue, std::size_t limit) {
  limit = std::max(limit, picked_at_least) + picked_.size() + put_back_.size();
  // The line is up: what waits for a later attempt goes now as well.
  auto picked = queue.pick(store_.destinations_via(queue, peer_), mailqueue::Time::max(), limit);
  const bool all = picked.size() < limit;
  known_before_ = all ? priority_count : index_of(picked.back());
  picked_.clear();
  for (auto& work : picked) {
    if (!put_back_.contains(work.message)) picked_.push_back(std::move(work));
  }
}

std::shared_ptr<OutgoingMail::Letter> OutgoingMail::start(mailqueue::Queue& queue, mailqueue::Work work) {
  if (!queue.start_transfer(work)) return nullptr;
  auto letter = std::make_shared<Letter>(*this, std::move(work));
  const auto& started = letter->work();
  if (started.size <= small) letter->content(queue.read(started.message, 0, started.size));
  return letter;
}

Task<> OutgoingMail::sent(const session::OutgoingMessages& messages) {
  const auto acknowledge = [this, &messages, now = store_.clock().wall()](mailqueue::Queue& queue) {
    queue.batch([&] {
      for (const auto& message : messages)
        queue.acknowledge(static_cast<const Letter&>(*message).work().ids(), peer_, now);
    });
  };
  co_await store_.with_queue(acknowledge);
  for (const auto& message : messages) static_cast<Letter&>(*message).settled();
}

Task<std::vector<bool>> OutgoingMail::wanted(const session::OutgoingMessages& messages) {
  const auto ask = [&messages, now = store_.clock().wall()](mailqueue::Queue& queue) {
    std::vector<bool> answers;
    for (const auto& message : messages)
      answers.push_back(!queue.wanted(static_cast<const Letter&>(*message).work().ids(), now).empty());
    return answers;
  };
  co_return co_await store_.with_queue(ask);
}

}  // namespace external::engine
