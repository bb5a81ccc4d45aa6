#pragma once
// A post office in memory: what waits, what arrived, what is half received.

#include <external/base/clock.h>
#include <external/session/session.h>

#include <openssl/sha.h>

#include <set>

namespace external::session::test {

inline Digest digest_of(ByteView bytes) {
  Digest digest;
  SHA256(bytes.data(), bytes.size(), digest.data());
  return digest;
}

struct StoredMessage {
  Envelope envelope;
  Bytes content;
};

class FakeMailroom final : public Outbox, public Inbox, public Events {
 public:
  void queue(std::string key, Bytes content, Priority priority = Priority::normal) {
    StoredMessage message;
    message.envelope.key = key;
    message.envelope.sender = "A/B/C";
    message.envelope.recipients = {"D/E/F"};
    message.envelope.priority = priority;
    message.content = std::move(content);
    waiting.emplace(std::move(key), std::move(message));
  }

  Task<Waiting> next(Room room) override {
    Waiting result;
    auto& messages = result.messages;
    for (std::size_t priority = 0; priority < priority_count; ++priority) {
      for (auto& [key, message] : waiting) {
        if (room[priority] == 0) break;
        if (static_cast<std::size_t>(message.envelope.priority) != priority || !on_offer.insert(key).second)
          continue;
        --room[priority];
        messages.push_back(std::make_shared<Letter>(*this, message));
      }
    }
    largest_batch_out = std::max(largest_batch_out, messages.size());
    for (std::size_t priority = 0; priority < priority_count; ++priority)
      result.more[priority] = room[priority] == 0;
    co_return result;
  }

  Task<> sent(const OutgoingMessages& messages) override {
    for (const auto& message : messages) {
      waiting.erase(message->offer().envelope.key);
      static_cast<Letter&>(*message).settled();
    }
    co_return;
  }

  Task<std::vector<bool>> wanted(const OutgoingMessages& messages) override {
    std::vector<bool> answers;
    for (const auto& message : messages) answers.push_back(!unwanted.contains(message->offer().envelope.key));
    co_return answers;
  }

  Task<std::vector<Decision>> offered(std::vector<Arrival> arrivals) override {
    if (clock) co_await clock->wait_for(disk_time);
    largest_batch_in = std::max(largest_batch_in, arrivals.size());
    std::vector<Decision> decisions;
    for (auto& arrival : arrivals) decisions.push_back(decide(arrival));
    co_return decisions;
  }

  Task<std::vector<std::string>> append(std::vector<Portion> portions, bool durable) override {
    if (clock) co_await clock->wait_for(disk_time);
    std::vector<std::string> failures;
    for (const auto& portion : portions)
      failures.push_back(static_cast<Parcel&>(*portion.message).add(portion));
    if (durable) durable_ = content_bytes_taken;
    co_return failures;
  }

  void message_sent(const Offer&) override { ++sent_events; }
  void message_received(const Offer&) override { ++received_events; }
  void message_refused(const Offer&, const Refusal& refusal) override { last_refusal = refusal; }
  void message_not_stored(const Offer&, const std::string& why) override { last_failure = why; }

  /// Bytes of content that would survive kill -9.
  std::uint64_t durable_bytes() const { return durable_; }

  std::map<std::string, StoredMessage> waiting;
  std::map<std::string, StoredMessage> arrived;
  std::map<std::string, Bytes> partial;
  std::set<std::string> on_offer;
  std::vector<std::string> order;               ///< keys as they arrived
  std::vector<std::string> reads;               ///< key of each message whose content was read, each time
  std::map<std::string, std::string> put_back;  ///< key, why
  std::optional<Refusal> refuse;
  std::optional<std::string> fail_store;
  std::uint64_t content_bytes_taken = 0;
  int doubled = 0;
  int refused_as_known = 0;
  int sent_events = 0;
  int received_events = 0;
  std::set<std::string> unwanted;  ///< held or deleted
  std::set<std::string> tried;     ///< was on offer when a call broke
  std::size_t largest_batch_out = 0;
  std::size_t largest_batch_in = 0;
  Clock* clock = nullptr;  ///< if set, the inbox takes disk_time for each batch
  Duration disk_time{};
  std::optional<Refusal> last_refusal;
  std::string last_failure;

