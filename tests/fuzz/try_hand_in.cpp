#include "inputs.h"
#include "require.h"

#include <external/mime/addresses.h>
#include <external/mime/header.h>
#include <external/smtp/dialogue.h>

#include <stdexcept>

#include <batch_stream.h>
#include <uucp.h>

namespace external::fuzz {

namespace {

bool is_one_line(std::string_view text) {
  return text.find_first_of("\r\n") == std::string_view::npos;
}

void read_header(std::string_view block) {
  const mime::Header header(block);
  for (const char* name : {"Bcc", "To", "Subject", "Content-Type"}) {
    const auto values = header.values(name);
    require(header.has(name) == !values.empty(), "a field that is there and is not");
    for (const auto& value : values) require(is_one_line(value), "a value on two lines");
    static_cast<void>(header.text(name));
    const auto rest = header.without(name);
    require(rest.size() <= block.size(), "more than there was");
    require(values.empty() == (rest == block), "changed for nothing, or not changed");
    require(!mime::Header(rest).has(name), "a field is left");
  }
}

void read_addresses(std::string_view list) {
  const auto addresses = mime::addresses_in(list);
  for (const auto& address : addresses.found) require(!address.empty(), "an address of nothing");
}

void read_uucp(std::string_view text) {
  const auto envelope = commands::read_uucp_envelope(text);
  require(envelope.header_size <= text.size(), "more than there is");
  require(envelope.header_size == 0 || text[envelope.header_size - 1] == '\n', "half a line");
  require(is_one_line(envelope.sender) && is_one_line(envelope.remote), "a sender on two lines");
  for (const auto& path : {std::string(text), envelope.sender}) {
    try {
      commands::from_bang_path(path, {"NORTH/CLINIC", "SOUTH/HUB"});
    } catch (const postoffice::BadAddress&) {
      // As most of them are.
    }
  }
}

/// Takes everything and keeps the contents.
class Taker final : public smtp::Reception {
 public:
  Task<std::optional<smtp::Reply>> sender(const smtp::Client&, const smtp::Sender&) override {
    co_return std::nullopt;
  }
  Task<std::optional<smtp::Reply>> recipient(const smtp::Client&, const smtp::Sender&,
                                             const smtp::Recipient& recipient) override {
    if (recipient.address.size() % 3 == 0) co_return smtp::Reply(550, "5.1.1", "no such mailbox");
    co_return std::nullopt;
  }
  std::unique_ptr<smtp::Incoming> begin(const smtp::Client&, smtp::Sender,
                                        std::vector<smtp::Recipient>) override {
    return std::make_unique<One>(taken);
  }
  Task<std::optional<smtp::Reply>> authenticate(const smtp::Client&, std::string, std::string) override {
    co_return std::nullopt;
  }
  void trouble(const smtp::Client&, std::string text) override { throw std::logic_error(text); }

  std::vector<std::string> taken;

 private:
  class One final : public smtp::Incoming {
   public:
    explicit One(std::vector<std::string>& taken) : taken_(taken) {}
    Task<std::optional<smtp::Reply>> append(std::string_view content) override {
      content_ += content;
      co_return std::nullopt;
    }
    Task<std::vector<smtp::Reply>> commit() override {
      taken_.push_back(content_);
      const smtp::Reply reply(250, "2.0.0", "taken");
      co_return std::vector<smtp::Reply>(1, reply);
    }

   private:
    std::vector<std::string>& taken_;
    std::string content_;
  };
};

/// A client that says the same without waiting for answers.
class Talker final : public stream::Stream {
 public:
  explicit Talker(std::string text) : text_(std::move(text)) {}
  Task<std::size_t> read(std::span<char> to) override {
    const auto size = std::min(to.size(), text_.size() - at_);
    std::copy_n(text_.begin() + static_cast<std::ptrdiff_t>(at_), size, to.begin());
    at_ += size;
    co_return size;
  }
  Task<bool> write(std::string_view) override { co_return true; }

 private:
  std::string text_;
  std::size_t at_ = 0;
};

std::vector<std::string> taken_from(stream::Stream& stream) {
  asio::io_context io;
  VirtualClock clock(io);
  Taker taker;
  smtp::DialogueOptions options;
  options.host = "here";
  options.most_mistakes = 1'000'000;
  std::exception_ptr failed;
  bool done = false;
  const smtp::Client client{"local", {}, {}, false};
  asio::co_spawn(io, smtp::serve(stream, client, clock, taker, options), [&](std::exception_ptr error) {
    done = true;
    failed = error;
  });
  clock.run_until([&] { return done; });
  require(done, "hangs");
  if (failed) std::rethrow_exception(failed);
  return taker.taken;
}

std::string with_crlf(std::string_view text) {
  std::string out;
  for (const char byte : text) {
    if (byte == '\n' && !out.ends_with('\r')) out += '\r';
    out += byte;
  }
  if (!out.empty() && out.back() != '\n') out += out.back() == '\r' ? "\n" : "\r\n";
  return out;
}

/// A batch is what a client says: the same messages, however it comes in pieces.
void take_batch(std::string_view text, std::size_t piece) {
  std::size_t at = 0;
  commands::BatchStream batch([&] {
    const auto size = std::min(piece, text.size() - at);
    at += size;
    return std::string(text.substr(at - size, size));
  });
  const auto taken = taken_from(batch);
  require(batch.messages() == taken.size(), "messages are counted wrongly");
  for (const auto& refusal : batch.refusals()) {
    require(is_one_line(refusal.reply), "a refusal on two lines");
    if (refusal.reply.find("BDAT cannot be in a batch") != std::string::npos) return;
  }
  Talker talker(with_crlf(text));
  require(taken == taken_from(talker), "other messages than those of a client");
}

}  // namespace

void try_hand_in(ByteView input) {
  if (input.empty()) return;
  const auto text = as_text(input.subspan(1));
  switch (input[0] % 4) {
    case 0:
      return read_header(text);
    case 1:
      return read_addresses(text);
    case 2:
      return read_uucp(text);
    default:
      return take_batch(text, input[0] / 4U + 1U);
  }
}

}  // namespace external::fuzz
