#include "ascii.h"
#include "content_writer.h"
#include "xtext.h"

#include <external/base/async.h>
#include <external/base/text.h>
#include <external/smtp/client.h>

namespace external::smtp {

namespace {

constexpr std::size_t longest_reply = 4096;
constexpr std::size_t read_size = 4096;
constexpr std::size_t most_lines = 100;
constexpr auto patience_for_quit = std::chrono::seconds(5);

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// "250-2.1.0 text" as a reply of one line; nothing if it is none.
std::optional<Reply> read_reply_line(std::string_view line) {
  if (line.size() < 3 || !std::all_of(line.begin(), line.begin() + 3, is_digit)) return std::nullopt;
  Reply reply((line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0'), "", "");
  auto text = line.substr(std::min<std::size_t>(line.size(), 4));
  const auto blank = std::min(text.find(' '), text.size());
  const auto status = text.substr(0, blank);
  const bool has_status = status.size() >= 5 && status[1] == '.' && is_digit(status[0]) &&
                          status.find_first_not_of("0123456789.") == std::string_view::npos;
  if (has_status) {
    reply.status = status;
    text = trim(text.substr(blank));
  }
  reply.lines = {std::string(text)};
  return reply;
}

bool needs_utf8(const Sender& sender, const std::vector<Recipient>& recipients) {
  return sender.utf8 || !is_ascii(sender.address) ||
         std::any_of(recipients.begin(), recipients.end(),
                     [](const Recipient& one) { return !is_ascii(one.address); });
}

std::string text_of(const Notify& notify) {
  if (notify.never) return "NEVER";
  std::string text;
  const auto add = [&](bool wished, const char* name) {
    if (wished) text += (text.empty() ? "" : ",") + std::string(name);
  };
  add(notify.success, "SUCCESS");
  add(notify.failure, "FAILURE");
  add(notify.delay, "DELAY");
  return text;
}

}  // namespace

ClientSession::ClientSession(stream::Stream& stream, Clock& clock, ClientOptions options)
    : stream_(stream), clock_(clock), options_(std::move(options)) {}

Reply ClientSession::lost(std::string why) {
  usable_ = false;
  return {421, "4.4.2", std::move(why)};
}

Task<bool> ClientSession::write(std::string text) {
  bool written = false;
  const auto job = [&]() -> Task<> { written = co_await stream_.write(text); };
  co_await first_of(job(), clock_.wait_for(options_.patience));
  co_return written;
}

Task<std::optional<std::string>> ClientSession::read_line(Duration patience) {
  for (;;) {
    const auto end = received_.find('\n', read_at_);
    if (end != std::string::npos) {
      const auto line = trim(std::string_view(received_).substr(read_at_, end - read_at_));
      read_at_ = end + 1;
      co_return std::string(line);
    }
    received_.erase(0, std::exchange(read_at_, 0));
    if (received_.size() > longest_reply) co_return std::nullopt;
    const auto before = received_.size();
    received_.resize(before + read_size);
    std::size_t size = 0;
    const auto job = [&]() -> Task<> { size = co_await stream_.read(std::span(received_).subspan(before)); };
    co_await first_of(job(), clock_.wait_for(patience));
    received_.resize(before + size);
    if (size == 0) co_return std::nullopt;
  }
}

Task<Reply> ClientSession::read_reply(Duration patience) {
  std::optional<Reply> reply;
  for (std::size_t count = 0; count < most_lines; ++count) {
    const auto line = co_await read_line(patience);
    if (!line) co_return lost("the connection broke, or the server was silent for too long");
    const auto one = read_reply_line(*line);
    if (!one || (reply && reply->code != one->code))
      co_return lost("the server said what is no reply: " + visible(line->substr(0, 200)));
    if (!reply) {
      reply = one;
    } else {
      reply->lines.push_back(one->lines.front());
    }
    if (line->size() < 4 || (*line)[3] != '-') {
      if (reply->code == 421) usable_ = false;
      co_return *reply;
    }
  }
  co_return lost("the server's reply has no end");
}

Task<Reply> ClientSession::command(std::string line) {
  const bool written = co_await write(std::move(line) + "\r\n");
  if (!written) co_return lost("the connection broke");
  co_return co_await read_reply(options_.patience);
}

bool ClientSession::offers(std::string_view extension) const {
  return std::any_of(extensions_.begin(), extensions_.end(), [&](const std::string& line) {
    return equal_no_case(line.substr(0, line.find(' ')), extension);
  });
}

Task<std::optional<Reply>> ClientSession::greet() {
  const bool lmtp = options_.dialect == Dialect::lmtp;
  auto reply = co_await command((lmtp ? "LHLO " : "EHLO ") + options_.host);
  extensions_.clear();
  if (!reply.ok() && !lmtp && usable_) reply = co_await command("HELO " + options_.host);
  if (!reply.ok()) co_return reply;
  extensions_.assign(reply.lines.begin() + 1, reply.lines.end());
  co_return std::nullopt;
}

Task<std::optional<Reply>> ClientSession::open() {
  const auto banner = co_await read_reply(options_.patience);
  if (!banner.ok()) co_return banner;
  auto refusal = co_await greet();
  if (refusal) co_return refusal;
  refusal = co_await encrypt();
  if (refusal) co_return refusal;
  co_return co_await authenticate();
}

Task<std::optional<Reply>> ClientSession::encrypt() {
  if (options_.tls == ClientOptions::Tls::never) co_return std::nullopt;
  if (!offers("STARTTLS")) {
    if (options_.tls == ClientOptions::Tls::if_offered) co_return std::nullopt;
    co_return Reply(454, "4.7.0", "the server does not offer STARTTLS, and nothing is sent without");
  }
  const auto ready = co_await command("STARTTLS");
  if (!ready.ok()) co_return ready;
  received_.clear();
  read_at_ = 0;
  bool encrypted = false;
  const auto job = [&]() -> Task<> { encrypted = co_await stream_.start_tls(); };
  co_await first_of(job(), clock_.wait_for(options_.patience));
  if (!encrypted) co_return lost("TLS did not come about; is the server's certificate good?");
  encrypted_ = true;
  co_return co_await greet();
}

Task<std::optional<Reply>> ClientSession::authenticate() {
  if (options_.user.empty()) co_return std::nullopt;
  if (!encrypted_) co_return Reply(454, "4.7.0", "the password is said on an encrypted connection only");
  const auto secret = '\0' + options_.user + '\0' + options_.password;
  const auto reply = co_await command("AUTH PLAIN " + to_base64(secret));
  if (reply.code == 235) co_return std::nullopt;
  co_return reply;
}

std::string ClientSession::mail_command(const Sender& sender) const {
  auto line = "MAIL FROM:<" + sender.address + ">";
  if (sender.size && offers("SIZE")) line += " SIZE=" + std::to_string(*sender.size);
  if (offers("8BITMIME")) line += " BODY=8BITMIME";
  if (sender.utf8) line += " SMTPUTF8";
  if (!offers("DSN")) return line;
  if (sender.return_wish != Return::unsaid)
    line += sender.return_wish == Return::full ? " RET=FULL" : " RET=HDRS";
  if (!sender.envelope_id.empty()) line += " ENVID=" + to_xtext(sender.envelope_id);
  return line;
}

std::string ClientSession::rcpt_command(const Recipient& recipient) const {
  auto line = "RCPT TO:<" + recipient.address + ">";
  if (!offers("DSN")) return line;
  if (recipient.notify.said()) line += " NOTIFY=" + text_of(recipient.notify);
  const auto semicolon = recipient.original.find(';');
  if (semicolon != std::string::npos) {
    line += " ORCPT=" + recipient.original.substr(0, semicolon + 1) +
            to_xtext(std::string_view(recipient.original).substr(semicolon + 1));
  }
  return line;
}

Task<std::vector<Reply>> ClientSession::send(const Sender& sender, const std::vector<Recipient>& recipients,
                                             ContentSource content) {
  begun_ = false;
  std::vector<Reply> replies;
  const auto all = [&](const Reply& reply) { replies.assign(recipients.size(), reply); };
  auto from = sender;
  from.utf8 = needs_utf8(sender, recipients);
  if (from.utf8 && !offers("SMTPUTF8")) {
    begun_ = true;
    all({550, "5.6.7", "the server cannot take addresses with letters beyond ASCII (SMTPUTF8)"});
    co_return replies;
  }
  // One after the other: how long lists of recipients may be in one flight, only newer servers can tell.
  const auto begun = co_await command(mail_command(from));
  begun_ = begun.code != 421;
  if (!begun.ok()) {
    all(begun);
    co_return replies;
  }
  std::vector<std::size_t> accepted;
  for (std::size_t at = 0; at < recipients.size(); ++at) {
    if (usable_) {
      replies.push_back(co_await command(rcpt_command(recipients[at])));
    } else {
      replies.push_back(replies.back());
    }
    if (replies.back().ok()) accepted.push_back(at);
  }
  const auto settle = [&](const Reply& reply) {
    for (const auto at : accepted) replies[at] = reply;
  };
  if (accepted.empty()) {
    if (usable_) co_await command("RSET");
    co_return replies;
  }
  const auto failed = co_await send_content(std::move(content));
  if (failed) {
    settle(*failed);
    co_return replies;
  }
  const bool lmtp = options_.dialect == Dialect::lmtp;
  for (const auto at : accepted) {
    const auto reply = co_await read_reply(options_.patience_for_end);
    if (!lmtp) {
      settle(reply);
      break;
    }
    replies[at] = reply;
  }
  co_return replies;
}

Task<std::optional<Reply>> ClientSession::send_content(ContentSource content) {
  const auto ready = co_await command("DATA");
  if (ready.code != 354) co_return ready;
  ContentWriter writer;
  for (;;) {
    const auto piece = co_await content();
    std::string text;
    if (piece.empty()) {
      writer.finish(text);
    } else {
      writer.add(piece, text);
    }
    if (writer.has_bare_cr()) {
      // Only to break off keeps the server from taking half a message.
      usable_ = false;
      co_return Reply(554, "5.6.0", "the message holds a CR that ends no line, which SMTP cannot carry");
    }
    const bool written = co_await write(std::move(text));
    if (!written) co_return lost("the connection broke");
    if (piece.empty()) co_return std::nullopt;
  }
}

Task<> ClientSession::quit() {
  if (!std::exchange(usable_, false)) co_return;
  const bool written = co_await write("QUIT\r\n");
  if (written) co_await read_line(patience_for_quit);
}

}  // namespace external::smtp
