#include "outgoing_mail.h"

#include <openssl/evp.h>
#include <openssl/sha.h>

namespace external::engine {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t picked_at_least = 32;
constexpr std::uint64_t small_mail =
    16 * 1024;  ///< bytes of content that are read together with the envelope
constexpr std::size_t digest_chunk = 64 * 1024;
constexpr auto refused_pause = 5min;  ///< before a message that was put back is offered again

/// None if none is out of the ordinary.
std::vector<session::Wishes> wishes_of(const std::vector<mailqueue::Recipient>& recipients) {
  std::vector<session::Wishes> all;
  for (const auto& recipient : recipients) {
    const auto& notify = recipient.notify;
    all.push_back({{notify.success, notify.failure, notify.delay}, recipient.original});
  }
  if (std::all_of(all.begin(), all.end(), [](const auto& wishes) { return wishes == session::Wishes(); }))
    all.clear();
  return all;
}

session::Envelope to_session(const mailqueue::Envelope& from, const postoffice::AddressBook& book) {
  session::Envelope to;
  to.key = from.key;
  to.sender = from.sender;
  for (const auto& recipient : from.recipients) to.recipients.push_back(recipient.address);
  to.priority = static_cast<session::Priority>(from.priority);
  to.accepted = std::chrono::time_point_cast<std::chrono::seconds>(from.accepted);
  to.useful_life = from.useful_life == mailqueue::unlimited ? std::chrono::seconds(0) : from.useful_life;
  to.hops = from.hops;
  if (book.person.empty()) to.hops.push_back(book.home);  // the machine of a person is no post office
  to.wishes = wishes_of(from.recipients);
  to.envelope_id = from.envelope_id;
  to.headers_only = from.headers_only;
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

/// All of the content. Large content is not checked before it goes: the other end does that.
std::string read_checked(const mailqueue::Queue& queue, const mailqueue::Work& work) {
  auto content = queue.read(work.message, 0, work.size);
  mailqueue::Digest digest{};
  const auto bytes = as_bytes(content);
  SHA256(bytes.data(), bytes.size(), digest.data());
  if (digest != work.digest)
    throw mailqueue::DamagedMessage(work.message, "its content has changed on the disk");
  return content;
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

}  // namespace

/// A message on its way to the peer. Given up without a word it goes back to the queue.
class OutgoingMail::Letter final : public session::Outgoing {
 public:
  Letter(OutgoingMail& mail, mailqueue::Work work)
      : mail_(mail), store_(mail.store_), work_(std::move(work)) {
    offer_.envelope = to_session(work_.envelope, store_.directory()->book());
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
    const auto job = [this, offset, most](mailqueue::Queue& queue) {
      return or_set_aside([&] { return bytes_of(queue.read(work_.message, offset, most)); });
    };
    co_return co_await store_.with_queue(job);
  }

  Task<session::Digest> prefix_digest(std::uint64_t length) override {
    const auto job = [this, length](mailqueue::Queue& queue) {
      return or_set_aside([&] { return digest_of_prefix(queue, work_.message, length); });
    };
    co_return co_await store_.with_queue(job);
  }

  Task<> refused(const session::Refusal& refusal) override {
    if (!refusal.permanent) co_return co_await put_back(refusal.text);
    postoffice::Failure failure;
    failure.report = report_of(refusal.code);
    failure.post_office = mail_.peer_;
    failure.route = offer_.envelope.hops;
    failure.detail = refusal.text;
    const auto give_back = [this, &failure, now = store_.clock().wall()](mailqueue::Queue& queue) {
      const auto directory = store_.directory();
      store_.tell(postoffice::return_mail(queue, directory->book(), work_, failure, now));
    };
    co_await store_.with_queue(give_back);
    settled_ = true;
  }

  Task<> put_back(const std::string& why) override {
    const bool full = why.starts_with(session::disk_full_words);
    const auto postpone = [this, &why, full, now = store_.clock().wall()](mailqueue::Queue& queue) {
      mail_.put_back_.insert(work_.message);
      if (why == session::wrong_digest_words) look_for_damage(queue);
      // The line worked and the other end said "later": only useful life ends that.
      const bool counts = uses_up_a_try(Ending::put_back, config::RetryRules::v3_2);
      queue.fail(work_.ids(), why.empty() ? "refused by the other end" : why, now + refused_pause, counts,
                 now);
      // What else waits would be told the same.
      if (full) {
        queue.fail_due(store_.destinations_via(queue, mail_.peer_), why, now + refused_pause, false, now);
      }
    };
    co_await store_.with_queue(postpone);
    settled_ = true;
    if (full) mail_.peer_is_full_ = true;
  }

 private:
  // On the worker:

  template <class Read>
  std::invoke_result_t<Read&> or_set_aside(Read read) {
    try {
      return read();
    } catch (const mailqueue::DamagedMessage& damage) {
      store_.sick().set_aside(damage);
      throw;
    }
  }

  /// The line is checked, so it is likely that the content has changed on this disk.
  void look_for_damage(mailqueue::Queue& queue) {
    try {
      queue.verify(work_.message);
    } catch (const mailqueue::DamagedMessage& damage) {
      store_.sick().set_aside(damage);
    } catch (const mailqueue::Error&) {
      // It is gone: the message was removed meanwhile.
    }
  }

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
  if (peer_is_full_) co_return session::Waiting();
  const auto job = [this, room](mailqueue::Queue& queue) {
    return queue.batch([&] { return take(queue, room); });
  };
  co_return co_await store_.with_queue(job);
}

session::Waiting OutgoingMail::take(mailqueue::Queue& queue, Room room) {
  session::Waiting waiting;
  waiting.more.fill(true);
  std::vector<std::string> destinations;
  if (std::ranges::any_of(room, [](std::size_t places) { return places > 0; }))
    destinations = store_.destinations_via(queue, peer_);
  for (std::size_t i = 0; i < room.size(); ++i) {
    if (room[i] > 0) waiting.more[i] = take_lane(queue, destinations, i, room[i], waiting.messages);
  }
  if (left_ == 0U) waiting.more.fill(false);
  return waiting;
}

/// At most `places` messages of one priority; whether there may be more of it. What was picked and not asked
/// for stays for the next time, since all that comes later stands behind it.
bool OutgoingMail::take_lane(mailqueue::Queue& queue, const std::vector<std::string>& destinations,
                             std::size_t priority, std::size_t places, session::OutgoingMessages& messages) {
  auto& picked = picked_[priority];
  bool more = true;
  while (places > 0 && left_ != 0U) {
    if (picked.empty()) {
      // Each look brings others: what was started or put back meanwhile is not picked again.
      if (!more) return false;
      more = pick(queue, destinations, priority, places);
      if (picked.empty()) return more;
    }
    if (auto letter = start(queue, std::move(picked.front()))) {
      messages.push_back(std::move(letter));
      --places;
      if (left_) --*left_;
    }
    picked.pop_front();
  }
  return more || !picked.empty();
}

/// Whether there may be more than was picked.
bool OutgoingMail::pick(mailqueue::Queue& queue, const std::vector<std::string>& destinations,
                        std::size_t priority, std::size_t places) {
  const std::size_t limit = std::max(places, picked_at_least) + put_back_.size();
  // The line is up: what waits for a later attempt goes now as well.
  auto found = store_.sick().past([&] {
    return queue.pick(destinations, static_cast<mailqueue::Priority>(priority), mailqueue::Time::max(),
                      limit);
  });
  for (auto& work : found) {
    if (!put_back_.contains(work.message)) picked_[priority].push_back(std::move(work));
  }
  return found.size() == limit;
}

std::shared_ptr<OutgoingMail::Letter> OutgoingMail::start(mailqueue::Queue& queue, mailqueue::Work work) {
  if (!queue.start_transfer(work)) return nullptr;
  auto letter = std::make_shared<Letter>(*this, std::move(work));
  const auto& started = letter->work();
  if (started.size > small_mail) return letter;
  try {
    letter->content(read_checked(queue, started));
  } catch (const mailqueue::DamagedMessage& damage) {
    store_.sick().set_aside(damage);
    letter->settled();
    return nullptr;
  }
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
