#include "../../src/smtp/content_reader.h"
#include "../../src/smtp/content_writer.h"
#include "inputs.h"
#include "require.h"

#include <external/smtp/client.h>
#include <external/smtp/dialogue.h>

#include <stdexcept>

namespace external::fuzz {

namespace {

using namespace smtp;

/// Says `text` in pieces, then that this was all.
class Speaker final : public stream::Stream {
 public:
  Speaker(std::string_view text, std::size_t piece) : text_(text), piece_(piece) {}

  Task<std::size_t> read(std::span<char> to) override {
    const auto size = std::min({to.size(), piece_, text_.size()});
    std::copy_n(text_.begin(), size, to.begin());
    text_.remove_prefix(size);
    co_return size;
  }

  Task<bool> write(std::string_view text) override {
    heard += text;
    co_return true;
  }

  std::string heard;

 private:
  std::string_view text_;
  std::size_t piece_;
};

class Taker final : public Reception {
 public:
  Task<std::optional<Reply>> sender(const Client&, const Sender&) override { co_return std::nullopt; }

  Task<std::optional<Reply>> recipient(const Client&, const Sender&, const Recipient& recipient) override {
    if (recipient.address.size() % 3 == 0) co_return Reply(550, "5.1.1", "no such mailbox");
    co_return std::nullopt;
  }

  std::unique_ptr<Incoming> begin(const Client&, Sender, std::vector<Recipient> recipients) override {
    require(!recipients.empty(), "a message for nobody");
    return std::make_unique<One>(recipients.size());
  }

  Task<std::optional<Reply>> authenticate(const Client&, std::string user, std::string) override {
    if (user == "b") co_return Reply(421, "4.7.0", "not from here");
    if (user != "a") co_return Reply(535, "5.7.8", "wrong");
    co_return std::nullopt;
  }
  void trouble(const Client&, std::string) override {}

 private:
  class One final : public Incoming {
   public:
    explicit One(std::size_t recipients) : recipients_(recipients) {}

    Task<std::optional<Reply>> append(std::string_view content) override {
      size_ += content.size();
      co_return std::nullopt;
    }

    Task<std::vector<Reply>> commit() override {
      require(size_ <= 2000, "larger than allowed");
      std::vector<Reply> replies(recipients_, Reply(250, "2.0.0", "taken"));
      co_return replies;
    }

   private:
    std::size_t recipients_;
    std::size_t size_ = 0;
  };
};

/// Runs `task` to its end in virtual time.
void finish(asio::io_context& io, VirtualClock& clock, Task<> task) {
  std::exception_ptr failed;
  bool done = false;
  asio::co_spawn(io, std::move(task), [&](std::exception_ptr error) {
    done = true;
    failed = error;
  });
  clock.run_until([&] { return done; });
  require(done, "hangs");
  if (failed) std::rethrow_exception(failed);
}

void serve_client(std::uint8_t choice, std::string_view text) {
  asio::io_context io;
  VirtualClock clock(io);
  Speaker client(text, choice % 32 + 1U);
  Taker taker;
  DialogueOptions options;
  options.host = "here";
  options.dialect = (choice & 0x20U) != 0 ? Dialect::lmtp : Dialect::smtp;
  options.auth = (choice & 0x40U) != 0;
  options.auth_needs_tls = false;
  options.largest = 2000;
  options.most_recipients = 5;
  finish(io, clock, serve(client, {"there", {}, {}, false}, clock, taker, options));
  for (std::string_view left = client.heard; !left.empty();) {
    const auto end = left.find("\r\n");
    require(end != std::string_view::npos && end >= 4, "a reply without end");
    require(left[3] == ' ' || left[3] == '-', "no reply");
    left.remove_prefix(end + 2);
  }
}

void ask_server(std::string_view text) {
  asio::io_context io;
  VirtualClock clock(io);
  Speaker server(text, 7);
  ClientOptions options;
  options.host = "here";
  options.dialect = text.size() % 2 == 0 ? Dialect::lmtp : Dialect::smtp;
  ClientSession session(server, clock, options);
  Sender sender;
  sender.address = "a@b";
  const std::vector<Recipient> recipients = {{"c@d", {}, {}}, {"e@f", {}, {}}};
  const auto job = [&]() -> Task<> {
    const auto refused = co_await session.open();
    if (refused) co_return;
    bool sent = false;
    const auto content = [&]() -> Task<std::string> { co_return std::exchange(sent, true) ? "" : "x\n"; };
    const auto replies = co_await session.send(sender, recipients, content);
    require(replies.size() == recipients.size(), "a recipient without an answer");
    co_await session.quit();
  };
  finish(io, clock, job());
}

/// What is written is read again, and its end is the only end.
void write_and_read(std::string_view content) {
  ContentWriter writer;
  std::string wire;
  writer.add(content.substr(0, content.size() / 2), wire);
  writer.add(content.substr(content.size() / 2), wire);
  writer.finish(wire);
  ContentReader reader(ContentReader::End::dot);
  std::string read;
  const auto taken = reader.take(wire, read);
  require(reader.ended() && taken == wire.size(), "the end is not the end");
  require(!reader.has_bare_line_end(), "a line end by itself was written");
  if (writer.has_bare_cr()) return;
  std::string expected;
  for (const char byte : content) {
    if (byte != '\r') expected.push_back(byte);
  }
  if (!expected.empty() && expected.back() != '\n') expected.push_back('\n');
  require(read == expected, "content has changed");
}

}  // namespace

void try_smtp(ByteView input) {
  if (input.empty()) return;
  const auto text = as_text(input.subspan(1));
  if ((input[0] & 0x80U) == 0) return serve_client(input[0], text);
  if ((input[0] & 1U) == 0) return ask_server(text);
  write_and_read(text);
}

}  // namespace external::fuzz
