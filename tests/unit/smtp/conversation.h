#pragma once
// A client of the SMTP server that says what it was told to, and a post office that takes mail.

#include <external/base/clock.h>
#include <external/smtp/dialogue.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace external::smtp {

/// Says `text` in pieces of at most `piece` bytes, then nothing more; keeps what it hears.
class ScriptedStream final : public stream::Stream {
 public:
  ScriptedStream(const asio::any_io_executor& executor, std::string text, std::size_t piece, bool stays)
      : text_(std::move(text)), piece_(piece), stays_(stays), silence_(executor, TimePoint::max()) {}

  Task<std::size_t> read(std::span<char> to) override {
    heard_at_.push_back(heard.size());
    if (at_ == text_.size() && stays_) co_await silence_.async_wait(asio::use_awaitable);
    const auto size = std::min({to.size(), piece_, text_.size() - at_});
    std::copy_n(text_.begin() + static_cast<std::ptrdiff_t>(at_), size, to.begin());
    at_ += size;
    co_return size;
  }

  Task<bool> write(std::string_view text) override {
    ++writes;
    heard += text;
    co_return true;
  }

  bool offers_tls() const override { return tls; }
  Task<bool> start_tls() override { co_return tls; }

  std::string heard;
  std::size_t writes = 0;
  bool tls = false;

 private:
  std::string text_;
  std::size_t piece_;
  bool stays_;
  std::size_t at_ = 0;
  std::vector<std::size_t> heard_at_;
  asio::steady_timer silence_;
};

/// Takes everything but what it was told to refuse.
class Office final : public Reception {
 public:
  struct Message {
    Sender sender;
    std::vector<Recipient> recipients;
    std::string content;
    bool complete = false;
  };

  Task<std::optional<Reply>> sender(const Client&, const Sender& sender) override {
    if (sender.address == "throws@there") throw std::runtime_error("the disk is on fire");
    co_return std::nullopt;
  }

  Task<std::optional<Reply>> recipient(const Client&, const Sender&, const Recipient& recipient) override {
    if (recipient.address.starts_with("nobody")) co_return Reply(550, "5.1.1", "no such mailbox");
    co_return std::nullopt;
  }

  std::unique_ptr<Incoming> begin(const Client&, Sender sender, std::vector<Recipient> recipients) override {
    messages.push_back({std::move(sender), std::move(recipients), {}, false});
    return std::make_unique<One>(*this, messages.size() - 1);
  }

  Task<std::optional<Reply>> authenticate(const Client&, std::string user, std::string password) override {
    if (user == "locked") co_return Reply(421, "4.7.0", "not from here");
    if (user != "anna" || password != "secret") co_return Reply(535, "5.7.8", "user or password is wrong");
    co_return std::nullopt;
  }

  void trouble(const Client&, std::string text) override { troubles.push_back(std::move(text)); }

  std::vector<Message> messages;
  std::vector<std::string> troubles;

 private:
  class One final : public Incoming {
   public:
    One(Office& office, std::size_t which) : office_(office), which_(which) {}

    Task<std::optional<Reply>> append(std::string_view content) override {
      office_.messages[which_].content += content;
      co_return std::nullopt;
    }

    Task<std::vector<Reply>> commit() override {
      auto& message = office_.messages[which_];
      message.complete = true;
      std::vector<Reply> replies;
      for (const auto& recipient : message.recipients) {
        if (recipient.address.starts_with("full")) {
          replies.emplace_back(452, "4.2.2", "the mailbox is full");
        } else {
          replies.emplace_back(250, "2.0.0", "taken for " + recipient.address);
        }
      }
      co_return replies;
    }

   private:
    Office& office_;
    std::size_t which_;
  };
};

/// A whole connection.
class Conversation : public testing::Test {
 protected:
  Conversation() { options.host = "clinic.north"; }

  /// Plays `text` to its end and returns what the server said.
  std::string play(std::string text, std::size_t piece = 1'000'000, bool stays = false) {
    ScriptedStream stream(io.get_executor(), std::move(text), piece, stays);
    stream.tls = tls;
    bool done = false;
    asio::co_spawn(io, serve(stream, client, clock, office, options), [&](std::exception_ptr error) {
      done = true;
      failure = error;
    });
    clock.run_until([&] { return done; });
    EXPECT_TRUE(done);
    writes = stream.writes;
    return stream.heard;
  }

  /// The codes of replies, without the lines that go on.
  static std::vector<int> codes(const std::string& replies) {
    std::vector<int> found;
    for (std::size_t at = 0; at < replies.size(); at = replies.find('\n', at) + 1) {
      if (replies[at + 3] == ' ') found.push_back(std::stoi(replies.substr(at, 3)));
    }
    return found;
  }

  asio::io_context io;
  VirtualClock clock{io};
  Office office;
  Client client{"127.0.0.1", {}, {}, false};
  DialogueOptions options;
  std::exception_ptr failure;
  bool tls = false;
  std::size_t writes = 0;
};

}  // namespace external::smtp
