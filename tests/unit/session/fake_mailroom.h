#pragma once
// A post office in memory: what waits, what arrived, what is half received.

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

  Task<std::unique_ptr<Outgoing>> next() override {
    for (auto& [key, message] : waiting) {
      if (on_offer.insert(key).second) co_return std::make_unique<Letter>(*this, message);
    }
    co_return nullptr;
  }

  Task<Decision> offered(const Offer& offer) override {
    if (arrived.contains(offer.envelope.key)) {
      ++refused_as_known;
      co_return HaveIt{};
    }
    if (refuse) co_return *refuse;
    co_return std::make_unique<Parcel>(*this, offer);
  }

  void message_sent(const Offer&) override { ++sent_events; }
  void message_received(const Offer&) override { ++received_events; }
  void message_refused(const Offer&, const Refusal& refusal) override { last_refusal = refusal; }
  void message_not_stored(const Offer&, const std::string& why) override { last_failure = why; }

  std::map<std::string, StoredMessage> waiting;
  std::map<std::string, StoredMessage> arrived;
  std::map<std::string, Bytes> partial;
  std::set<std::string> on_offer;
  std::vector<std::string> order;  ///< keys as they arrived
  std::optional<Refusal> refuse;
  std::optional<std::string> fail_store;
  std::uint64_t content_bytes_taken = 0;
  int doubled = 0;
  int refused_as_known = 0;
  int sent_events = 0;
  int received_events = 0;
  std::optional<Refusal> last_refusal;
  std::string last_failure;

 private:
  class Letter final : public Outgoing {
   public:
    Letter(FakeMailroom& room, const StoredMessage& message) : room_(room), content_(message.content) {
      offer_.envelope = message.envelope;
      offer_.size = content_.size();
      offer_.digest = digest_of(content_);
    }
    ~Letter() override { room_.on_offer.erase(offer_.envelope.key); }
    const Offer& offer() const override { return offer_; }
    Task<Bytes> read(std::uint64_t offset, std::size_t most) override {
      const auto end = std::min<std::uint64_t>(content_.size(), offset + most);
      co_return Bytes(content_.begin() + static_cast<long>(offset),
                      content_.begin() + static_cast<long>(end));
    }
    Task<Digest> prefix_digest(std::uint64_t length) override {
      co_return digest_of(ByteView(content_).first(length));
    }
    Task<> sent() override {
      room_.waiting.erase(offer_.envelope.key);
      co_return;
    }
    Task<> refused(const Refusal& refusal) override {
      if (refusal.permanent) room_.waiting.erase(offer_.envelope.key);
      co_return;
    }
    Task<> put_back(const std::string&) override {
      room_.on_offer.insert(offer_.envelope.key);
      co_return;
    }

   private:
    FakeMailroom& room_;
    Bytes content_;
    Offer offer_;
  };

  class Parcel final : public Incoming {
   public:
    Parcel(FakeMailroom& room, Offer offer) : room_(room), offer_(std::move(offer)) {}
    std::uint64_t offset() const override { return so_far().size(); }
    Digest prefix_digest() const override { return digest_of(so_far()); }
    Task<> append(ByteView bytes) override {
      so_far().insert(so_far().end(), bytes.begin(), bytes.end());
      room_.content_bytes_taken += bytes.size();
      co_return;
    }
    Task<> restart() override {
      so_far().clear();
      co_return;
    }
    Task<> store() override {
      if (room_.fail_store) throw std::runtime_error(*room_.fail_store);
      if (digest_of(so_far()) != offer_.digest)
        throw std::runtime_error("the content does not match its digest");
      const auto& key = offer_.envelope.key;
      if (!room_.arrived.emplace(key, StoredMessage{offer_.envelope, so_far()}).second) ++room_.doubled;
      room_.order.push_back(key);
      room_.partial.erase(key);
      co_return;
    }

   private:
    Bytes& so_far() const { return room_.partial[offer_.envelope.key]; }
    FakeMailroom& room_;
    Offer offer_;
  };
};

}  // namespace external::session::test