 private:
  class Letter final : public Outgoing {
   public:
    Letter(FakeMailroom& room, const StoredMessage& message) : room_(room), content_(message.content) {
      offer_.envelope = message.envelope;
      offer_.size = content_.size();
      offer_.digest = digest_of(content_);
      tried_ = room_.tried.contains(message.envelope.key);
    }
    ~Letter() override {
      if (settled_) return;
      room_.on_offer.erase(offer_.envelope.key);
      room_.tried.insert(offer_.envelope.key);
    }
    const Offer& offer() const override { return offer_; }
    bool tried() const override { return tried_; }
    void settled() { settled_ = true; }
    Task<Bytes> read(std::uint64_t offset, std::size_t most) override {
      room_.reads.push_back(offer_.envelope.key);
      const auto end = std::min<std::uint64_t>(content_.size(), offset + most);
      co_return Bytes(content_.begin() + static_cast<long>(offset),
                      content_.begin() + static_cast<long>(end));
    }
    Task<Digest> prefix_digest(std::uint64_t length) override {
      co_return digest_of(ByteView(content_).first(length));
    }
    Task<> refused(const Refusal& refusal) override {
      if (refusal.permanent) room_.waiting.erase(offer_.envelope.key);
      settled_ = true;
      co_return;
    }
    Task<> put_back(const std::string& why) override {
      room_.put_back[offer_.envelope.key] = why;
      settled_ = true;
      co_return;
    }

   private:
    FakeMailroom& room_;
    Bytes content_;
    Offer offer_;
    bool tried_ = false;
    bool settled_ = false;
  };

  class Parcel final : public Incoming {
   public:
    Parcel(FakeMailroom& room, const Offer& offer, bool from_start) : room_(room), offer_(offer) {
      if (from_start) so_far().clear();
      offset_ = so_far().size();
      prefix_ = digest_of(so_far());
    }
    std::uint64_t offset() const override { return offset_; }
    Digest prefix_digest() const override { return prefix_; }

    std::string add(const Portion& portion) {
      if (portion.offset != so_far().size()) return "there is a gap in the content";
      so_far().insert(so_far().end(), portion.bytes.begin(), portion.bytes.end());
      room_.content_bytes_taken += portion.bytes.size();
      return portion.last ? store() : std::string();
    }

    std::string store() {
      if (room_.fail_store) return *room_.fail_store;
      const Bytes content = std::move(so_far());
      room_.partial.erase(offer_.envelope.key);
      if (!matches(offer_, digest_of(content))) return "the content does not match its digest";
      const auto& key = offer_.envelope.key;
      if (!room_.arrived.emplace(key, StoredMessage{offer_.envelope, content}).second) ++room_.doubled;
      room_.order.push_back(key);
      return {};
    }

   private:
    Bytes& so_far() const { return room_.partial[offer_.envelope.key]; }
    FakeMailroom& room_;
    Offer offer_;
    std::uint64_t offset_ = 0;
    Digest prefix_{};
  };

  std::uint64_t durable_ = 0;

  Decision decide(Arrival& arrival) {
    if (arrived.contains(arrival.offer->envelope.key)) {
      ++refused_as_known;
      return HaveIt{};
    }
    if (refuse) return *refuse;
    const bool whole = arrival.content.has_value();
    auto parcel = std::make_unique<Parcel>(*this, *arrival.offer, arrival.from_start || whole);
    if (!whole) return parcel;
    Portion portion;
    portion.bytes = std::move(*arrival.content);
    portion.last = true;
    auto failure = parcel->add(portion);
    if (failure.empty()) return Stored{};
    return NotStored{failure};
  }
};

}  // namespace external::session::test
